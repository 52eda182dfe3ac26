"""Writing enrolments that come in: each once, one open for each person, however many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.enrolments.models import Enrolment
from outreach.foundation import clock, vault
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, IdReuse, NotFound, OutreachError
from outreach.foundation.sameness import sameness
from outreach.foundation.vault import DataKey

Row = dict[str, Any]
Facts = Mapping[str, Any]

_TABLE = cast("sa.Table", Enrolment.__table__)
OCCUPATIONS = ("occupation_before", "occupation_after")
INCOMES = ("income_before", "income_after")
# What a row keeps of what was said; the others of its columns tell who and when.
SAID = (
    "opened_on", "route_in", "origin", "occupation_before", "income_before", "closed_on",
    "closing_result", "start_date", "extent", "funded", "lasted_one_month", "verified_by",
    "occupation_after", "income_after",
)  # fmt: skip


class AlreadyEnrolled(Conflict):
    """One period at a time: the one before must end first."""

    slug = "already-enrolled"
    title = N_("Personen har redan en stödperiod")
    advice = N_("En person har en stödperiod i taget. Avsluta den som pågår först.")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of one enrolment that was sent: there, made now, or why not."""

    id: UUID | None
    created: bool = False
    error: OutreachError | None = None


def as_columns(facts: Facts) -> Row:
    """Return facts as the table keeps them; an empty list of incomes says nothing."""
    row = dict(facts)
    for name in OCCUPATIONS:
        if name in row:
            said = row[name] or {}
            row |= {name: said.get("code"), f"{name}_extent": said.get("extent")}
    return row | {name: row[name] or None for name in INCOMES if name in row}


def as_facts(row: Facts) -> Row:
    """Return what a row says as facts: the inverse of `as_columns`."""
    facts = {name: row[name] for name in SAID}
    for name in OCCUPATIONS:
        code, extent = row[name], row[f"{name}_extent"]
        facts[name] = {"code": code, "extent": extent} if code else None
    return facts


def record_all(*, recorder: UUID, items: Sequence[Facts]) -> list[Enrolled]:
    """Add each of the enrolments whose id is new; return what became of each, in order.

    The facts are faultless; without a day an enrolment opens today. A known id with the same
    content is a repeat, with another it is refused as IdReuse; a second open one for a person as
    AlreadyEnrolled; one for somebody whose key is gone as NotFound. Needs a `transaction(by=…)`.
    """
    keys = vault.keys_of({facts["participant_id"] for facts in items})
    first: dict[UUID, Row] = {}
    rows = [
        _row(facts, recorder, keys[whose]) if (whose := facts["participant_id"]) in keys else None
        for facts in items
    ]
    for row in filter(None, rows):
        first.setdefault(row["id"], row)
    known = _standing(list(first))
    created = _insert([row for row in first.values() if row["id"] not in known])
    return [
        _outcome(row, first[row["id"]], known, created) if row else Enrolled(None, error=NotFound())
        for row in rows
    ]


def write(row: Facts, change: Facts) -> None:
    """Write over an enrolment, which is held, as a new version; the night counts it again."""
    db.session.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id == row["id"])
        .values(
            **change,
            version=row["version"] + 1,
            changed_xid=sa.text("pg_current_xact_id()"),
        )
    )


def _outcome(row: Row, first: Row, known: Mapping[UUID, bytes], created: set[UUID]) -> Enrolled:
    sent = row["id"]
    if sent in created and row is first:
        return Enrolled(sent, created=True)
    if sent in known or sent in created:
        same = row["sameness"] == known.get(sent, first["sameness"])
        return Enrolled(sent, error=None if same else IdReuse())
    return Enrolled(sent, error=AlreadyEnrolled() if _has_open_one(row) else IdReuse())


def _row(facts: Facts, recorder: UUID, key: DataKey) -> Row:
    said: Row = {name: facts.get(name) for name in ("id", "participant_id", *SAID)}
    # The first income is the main one, so their order tells one sending from another.
    kept = {name: tuple(said[name]) if said[name] else None for name in INCOMES}
    return as_columns(said) | {
        "opened_on": said["opened_on"] or clock.today(),
        "opened_by": recorder,
        "closed_by": recorder if said["closed_on"] else None,
        # Under the person's own key: what was corrected since is not to be guessed from it.
        "sameness": key.digest(sameness(said | kept)),
    }


def _standing(ids: list[UUID]) -> dict[UUID, bytes]:
    wanted = sa.select(_TABLE.c.id, _TABLE.c.sameness).where(
        _TABLE.c.id == sa.any_(sa.literal(ids, sa.ARRAY(sa.Uuid)))
    )
    return {row.id: row.sameness for row in db.session.execute(wanted)}


def _insert(rows: list[Row]) -> set[UUID]:
    if not rows:
        return set()
    added: Any = insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)
    return set(db.session.scalars(added, rows))


def _has_open_one(row: Row) -> bool:
    """Tell whether the person's other enrolment is why this one was not added."""
    if row["closed_on"] is not None:
        return False
    others = sa.select(_TABLE.c.id).where(
        _TABLE.c.participant_id == row["participant_id"], _TABLE.c.closed_on.is_(None)
    )
    return db.session.scalar(others) is not None
