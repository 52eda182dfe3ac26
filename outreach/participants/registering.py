"""Writing people who come to be known: each once, keys first, however many at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array as pg_array
from sqlalchemy.dialects.postgresql import insert

from outreach.audit import trail
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor
from outreach.foundation.arrays import as_arrays, unnested
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, OutreachError
from outreach.foundation.vault import DataKey
from outreach.participants.case_numbers import case_number
from outreach.participants.identity import Identity
from outreach.participants.models import CaseCounter, Participant

Facts = Mapping[str, Any]

_TABLE = cast("sa.Table", Participant.__table__)
_COUNTER = cast("sa.Table", CaseCounter.__table__)
IDENTITY_FIELDS = (
    "given_name", "family_name", "birth_date", "number", "phone", "email", "language",
    "interpreter", "contact_preference",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of one person who was sent: there, made now, or why not."""

    id: UUID
    created: bool = False
    error: OutreachError | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """One who was sent and could not be read as a person; nothing of them is kept."""

    error: OutreachError
    created: bool = False


def register_all(
    *, by: Actor, people: Sequence[Facts], unit: UUID | None, recorder: UUID
) -> list[Registered]:
    """Register each of the people whose id is new; return what became of each, in order.

    The facts are faultless and settled (see `rules`). A known id with the same content is a
    repeat; with another content, or somebody else's to know, it is refused as IdReuse. The keys
    are in the vault, committed, before anything that they open is written.
    """
    wanted = {facts["id"]: facts for facts in reversed(people)}
    keys = _keys(list(wanted))
    known = _standing(list(keys))
    fresh = [wanted[person] for person in keys if person not in known]
    created = _insert(by, fresh, keys, unit, recorder)
    if late := [facts["id"] for facts in fresh if facts["id"] not in created]:
        # Two sendings at the same moment: the other one made them while this one waited.
        known |= _standing(late)
    trail.record_many(by=by, action="create", kind="participant", ids=sorted(created))
    answered: list[Registered] = []
    for facts in people:
        person = facts["id"]
        there = person in created or person in known
        if person in created and facts is wanted[person]:
            answered.append(Registered(person, created=True))
        elif there and _same(facts, wanted[person], known.get(person), keys[person]):
            answered.append(Registered(person))
        else:
            answered.append(Registered(person, error=IdReuse()))
    return answered


def _keys(people: list[UUID]) -> dict[UUID, DataKey]:
    """Return the keys of all but those who were erased: their ids are nobody's again."""
    erased = vault.is_erased(people)
    return vault.make_keys([person for person in people if person not in erased])


def _standing(ids: list[UUID]) -> dict[UUID, bytes | None]:
    """Return the digest of every person among the ids whom the actor may know of."""
    wanted = sa.select(_TABLE.c.id, _TABLE.c.sameness).where(
        _TABLE.c.id == sa.any_(sa.literal(ids, sa.ARRAY(sa.Uuid)))
    )
    return {row.id: row.sameness for row in db.session.execute(wanted)}


def _same(facts: Facts, first: Facts, kept: bytes | None, key: DataKey) -> bool:
    """Tell whether a sending says what the first one with its id said."""
    said = kept if kept is not None else key.digest(_canonical(first))
    return said == key.digest(_canonical(facts))


def _canonical(facts: Facts) -> bytes:
    said = {name: value for name, value in facts.items() if value is not None}
    return json.dumps(said, sort_keys=True, default=str).encode()


def _insert(
    by: Actor, people: list[Facts], keys: Mapping[UUID, DataKey], unit: UUID | None, recorder: UUID
) -> set[UUID]:
    if not people:
        return set()
    numbers = iter(_case_numbers(len(people)))
    rows, digests = [], {}
    for facts in people:
        key, committee = keys[facts["id"]], facts["committee"]
        identity = Identity(**{name: facts[name] for name in IDENTITY_FIELDS})
        digests[facts["id"]] = identity.digests(committee)
        rows.append(
            {
                "id": facts["id"],
                "case_number": next(numbers),
                "owner_committee": committee,
                "protected": facts["protected"],
                "sealed": identity.sealed(key),
                "sameness": key.digest(_canonical(facts)),
            }
        )
    all_of_them = {"unit": unit, "recorder": recorder, "now": clock.now(), "named": by.id}
    created = set(db.session.scalars(_ADD, as_arrays(rows, _OWN) | all_of_them))
    # Not before it is known whose ids they are: nobody else is to be found by what was sent.
    vault.add_to_index({person: digests[person] for person in created})
    return created


# What each of those who are registered together has alone; all else they share.
_OWN = {
    name: _TABLE.c[name].type
    for name in ("id", "case_number", "owner_committee", "protected", "sealed", "sameness")
}
_GIVEN = unnested(_OWN)
_ADD = (
    insert(_TABLE)
    .from_select(
        [*_OWN, "named_workers", "unit_id", "registered_at", "registered_by"],
        sa.select(
            *_GIVEN.c,
            # A protected person is there for whoever registers them, until others are named.
            sa.case(
                (_GIVEN.c.protected, pg_array([sa.bindparam("named", type_=sa.Uuid)])),
                else_=sa.cast(pg_array([]), sa.ARRAY(sa.Uuid)),
            ),
            sa.bindparam("unit", type_=sa.Uuid),
            sa.bindparam("now", type_=_TABLE.c.registered_at.type),
            sa.bindparam("recorder", type_=sa.Uuid),
        ),
    )
    .on_conflict_do_nothing()
    .returning(_TABLE.c.id)
)


def _case_numbers(count: int) -> list[str]:
    """Return so many case numbers of this year, nobody else's: the counter is held until commit."""
    year = clock.today().year
    one_more = insert(_COUNTER).values(year=year, last=count)
    counted = one_more.on_conflict_do_update(
        index_elements=["year"], set_={"last": _COUNTER.c.last + count}
    )
    last = db.session.scalars(counted.returning(_COUNTER.c.last)).one()
    return [case_number(year, running) for running in range(last - count + 1, last + 1)]
