"""Meetings as they are shown: one in full to who may read the person, many with less."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.contacts.models import RecognitionCode
from outreach.followups import recording, rules
from outreach.followups.events import Meeting, ReopeningAsked
from outreach.followups.recording import FOLLOWUP, Row
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.participants import reading
from outreach.participants.reading import Person

_CODE = cast("sa.Table", RecognitionCode.__table__)
_LATER = sa.alias(FOLLOWUP)
# With the code that it was booked by, while it is nobody's who is known, and what came instead.
ROW = (
    sa.select(
        FOLLOWUP,
        sa.case((FOLLOWUP.c.participant_id.is_(None), _CODE.c.code)).label("recognition_code"),
        sa.select(_LATER.c.id)
        .where(_LATER.c.supersedes == FOLLOWUP.c.id)
        .scalar_subquery()
        .label("superseded_by"),
    )
    .select_from(FOLLOWUP)
    .outerjoin(_CODE, _CODE.c.id == FOLLOWUP.c.recognition_code_id)
)


def row_of(id: UUID, *, lock: bool = False) -> Any:
    """Return the row of a meeting that the actor may know of, or None."""
    if lock:
        held = sa.select(FOLLOWUP.c.id).where(FOLLOWUP.c.id == id).with_for_update()
        db.session.execute(held)
    return db.session.execute(ROW.where(FOLLOWUP.c.id == id)).one_or_none()


def ahead_of(participant: UUID) -> Sequence[Any]:
    """Return the rows of somebody's meetings that are booked and have yet to begin."""
    theirs = (FOLLOWUP.c.participant_id == participant, FOLLOWUP.c.state == rules.BOOKED)
    wanted = ROW.where(*theirs, FOLLOWUP.c.starts_at > clock.now())
    return db.session.execute(wanted.order_by(FOLLOWUP.c.id)).all()


def stopped_among(rows: Sequence[Any]) -> set[UUID]:
    """Return which cancelled meetings stay so: what they were called off for still holds."""
    asked = ReopeningAsked(
        tuple(
            Meeting(row.id, row.participant_id, frozenset(row.workers))
            for row in rows
            if row.state in rules.CALLED_OFF and row.participant_id is not None
        )
    )
    if asked.meetings:
        events.announce(asked)
    return asked.stopped


def of_person(person: Person) -> list[Row]:
    """Return every meeting of somebody who is opened, in full, the latest first.

    For the use cases of higher features; writes no entry.
    """
    theirs = ROW.where(FOLLOWUP.c.participant_id == person.row.id)
    latest = theirs.order_by(FOLLOWUP.c.starts_at.desc(), FOLLOWUP.c.id.desc())
    rows = db.session.execute(latest).all()
    staff = accounts.names_of({each for row in rows for each in _named_in(row)})
    stopped = stopped_among(rows)
    return [_in_full(row, person, staff, stopped) for row in rows]


def listed(by: Actor, rows: Sequence[Any]) -> list[Row]:
    """Return meetings as a list shows them, in the order given.

    The name is there for whom the actor may read already, and each has an entry of its own. Of
    those who work, no other team's.
    """
    people = {row.participant_id for row in rows if row.participant_id}
    known = {each.id: each for each in reading.glimpses(by=by, ids=people)} if people else {}
    workers = {worker for row in rows for worker in row.workers}
    staff, stopped = accounts.names_of(workers), stopped_among(rows)
    # Another team's receiver would tell which team it is.
    for each in accounts.receivers_among(workers):
        del staff[each]
    return [
        _common(row, staff, stopped)
        | {
            "case_number": known[row.participant_id].case_number
            if row.participant_id in known
            else None,
            "name": known[row.participant_id].name if row.participant_id in known else None,
        }
        for row in rows
    ]


def in_full(row: Any, person: Person | None) -> Row:
    """Return a meeting with what was said in words, of a person who is opened or of a code."""
    return _in_full(row, person, accounts.names_of(_named_in(row)), stopped_among([row]))


def _named_in(row: Any) -> set[UUID]:
    """Return whom of the staff a meeting tells of."""
    return {*row.workers, row.created_by, *filter(None, [row.outcome_by])}


def _in_full(
    row: Any, person: Person | None, staff: dict[UUID, str], stopped: Collection[UUID]
) -> Row:
    outcome_by = row.outcome_by
    shown: Row = (
        _common(row, staff, stopped)
        | recording.texts_of(row, person.key if person else None)
        | {
            "case_number": person.row.case_number if person else None,
            "name": person.identity.name if person else None,
            "outcome_by": outcome_by and {"id": outcome_by, "name": staff[outcome_by]},
            "created_by": {"id": row.created_by, "name": staff[row.created_by]},
        }
    )
    return shown


def _common(row: Any, staff: dict[UUID, str], stopped: Collection[UUID]) -> Row:
    kept: Row = row._asdict()
    for name in ("sealed", "plain", "sameness"):
        del kept[name]
    return kept | {
        "workers": [{"id": each, "name": staff[each]} for each in row.workers if each in staff],
        "interpreter_needed": row.interpreter is not None,
        "can_undo": row.state in rules.OUTCOMES and row.id not in stopped,
        "needs_outcome": rules.needs_outcome(row.state, row.ends_at, clock.now()),
    }
