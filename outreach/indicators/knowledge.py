"""What always holds between the counts of an answer: what its reader can calculate with.

Inside a table its lines add up (`tables.sums`); parts that overlap leave, between their sum and
the total, a count that is told nowhere: how often somebody stood on one line more.

Between the tables, by the definitions and by what a contact can be:

- Whoever is a person had a contact, identified and of that day, place, gender and age; and took
  part, so that they are a visitor of that place. So persons ≤ contacts, ≤ identified contacts, and
  ≤ visitors, also for each place, gender and age by itself.
- A visitor came in a contact, and a contact is of 500 at most: visitors ≤ 500 × contacts of the
  same place and month. Several at once are a group, of whom neither gender nor age is noted, nor
  whether it was their first time: visitors ≤ contacts + 499 × the residual of gender and age, and
  ≤ contacts + 499 × those that were nobody's first.
- On the residual of places stand protected people alone, each by themselves and known: their
  visitors ≤ their contacts ≤ all identified ones; they are on the residual of gender and age too;
  they are the residual of the ways in; and none of them is among the persons of any place or way.

Visitors are not at least as many as contacts: a telephone call is a contact and no visit.

Persons are read when the answer is worked out, contacts were counted by the night before it. So a
bound between the two may not hold of an answer; whoever believes it there is led astray, and it is
left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from outreach.indicators import tables
from outreach.indicators.tables import (
    PERSONS,
    RESIDUAL,
    TABLES,
    Cell,
    Relation,
    Sum,
    Values,
)

CONTACTS, VISITORS, EVERYBODY = Cell("contacts"), Cell("visitors"), Cell(PERSONS)
IDENTIFIED = Cell("contacts", frozenset({("identity", "identified")}))
ANONYMOUS = Cell("contacts", frozenset({("identity", "anonymous")}))
FIRST_TIME = Cell("contacts", frozenset({("first_time", "yes")}))
# Told nowhere, yet anybody can subtract it.
NOT_FIRST_TIME = Cell("contacts", frozenset({("first_time", "other")}))

# The parts of all contacts that stand beside the persons.
SUMS_BESIDE = (
    Sum(CONTACTS, (IDENTIFIED, ANONYMOUS)),
    Sum(CONTACTS, (FIRST_TIME, NOT_FIRST_TIME)),
)

# A contact is of so many people at most (`headcount_in_range` in the table of contacts).
_MOST_AT_ONCE = 500

_BY_ID = {table.id: table for table in TABLES}


def several(cover: Sum) -> Cell:
    """Return the count of how often somebody stood on one line more of a cover's dimension."""
    total = cover.total
    (name,) = {name for part in cover.parts for name, _ in part.narrowed - total.narrowed}
    return Cell(total.measure, total.narrowed | {("several", name)})


def of_sums(sums: Iterable[Sum]) -> Iterator[Relation]:
    """Yield what holds in every sum, those of covers with the count of `several` in them."""
    for each in sums:
        parts = tuple((part, 1) for part in each.parts)
        if not each.is_cover:
            yield Relation(((each.total, -1), *parts))
            continue
        yield Relation(((each.total, -1), *parts, (several(each), -1)))
        yield from (at_most(((part, 1),), ((each.total, 1),)) for part in each.parts)


def at_most(few: Iterable[tuple[Cell, int]], many: Iterable[tuple[Cell, int]]) -> Relation:
    """Return that counts, so many times each, come to no more than others."""
    less = tuple((cell, -times) for cell, times in few)
    return Relation((*many, *less), is_equal=False)


def between_tables(values: Values) -> Iterator[Relation]:
    """Yield what holds between the tables of one answer, by the definitions."""
    yield _no_more(EVERYBODY, IDENTIFIED)
    for cell in _cells("persons_gender_age", values):
        yield _no_more(cell, _as("contacts", cell))
    for cell in _cells("persons_site", values):
        yield _no_more(cell, _as("contacts", cell))
        yield _no_more(cell, _as("visitors", cell))
    for cell in _cells("visitors_site_month", values):
        yield at_most([(cell, 1)], [(_as("contacts", cell), _MOST_AT_ONCE)])
    unnoted = _residual("contacts", "gender", "age_band")
    for of_groups in (unnoted, NOT_FIRST_TIME):
        yield at_most([(VISITORS, 1)], [(CONTACTS, 1), (of_groups, _MOST_AT_ONCE - 1)])
    yield from _of_protected(values)


def _of_protected(values: Values) -> Iterator[Relation]:
    contacts, visitors, persons = (
        _residual(measure, "site") for measure in ("contacts", "visitors", PERSONS)
    )
    yield _no_more(visitors, contacts)
    yield _no_more(contacts, IDENTIFIED)
    yield _no_more(contacts, _residual("contacts", "gender", "age_band"))
    yield _no_more(persons, _residual(PERSONS, "gender", "age_band"))
    if "route_in" not in values:
        # An answer of before persons were broken down by it.
        return
    yield Relation(((persons, 1), (_residual(PERSONS, "route_in"), -1)))
    for name in ("site", "route_in"):
        for line in values[name]:
            here = Cell(PERSONS, frozenset({(name, line)}))
            yield at_most([(here, 1), (persons, 1)], [(EVERYBODY, 1)])


def _no_more(few: Cell, many: Cell) -> Relation:
    return at_most([(few, 1)], [(many, 1)])


def _as(measure: str, cell: Cell) -> Cell:
    return Cell(measure, cell.narrowed)


def _residual(measure: str, *dimensions: str) -> Cell:
    return Cell(measure, frozenset((name, RESIDUAL) for name in dimensions))


def _cells(table: str, values: Values) -> list[Cell]:
    found = _BY_ID[table]
    return [tables.cell(found, at) for at in tables.places(found, values)]


def families(values: Values) -> list[frozenset[Cell]]:
    """Return the cells of the tables that are withheld together: those that share their totals.

    The total of all is in none: it is a figure of its own.
    """
    found: list[frozenset[Cell]] = []
    for table in TABLES:
        cells = frozenset(cell for cell in _cells(table.id, values) if cell.narrowed)
        kin = [each for each in found if each & cells]
        found = [*(each for each in found if each not in kin), cells.union(*kin)]
    return found


def with_several(counts: Mapping[Cell, int], sums: Iterable[Sum]) -> dict[Cell, int]:
    """Return the counts, and for each cover how often somebody stood on one line more."""
    found = dict(counts)
    for each in sums:
        if each.is_cover:
            found[several(each)] = sum(counts[part] for part in each.parts) - counts[each.total]
    return found
