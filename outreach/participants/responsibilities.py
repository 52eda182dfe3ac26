"""Who is responsible for a person, from when to when: the open ones of a worker are a caseload."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID, uuid4

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import SUPERVISOR
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, RuleBroken
from outreach.foundation.transaction import transaction
from outreach.participants.models import Participant, Responsibility


def give_responsibility(*, by: Actor, id: UUID, worker: UUID, reason: str) -> None:
    """Let a worker of the participant's committee be responsible from now on, and nobody else.

    For the use cases above, which ask whether the actor may. To whom it is already is no change.
    The participant then belongs to the worker's unit. Raises RuleBroken when the worker is not of
    the committee, or not here any more.
    """
    with transaction(by=by):
        whose = sa.select(Participant).where(Participant.id == id).with_for_update()
        participant = db.session.execute(whose).scalar_one()
        if worker not in accounts.colleagues(committee=participant.owner_committee):
            detail = N_("Välj någon i samma nämnd som arbetar här.")
            raise RuleBroken(faults=[Fault("/worker", detail)])
        open_one = _open(id)
        if open_one is not None and open_one.worker_id == worker:
            return
        now = clock.now()
        if open_one is not None:
            open_one.until = now
            db.session.flush()
        db.session.add(
            Responsibility(
                id=uuid4(),
                participant_id=id,
                worker_id=worker,
                since=now,
                reason=reason,
                given_by=by.id,
            )
        )
        participant.unit_id = accounts.unit_of(worker)
        trail.record(
            by=by, action="assign", kind="participant", id=id, worker=str(worker), reason=reason
        )


def end_responsibility(*, by: Actor, id: UUID) -> None:
    """Let nobody be responsible any more, from now on; who was is kept. A repeat changes nothing.

    For the use cases above: a closed enrolment, a person who is no longer known.
    """
    with transaction(by=by):
        open_one = _open(id)
        if open_one is not None:
            open_one.until = clock.now()


def caseload(*, by: Actor, workers: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return whom each of the workers is responsible for now, by worker. Needs no order."""
    with transaction(by=by):
        wanted = sa.select(Responsibility.worker_id, Responsibility.participant_id).where(
            Responsibility.worker_id.in_(workers), Responsibility.until.is_(None)
        )
        found: dict[UUID, list[UUID]] = {worker: [] for worker in workers}
        for worker, person in db.session.execute(wanted):
            found[worker].append(person)
        return found


def responsible_for(*, by: Actor, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return who is responsible now for each of the people; whom nobody is for is missing."""
    with transaction(by=by):
        wanted = sa.select(Responsibility.participant_id, Responsibility.worker_id).where(
            Responsibility.participant_id.in_(ids), Responsibility.until.is_(None)
        )
        return {row.participant_id: row.worker_id for row in db.session.execute(wanted)}


def within_reach(*, by: Actor, usable: bool = False) -> sa.Select[UUID]:
    """Return the question, to ask inside another, whom the actor looks after by duty.

    One's own caseload, and for a supervisor the people of the unit. Whoever is no longer known is
    none of them, and whoever has asked to be erased only a supervisor's; with `usable` nobody's.
    """
    own = sa.exists().where(
        Responsibility.participant_id == Participant.id,
        Responsibility.worker_id == by.id,
        Responsibility.until.is_(None),
    )
    led = Participant.unit_id == by.unit if by.has(SUPERVISOR) and by.unit else sa.false()
    decides = by.has(SUPERVISOR) and not usable
    used = sa.true() if decides else Participant.restricted_at.is_(None)
    return sa.select(Participant.id).where(Participant.removed_at.is_(None), used, sa.or_(own, led))


def for_whom_nobody_is() -> sa.Select[UUID]:
    """Return the question, to ask inside another, for whom nobody is responsible now.

    Whoever is no longer known is none of them, nor is whoever has asked to be erased.
    """
    somebody = sa.exists().where(
        Responsibility.participant_id == Participant.id, Responsibility.until.is_(None)
    )
    return sa.select(Participant.id).where(
        Participant.removed_at.is_(None), Participant.restricted_at.is_(None), ~somebody
    )


def _open(id: UUID) -> Responsibility | None:
    return db.session.scalar(
        sa.select(Responsibility).where(
            Responsibility.participant_id == id, Responsibility.until.is_(None)
        )
    )
