"""Lists of handoffs: those that come, those that go, and those that nobody has answered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, RECEIVER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock, settings
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.handoffs import awaiting, reading, rules
from outreach.handoffs.lifecycle import Side
from outreach.handoffs.recording import HANDOFF, SNAPSHOT, Row
from outreach.participants import reading as people
from outreach.participants import responsibilities
from outreach.shifts.public_holidays import is_off

MOST_SHOWN = 200

_OPEN = HANDOFF.c.turn.is_not(None)
_IN, _OUT = awaiting.IN, awaiting.OUT
# Over, as far as the side knows, with nothing left for it to do or to take in.
_LEFT_BY_RECEIVER = sa.and_(~_OPEN, ~awaiting.RECALLED)
_LEFT_BY_SENDER = sa.and_(~_OPEN, awaiting.told_of_the_end(), ~awaiting.UNDECIDED)


def coming(
    *, by: Actor, over: bool = False, after: tuple[datetime, UUID] | None = None, limit: int = 100
) -> list[Row]:
    """Return what comes to the actor: what was sent to their team, or who comes to their own.

    The one that has waited longest first; of those that are `over`, as they ended. What was
    recalled is over when the team has said that it knows, or after a month. A name is there where
    it was sent, or may be read; each person named has an entry on the trail.
    """
    require_role(by, CASEWORKER, SUPERVISOR, RECEIVER)
    wanted = reading.ROW.where(_LEFT_BY_RECEIVER if over else ~_LEFT_BY_RECEIVER)
    if after is not None:
        wanted = wanted.where(sa.tuple_(HANDOFF.c.turn_since, HANDOFF.c.id) > sa.tuple_(*after))
    with transaction(by=by):
        wanted = wanted.where(sa.or_(*_to_us(by)))
        wanted = wanted.order_by(HANDOFF.c.turn_since, HANDOFF.c.id).limit(limit)
        return _listed(by, "receiver", db.session.execute(wanted).all())


def going(
    *, by: Actor, over: bool = False, after: tuple[datetime, UUID] | None = None, limit: int = 100
) -> list[Row]:
    """Return what the actor, or their unit, has begun to hand over, the first begun first.

    As far as they may be told: what ended without their being told goes on among the others, and so
    does what ended without what it was for, until they have decided what comes instead.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    wanted = reading.ROW.where(_OUT, _LEFT_BY_SENDER if over else ~_LEFT_BY_SENDER)
    if after is not None:
        wanted = wanted.where(sa.tuple_(HANDOFF.c.created_at, HANDOFF.c.id) > sa.tuple_(*after))
    with transaction(by=by):
        wanted = wanted.where(_ours(by))
        wanted = wanted.order_by(HANDOFF.c.created_at, HANDOFF.c.id).limit(limit)
        return _listed(by, "sender", db.session.execute(wanted).all())


def unanswered(*, by: Actor) -> list[Row]:
    """Return what has waited for a team's answer longer than was agreed on, the oldest first.

    Of one's own, for a supervisor the unit's; only where the person has agreed that the answer may
    be told.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        wanted = reading.ROW.where(*_unanswered(), _ours(by))
        wanted = wanted.order_by(HANDOFF.c.turn_since, HANDOFF.c.id)
        found = db.session.execute(wanted.limit(MOST_SHOWN)).all()
        return [row for row in _listed(by, "sender", found) if row["overdue"]]


def how_many_unanswered(*, by: Actor, since_today: bool = False) -> int:
    """Return how many `unanswered` there are, nobody's name read; of these, those new today."""
    require_role(by, CASEWORKER, SUPERVISOR)
    today, most = clock.today(), settings.whole_number("HANDOFF_PATIENCE_DAYS")
    with transaction(by=by):
        asked = sa.select(HANDOFF.c.turn_since).join(
            SNAPSHOT, SNAPSHOT.c.handoff_id == HANDOFF.c.id
        )
        found = db.session.scalars(asked.where(*_unanswered(), _ours(by)).limit(MOST_SHOWN))
        days = [clock.local(each).date() for each in found]

    def late(since: date, on: date) -> bool:
        return rules.is_overdue(since, on, most=most, is_off=is_off)

    yesterday = today - timedelta(days=1)
    return sum(late(each, today) and not (since_today and late(each, yesterday)) for each in days)


