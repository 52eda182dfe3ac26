"""The breakdowns: which there are, how their cells are filled, how their cells add up.

A cell is known by what is counted and by what it is narrowed to: the total of Hagalund is the
same cell in the table by activity and in the table by month. So a cell that is hidden in one
table is hidden in all, and a sum that can be made in any table is known to the disclosure gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from outreach.foundation.errors import N_
from outreach.indicators import definitions
from outreach.indicators.definitions import CountRow

RESIDUAL = "residual"
TOTAL = "total"

# What is never shown apart, only as the residual of its dimension (rule R8).
_NOT_APART = {
    "gender": frozenset({"other", "declined", "unknown"}),
    "age_band": frozenset({"unknown"}),
}

MEASURES: Mapping[str, Callable[[CountRow], int]] = {
    "contacts": definitions.contacts,
    "visitors": definitions.visitors,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What is counted, narrowed to some values of some dimensions; no dimension: the total."""

    measure: str
    narrowed: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Sum:
    """A cell that is the sum of others, so that one unknown among them can be worked out."""

    total: Cell
    parts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One breakdown by two dimensions."""

    id: str
    measure: str
    title: str
    dimensions: tuple[str, str]


TABLES: tuple[Table, ...] = (
    Table(
        "contacts_site_activity",
        "contacts",
        N_("Kontakter per plats och verksamhet"),
        ("site", "activity"),
    ),
    Table(
        "contacts_site_month", "contacts", N_("Kontakter per plats och månad"), ("site", "month")
    ),
    Table(
        "contacts_gender_age", "contacts", N_("Kontakter per kön och ålder"), ("gender", "age_band")
    ),
    Table("visitors_site_month", "visitors", N_("Besökare per plats och månad"), ("site", "month")),
)

# The values of each dimension that are shown apart, in their order.
Values = Mapping[str, Sequence[str]]


def shown_apart(dimension: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the values of a dimension that have a line of their own."""
    return tuple(value for value in values if value not in _NOT_APART.get(dimension, ()))


def place_of(dimension: str, row: CountRow) -> str:
    """Return on which line of a dimension a row is counted."""
    value: str = getattr(row, dimension)
    hidden = row.identity == "protected" or value in _NOT_APART.get(dimension, ())
    return RESIDUAL if hidden else value


def cell(table: Table, places: Sequence[str]) -> Cell:
    """Return the cell of a table at the given places of its dimensions."""
    pairs = zip(table.dimensions, places, strict=True)
    return Cell(table.measure, frozenset(pair for pair in pairs if pair[1] != TOTAL))


def places(table: Table, values: Values) -> Iterator[tuple[str, ...]]:
    """Yield the places of all cells of a table, each line ending with its residual and total."""
    yield from product(*((*values[name], RESIDUAL, TOTAL) for name in table.dimensions))


def filled(table: Table, rows: Iterable[CountRow], values: Values) -> dict[Cell, int]:
    """Return every cell of the table with its count, zeros too."""
    counts = dict.fromkeys((cell(table, at) for at in places(table, values)), 0)
    measured = MEASURES[table.measure]
    for row in rows:
        if amount := measured(row):
            own = [place_of(name, row) for name in table.dimensions]
            for at in product(*((place, TOTAL) for place in own)):
                counts[cell(table, at)] += amount
    return counts


def sums(table: Table, values: Values) -> Iterator[Sum]:
    """Yield every sum that a reader of the table can make: each line, and the line of totals."""
    across, down = ((*values[name], RESIDUAL) for name in table.dimensions)
    for place in (*across, TOTAL):
        yield Sum(cell(table, (place, TOTAL)), tuple(cell(table, (place, other)) for other in down))
    for place in (*down, TOTAL):
        yield Sum(
            cell(table, (TOTAL, place)), tuple(cell(table, (other, place)) for other in across)
        )
