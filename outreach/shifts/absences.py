"""Use cases of absences: days on which one of the staff is away. Why is nobody's to write down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import service as accounts
from outreach.accounts.permissions import SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, IdReuse, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.shifts.models import Absence
from outreach.shifts.schemas import NewAbsenceSchema

_NEW = NewAbsenceSchema()


def record_absence(*, by: Actor, given: object) -> tuple[Absence, bool]:
    """Write down that somebody of one's committee is away; return it and whether it is new.

    Shifts and meetings that are planned then stay: the supervisor sees both and decides. A repeat
    changes nothing. Raises RuleBroken, IdReuse.
    """
    require_role(by, SUPERVISOR)
    with transaction() as session:
        data = read(_NEW, given, _day_faults, lambda data: _worker_faults(by, data))
        adding = insert(Absence).values(**data, created_by=by.id)
        added = session.execute(
            adding.on_conflict_do_nothing(index_elements=["id"]).returning(Absence.id)
        ).first()
        absence = session.get_one(Absence, data["id"])
        if added is None:
            if any(getattr(absence, name) != value for name, value in data.items()):
                raise IdReuse
            return absence, False
        trail.record(by=by, action="create", kind="absence", id=absence.id)
    return absence, True


def withdraw_absence(*, by: Actor, id: UUID) -> Absence:
    """Take an absence back; a second call changes nothing. Raises NotFound."""
    require_role(by, SUPERVISOR)
    with transaction() as session:
        absence = session.get(Absence, id, with_for_update=True, populate_existing=True)
        if absence is None or absence.worker_id not in _led(by):
            raise NotFound
        if absence.withdrawn_at is None:
            absence.withdrawn_at = clock.now()
            trail.record(by=by, action="withdraw", kind="absence", id=id)
    return absence


def absences(*, by: Actor, first: date, last: date) -> list[Absence]:
    """Return when the actor's own staff are away on the days, in order of their first day."""
    require_role(by, SUPERVISOR)
    wanted = _standing(_led(by), first, last).order_by(Absence.first_day, Absence.id)
    return list(db.session.scalars(wanted))


def away(*, workers: Collection[UUID], first: date, last: date) -> set[tuple[UUID, date]]:
    """Return who of the workers is away on which of the days, both included; for features above."""
    found = db.session.scalars(_standing(workers, first, last))
    return {
        (absence.worker_id, date.fromordinal(day))
        for absence in found
        for day in range(
            max(absence.first_day, first).toordinal(), min(absence.last_day, last).toordinal() + 1
        )
    }


def _standing(workers: Collection[UUID], first: date, last: date) -> sa.Select[Any]:
    return sa.select(Absence).where(
        Absence.worker_id.in_(workers),
        Absence.withdrawn_at.is_(None),
        Absence.first_day <= last,
        Absence.last_day >= first,
    )


def _led(by: Actor) -> Mapping[UUID, str]:
    return accounts.colleagues(committee=by.committee) if by.committee else {}


def _day_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    first, last = data.get("first_day"), data.get("last_day")
    if first is not None and last is not None and last < first:
        yield Fault("/to", N_("Sista dagen ska vara samma dag eller efter den första."))


def _worker_faults(by: Actor, data: Mapping[str, Any]) -> Iterator[Fault]:
    # A known id is a repeat or a mistake, whoever has left since.
    if "id" in data and db.session.get(Absence, data["id"]) is not None:
        return
    led = _led(by)
    for name, pointer in (("worker_id", "/worker"), ("cover", "/cover")):
        if data.get(name) is not None and data[name] not in led:
            yield Fault(pointer, N_("Välj någon i samma nämnd som arbetar här."))
    if data.get("cover") is not None and data["cover"] == data.get("worker_id"):
        yield Fault("/cover", N_("Välj någon annan än den som är borta."))
