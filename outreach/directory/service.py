"""Use cases of the directory: look up, add, change, check, retire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import ADMINISTRATOR, require_role
from outreach.audit import trail
from outreach.directory import fiction, rules
from outreach.directory.models import DirectoryEntry
from outreach.directory.rules import Intake
from outreach.directory.schemas import (
    EntryChangeSchema,
    EntrySchema,
    NewEntrySchema,
    RequirementsSchema,
    RetirementSchema,
)
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.collation import swedish
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotFound, Stale
from outreach.foundation.sameness import sameness
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sites import service as sites

_NEW = NewEntrySchema()
_CHANGE = EntryChangeSchema()
_RETIREMENT = RetirementSchema()
_REQUIREMENTS = tuple(RequirementsSchema().fields)

Entry = dict[str, Any]


def entries(
    *, need: str | None = None, target: str | None = None, on: date | None = None
) -> list[Entry]:
    """Return what is shown on a day (today), in Swedish order of names.

    `need` is a topic that they help with, `target` the code that they answer to. There is no
    secret in the directory: every signed-in person may read all of it.
    """
    day = on or clock.today()
    wanted = sa.select(DirectoryEntry).where(
        DirectoryEntry.valid_from <= day,
        sa.or_(DirectoryEntry.valid_to.is_(None), DirectoryEntry.valid_to >= day),
    )
    if need is not None:
        wanted = wanted.where(DirectoryEntry.needs.contains([need]))
    if target is not None:
        wanted = wanted.where(DirectoryEntry.target == target)
    return _in_order(wanted)


def state() -> frozenset[tuple[UUID, int]]:
    """Return what tells the directory as it stands from the directory after any change to it."""
    rows = db.session.execute(sa.select(DirectoryEntry.id, DirectoryEntry.version))
    return frozenset((row.id, row.version) for row in rows)


def catalogue(*, by: Actor) -> list[Entry]:
    """Return every entry, also those that are no longer or not yet shown."""
    require_role(by, ADMINISTRATOR, "system")
    return _in_order(sa.select(DirectoryEntry))


def entry(*, id: UUID) -> Entry:
    """Return one entry. Raises NotFound."""
    row = db.session.get(DirectoryEntry, id)
    if row is None:
        raise NotFound
    return _shown(row)


def create_entry(*, by: Actor, given: object) -> tuple[Entry, bool]:
    """Add an entry; return it and whether it is new. Whoever adds it has checked it today.

    A repeat (same id, same content) returns the row as it stands. Raises RuleBroken with every
    fault, IdReuse for a known id with another content.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        facts = read(_NEW, given, _intake().faults)
        said = sameness(facts)
        known = session.get(DirectoryEntry, facts["id"])
        if known is not None:
            if known.sameness != said:
                raise IdReuse
            return _shown(known), False
        row = DirectoryEntry(**_columns(facts), sameness=said, **_checked(by))
        session.add(row)
        session.flush()
        trail.record(by=by, action="create", kind="directory_entry", id=row.id, target=row.target)
    return _shown(row), True


def change_entry(*, by: Actor, id: UUID, expected: int, given: object) -> Entry:
    """Change what an entry says. Raises NotFound, Stale with the current state, RuleBroken."""
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        row = _held(id, expected)
        before = _shown(row)
        data = read(_CHANGE, given, lambda data: _intake().faults(_merged(before, data)))
        whole = _merged(before, data)
        changed = {name: whole[name] for name in data if whole[name] != before[name]}
        if changed:
            _write(row, _columns(changed))
            trail.record(
                by=by, action="change", kind="directory_entry", id=id, fields=sorted(changed)
            )
    return _shown(row)


def check_entry(*, by: Actor, id: UUID, expected: int | None = None) -> Entry:
    """Say that all of an entry was checked today. Raises NotFound, Stale."""
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        row = _held(id, expected)
        if (row.checked_on, row.checked_by) != tuple(_checked(by).values()):
            _write(row, _checked(by))
            trail.record(by=by, action="check", kind="directory_entry", id=id)
    return _shown(row)


def retire_entry(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Entry:
    """Set the last day on which an entry is shown. Raises NotFound, Stale, RuleBroken."""
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        row = _held(id, expected)
        data = read(
            _RETIREMENT,
            given,
            lambda data: rules.day_faults({"valid_from": row.valid_from, **data}),
        )
        last = data.get("valid_to") or max(row.valid_from, clock.today())
        if row.valid_to != last:
            _write(row, {"valid_to": last})
            trail.record(by=by, action="retire", kind="directory_entry", id=id)
    return _shown(row)


def fill_in_for_demo(*, by: Actor) -> int:
    """Give every entry without a phone made-up ways to be reached; return how many.

    The numbers are those set aside for fiction. One entry in five was checked too long ago, so
    that a demonstration shows what that looks like.
    """
    require_role(by, "system")
    with transaction() as session:
        silent = list(
            session.scalars(
                sa.select(DirectoryEntry)
                .where(DirectoryEntry.phone.is_(None))
                .order_by(DirectoryEntry.id)
            )
        )
        today = clock.today()
        for place, row in enumerate(silent):
            age = rules.FRESH + timedelta(days=20) if place % 5 == 4 else timedelta(days=place)  # noqa: PLR2004 - every fifth
            _write(row, {**fiction.reach(place), "checked_on": today - age})
        trail.record_many(
            by=by, action="fill_in", kind="directory_entry", ids=[row.id for row in silent]
        )
    return len(silent)


def _in_order(wanted: sa.Select[DirectoryEntry]) -> list[Entry]:
    found = [_shown(row) for row in db.session.scalars(wanted)]
    return sorted(found, key=lambda entry: swedish(entry["name"]))


def _intake() -> Intake:
    return Intake(sites.code_lists(), clock.today())


def _checked(by: Actor) -> dict[str, Any]:
    """Return who checked an entry and when; the system has no row among the staff."""
    return {"checked_on": clock.today(), "checked_by": None if by.has("system") else by.id}


def _held(id: UUID, expected: int | None) -> DirectoryEntry:
    row = db.session.get(DirectoryEntry, id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if expected is not None and row.version != expected:
        raise Stale(current=EntrySchema().dump(_shown(row)))
    return row


def _write(row: DirectoryEntry, change: Mapping[str, Any]) -> None:
    for name, value in change.items():
        setattr(row, name, value)
    row.version += 1
    db.session.flush()


def _merged(before: Entry, change: Mapping[str, Any]) -> Entry:
    """Return what an entry would say; its own retired codes are not the change's fault."""
    kept = {name: before[name] for name in ("valid_from", "valid_to")}
    asked = before["requirements"] | change.get("requirements", {})
    return kept | dict(change) | {"requirements": asked}


def _columns(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table's columns of what was read: requirements lie flat, empty text is NULL."""
    flat = {name: value for name, value in facts.items() if name != "requirements"}
    flat |= facts.get("requirements", {})
    return {name: None if value == "" else value for name, value in flat.items()}


def _shown(row: DirectoryEntry) -> Entry:
    shown = {name: getattr(row, name) for name in EntrySchema().fields if hasattr(row, name)}
    shown["requirements"] = {name: getattr(row, name) for name in _REQUIREMENTS}
    shown["stale"] = rules.is_stale(row.checked_on, clock.today())
    return shown
