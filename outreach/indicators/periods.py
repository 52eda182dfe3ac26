"""Periods that figures are asked for: whole local days, both ends included.

Which periods are listed (answered to everyone who may see figures, once they are over) is data:
the table SHIPPED, one row a kind of period. Anything else is for those with the raw right.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from outreach.foundation.errors import N_
from outreach.foundation.periods import Period

_DECEMBER = 12

# What anybody may ask for at all: nothing is older, nobody plans further, and what is counted
# while somebody waits stays small. Five years are at most 1,827 days.
EARLIEST = date(2015, 1, 1)
LATEST = date(2199, 12, 31)
MOST_DAYS = 1830


def out_of_bounds(period: Period) -> Iterator[tuple[str, str]]:
    """Yield why the period is not answered to anybody: which end to move, `from` or `to`, and why.

    Nothing is yielded for a period that may be asked for.
    """
    if period.first < EARLIEST:
        yield "from", N_("En period börjar tidigast 2015-01-01.")
    if period.last > LATEST:
        yield "to", N_("En period slutar senast 2199-12-31.")
    if (period.last - period.first).days >= MOST_DAYS:
        yield "to", N_("En period är högst fem år (1 830 dagar).")


@dataclass(frozen=True, slots=True)
class Span:
    """A kind of listed period: from a month to a month of the same year."""

    first_month: int
    last_month: int

    def of(self, year: int) -> Period:
        """Return the period of that year."""
        last_day = calendar.monthrange(year, self.last_month)[1]
        return Period(date(year, self.first_month, 1), date(year, self.last_month, last_day))


# Each month; then what the committees report on: from January to the end of April, August and
# December, and the second and third tertial (the first is January to April itself).
SHIPPED: tuple[Span, ...] = (
    *(Span(month, month) for month in range(1, _DECEMBER + 1)),
    Span(1, 4),
    Span(1, 8),
    Span(1, 12),
    Span(5, 8),
    Span(9, 12),
)

# To which months the committees follow a year from January.
_CUMULATIVE = frozenset({4, 8, 12})

# The activity began in 2025; no period is older.
FIRST_YEAR = 2025


def is_listed(period: Period) -> bool:
    """Tell whether the period is one of those that everyone may ask for, once it is over."""
    year = period.first.year
    return FIRST_YEAR <= year <= LATEST.year and any(span.of(year) == period for span in SHIPPED)


def is_cumulative(period: Period) -> bool:
    """Tell whether the period is one that the committees follow the year by: from January on."""
    return is_listed(period) and period.first.month == 1 and period.last.month in _CUMULATIVE


def months_of(period: Period) -> tuple[Period, ...]:
    """Return the months that a listed period is made of, in their order; a month is its own."""
    months = range(period.first.month, period.last.month + 1)
    return tuple(Span(month, month).of(period.first.year) for month in months)


def parts_of(period: Period) -> tuple[Period, ...]:
    """Return the other listed periods that lie inside a listed one, as they end, the shorter first.

    So each comes after all that lie inside it, and two who go through them meet in one order.
    """
    inside = {span.of(period.first.year) for span in SHIPPED} - {period}
    return tuple(
        sorted(
            (each for each in inside if period.first <= each.first and each.last <= period.last),
            key=lambda each: (each.last, -each.first.toordinal()),
        )
    )


def ways_through(period: Period, parts: Collection[Period]) -> Iterator[tuple[Period, ...]]:
    """Yield every way to lay a period out of some of the parts, without a gap or an overlap."""
    for part in parts:
        if part.first != period.first or part.last > period.last:
            continue
        if part.last == period.last:
            yield (part,)
        else:
            rest = Period(part.day_after, period.last)
            yield from ((part, *others) for others in ways_through(rest, parts))


def listed(today: date) -> Iterator[Period]:
    """Yield the listed periods that are over, the latest first, the longer before the shorter."""
    spans = sorted(SHIPPED, key=lambda span: (-span.last_month, span.first_month))
    for year in range(today.year, FIRST_YEAR - 1, -1):
        for span in spans:
            period = span.of(year)
            if period.is_over(today):
                yield period
