"""Use cases of figures: answering a period, and handing the answer out as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.permissions import ANALYST, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, NotAllowed, RuleBroken
from outreach.foundation.periods import Period
from outreach.foundation.transaction import transaction
from outreach.indicators import cube, enrolled, night, periods, tables
from outreach.indicators.city_figures import Given, with_city_figures
from outreach.indicators.closings import outcomes_of
from outreach.indicators.comers import Comers, with_comers
from outreach.indicators.comers import numbers_told as comers_told
from outreach.indicators.definitions import COUNTS_PERSONS_SINCE, SN3
from outreach.indicators.leavers import Leavers, with_leavers
from outreach.indicators.leavers import numbers_told as leavers_told
from outreach.indicators.longer import joined, may_be_told, of_persons
from outreach.indicators.models import PeriodFigures
from outreach.indicators.pack import Counted, pack
from outreach.indicators.persons import People, people_of, who_is_who
from outreach.indicators.routes import TEAMS, ways_of
from outreach.indicators.shares import Share
from outreach.indicators.unit_figures import UnitFigures, with_unit_figures
from outreach.indicators.unit_figures import numbers_told as unit_told
from outreach.indicators.weighing import Kept, gives_away
from outreach.reported import figures as reported
from outreach.reported.measures import FIGURES
from outreach.reported.schemas import UNITS
from outreach.sites import service as sites

_DIMENSIONS = ("site", "activity", "gender", "age_band", "route_in")

Answer = dict[str, Any]


class PeriodNotOpen(NotAllowed):
    """A period that is not answered to everyone.

    Two free periods a day apart could be subtracted down to one person, so only listed periods
    that are over are answered without the raw right: each is worked out once, and a longer period
    tells nothing that could be held against its months.
    """

    slug = "period-not-open"
    title = N_("Den perioden visas inte")
    advice = N_(
        "Välj en hel månad, ett tertial, eller januari till april, augusti eller december, som är"
        " slut. Siffrorna finns dagen efter att perioden tog slut."
    )


def may_see_raw(actor: Actor) -> bool:
    """Tell whether the actor may see figures with nothing hidden, for any period."""
    return actor.has(SUPERVISOR, "system")


def figures(*, by: Actor, period: Period, threshold: int, raw: bool = False) -> Answer:
    """Return the figures and tables of a period, as of the last finished night.

    A listed month that is over is worked out the first time somebody asks, after a night that
    began when it was over; then the answer stays what it was. A longer listed period tells of
    contacts what its months have told, and of persons a number that can stand beside theirs
    (`longer.py`, `weighing.py`), and stays as they do. Counts below `threshold` are hidden, and as
    many others that none of them can be worked out. Persons are counted by the links and joins as
    they stand when the answer is worked out (rule R3b).

    Other periods, and answers with nothing hidden (`raw`), are worked out anew each time, only
    for those with the raw right, and the trail says who read them. Raises NotAllowed,
    PeriodNotOpen, RuleBroken for a period that is out of bounds.
    """
    with transaction():
        internal = is_internal(by=by, period=period, raw=raw)
        answer = _answer(by, period, threshold, raw=raw)
        if internal:
            trail.record(by=by, action="read", kind="figures", id=period, raw=raw)
    return answer


def handed_out(*, by: Actor, period: Period, threshold: int, raw: bool = False) -> Answer:
    """Return what `figures` does, for a file that leaves the house; the trail says who took it."""
    with transaction():
        answer = _answer(by, period, threshold, raw=raw)
        trail.record(by=by, action="export", kind="figures", id=period, raw=raw)
    return answer


def is_internal(*, by: Actor, period: Period, raw: bool) -> bool:
    """Tell whether an answer is for the house alone: only kept answers may be passed on."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    return raw or not (periods.is_listed(period) and _is_settled(period))


def open_periods(*, by: Actor) -> list[Period]:
    """Return the listed periods that are answered now, the latest first."""
    require_role(by, ANALYST, SUPERVISOR)
    return [period for period in periods.listed(clock.today()) if _is_settled(period)]


def _answer(by: Actor, period: Period, threshold: int, *, raw: bool) -> Answer:
    if faults := [Fault("/period", told) for _, told in periods.out_of_bounds(period)]:
        raise RuleBroken(faults=faults)
    if not is_internal(by=by, period=period, raw=raw):
        answer = _kept(by, period, threshold).answer
        return with_city_figures(answer, period, _given(), threshold)
    if not may_see_raw(by):
        raise NotAllowed if raw else PeriodNotOpen
    counted, gate = _counted(period), None if raw else threshold
    answer = _others(period, counted.people).added(pack(period, _as_of(), counted, gate), gate)
    return with_city_figures(answer, period, _given(), gate)


def _given() -> list[Given]:
    """Return what others have given for KN1 to KN5, as it stands now."""
    return [
        Given(
            figure=row["figure"],
            period=row["period"],
            source=row["source"],
            unit=row["unit"],
            measure=row["measure"],
            value=row["value"],
            share=None
            if row["denominator"] is None
            else Share(row["numerator"], row["denominator"]),
        )
        for row in reported.standing(by=system("figures"), figures=FIGURES)
    ]


def _as_of() -> str | None:
    """Return the instant that the counts are true for: when the last finished night began."""
    last = night.last_night()
    return None if last is None else last.started_at.isoformat().replace("+00:00", "Z")


def _is_settled(period: Period) -> bool:
    """Tell whether a night has counted the period since it was over."""
    last = night.last_night()
    return last is not None and last.started_at >= clock.start_of(period.day_after)


def _counted(period: Period) -> Counted:
    values = {name: _listed(name) for name in _DIMENSIONS}
    return Counted(cube.rows_of(period), _people(period), values, period)


