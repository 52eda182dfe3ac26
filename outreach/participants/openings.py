"""Reading somebody outside one's caseload: first say why, then it is open for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import service as audit
from outreach.audit import trail
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import reading
from outreach.participants.models import Opening, Participant
from outreach.participants.reading import Row
from outreach.participants.rules import PRESENT
from outreach.participants.schemas import NewOpeningSchema
from outreach.shifts import service as shifts

# A reason opens for so long; whoever is here is open for the shift.
_A_WHILE = timedelta(hours=3)

_NEW = NewOpeningSchema()


def open_participant(*, by: Actor, id: UUID, given: object) -> Row:
    """Open a participant of the committee for oneself, and say why; return the opening.

    Present ("the person is here") lasts until the shift ends, any other reason three hours; other
    needs a note. Saying so again opens anew. Raises NotFound for whom one may not know of.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        known = db.session.execute(
            sa.select(Participant.id).where(
                Participant.id == id,
                Participant.owner_committee == by.committee,
                Participant.removed_at.is_(None),
                sa.or_(~Participant.protected, Participant.named_workers.any_() == by.id),
            )
        ).one_or_none()
        if known is None:
            raise NotFound
        said = read(_NEW, given, _note_faults)
        now = clock.now()
        opening = Opening(
            id=uuid4(),
            participant_id=id,
            worker_id=by.id,
            reason=said["reason"],
            note=_sealed(id, said["note"]),
            opened_at=now,
            ends_at=_end_of_shift(by, now) if said["reason"] == PRESENT else now + _A_WHILE,
        )
        db.session.add(opening)
        trail.record(by=by, action="open", kind="participant", id=id, reason=said["reason"])
        return {
            "id": opening.id,
            "participant_id": id,
            "reason": opening.reason,
            "opened_at": opening.opened_at,
            "ends_at": opening.ends_at,
        }


def _sealed(id: UUID, note: str | None) -> bytes | None:
    """Return a note as it is kept. Raises NotFound when there is no key: nobody is known there."""
    try:
        return vault.key_of(id).seal("opening", note) if note else None
    except vault.ErasedError:
        raise NotFound from None


def _note_faults(said: Mapping[str, Any]) -> list[Fault]:
    if said.get("reason") == "other" and not (said.get("note") or "").strip():
        return [Fault("/note", N_("Skriv varför du behöver öppna."))]
    return []


def _end_of_shift(by: Actor, now: datetime) -> datetime:
    """Return when the worker's shift is planned to end; without one it ends like any opening."""
    shift = shifts.running_shift(by=by) if by.has(CASEWORKER) else None
    planned = shift["ends_at"] if shift else None
    return max(planned or now, now + _A_WHILE)


def standing_reasons(*, by: Actor, id: UUID) -> set[str]:
    """Return every reason for which the actor has a participant open now.

    For the use cases above; writes no entry.
    """
    with transaction(by=by):
        return set(db.session.scalars(sa.select(Opening.reason).where(*_standing(by, id))))


def standing_opening(*, by: Actor, id: UUID) -> Row | None:
    """Return why and until when the actor has a participant open, or None.

    Of several, the one that lasts longest. For the use cases above; writes no entry.
    """
    with transaction(by=by):
        longest = (
            sa.select(Opening.reason, Opening.ends_at)
            .where(*_standing(by, id))
            .order_by(Opening.ends_at.desc(), Opening.opened_at.desc())
            .limit(1)
        )
        found = db.session.execute(longest).one_or_none()
        return found and {"reason": found.reason, "ends_at": found.ends_at}


def _standing(by: Actor, id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Opening.participant_id == id,
        Opening.worker_id == by.id,
        Opening.ends_at > clock.now(),
    )


def accesses(*, by: Actor, id: UUID) -> list[Row]:
    """Return who has looked at a participant, or changed something, latest first, at most 200.

    Raises as `reading.open_person` does. Looking at who looked is on the trail like any reading.
    """
    with transaction(by=by):
        reading.open_person(by=by, id=id)
        trail.record(by=by, action="read", kind="participant", id=id, part="accesses")
        entries = audit.entries_about("participant", id)
        names = accounts.names_of(entry["actor_id"] for entry in entries)
        return [entry | {"actor": names.get(entry["actor_id"], "System")} for entry in entries]
