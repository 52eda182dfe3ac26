"""Find a participant by number, name or case number; find who may be the same person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import (
    N_,
    Fault,
)
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.foundation.typed import Unreadable
from outreach.participants import names
from outreach.participants.case_numbers import read_case_number
from outreach.participants.identity import Identity, digest_of, unsealed
from outreach.participants.models import Participant
from outreach.participants.numbers import read_number
from outreach.participants.reading import (
    BOND,
    MOST_FOUND,
    WITH_RESPONSIBLE,
    Person,
    is_restricted,
    may_know_of,
    right_of,
)
from outreach.participants.schemas import (
    SearchSchema,
)

_SEARCH = SearchSchema()
_TABLE = cast("sa.Table", Participant.__table__)

Row = dict[str, Any]

_SHOWN_WHEN_FOUND = (
    "id", "case_number", "owner_committee", "unit_id", "protected", "named_workers", "sealed",
    "restricted_at",
)  # fmt: skip
_FOUND = (
    sa.select(*(_TABLE.c[name] for name in _SHOWN_WHEN_FOUND), *BOND)
    .select_from(WITH_RESPONSIBLE)
    .where(_TABLE.c.removed_at.is_(None))
    .order_by(_TABLE.c.case_number.desc())
    .limit(MOST_FOUND + 1)
)


def search(*, by: Actor, given: object) -> tuple[list[Row], bool]:
    """Return whom a number, a name or a case number finds, in Swedish order, at most 100.

    The names of those alone whom the actor may read already, each with an entry of its own; of
    all others the case number and the year of birth. The second value tells whether there were
    more. Raises RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        wanted = read(_SEARCH, given, _one_of_three)
        rows, more = _rows_found(by, wanted)
        people = [row for row in rows if may_know_of(by, row)]
        keys = vault.keys_of([row.id for row in people])
        opened = [(row, unsealed(keys[row.id], row.sealed)) for row in people if row.id in keys]
        is_meant = _meant(wanted)
        found = [
            _found(by, row, identity)
            for row, identity in sorted(opened, key=lambda each: each[1].order)
            if is_meant(identity)
        ]
        named = [each["id"] for each in found if each["name"]]
        trail.record(by=by, action="search", kind="participant", by_what=next(iter(wanted)))
        trail.record_many(by=by, action="read", kind="participant", ids=named)
        return found, more


def _one_of_three(wanted: Mapping[str, Any]) -> list[Fault]:
    if len(wanted) != 1:
        return [Fault("", N_("Sök på ett av tre: nummer, namn eller ärendenummer."))]
    try:
        if "number" in wanted:
            read_number(wanted["number"], today=clock.today())
        if "case_number" in wanted:
            read_case_number(wanted["case_number"])
    except Unreadable as error:
        return [Fault(f"/{next(iter(wanted))}", error.detail)]
    return []


def _rows_found(by: Actor, wanted: Mapping[str, Any]) -> tuple[list[Any], bool]:
    condition = _condition(by, wanted)
    rows = list(db.session.execute(_FOUND.where(condition), {"reader": by.id}))
    return rows[:MOST_FOUND], len(rows) > MOST_FOUND


def _condition(by: Actor, wanted: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    if "case_number" in wanted:
        return _TABLE.c.case_number == read_case_number(wanted["case_number"])
    committee = by.committee or ""
    if "number" in wanted:
        number = read_number(wanted["number"], today=clock.today()).canonical
        readings = [{digest_of("number", committee, number)}]
    else:
        readings = [
            {digest_of("name", committee, token) for token in reading}
            for reading in names.query_readings(wanted["name"])
        ]
    # A few of them may be protected, or be called so no more.
    ids = vault.found_by(*readings, limit=3 * MOST_FOUND)
    return _TABLE.c.id == sa.any_(sa.literal(ids, sa.ARRAY(sa.Uuid)))


def _meant(wanted: Mapping[str, Any]) -> Callable[[Identity], bool]:
    """Return what tells whether who was found is who was sought: an index may be behind."""
    if "number" in wanted:
        number = read_number(wanted["number"], today=clock.today()).canonical
        return lambda identity: identity.number == number
    if "name" in wanted:
        readings = names.query_readings(wanted["name"])
        return lambda identity: names.matches(
            readings, names.name_tokens(identity.given_name, identity.family_name)
        )
    return lambda _: True


def _found(by: Actor, row: Any, identity: Identity) -> Row:
    has_right = right_of(by, row) is not None
    readable = has_right and not is_restricted(by, row)
    return {
        "id": row.id,
        "case_number": row.case_number,
        "birth_year": identity.birth_date and identity.birth_date.year,
        "name": identity.name if readable else None,
        "reason_required": not has_right,
    }


def perhaps_the_same(person: Person) -> dict[UUID, str]:
    """Return who of the committee may be the same as a person: by `number`, or by `name`.

    The same number, or else the same name and day of birth. For the features above; needs a
    `transaction(by=by)`. Only ids: whom the actor may read is asked when they are opened.
    """
    committee, identity = person.row.owner_committee, person.identity
    by_what: dict[bytes, str] = {}
    if alike := identity.alike_digest(committee):
        by_what[alike] = "name"
    if identity.number:
        by_what[identity.number_digest(committee)] = "number"
    sharers = vault.sharing([person.row.id], list(by_what)) if by_what else {}
    found = {other: what for digest, what in by_what.items() for other in sharers.get(digest, ())}
    return {
        other: found[other]
        for other, known in _identities(list(found)).items()
        # An index may be behind, or tell of more than stands.
        if by_what.keys() & known.digests(committee)
    }


def _identities(ids: list[UUID]) -> dict[UUID, Identity]:
    """Return who those of the people are whom the actor may know of."""
    if not ids:
        return {}
    wanted = sa.select(_TABLE.c.id, _TABLE.c.sealed).where(
        _TABLE.c.id == sa.any_(sa.literal(ids, sa.ARRAY(sa.Uuid))), _TABLE.c.removed_at.is_(None)
    )
    rows = {row.id: row.sealed for row in db.session.execute(wanted)}
    return {each: unsealed(key, rows[each]) for each, key in vault.keys_of(rows).items()}
