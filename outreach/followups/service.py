"""Use cases of booked meetings: read one, list many, change what a meeting says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.followups import holding, reading, recording, reminders, rules, standing
from outreach.followups.recording import FOLLOWUP, Row, Whose
from outreach.followups.schemas import FollowupChangeSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sites import service as sites

_CHANGE = FollowupChangeSchema()


def followup(*, by: Actor, id: UUID) -> Row:
    """Return a meeting in full; a participant's for one who may read them, and it is on the trail.

    Raises NotFound, and as `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = standing.found(id)
        person = standing.opened(by, row.participant_id)
        standing.note(by, "read", id, person)
        return standing.shown(row, person)


def participant_of(*, by: Actor, id: UUID) -> UUID | None:
    """Return whose a meeting is, None where it is a code's; nobody is read. Raises NotFound."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        return standing.found(id).participant_id  # type: ignore[no-any-return]


def booked_for(*, by: Actor, whose: Whose) -> list[Row]:
    """Return when and where somebody is to be met already, as it begins; of a code, as one knows.

    `id`, `starts_at`, `ends_at`, `place`. For whoever may read the person, and it is on the trail.
    Raises as `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        person = standing.opened(by, whose.participant)
        now = clock.now()
        rows = recording.met(whose, begin=now, end=now + rules.FARTHEST)
        if rows and person is not None:
            standing.note_reading(by, person)
        return [row._asdict() for row in rows]


def followups(
    *,
    by: Actor,
    first: date | None = None,
    last: date | None = None,
    worker: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> list[Row]:
    """Return meetings that begin on the local days, both included, in the order of their times.

    Of one worker; else one's own and those at one's sites, with what became of their reminders.
    Without a first day from today on. What was booked in error is in no list.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    begin = clock.start_of(first or clock.today())
    wanted = reading.ROW.where(FOLLOWUP.c.starts_at >= begin, FOLLOWUP.c.state != rules.MISTAKEN)
    if last is not None:
        wanted = wanted.where(FOLLOWUP.c.starts_at < clock.span(last, last)[1])
    if after is not None:
        wanted = wanted.where(sa.tuple_(FOLLOWUP.c.starts_at, FOLLOWUP.c.id) > sa.tuple_(*after))
    own = FOLLOWUP.c.workers.contains([worker or by.id])
    here = FOLLOWUP.c.place.in_(sorted(by.sites))
    wanted = wanted.where(own if worker else sa.or_(own, here))
    wanted = wanted.order_by(FOLLOWUP.c.starts_at, FOLLOWUP.c.id).limit(limit)
    with transaction(by=by):
        rows = reading.listed(by, db.session.execute(wanted).all())
        # What hinders a reminder tells of the person: only to whoever may read them.
        reminded = reminders.log_of([row["id"] for row in rows if row["name"]])
        return [row | {"reminders": reminded.get(row["id"], [])} for row in rows]


def change(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Change where a meeting is to be, what for, its reminder or its interpreter's booking.

    Raises as `followup` does, Stale, FollowupSettled, RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, person = standing.held_for(by, id)
        standing.require_booked(row)
        standing.require_version(by, row, person, expected)
        data = read(_CHANGE, given, lambda facts: _faults(row, facts))
        key = person.key if person else None
        before = recording.texts_of(row, key)
        texts = before | ({"purpose": data.pop("purpose")} if "purpose" in data else {})
        words = recording.written(texts, key, row) if texts != before else {}
        if words or any(getattr(row, name) != value for name, value in data.items()):
            row = recording.change(id, {**data, **words})
            standing.note(by, "change", id, person)
        if "reminder" in data:
            # Chosen once more, it is asked once more whether it may go.
            reminders.plan(row, person)
        return standing.told(id, person)


def _faults(row: Any, facts: Mapping[str, Any]) -> Iterator[Fault]:
    anonymous = row.participant_id is None
    whole = {"starts_at": row.starts_at} | dict(facts)
    yield from rules.code_faults(whole, sites.code_lists(), now=clock.now())
    yield from holding.place_faults(whole, known=not anonymous)
    yield from standing.word_faults(facts, anonymous=anonymous)
    yield from standing.reminder_faults(facts, anonymous=anonymous)
    if "interpreter" in facts and row.interpreter is None:
        yield Fault("/interpreter", N_("Mötet är bokat utan tolk. Boka om det i stället."))
