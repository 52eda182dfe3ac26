"""Which figures are counted elsewhere, and which of Kolada's measures each of them is.

The measures are data, to be confirmed before the first report is frozen: Kolada ends a measure and
begins another when its source changes, and then the two are never joined into one line.
"""

from __future__ import annotations

from dataclasses import dataclass

from outreach.foundation.periods import Period

FIGURES = ("KN1", "KN2", "KN3", "KN4", "KN5")
# What a figure's values are: a unit's share, a count, or a percent of the city's inhabitants.
SHARES, COUNTS = frozenset({"KN1"}), frozenset({"KN2"})

# The municipality of Solna, as Kolada and Statistics Sweden number it.
SOLNA = "0184"
KOLADA = "Kolada"
# What is counted here is added to the other units', so that nobody is to report it again.
OUR_UNIT = "Jobbfabriken Vuxna"


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of Kolada's: the figure it is, and from which year it is the one to use.

    From each year of `breaks` on, its numbers cannot be compared with those before.
    """

    id: str
    figure: str
    since: int
    breaks: tuple[int, ...] = ()


MEASURES = (
    # 18 to 64 years old; 18 to 65 from 2023 on.
    Measure("N03937", "KN3", since=2000, breaks=(2023,)),
    # Another register of who works, another age: 20 to 64, then 20 to 65.
    Measure("N00914", "KN4", since=2000),
    Measure("N02243", "KN4", since=2022),
    Measure("N00973", "KN5", since=2000),
)


def measures_of(figure: str) -> tuple[Measure, ...]:
    """Return the measures that a figure has been told by, the latest last."""
    return tuple(each for each in MEASURES if each.figure == figure)


def breaks_before(measure: str, year: int) -> int:
    """Return how many breaks of a measure lie before a year's value: only equal ones compare."""
    return sum(since <= year for each in MEASURES if each.id == measure for since in each.breaks)


def measure_for(figure: str, period: Period) -> str:
    """Return the measure of a figure whose values name none: the latest in use by the period."""
    used = [each.id for each in measures_of(figure) if each.since <= period.last.year]
    return used[-1] if used else ""
