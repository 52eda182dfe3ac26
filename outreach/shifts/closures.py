"""Use cases of closures: days on which a site is closed, and the note on its door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.permissions import SUPERVISOR, require_role, require_site
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, IdReuse, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.shifts.models import Closure
from outreach.shifts.schemas import NewClosureSchema

_NEW = NewClosureSchema()


def close_site(*, by: Actor, given: object) -> tuple[Closure, bool]:
    """Close a site for some days; return the closure and whether it is new.

    Shifts already planned then stay: the supervisor sees both and decides. A repeat changes
    nothing. Raises NotYourSite, RuleBroken, IdReuse.
    """
    require_role(by, SUPERVISOR)
    with transaction() as session:
        data = read(_NEW, given, _day_faults)
        require_site(by, data["site"])
        adding = insert(Closure).values(**data, created_by=by.id)
        added = session.execute(
            adding.on_conflict_do_nothing(index_elements=["id"]).returning(Closure.id)
        ).first()
        closure = session.get_one(Closure, data["id"])
        if added is None:
            if any(getattr(closure, name) != value for name, value in data.items()):
                raise IdReuse
            return closure, False
        trail.record(by=by, action="create", kind="closure", id=closure.id, site=closure.site)
    return closure, True


def withdraw_closure(*, by: Actor, id: UUID) -> Closure:
    """Take a closure back; a second call changes nothing. Raises NotFound."""
    require_role(by, SUPERVISOR)
    with transaction() as session:
        closure = session.get(Closure, id, with_for_update=True, populate_existing=True)
        if closure is None or closure.site not in by.sites:
            raise NotFound
        if closure.withdrawn_at is None:
            closure.withdrawn_at = clock.now()
            trail.record(by=by, action="withdraw", kind="closure", id=id)
    return closure


def closures(*, sites: list[str], first: date, last: date) -> list[Closure]:
    """Return the closures in force at the sites that touch the days, in order."""
    wanted = (
        sa.select(Closure)
        .where(Closure.site.in_(sites), Closure.withdrawn_at.is_(None))
        .where(Closure.first_day <= last, Closure.last_day >= first)
        .order_by(Closure.first_day, Closure.site)
    )
    return list(db.session.scalars(wanted))


def _day_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    first, last = data.get("first_day"), data.get("last_day")
    if first is not None and last is not None and last < first:
        yield Fault("/last_day", N_("Sista dagen ska vara samma dag eller efter den första."))
