"""The labour market unit's enrolments, taken in as the unit tells them last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import service as accounts
from outreach.accounts.permissions import require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, OutreachError
from outreach.foundation.schemas import ids_said, read
from outreach.foundation.transaction import transaction
from outreach.participants import numbers
from outreach.reported.models import AmgEnrolment
from outreach.reported.schemas import ImportedAmgEnrolmentSchema
from outreach.sites import service as sites

Row = dict[str, Any]

_LINE = ImportedAmgEnrolmentSchema()
_TABLE = cast("sa.Table", AmgEnrolment.__table__)
_OF_AN_END = ("exit_result", "main_income_after")
_LISTS = {"exit_result": "closing_result", "main_income_after": "income_source"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line."""

    created: bool = False
    error: OutreachError | None = None


def import_amg_enrolments(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Take in enrolments of the labour market unit; what it tells of one anew takes its place.

    The rows are the unit's: an enrolment that goes on is told again when it has ended, and what
    was wrong is told right. A line that says nothing new is harmless. Refused: a key that is
    somebody's personal identity number, days out of order, what is told of an end that has not
    been.
    """
    require_role(by, "system")
    with transaction(by=by):
        ids = ids_said(items, "id")
        held = sa.select(_TABLE).where(_TABLE.c.id.in_(ids)).with_for_update()
        known = {row.id: row._asdict() for row in db.session.execute(held)}
        reporter, outcomes, told = accounts.recorder_id(by), [], list[Row]()
        for item in items:
            try:
                row = _row(item)
            except OutreachError as error:
                outcomes.append(Outcome(error=error))
                continue
            is_new = row.items() - known.get(row["id"], {}).items()
            outcomes.append(Outcome(created=bool(is_new)))
            if is_new:
                known[row["id"]] = row
                told.append(row)
        _keep(told, reporter)
        trail.record_many(
            by=by, action="report", kind="amg_enrolment", ids=[row["id"] for row in told]
        )
        return outcomes


def _row(item: object) -> Row:
    facts = read(_LINE, item, _faults)
    return {
        "id": facts["id"],
        "person_key": facts["person_key"],
        "unit": facts["unit"],
        "start_on": facts["start"],
        "end_on": facts["end"],
        "exit_result": facts["exit_result"],
        "main_income_after": facts["main_income_after"],
        "supplement": facts["supplement"],
    }


def _faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    key, start, end = (facts.get(name) for name in ("person_key", "start", "end"))
    if key is not None and numbers.is_in(key):
        detail = N_("Det ser ut som ett personnummer. Använd en nyckel som bara enheten kan läsa.")
        yield Fault("/person_key", detail)
    for name, day in (("start", start), ("end", end)):
        if day is not None and day > clock.today():
            yield Fault(f"/{name}", N_("Dagen har inte varit än."))
    if end is None:
        yield from _told_too_early(facts)
    elif start is not None and end < start:
        yield Fault("/end", N_("Slutet är före början."))
    yield from _code_faults(facts, end or clock.today())


def _told_too_early(facts: Mapping[str, Any]) -> Iterator[Fault]:
    for name in (*_OF_AN_END, "supplement"):
        if facts.get(name):
            yield Fault(f"/{name}", N_("Det sägs först när inskrivningen har tagit slut."))


def _code_faults(facts: Mapping[str, Any], on: date) -> Iterator[Fault]:
    lists = sites.code_lists()
    for name, listed in _LISTS.items():
        code = facts.get(name)
        if code is not None and not lists.has(listed, code, on):
            detail = N_("”%(code)s” fanns inte att välja den dagen.")
            yield Fault(f"/{name}", detail, {"code": code})


def _keep(rows: Sequence[Row], reporter: UUID | None) -> None:
    """Keep what was told; of two lines about one enrolment the later counts."""
    latest = {row["id"]: row for row in rows}
    if not latest:
        return
    added = insert(_TABLE).values(
        [row | {"reported_at": clock.now(), "reported_by": reporter} for row in latest.values()]
    )
    kept = {each.name: added.excluded[each.name] for each in _TABLE.c if each.name != "id"}
    db.session.execute(added.on_conflict_do_update(index_elements=["id"], set_=kept))
