"""A participant opened for somebody who may read it, by what right; lists of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.models import User
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import (
    N_,
    NotAllowed,
    NotFound,
    OutreachError,
    Stale,
)
from outreach.foundation.transaction import transaction
from outreach.participants import rules
from outreach.participants.identity import Identity, unsealed
from outreach.participants.models import NextStep, Opening, Participant, Responsibility
from outreach.participants.registering import IDENTITY_FIELDS
from outreach.participants.rules import Bond, Right

# Lists of people are bounded: names are opened and sorted here, never in the database. Whoever
# is not among so many is found by more of the name.
MOST_FOUND = 100
_TABLE = cast("sa.Table", Participant.__table__)
_RESPONSIBILITY = cast("sa.Table", Responsibility.__table__)
_OPENING = cast("sa.Table", Opening.__table__)
_STEP = cast("sa.Table", NextStep.__table__)

Row = dict[str, Any]


# Who is known, and whether they are protected: for queries of the features above.
PEOPLE = sa.select(_TABLE.c.id, _TABLE.c.protected).where(_TABLE.c.removed_at.is_(None)).subquery()


class ReasonRequired(NotAllowed):
    """Somebody else's participant: a reason is needed first."""

    slug = "reason-required"
    title = N_("Säg först varför")
    advice = N_("Personen är inte en av dina deltagare. Välj varför du öppnar.")


class Restricted(NotAllowed):
    """The person has asked to be erased; nobody uses what is known until that is decided."""

    slug = "restricted"
    title = N_("Personen har begärt radering")
    advice = N_("Uppgifterna får inte användas tills chefen har beslutat om begäran.")


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A participant opened for somebody who may read it, by what right, with the key."""

    row: Any
    identity: Identity
    key: vault.DataKey
    right: Right


@dataclass(frozen=True, slots=True, repr=False)
class Glimpse:
    """A participant as a list shows one: with the name only where it may be read and shown."""

    id: UUID
    case_number: str
    name: str | None
    # Whether the person must be opened, and why, before they can be read.
    reason_required: bool


# What a row needs for it to be told by what right it may be read.
_OPENED_UNTIL = (
    sa.select(sa.func.max(_OPENING.c.ends_at))
    .where(_OPENING.c.participant_id == _TABLE.c.id)
    .where(_OPENING.c.worker_id == sa.bindparam("reader", type_=sa.Uuid))
    .scalar_subquery()
)
BOND = (_RESPONSIBILITY.c.worker_id.label("responsible_id"), _OPENED_UNTIL.label("opened_until"))
WITH_RESPONSIBLE = sa.join(
    _TABLE,
    _RESPONSIBILITY,
    sa.and_(_RESPONSIBILITY.c.participant_id == _TABLE.c.id, _RESPONSIBILITY.c.until.is_(None)),
    isouter=True,
)
_ROW = (
    sa.select(
        *(column for column in _TABLE.c if column.name not in {"sameness", "changed_xid"}),
        *BOND,
        User.name.label("responsible_name"),
    )
    .select_from(WITH_RESPONSIBLE.join(User, User.id == _RESPONSIBILITY.c.worker_id, isouter=True))
    .where(_TABLE.c.removed_at.is_(None))
)


def open_person(*, by: Actor, id: UUID, lock: bool = False) -> Person:
    """Return a participant opened for the actor, for the use cases of this and higher features.

    Needs a `transaction(by=by)` around it; `lock` holds the row until its end. Writes no entry:
    the use case does. Raises NotFound for whom one may not know of, ReasonRequired, Restricted.
    """
    if lock:
        db.session.execute(sa.select(_TABLE.c.id).where(_TABLE.c.id == id).with_for_update())
    found = opened_one(by, id)
    if isinstance(found, OutreachError):
        raise found
    return found


def opened_one(by: Actor, id: UUID) -> Person | OutreachError:
    """Return a participant opened for the actor, or the error of `open_person`."""
    return open_people(by=by, ids=[id])[id]


def row_of(by: Actor, id: UUID) -> Any:
    """Return the row of whoever is known, whether or not the actor may read it, or None."""
    return db.session.execute(_ROW.where(_TABLE.c.id == id), {"reader": by.id}).one_or_none()


def open_people(
    *, by: Actor, ids: Collection[UUID], hold: bool = False
) -> dict[UUID, Person | OutreachError]:
    """Return each of the people opened for the actor, or the error of `open_person`.

    `hold`: they stay as they are until the transaction ends, for what is written about them.
    """
    require_role(by, CASEWORKER, SUPERVISOR, "system")
    if hold:
        held = sa.select(_TABLE.c.id).where(_TABLE.c.id.in_(ids)).order_by(_TABLE.c.id)
        db.session.execute(held.with_for_update(read=True))
    wanted = _ROW.where(_TABLE.c.id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid))))
    rows = {row.id: row for row in db.session.execute(wanted, {"reader": by.id})}
    keys = vault.keys_of(rows)
    return {
        each: _opened(by, rows[each], keys[each]) if each in keys else NotFound() for each in ids
    }


def readable(*, by: Actor, ids: Collection[UUID]) -> list[Person]:
    """Return those of the people whom the actor may read now, in Swedish order; as `open_people`.

    For lists of the features above, of at most `MOST_FOUND` people.
    """
    opened = open_people(by=by, ids=ids).values()
    people = [person for person in opened if isinstance(person, Person)]
    return sorted(people, key=lambda person: person.identity.order)


def _opened(by: Actor, row: Any, key: vault.DataKey) -> Person | OutreachError:
    if not may_know_of(by, row):
        return NotFound()
    right = right_of(by, row)
    if right is None:
        return ReasonRequired()
    if is_restricted(by, row):
        return Restricted()
    return Person(row, unsealed(key, row.sealed), key, right)


def open_for_decision(*, by: Actor, id: UUID, lock: bool = False) -> Person | None:
    """Return a participant opened for a supervisor who decides about them; None: no longer known.

    Whose committee it is decides, not whose unit: somebody must be able to, whoever is away. A
    protected person is opened for those alone who are named. Needs a `transaction(by=by)`.
    """
    require_role(by, SUPERVISOR)
    if lock:
        db.session.execute(sa.select(_TABLE.c.id).where(_TABLE.c.id == id).with_for_update())
    row = row_of(by, id)
    if row is None or not may_know_of(by, row):
        return None
    keys = vault.keys_of([id])
    if id not in keys:
        return None
    trail.record(by=by, action="read", kind="participant", id=id, right="decision")
    return Person(row, unsealed(keys[id], row.sealed), keys[id], "decision")


def stale(*, by: Actor, id: UUID, current: Mapping[str, object], part: str) -> Stale:
    """Return the refusal of a change to what has changed meanwhile, which shows it as it stands.

    That is a reading of the person: its entry is kept, though all else is rolled back.
    """
    trail.record_apart(by=by, action="read", kind="participant", id=id, part=part)
    return Stale(current=current)


def shown(person: Person) -> Row:
    """Return a person as `ParticipantSchema` writes it."""
    row = person.row
    responsible = {"id": row.responsible_id, "name": row.responsible_name}
    return {
        **row._asdict(),
        **{name: getattr(person.identity, name) for name in IDENTITY_FIELDS},
        "name": person.identity.name,
        "right": person.right,
        "responsible": responsible if row.responsible_id else None,
        "next_step": next_step_of(person),
    }


def next_step_of(person: Person) -> Row | None:
    """Return what happens next for a person, or None: nothing was said, or it is done."""
    newest = (
        sa.select(_STEP, User.name.label("setter"))
        .join(User, User.id == _STEP.c.set_by)
        .where(_STEP.c.participant_id == person.row.id)
        .order_by(_STEP.c.set_at.desc(), _STEP.c.id.desc())
        .limit(1)
    )
    step = db.session.execute(newest).one_or_none()
    if step is None or step.done_at is not None:
        return None
    return {
        **step._asdict(),
        "text": person.key.open("next step", step.sealed),
        "set_by": {"id": step.set_by, "name": step.setter},
    }


def may_know_of(by: Actor, row: Any) -> bool:
    """Tell whether the actor may know that the participant exists. Row-level security says so too.

    Within one's committee, and a protected person only for those who are named.
    """
    if by.has("system"):
        return True
    own = row.owner_committee == by.committee
    return own and (not row.protected or by.id in row.named_workers)


def is_restricted(by: Actor, row: Any) -> bool:
    """Tell whether what is known rests, for the actor, until an erasure is decided about."""
    return row.restricted_at is not None and not by.has("system")


def right_of(by: Actor, row: Any) -> Right | None:
    """Return by what right the actor may read the person, or None. The row holds a `BOND`."""
    bond = Bond(row.unit_id, row.responsible_id, row.protected, frozenset(row.named_workers))
    return rules.right_to_read(by, bond, opened_until=row.opened_until, now=clock.now())


def committees_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the committee of each of the people who is known and whom the actor may know of."""
    wanted = sa.select(_TABLE.c.id, _TABLE.c.owner_committee).where(
        _TABLE.c.id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid))),
        _TABLE.c.removed_at.is_(None),
    )
    return {row.id: row.owner_committee for row in db.session.execute(wanted)}


