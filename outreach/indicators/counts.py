"""What is counted of a period, read from the database as the system: everybody, nothing hidden.

Whoever asks for figures is shown their own people alone, and a figure is of all; so the system
looks, for as long as it takes to count. What leaves this file is counts, which hold no key and no
row of a person: nobody comes to know of anybody by the system having looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outreach.foundation.actor import system
from outreach.foundation.periods import Period
from outreach.foundation.transaction import transaction
from outreach.indicators import cube, enrolled, night, tables
from outreach.indicators.closings import outcomes_of
from outreach.indicators.comers import Comers, with_comers
from outreach.indicators.comers import numbers_told as comers_told
from outreach.indicators.leavers import Leavers, with_leavers
from outreach.indicators.leavers import numbers_told as leavers_told
from outreach.indicators.pack import Counted
from outreach.indicators.persons import People, people_of, who_is_who
from outreach.indicators.routes import TEAMS, ways_of
from outreach.indicators.unit_figures import UnitFigures, with_unit_figures
from outreach.indicators.unit_figures import numbers_told as unit_told
from outreach.reported.schemas import UNITS
from outreach.sites import service as sites

_DIMENSIONS = ("site", "activity", "gender", "age_band", "route_in")

Answer = dict[str, Any]


def as_of() -> str | None:
    """Return the instant that the counts are true for: when the last finished night began."""
    last = night.last_night()
    return None if last is None else last.started_at.isoformat().replace("+00:00", "Z")


def counted(period: Period) -> Counted:
    """Return what is counted of a period's contacts, visitors and persons."""
    values = {name: _listed(name) for name in _DIMENSIONS}
    return Counted(cube.rows_of(period), _people(period), values, period)


def _people(period: Period) -> People:
    """Return who took part in a period: everybody, of every committee and however protected."""
    with transaction(by=system("figures")):
        return people_of(
            cube.meetings_of(period),
            cube.joins(),
            cube.protected_keys(),
            enrolled.routes_in(period),
        )


@dataclass(frozen=True, slots=True)
class Others:
    """What is told of a period beside its contacts and persons, before anything is hidden."""

    leavers: Leavers
    comers: Comers
    unit: UnitFigures

    def added(self, answer: Answer, threshold: int | None, before: Sequence[Answer] = ()) -> Answer:
        """Return an answer with all of it, held against the answers given `before`."""
        answer = with_leavers(answer, self.leavers, threshold, map(leavers_told, before))
        answer = with_comers(answer, self.comers, threshold, map(comers_told, before))
        return with_unit_figures(answer, self.unit, threshold, map(unit_told, before))


def others(period: Period, people: People) -> Others:
    """Return who came, who left and what the unit reports, among everybody as in `_people`."""
    with transaction(by=system("figures")):
        joins = cube.joins()
        same = who_is_who(joins)
        ways = ways_of(enrolled.arrivals_in(period), period, joins)
        towards = _as_persons(enrolled.handed_over_to(TEAMS, period), same)
        taken_on = _as_persons(enrolled.taken_on_by(UNITS, period), same)
        return Others(
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
