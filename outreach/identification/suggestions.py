"""What may be a person's: asked of the tables, inside the transaction of a use case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.contacts import recognition_codes
from outreach.foundation.database import db
from outreach.identification.models import Identification, ParticipantJoin, Rejection
from outreach.identification.rules import Groups
from outreach.participants import searching
from outreach.participants.reading import Person

_ACT = cast("sa.Table", Identification.__table__)
_JOIN = cast("sa.Table", ParticipantJoin.__table__)

Row = dict[str, Any]


def of_person(person: Person) -> list[Row]:
    """Return contacts that came later with a code of the person's, and others who may be the same.

    Without what was turned down, and without those who are joined to the person already.
    """
    whose = person.row.id
    turned_down = rejected(whose)
    contacts = [row for row in _with_own_code(whose) if row["id"] not in turned_down]
    others = searching.perhaps_the_same(person)
    joined = group_of(whose) if others else {whose}
    return contacts + [
        {"id": other, "kind": "participant", "basis": basis}
        for other, basis in sorted(others.items())
        if other not in turned_down and other not in joined
    ]


def _with_own_code(id: UUID) -> list[Row]:
    """Return the contacts that are in the thread of a code that a choice of the person's holds."""
    return [
        {**row, "kind": "contact", "basis": "code"}
        for code in recognition_codes.held_by(acts_of(id))
        for row in recognition_codes.code_thread(id=code)
    ]


def acts_of(id: UUID) -> list[UUID]:
    """Return the choices that a person has made."""
    return list(db.session.scalars(sa.select(_ACT.c.id).where(_ACT.c.participant_id == id)))


def waiting(people: Collection[Person]) -> dict[UUID, int]:
    """Return how many contacts wait to be linked to each of the people, where there are any.

    Contacts that came later with a code of theirs, and were not turned down.
    """
    whose = [person.row.id for person in people]
    acts = sa.select(_ACT.c.id, _ACT.c.participant_id).where(_ACT.c.participant_id.in_(whose))
    by_act = {row.id: row.participant_id for row in db.session.execute(acts)}
    held = recognition_codes.held_by(by_act)
    turned_down = {
        (row.participant_id, row.subject_id)
        for row in db.session.execute(
            sa.select(Rejection.participant_id, Rejection.subject_id).where(
                Rejection.participant_id.in_(whose)
            )
        )
    }
    found = Counter(
        by_act[act]
        for code, act in held.items()
        for contact in recognition_codes.code_thread(id=code)
        if (by_act[act], contact["id"]) not in turned_down
    )
    return dict(found)


def rejected(id: UUID) -> set[UUID]:
    """Return what was turned down for a person."""
    wanted = sa.select(Rejection.subject_id).where(Rejection.participant_id == id)
    return set(db.session.scalars(wanted))


def group_of(id: UUID) -> set[UUID]:
    """Return everybody who is one with a participant, the participant too."""
    return all_groups().of(id)


def all_groups() -> Groups[UUID]:
    """Return who is one with whom, of all whom the actor may know of."""
    groups: Groups[UUID] = Groups()
    joins = sa.select(_JOIN.c.participant_id, _JOIN.c.other_id).where(_JOIN.c.undone_at.is_(None))
    for one, other in db.session.execute(joins):
        groups.join(one, other)
    return groups