def how_many_withdrawn(*, by: Actor, since: datetime) -> int:
    """Return how many handoffs to the receiver's team were withdrawn since then."""
    require_role(by, RECEIVER)
    with transaction(by=by):
        counted = sa.select(sa.func.count()).select_from(HANDOFF)
        wanted = (_of_team(by), HANDOFF.c.state == "withdrawn", HANDOFF.c.ended_at >= since)
        return db.session.scalars(counted.where(*wanted)).one()


def _unanswered() -> tuple[Any, ...]:
    """Return what has waited so many days for an answer that may be told, working days or not."""
    patience = timedelta(days=settings.whole_number("HANDOFF_PATIENCE_DAYS"))
    return (
        _OUT,
        HANDOFF.c.state == "sent",
        HANDOFF.c.turn == "receiver",
        HANDOFF.c.turn_since <= clock.now() - patience,
        SNAPSHOT.c.back.contains(["acceptance"]),
        SNAPSHOT.c.valid_to >= clock.today(),
    )


def waiting(*, by: Actor) -> int:
    """Return how many handoffs wait for the actor: all on their lists that `waits`."""
    return sum(waiting_by_box(by=by).values())


def waiting_by_box(*, by: Actor) -> dict[str, int]:
    """Return how many wait for the actor of those that come (`in`), and that go (`out`)."""
    coming, going = [], []
    if by.has(CASEWORKER, SUPERVISOR):
        ours = _ours(by)
        going.append(sa.and_(_OUT, awaiting.FOR_THE_SENDER, ours))
        coming.append(sa.and_(_IN, awaiting.FOR_THE_SENDER, ours))
    if by.has(RECEIVER):
        coming.append(sa.and_(_of_team(by), awaiting.FOR_THE_RECEIVER))
    if not coming:
        return {"in": 0, "out": 0}
    boxes = {"in": sa.or_(*coming), "out": sa.or_(sa.false(), *going)}
    counted = sa.select(*(sa.func.count().filter(each) for each in boxes.values()))
    counted = counted.select_from(HANDOFF).outerjoin(
        SNAPSHOT, SNAPSHOT.c.handoff_id == HANDOFF.c.id
    )
    with transaction(by=by):
        found = db.session.execute(counted.where(sa.or_(*boxes.values()))).one()
        return dict(zip(boxes, found, strict=True))


def how_many_recalled(*, by: Actor) -> int:
    """Return how many the receiver's team has yet to say that it knows it may use no more of."""
    require_role(by, RECEIVER)
    with transaction(by=by):
        counted = sa.select(sa.func.count()).select_from(HANDOFF)
        return db.session.scalars(counted.where(_of_team(by), awaiting.RECALLED)).one()


def _to_us(by: Actor) -> list[Any]:
    found: list[Any] = []
    if by.has(RECEIVER):
        found.append(_of_team(by))
    if by.has(CASEWORKER, SUPERVISOR):
        found.append(sa.and_(_IN, _ours(by)))
    return found


def _of_team(by: Actor) -> Any:
    return sa.and_(_OUT, HANDOFF.c.team == by.team, HANDOFF.c.sent_at.is_not(None))


def _ours(by: Actor) -> Any:
    """Whoever the actor follows, and what they have begun themselves."""
    reach = responsibilities.within_reach(by=by, usable=True)
    begun = sa.alias(HANDOFF)
    own = sa.select(begun.c.participant_id).where(begun.c.created_by == by.id)
    # Put together first, so that each person's handoffs are found by the person.
    return HANDOFF.c.participant_id.in_(sa.union(reach, own))


def _listed(by: Actor, side: Side, rows: Any) -> list[Row]:
    """Return rows as a list shows them, in their order, with the names that may be read."""
    ours = {row.participant_id for row in rows if _is_ours(by, row)}
    known = {each.id: each.name for each in people.glimpses(by=by, ids=ours)} if ours else {}
    sent = reading.names_sent([row for row in rows if not _is_ours(by, row)])
    read = sorted({row.participant_id for row in rows if row.id in sent})
    trail.record_many(by=by, action="read", kind="participant", ids=read)
    return [
        reading.common("sender" if row.direction == "out" and _is_ours(by, row) else side, row)
        | {
            "name": known.get(row.participant_id) or sent.get(row.id),
            # Where the list goes on from here.
            "place": row.turn_since if side == "receiver" else row.created_at,
        }
        for row in rows
    ]


def _is_ours(by: Actor, row: Any) -> bool:
    return "sender" in reading.sides_of(by, row)
