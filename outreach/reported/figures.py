"""Values of figures that are counted elsewhere: taken in, put right, and told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import ANALYST, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, IdReuse, NotFound, OutreachError, Stale
from outreach.foundation.periods import Period, is_a_year
from outreach.foundation.schemas import Rule, read
from outreach.foundation.transaction import transaction
from outreach.participants import numbers
from outreach.reported.measures import COUNTS, OUR_UNIT, SHARES, measure_for, measures_of
from outreach.reported.models import ReportedFigure
from outreach.reported.schemas import NewReportedFigureSchema

Row = dict[str, Any]

_NEW = NewReportedFigureSchema()
_KIND = "reported_figure"
# Any number no other advisory lock uses: two who tell one value at once would both be the first.
_LOCK = 5_520_310
_HUNDRED = 100
_NUMBERS = ("value", "numerator", "denominator")
_PLACE = ("figure", "first_day", "last_day", "measure")
_NOT_SAID_SHARE = N_("Skriv täljare och nämnare. Andelen räknas ut av dem.")
_SAID = (
    "figure", "first_day", "last_day", "unit", "measure", "value", "numerator", "denominator",
    "source", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one value."""

    created: bool = False
    error: OutreachError | None = None


def report(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Take in one value; a repeat is harmless. Return it, and whether it was new.

    Raises RuleBroken, IdReuse where the id stands for another value.
    """
    require_role(by, ANALYST, SUPERVISOR, "system")
    with transaction():
        _wait_for_others()
        row, created = _take_in(by, given)
        return _told(row), created


def report_all(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Take in values, each judged by itself; all good ones are kept once."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    with transaction():
        _wait_for_others()
        return [_outcome(by, item) for item in items]


def report_anew(*, by: Actor, given: Mapping[str, Any]) -> str:
    """Take in a value whose source may have told another before, which it takes the place of.

    Returns what it was: new, changed, unchanged. A value that somebody typed stands until it is
    told otherwise, like any other. Raises RuleBroken.
    """
    require_role(by, ANALYST, SUPERVISOR, "system")
    with transaction():
        _wait_for_others()
        facts = _read(given)
        there = _standing(facts)
        if there is not None and _says(there) == _said(facts):
            return "unchanged"
        if there is not None:
            _withdraw(by, there)
        _add(by, facts)
        return "new" if there is None else "changed"


def take_back(*, by: Actor, figure: str, measure: str, period: Period) -> str:
    """Withdraw a value that its source has taken back: withdrawn, or unchanged if none stood."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    place = {"figure": figure, "measure": measure, "period": period, "unit": None}
    with transaction():
        _wait_for_others()
        there = _standing(place)
        if there is None:
            return "unchanged"
        _withdraw(by, there)
        return "withdrawn"


def correct(*, by: Actor, id: UUID, given: object) -> Row:
    """Let a value take the place of another. Return it; a repeat is harmless.

    Raises NotFound, RuleBroken, IdReuse, Stale where somebody else has withdrawn the other.
    """
    require_role(by, ANALYST, SUPERVISOR)
    with transaction():
        _wait_for_others()
        wrong = _found(id)
        was_withdrawn = wrong.withdrawn_at is not None
        _withdraw(by, wrong)
        row, created = _take_in(by, given)
        if created and was_withdrawn:
            raise Stale
        return _told(row)


def withdraw(*, by: Actor, id: UUID) -> Row:
    """Let a value stand no longer; withdrawn once is withdrawn. Return it. Raises NotFound."""
    require_role(by, ANALYST, SUPERVISOR)
    with transaction():
        return _told(_withdraw(by, _found(id)))


def figure(*, by: Actor, id: UUID) -> Row:
    """Return one value that stands. Raises NotFound."""
    require_role(by, ANALYST, SUPERVISOR)
    row = _found(id)
    if row.withdrawn_at is not None:
        raise NotFound
    return _told(row)


def standing(*, by: Actor, figures: Sequence[str]) -> list[Row]:
    """Return every value of the figures that stands, the latest period first."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    rows = db.session.scalars(
        sa.select(ReportedFigure)
        .where(ReportedFigure.withdrawn_at.is_(None), ReportedFigure.figure.in_(figures))
        .order_by(
            ReportedFigure.figure,
            ReportedFigure.last_day.desc(),
            ReportedFigure.first_day,
            ReportedFigure.unit,
            ReportedFigure.measure,
        )
    )
    return [_told(row) for row in rows]


def _wait_for_others() -> None:
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _outcome(by: Actor, item: object) -> Outcome:
    try:
        return Outcome(created=_take_in(by, item)[1])
    except OutreachError as error:
        return Outcome(error=error)


def _take_in(by: Actor, given: object) -> tuple[ReportedFigure, bool]:
    facts = _read(given, _number_faults, _taken)
    if (there := db.session.get(ReportedFigure, facts["id"])) is not None:
        if _says(there) != _said(facts):
            raise IdReuse
        return there, False
    return _add(by, facts), True


def _add(by: Actor, facts: Row) -> ReportedFigure:
    row = ReportedFigure(
        id=facts["id"],
        **_said(facts),
        reported_at=clock.now(),
        reported_by=accounts.recorder_id(by),
    )
    db.session.add(row)
    db.session.flush()
    trail.record(by=by, action="report", kind=_KIND, id=row.id)
    return row


def _read(given: object, *rules: Rule) -> Row:
    return read(_NEW, given, _faults, *rules)


def _said(facts: Mapping[str, Any]) -> Row:
    """Return what a value says, as its row keeps it."""
    figure, period = facts["figure"], facts["period"]
    kept = {
        **facts,
        "first_day": period.first,
        "last_day": period.last,
        "unit": (facts["unit"] or "").strip(),
        "measure": facts["measure"] or measure_for(figure, period),
    }
    return {name: kept.get(name) for name in _SAID}


def _says(row: ReportedFigure) -> Row:
    return {name: getattr(row, name) for name in _SAID}


def _standing(facts: Mapping[str, Any]) -> ReportedFigure | None:
    """Return the value that stands for the same figure, period, unit and measure."""
    wanted = _said(facts)
    found: ReportedFigure | None = db.session.scalar(
        sa.select(ReportedFigure)
        .filter_by(withdrawn_at=None, **{name: wanted[name] for name in _PLACE})
        .where(sa.func.lower(ReportedFigure.unit) == sa.func.lower(wanted["unit"]))
    )
    return found


def _taken(facts: Mapping[str, Any]) -> Iterator[Fault]:
    if not {"id", *_SAID, "period"} - {"first_day", "last_day"} <= facts.keys():
        return
    there = _standing(facts)
    if there is not None and there.id != facts["id"]:
        detail = N_("Det finns redan ett värde för samma siffra, period och enhet. Ändra det.")
        yield Fault("/unit" if there.unit else "/period", detail)


def _faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _personal_faults(facts)
    yield from _share_faults(facts)
    figure, measure = facts.get("figure"), facts.get("measure")
    if figure is None:
        return
    if measure and measure not in {each.id for each in measures_of(figure)}:
        detail = N_("%(measure)s är inget mått för %(figure)s.")
        yield Fault("/measure", detail, {"measure": measure, "figure": figure})
    if figure in SHARES:
        yield from _faults_of_share(facts)
    elif figure in COUNTS:
        yield from _faults_of_count(facts)
    else:
        yield from _faults_of_percent(facts)


def _number_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield that no number is said: only Kolada tells that there is none."""
    if any(facts.get(name, "") is not None for name in _NUMBERS):
        return
    if facts.get("figure") in SHARES:
        yield Fault("/numerator", _NOT_SAID_SHARE)
    else:
        yield Fault("/value", N_("Skriv ett tal."))


def _personal_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("unit", "source", "note"):
        if numbers.is_in(facts.get(name) or ""):
            yield Fault(f"/{name}", numbers.LOOKS_LIKE_ONE)


def _share_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    value, part, whole = (facts.get(name) for name in ("value", "numerator", "denominator"))
    if part is not None and whole is not None and part > whole:
        yield Fault("/numerator", N_("Täljaren är större än nämnaren."))
    if part is not None and whole is None and "denominator" in facts:
        yield Fault("/denominator", N_("Skriv nämnaren också."))
    if whole is not None and part is None and "numerator" in facts:
        yield Fault("/numerator", N_("Skriv täljaren också."))
    if value is not None and (part is not None or whole is not None):
        yield Fault("/value", N_("Skriv antingen ett värde eller täljare och nämnare."))


def _faults_of_share(facts: Mapping[str, Any]) -> Iterator[Fault]:
    if facts.get("value") is not None:
        yield Fault("/value", _NOT_SAID_SHARE)
    unit = facts.get("unit")
    if unit is not None and unit.strip().lower() == OUR_UNIT.lower():
        yield Fault("/unit", N_("Vår egen del räknas här och läggs till av sig själv."))


def _faults_of_count(facts: Mapping[str, Any]) -> Iterator[Fault]:
    value = facts.get("value")
    if value is not None and value != value.to_integral_value():
        yield Fault("/value", N_("Skriv ett heltal."))
    if facts.get("numerator") is not None and value is None:
        yield Fault("/numerator", N_("Det här är ett antal, inte en andel."))


def _faults_of_percent(facts: Mapping[str, Any]) -> Iterator[Fault]:
    value, period = facts.get("value"), facts.get("period")
    if period is not None and not is_a_year(period):
        yield Fault("/period", N_("Skriv ett helt år, som 2025-01-01..2025-12-31."))
    if value is not None and value > _HUNDRED:
        yield Fault("/value", N_("Skriv procent, högst 100."))
    if facts.get("unit"):
        yield Fault("/unit", N_("Det här gäller hela Solna. Lämna enheten tom."))


def _found(id: UUID) -> ReportedFigure:
    row = db.session.get(ReportedFigure, id)
    if row is None:
        raise NotFound
    return row


def _withdraw(by: Actor, row: ReportedFigure) -> ReportedFigure:
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = clock.now(), accounts.recorder_id(by)
        db.session.flush()
        trail.record(by=by, action="withdraw", kind=_KIND, id=row.id)
    return row


def _told(row: ReportedFigure) -> Row:
    return {
        **_says(row),
        "id": row.id,
        "period": Period(row.first_day, row.last_day),
        "unit": row.unit or None,
        "measure": row.measure or None,
        "reported_at": row.reported_at,
        "withdrawn_at": row.withdrawn_at,
    }
