"""Handoffs brought to where a test wants them, by the use cases alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.consents import service as consents
from outreach.consents.rules import BACK, CATEGORIES
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.handoffs import acting, lifecycle, service
from outreach.handoffs.lifecycle import Action, Standing
from outreach.handoffs.recording import EVENT, HANDOFF, MESSAGE, SNAPSHOT
from tests.builders import a_consent, a_handoff, a_participant, a_receiver, an_actor, uuid7

Row = dict[str, Any]

EVERYTHING = list(CATEGORIES)
# By which acts a handoff comes to stand as it does, once it is begun.
WAYS: Mapping[Standing, tuple[Action, ...]] = {
    lifecycle.DRAFT: (),
    lifecycle.SENT: ("send",),
    lifecycle.RETURNED: ("send", "return"),
    lifecycle.ACCEPTED: ("send", "accept"),
    lifecycle.IN_PROGRESS: ("send", "accept", "start"),
    lifecycle.DECLINED: ("send", "decline"),
    lifecycle.COMPLETED: ("send", "accept", "start", "complete"),
    lifecycle.NOT_COMPLETED: ("send", "accept", "not-complete"),
    lifecycle.WITHDRAWN: ("send", "withdraw"),
}
_SAID: Mapping[Action, Row] = {
    "return": {"missing": ["email"]},
    "decline": {"reason": "queue_full"},
    "complete": {"outcome": "job_found"},
    "not-complete": {"reason": "lost_contact"},
    "withdraw": {"reason": "person"},
    "first-meeting": {"state": "booked", "at": "2199-01-15T10:00:00+01:00"},
}


@dataclass(frozen=True, slots=True)
class Both:
    """Who hands over, who receives, and the person that it is about."""

    sender: Actor
    receiver: Actor
    person: UUID


def both(sender: Actor | None = None, receiver: Actor | None = None, **said: Any) -> Both:
    """Return the two sides of somebody new, who is as `said` (see `a_participant`)."""
    by = sender or an_actor()
    known = {"phone": "070-174 06 05"} | said
    return Both(by, receiver or a_receiver(), a_participant(by, **known))


def agree(sides: Both, **said: Any) -> UUID:
    """Let the person say yes: to all data, and to all being told back, unless it is said."""
    given = {"categories": EVERYTHING, "back": list(BACK)} | said
    row, _ = consents.give_consent(by=sides.sender, given=a_consent(sides.person, **given))
    return UUID(str(row["id"]))


def draft(sides: Both, **said: Any) -> UUID:
    """Begin a handoff of the person (see `a_handoff`)."""
    row, _ = service.begin(by=sides.sender, given=a_handoff(sides.person, **said))
    return UUID(str(row["id"]))


def said_with(action: Action) -> Row:
    """Return what an act says when it is done rightly."""
    if action == "message":
        return {"id": str(uuid7()), "text": "Ringer er i morgon"}
    return dict(_SAID.get(action, {}))


def do(by: Actor, id: UUID, action: Action, /, **given: Any) -> Row:
    """Let somebody do something with a handoff, rightly in all that is not said."""
    return acting.act(by=by, id=id, action=action, given=said_with(action) | given)


def side_of(sides: Both, action: Action) -> Actor:
    """Return who does it: the receiver, where it is theirs alone."""
    return sides.receiver if lifecycle.STEPS[action].by == ("receiver",) else sides.sender


def go(sides: Both, id: UUID, *actions: Action) -> None:
    """Let each side do its part, one act after the other."""
    for action in actions:
        do(side_of(sides, action), id, action)


def sent(sides: Both, *actions: Action, **said: Any) -> UUID:
    """Hand the person over with their yes (see `agree`), and go on with the acts."""
    agree(sides, **said)
    begun = draft(sides)
    go(sides, begun, "send", *actions)
    return begun


def at(sides: Both, standing: Standing) -> UUID:
    """Bring a new handoff of the person to how it is to stand."""
    agree(sides)
    begun = draft(sides)
    go(sides, begun, *WAYS[standing])
    return begun


def kept(id: UUID) -> Any:
    """Return the row of a handoff as it is in the table."""
    with transaction(by=system("test")):
        return db.session.execute(sa.select(HANDOFF).where(HANDOFF.c.id == id)).one()


def whole(id: UUID) -> list[Any]:
    """Return all that the tables hold of a handoff."""
    with transaction(by=system("test")):
        row = sa.select(HANDOFF).where(HANDOFF.c.id == id)
        found: list[Any] = [db.session.execute(row).one()]
        for table in (SNAPSHOT, MESSAGE, EVENT):
            theirs = sa.select(table).where(table.c.handoff_id == id)
            found.append(db.session.execute(theirs.order_by(*table.primary_key)).all())
        return found


def acts_of(id: UUID) -> list[str]:
    """Return what was done with a handoff, in order."""
    with transaction(by=system("test")):
        wanted = sa.select(EVENT.c.action).where(EVENT.c.handoff_id == id)
        return list(db.session.scalars(wanted.order_by(EVENT.c.id)))
