"""Taking in what Kolada tells: new values, revised ones, and those that it has taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from outreach.accounts.permissions import ANALYST, SUPERVISOR, require_role
from outreach.foundation import clock, settings
from outreach.foundation.actor import Actor
from outreach.foundation.errors import RuleBroken
from outreach.foundation.periods import Period
from outreach.foundation.transaction import transaction
from outreach.reported import figures
from outreach.reported.kolada import Kolada, KoladaUnread, KoladaValue, values_of
from outreach.reported.measures import KOLADA, MEASURES, SOLNA

# So far back one looks when comparing over time; Kolada refuses more than 25 years at once.
_YEARS = 15


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of what Kolada told."""

    new: int
    changed: int
    unchanged: int
    withdrawn: int


def fetch(*, by: Actor) -> Fetched:
    """Ask Kolada and take in what it tells: all of it, or nothing.

    Raises NotAllowed, KoladaSilent, KoladaUnread.
    """
    require_role(by, ANALYST, SUPERVISOR, "system")
    this_year = clock.today().year
    years = range(this_year - _YEARS, this_year + 1)
    kolada = Kolada(settings.text("KOLADA_URL"))
    told = kolada.values([each.id for each in MEASURES], SOLNA, list(years))
    return _taken_in(by, told)


def take_in(*, by: Actor, page: object) -> Fetched:
    """Take in an answer of Kolada's that was saved as a file. Raises NotAllowed, KoladaUnread."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    return _taken_in(by, values_of(page, SOLNA))


def _taken_in(by: Actor, told: Iterable[KoladaValue]) -> Fetched:
    figure_of = {each.id: each.figure for each in MEASURES}
    with transaction():
        met = Counter(
            _take_in(by, figure_of[each.measure], each)
            for each in told
            if each.measure in figure_of
        )
    return Fetched(met["new"], met["changed"], met["unchanged"], met["withdrawn"])


def _take_in(by: Actor, figure: str, told: KoladaValue) -> str:
    """Take in one value; tell what became of it. Raises KoladaUnread where it cannot be one."""
    try:
        return _kept(by, figure, told)
    except (OverflowError, RuleBroken, ValueError) as error:
        raise KoladaUnread from error


def _kept(by: Actor, figure: str, told: KoladaValue) -> str:
    year = Period(date(told.year, 1, 1), date(told.year, 12, 31))
    if told.is_deleted:
        return figures.take_back(by=by, figure=figure, measure=told.measure, period=year)
    given = {
        "id": str(uuid4()),
        "figure": figure,
        "period": str(year),
        "measure": told.measure,
        "value": None if told.value is None else str(told.value),
        "source": KOLADA,
    }
    return figures.report_anew(by=by, given=given)
