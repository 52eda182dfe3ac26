"""The breakdowns: which there are, how their cells are filled, how their cells add up.

A cell is known by what is counted and by what it is narrowed to: the total of Hagalund is the
same cell in the table by activity and in the table by month. So a cell that is hidden in one
table is hidden in all, and a sum that can be made in any table is known to the disclosure gate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from outreach.foundation.errors import N_
from outreach.indicators import counting

RESIDUAL = "residual"
TOTAL = "total"

# What is never shown apart, only as the residual of its dimension (rule R8).
_NOT_APART = {
    "gender": frozenset({"other", "declined", "unknown"}),
    "age_band": frozenset({"unknown"}),
}

PERSONS = "persons"
CLOSINGS = "closings"

# What each thing that is counted amounts to: a row of contacts, or somebody.
MEASURES: Mapping[str, Callable[[Any], int]] = {
    "contacts": counting.contacts,
    "visitors": counting.visitors,
    PERSONS: lambda _: 1,
    CLOSINGS: lambda _: 1,
}

# Where one thing may stand on several lines, so that the lines come to more than the total.
_COVERS = frozenset({(PERSONS, "site"), (PERSONS, "route_in")})


@dataclass(frozen=True, slots=True)
class Cell:
    """What is counted, narrowed to some values of some dimensions; no dimension: the total."""

    measure: str
    narrowed: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Sum:
    """A cell that is the sum of others, so that one unknown among them can be worked out.

    The parts of a cover overlap: the total is at least the largest and at most their sum.
    """

    total: Cell
    parts: tuple[Cell, ...]
    is_cover: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """What always holds of some counts: so many times each, they come to 0, or to 0 or more."""

    terms: tuple[tuple[Cell, int], ...]
    is_equal: bool = True

    def holds(self, counts: Mapping[Cell, int]) -> bool:
        """Tell whether it holds of these counts."""
        left = sum(times * counts[cell] for cell, times in self.terms)
        return left == 0 if self.is_equal else left >= 0


@dataclass(frozen=True, slots=True)
class Table:
    """One breakdown, by one dimension or by two."""

    id: str
    measure: str
    title: str
    dimensions: tuple[str, ...]


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
    Table("persons_site", PERSONS, N_("Personer per plats"), ("site",)),
    Table("persons_route_in", PERSONS, N_("Personer per kontaktväg"), ("route_in",)),
    Table("persons_gender_age", PERSONS, N_("Personer per kön och ålder"), ("gender", "age_band")),
)

# Of those who left in a period: what came of them.
LEFT = Table(
    "closings_group_gender",
    CLOSINGS,
    N_("De som avslutade sin stödperiod, per resultat och kön"),
    ("group", "gender"),
)

# The values of each dimension that are shown apart, in their order.
Values = Mapping[str, Sequence[str]]


def shown_apart(dimension: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the values of a dimension that have a line of their own."""
    return tuple(value for value in values if value not in _NOT_APART.get(dimension, ()))


def places_of(dimension: str, thing: Any) -> frozenset[str]:
    """Return on which lines of a dimension a row or a person is counted; several in a cover."""
    if thing.identity == "protected":
        return frozenset({RESIDUAL})
    said = getattr(thing, dimension)
    apart = _NOT_APART.get(dimension, frozenset())
    values = said if isinstance(said, frozenset) else (said,)
    return frozenset(RESIDUAL if value in apart else value for value in values)


def cell(table: Table, places: Sequence[str]) -> Cell:
    """Return the cell of a table at the given places of its dimensions."""
    pairs = zip(table.dimensions, places, strict=True)
    return Cell(table.measure, frozenset(pair for pair in pairs if pair[1] != TOTAL))


def cell_in(table: Mapping[str, Any], key: Mapping[str, str]) -> Cell:
    """Return the cell of an answered table by its key."""
    return Cell(table["measure"], frozenset(pair for pair in key.items() if pair[1] != TOTAL))


def places(table: Table, values: Values) -> Iterator[tuple[str, ...]]:
    """Yield the places of all cells of a table, each line ending with its residual and total."""
    yield from product(*((*values[name], RESIDUAL, TOTAL) for name in table.dimensions))


def cells_of(table: Table, thing: Any) -> Iterator[Cell]:
    """Yield every cell of the table that a row or a person is counted in, totals too."""
    for at in product(*((*places_of(name, thing), TOTAL) for name in table.dimensions)):
        yield cell(table, at)


def filled(table: Table, things: Iterable[Any], values: Values) -> dict[Cell, int]:
    """Return every cell of the table with its count, zeros too."""
    counts = dict.fromkeys((cell(table, at) for at in places(table, values)), 0)
    measured = MEASURES[table.measure]
    for thing in things:
        if amount := measured(thing):
            for each in cells_of(table, thing):
                counts[each] += amount
    return counts


def sums(table: Table, values: Values) -> Iterator[Sum]:
    """Yield every sum that a reader of the table can make: each line, and the line of totals."""
    lines = [(*values[name], RESIDUAL) for name in table.dimensions]
    for axis, name in enumerate(table.dimensions):
        others = [(*line, TOTAL) for line in (*lines[:axis], *lines[axis + 1 :])]
        for fixed in product(*others):
            before, after = fixed[:axis], fixed[axis:]
            yield Sum(
                cell(table, (*before, TOTAL, *after)),
                tuple(cell(table, (*before, place, *after)) for place in lines[axis]),
                is_cover=(table.measure, name) in _COVERS,
            )


def told(
    table: Table, values: Values, counts: Mapping[Cell, int], concealed: Collection[Cell]
) -> dict[str, Any]:
    """Return the table as an answer tells it; `concealed` cells are hidden."""
    cells = []
    for at in places(table, values):
        each = cell(table, at)
        key = dict(zip(table.dimensions, at, strict=True))
        cells.append({"key": key, **shown(None if each in concealed else counts[each])})
    return {
        "id": table.id,
        "measure": table.measure,
        "title": table.title,
        "dimensions": [{"name": name, "values": list(values[name])} for name in table.dimensions],
        "cells": cells,
    }


def shown(count: int | None) -> dict[str, Any]:
    """Return a count as an answer tells it; None is hidden."""
    return {"value": count, "status": "hidden" if count is None else "ok"}