def protected_among(ids: Collection[UUID]) -> set[UUID]:
    """Return which of the people are protected, of those whom the actor may know of."""
    wanted = sa.select(_TABLE.c.id).where(_TABLE.c.id.in_(ids), _TABLE.c.protected)
    return set(db.session.scalars(wanted))


def glimpses(*, by: Actor, ids: Collection[UUID]) -> list[Glimpse]:
    """Return those of the people whom the actor may know of, in Swedish order of names.

    For the lists of this and higher features, which are bounded (`MOST_FOUND`). Names are there for
    whom the actor may read already, each with an entry of its own; lists never name whoever is
    protected, nor whoever has asked to be erased. Those without a name come last.
    """
    with transaction(by=by):
        wanted = _ROW.where(_TABLE.c.id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid))))
        found = db.session.execute(wanted, {"reader": by.id})
        rows = [row for row in found if may_know_of(by, row)]
        rights = {row.id: right_of(by, row) for row in rows}
        shown = {row.id: row.sealed for row in rows if rights[row.id] and not is_unlisted(row)}
        known = {
            key.person: unsealed(key, shown[key.person]) for key in vault.keys_of(shown).values()
        }
        trail.record_many(by=by, action="read", kind="participant", ids=sorted(known))
        named = (row for row in rows if row.id in known)
        nameless = (row for row in rows if row.id not in known)
        return [
            Glimpse(
                row.id,
                row.case_number,
                known[row.id].name if row.id in known else None,
                reason_required=rights[row.id] is None,
            )
            for row in (
                *sorted(named, key=lambda row: known[row.id].order),
                *sorted(nameless, key=lambda row: row.case_number),
            )
        ]


def is_unlisted(row: Any) -> bool:
    """Tell whether lists leave out the name: of the protected, and of who asked to be erased."""
    return bool(row.protected or row.restricted_at)
