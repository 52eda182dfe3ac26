"""Use cases of units: the parts of the organisation that staff and sites belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.models import Unit
from outreach.accounts.permissions import ADMINISTRATOR, require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.collation import swedish
from outreach.foundation.database import db
from outreach.foundation.errors import Fault, IdReuse, NotFound, Stale
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sites import service as sites
from outreach.staff import rules
from outreach.staff.rules import Places
from outreach.staff.schemas import NewUnitSchema, UnitChangeSchema, UnitSchema

_NEW = NewUnitSchema()
_CHANGE = UnitChangeSchema(partial=True)
_FIELDS = ("name", "committee", "sites", "parent_id")


def units(*, by: Actor) -> list[Unit]:
    """Return every unit in Swedish order of its name."""
    require_role(by, ADMINISTRATOR, "system")
    return sorted(db.session.scalars(sa.select(Unit)), key=lambda unit: swedish(unit.name))


def unit(*, by: Actor, id: UUID) -> Unit:
    """Return one unit. Raises NotFound."""
    require_role(by, ADMINISTRATOR, "system")
    found = db.session.get(Unit, id)
    if found is None:
        raise NotFound
    return found


def create_unit(*, by: Actor, given: object) -> tuple[Unit, bool]:
    """Add a unit; return it and whether it is new.

    A repeat with the same content returns it as it stands. Raises RuleBroken, IdReuse.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        data = read(_NEW, given, _places().faults, _parent_faults)
        known = session.get(Unit, data["id"])
        if known is not None:
            if any(getattr(known, name) != data[name] for name in _FIELDS):
                raise IdReuse
            return known, False
        found = Unit(**data)
        session.add(found)
        session.flush()
        trail.record(by=by, action="create", kind="unit", id=found.id, sites=found.sites)
    return found, True


def change_unit(*, by: Actor, id: UUID, expected: int, given: object) -> Unit:
    """Change a unit; its supervisors reach its sites from their next request.

    Raises NotFound, Stale with the current state, RuleBroken.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        found = session.get(Unit, id, with_for_update=True, populate_existing=True)
        if found is None:
            raise NotFound
        if found.version != expected:
            raise Stale(current=UnitSchema().dump(found))
        data = read(
            _CHANGE,
            given,
            _places(found.sites).faults,
            lambda data: _parent_faults({**data, "id": id}),
        )
        changed = {name: value for name, value in data.items() if value != getattr(found, name)}
        if changed:
            for name, value in changed.items():
                setattr(found, name, value)
            found.version += 1
            session.flush()
            trail.record(by=by, action="change", kind="unit", id=id, fields=sorted(changed))
    return found


def _places(kept: Collection[str] = ()) -> Places:
    return Places(sites.code_lists(), clock.today(), kept_sites=kept)


def _parent_faults(data: Any) -> Iterator[Fault]:
    if "id" not in data:
        return
    parents = {row.id: row.parent_id for row in db.session.scalars(sa.select(Unit))}
    yield from rules.parent_faults(data["id"], data.get("parent_id"), parents)
