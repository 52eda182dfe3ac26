"""Two participants who are one person: joined, and parted again. Nothing of theirs is moved."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, Fault, IdReuse, NotFound, RuleBroken
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.identification import suggestions
from outreach.identification.models import ParticipantJoin
from outreach.identification.schemas import NewJoinSchema
from outreach.participants import reading
from outreach.participants.reading import Row

_NEW = NewJoinSchema()
_JOIN = cast("sa.Table", ParticipantJoin.__table__)
_SHOWN = (_JOIN.c.id, _JOIN.c.participant_id, _JOIN.c.other_id, _JOIN.c.joined_at)

# Any number no other advisory lock uses: two joins at once could close a ring.
_JOINING_LOCK = 0x701


class AlreadyJoined(Conflict):
    """They are one person already, by this join or by others."""

    slug = "already-joined"
    title = N_("De är redan länkade")
    advice = N_("Båda hör redan till samma person. Du behöver inte göra något.")


def join(*, by: Actor, id: UUID, given: object) -> tuple[Row, bool]:
    """Say that two participants are one person; return the join and whether it is new.

    The actor may read both. A repeat changes nothing. Raises as `reading.open_person` does,
    AlreadyJoined, IdReuse, RuleBroken.
    """
    with transaction(by=by):
        reading.open_person(by=by, id=id)
        data = read(_NEW, given)
        other = data["other_id"]
        if other == id:
            raise RuleBroken(faults=[Fault("/other_id", N_("Det är samma deltagare."))])
        reading.open_person(by=by, id=other)
        hold_joins()
        known = db.session.execute(sa.select(*_SHOWN).where(_JOIN.c.id == data["id"])).one_or_none()
        if known is not None:
            if (known.participant_id, known.other_id) != (id, other):
                raise IdReuse
            return known._asdict(), False
        if other in suggestions.group_of(id):
            raise AlreadyJoined
        return _add(by, data["id"], id, other), True


def hold_joins() -> None:
    """Keep others from joining anybody until this use case ends, so that no ring closes unseen."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_JOINING_LOCK)))


def _add(by: Actor, join_id: UUID, id: UUID, other: UUID) -> Row:
    row = {"id": join_id, "participant_id": id, "other_id": other, "joined_at": clock.now()}
    made = db.session.scalar(
        insert(_JOIN).values(**row, joined_by=by.id).on_conflict_do_nothing().returning(_JOIN.c.id)
    )
    if made is None:
        raise IdReuse
    trail.record_many(by=by, action="join", kind="participant", ids=[id, other])
    return row


def unjoin(*, by: Actor, id: UUID, join_id: UUID) -> None:
    """Part two participants who were joined; each is as before. Again is NotFound."""
    with transaction(by=by):
        reading.open_person(by=by, id=id)
        parted = db.session.execute(
            sa.update(_JOIN)
            .where(
                _JOIN.c.id == join_id,
                sa.or_(_JOIN.c.participant_id == id, _JOIN.c.other_id == id),
                _JOIN.c.undone_at.is_(None),
            )
            .values(
                undone_at=clock.now(),
                undone_by=by.id,
                changed_xid=sa.text("pg_current_xact_id()"),
            )
            .returning(_JOIN.c.participant_id, _JOIN.c.other_id)
        ).one_or_none()
        if parted is None:
            raise NotFound
        trail.record_many(by=by, action="unjoin", kind="participant", ids=list(parted))


def joins_by_id(ids: Collection[UUID]) -> dict[UUID, Row]:
    """Return joins by their ids, undone ones too."""
    wanted = sa.select(_JOIN).where(_JOIN.c.id.in_(ids))
    return {row.id: row._asdict() for row in db.session.execute(wanted)}


def add_joins(rows: list[Row]) -> None:
    """Add joins as they are given, inside the use case that has judged them."""
    if rows:
        db.session.execute(insert(_JOIN), rows)


def part_from_all(*, by: Actor, id: UUID) -> None:
    """Undo every join of a participant, inside the use case of a door."""
    db.session.execute(
        sa.update(_JOIN)
        .where(
            sa.or_(_JOIN.c.participant_id == id, _JOIN.c.other_id == id),
            _JOIN.c.undone_at.is_(None),
        )
        .values(undone_at=clock.now(), undone_by=by.id, changed_xid=sa.text("pg_current_xact_id()"))
    )


def joins_of(*, by: Actor, id: UUID) -> list[Row]:
    """Return the joins in which a participant stands; the reading is on the trail.

    Raises as `reading.open_person` does.
    """
    with transaction(by=by):
        reading.open_person(by=by, id=id)
        trail.record(by=by, action="read", kind="participant", id=id, part="same-as")
        return standing_joins(id)


def standing_joins(id: UUID) -> list[Row]:
    """Return the joins in which a participant stands, inside a use case that has opened them."""
    wanted = sa.select(*_SHOWN).where(
        sa.or_(_JOIN.c.participant_id == id, _JOIN.c.other_id == id),
        _JOIN.c.undone_at.is_(None),
    )
    return [row._asdict() for row in db.session.execute(wanted.order_by(_JOIN.c.joined_at))]
