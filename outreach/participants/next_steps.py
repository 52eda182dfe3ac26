"""What happens next for a person: one sentence, whose turn it is, by when. All are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from outreach.accounts import service as accounts
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import reading
from outreach.participants.models import NextStep, Participant
from outreach.participants.reading import Person, Row
from outreach.participants.schemas import NewNextStepSchema, ParticipantSchema

_NEW = NewNextStepSchema()
_SHOWN = ParticipantSchema()
_STEP = cast("sa.Table", NextStep.__table__)


class NoNextStep(Conflict):
    """Nothing is waiting to be done."""

    slug = "no-next-step"
    title = N_("Det finns inget nästa steg")
    advice = N_("Någon annan har redan markerat det som klart. Ladda om sidan.")


def set_next_step(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Say what happens next; return the participant. What was said before is kept.

    `expected` is the participant's version. Raises as `reading.open_person` does, Stale with the
    current state, RuleBroken.
    """
    with transaction(by=by):
        person = _expected(by, id, expected)
        said = read(_NEW, given)
        db.session.add(
            NextStep(
                id=uuid4(),
                participant_id=id,
                sealed=person.key.seal("next step", said["text"].strip()),
                turn=said["turn"],
                due_on=said["due_on"],
                set_at=clock.now(),
                set_by=by.id,
            )
        )
        _touch(person)
        trail.record(by=by, action="plan", kind="participant", id=id, turn=said["turn"])
        return reading.shown(reading.open_person(by=by, id=id))


def finish_next_step(*, by: Actor, id: UUID, expected: int | None) -> Row:
    """Say that the next step is done; return the participant, who then has none.

    `expected` is the participant's version, or None for whatever stands. Raises as
    `set_next_step` does, and NoNextStep when nothing waits.
    """
    with transaction(by=by):
        person = _expected(by, id, expected)
        step = reading.next_step_of(person)
        if step is None:
            raise NoNextStep
        done = {"done_at": clock.now(), "done_by": by.id}
        db.session.execute(sa.update(NextStep).where(NextStep.id == step["id"]).values(**done))
        _touch(person)
        trail.record(by=by, action="finish", kind="participant", id=id)
        return reading.shown(reading.open_person(by=by, id=id))


def steps_of(*, by: Actor, id: UUID) -> tuple[Person, list[Row]]:
    """Return a person, and all that was ever said to happen next, the latest first.

    Raises as `reading.open_person` does. The reading is on the trail.
    """
    with transaction(by=by):
        person = reading.open_person(by=by, id=id)
        trail.record(by=by, action="read", kind="participant", id=id, part="next_steps")
        return person, history(person)


def history(person: Person) -> list[Row]:
    """Return all that was said to happen next for somebody who is opened, the latest first.

    For the use cases of this and higher features; writes no entry.
    """
    said = sa.select(_STEP).where(_STEP.c.participant_id == person.row.id)
    rows = db.session.execute(said.order_by(_STEP.c.set_at.desc(), _STEP.c.id.desc())).all()
    names = accounts.names_of({row.set_by for row in rows})
    return [_told(person, row, names) for row in rows]


def waiting(people: Collection[UUID]) -> dict[UUID, Any]:
    """Return what waits to be done for each of the people, sealed; who has nothing is missing.

    For lists of the features above, inside their `transaction(by=…)`; `told` opens them.
    """
    newest = (
        sa.select(_STEP)
        .ext(distinct_on(_STEP.c.participant_id))
        .where(_STEP.c.participant_id.in_(people))
        .order_by(_STEP.c.participant_id, _STEP.c.set_at.desc(), _STEP.c.id.desc())
    )
    rows = db.session.execute(newest)
    return {row.participant_id: row for row in rows if row.done_at is None}


def told(people: Iterable[Person], steps: Mapping[UUID, Any]) -> dict[UUID, Row]:
    """Return the steps of `waiting` opened, of those people who have one."""
    names = accounts.names_of({row.set_by for row in steps.values()})
    return {
        person.row.id: _told(person, steps[person.row.id], names)
        for person in people
        if person.row.id in steps
    }


def _told(person: Person, row: Any, names: Mapping[UUID, str]) -> Row:
    return {
        **row._asdict(),
        "text": person.key.open("next step", row.sealed),
        "set_by": {"id": row.set_by, "name": names[row.set_by]},
    }


def _expected(by: Actor, id: UUID, expected: int | None) -> Person:
    person = reading.open_person(by=by, id=id, lock=True)
    if expected is not None and person.row.version != expected:
        current = _SHOWN.dump(reading.shown(person))
        raise reading.stale(by=by, id=id, current=current, part="next step")
    return person


def _touch(person: Person) -> None:
    db.session.flush()
    db.session.execute(
        sa.update(Participant)
        .where(Participant.id == person.row.id)
        .values(version=person.row.version + 1)
    )