def _people(period: Period) -> People:
    """Return who took part in a period: everybody, of every committee and however protected.

    Whoever asks is shown their own people alone, and a figure is of all; so the system looks, for
    as long as it takes to count. What leaves this file is counts, which hold no key and no row of
    a person: nobody comes to know of anybody by the system having looked.
    """
    with transaction(by=system("figures")):
        return people_of(
            cube.meetings_of(period),
            cube.joins(),
            cube.protected_keys(),
            enrolled.routes_in(period),
        )


@dataclass(frozen=True, slots=True)
class _Others:
    """What is told of a period beside its contacts and persons, before anything is hidden."""

    leavers: Leavers
    comers: Comers
    unit: UnitFigures

    def added(self, answer: Answer, threshold: int | None, before: Sequence[Answer] = ()) -> Answer:
        """Return an answer with all of it, held against the answers given `before`."""
        answer = with_leavers(answer, self.leavers, threshold, map(leavers_told, before))
        answer = with_comers(answer, self.comers, threshold, map(comers_told, before))
        return with_unit_figures(answer, self.unit, threshold, map(unit_told, before))


def _others(period: Period, people: People) -> _Others:
    """Return who came, who left and what the unit reports, among everybody as in `_people`."""
    with transaction(by=system("figures")):
        joins = cube.joins()
        same = who_is_who(joins)
        ways = ways_of(enrolled.arrivals_in(period), period, joins)
        towards = _as_persons(enrolled.handed_over_to(TEAMS, period), same)
        taken_on = _as_persons(enrolled.taken_on_by(UNITS, period), same)
        return _Others(
            _leavers(period, people, joins, same),
            Comers(ways, towards=len(towards)),
            UnitFigures(enrolled.stays_at_the_unit(), period, from_us=len(taken_on)),
        )


def _leavers(
    period: Period, people: People, joins: Sequence[tuple[UUID, UUID]], same: Mapping[UUID, UUID]
) -> Leavers:
    outcomes = outcomes_of(enrolled.closings_until(period.last), period, joins)
    keys = {*outcomes.last, *(key for key, one in same.items() if one in outcomes.last)}
    said = enrolled.last_genders(keys, period.last)
    return Leavers(
        outcomes,
        genders={same.get(key, key): gender for key, gender in said.items()},
        protected=_as_persons(cube.protected_keys(), same),
        took_part=people.keys,
        apart=tables.shown_apart("gender", _listed("gender")),
    )


def _as_persons(keys: Iterable[UUID], same: Mapping[UUID, UUID]) -> set[UUID]:
    """Return the keys of persons: those who are joined have one between them."""
    return {same.get(key, key) for key in keys}


def _listed(name: str) -> tuple[str, ...]:
    return tuple(choice.code for choice in sites.code_lists().all(name))


def _kept(by: Actor, period: Period, threshold: int) -> PeriodFigures:
    """Return what is kept for a listed period, working it out if nobody has asked.

    A longer period keeps the listed ones inside it first, one after the other as they end: of two
    who ask at once for periods that share some one waits for the other, never both, and each is
    weighed against all that it could be held against.
    """
    with transaction() as session:
        known = session.get(PeriodFigures, (period.first, period.last))
        if known is not None:
            return known
        if periods.months_of(period) == (period,):
            return _keep(by, period, _of_a_month(period, threshold))
        parts = {each: _kept(by, each, threshold) for each in periods.parts_of(period)}
        return _keep(by, period, _of_parts(period, parts, threshold))


def _of_a_month(month: Period, threshold: int) -> dict[str, Any]:
    counted, as_of = _counted(month), _as_of()
    return {
        "threshold": threshold,
        "counts": pack(month, as_of, counted, None),
        "answer": pack(month, as_of, counted, threshold),
    }


def _of_parts(
    period: Period, parts: Mapping[Period, PeriodFigures], threshold: int
) -> dict[str, Any]:
    months = [parts[month] for month in periods.months_of(period)]
    # Contacts are the months' own; only the persons of this are told.
    counted = _counted(period)
    persons = pack(period, _as_of(), counted, None)
    number = persons["figures"][0]["value"]
    told = {
        part: figure["value"]
        for part, kept in parts.items()
        for figure in kept.answer["figures"]
        if figure["code"] == SN3.code and figure["definition_version"] >= COUNTS_PERSONS_SINCE
    }
    is_told = may_be_told(period, number, told, threshold) and not gives_away(
        period,
        number,
        {part: Kept(kept.counts, kept.answer) for part, kept in parts.items()},
        threshold,
    )
    counts = joined(period, [each.counts for each in months], persons)
    answer = joined(period, [each.answer for each in months], persons)
    answer = of_persons(answer, is_told=is_told)
    if periods.is_cumulative(period):
        others = _others(period, counted.people)
        counts = others.added(counts, None)
        answer = others.added(answer, threshold, [each.answer for each in parts.values()])
    return {
        "threshold": min(threshold, *(each.threshold for each in months)),
        "counts": counts,
        "answer": answer,
    }


def _keep(by: Actor, period: Period, worked_out: dict[str, Any]) -> PeriodFigures:
    """Keep what was worked out; of two who ask at once the first is kept, and both are told it."""
    made = db.session.scalar(
        insert(PeriodFigures)
        .values(first_day=period.first, last_day=period.last, computed_at=clock.now(), **worked_out)
        .on_conflict_do_nothing()
        .returning(PeriodFigures.first_day)
    )
    if made is not None:
        trail.record(by=by, action="compute", kind="figures", id=period)
    return db.session.get_one(PeriodFigures, (period.first, period.last))
