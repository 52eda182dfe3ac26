"""What is answered for a period: the figures and tables, after the disclosure gate.

The answer has one shape wherever it goes (program, page, console, file): see "Figures" in the
interface's description.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from outreach.foundation.periods import Period
from outreach.indicators import knowledge, tables
from outreach.indicators.counting import Beside, CountRow, beside, contacts
from outreach.indicators.definitions import SN3
from outreach.indicators.disclosure import hidden, of_too_few
from outreach.indicators.knowledge import NOT_FIRST_TIME
from outreach.indicators.nearness import concealed, worked_out
from outreach.indicators.persons import People
from outreach.indicators.tables import (
    PERSONS,
    RESIDUAL,
    TABLES,
    TOTAL,
    Cell,
    Sum,
    Values,
    shown,
)

# Where each number beside SN3 stands among the cells, so that one hidden number stays hidden.
BESIDE = {
    "contacts": knowledge.CONTACTS,
    "identified_contacts": knowledge.IDENTIFIED,
    "anonymous_contacts": knowledge.ANONYMOUS,
    "visitors": knowledge.VISITORS,
    "first_time": knowledge.FIRST_TIME,
}


_IDS = frozenset(table.id for table in TABLES)


class Counted:
    """Everything that was counted for a period, before anything is hidden."""

    def __init__(
        self, rows: Iterable[CountRow], people: People, lists: Values, period: Period
    ) -> None:
        kept = list(rows)
        self.people = people
        self.values = _values(kept, people, lists, period)
        self.persons = len(people.persons)
        self.beside = beside(kept)
        self.counts: dict[Cell, int] = {}
        for table in TABLES:
            things = people.persons if table.measure == PERSONS else kept
            self.counts |= tables.filled(table, things, self.values)
        self.counts |= {cell: getattr(self.beside, name) for name, cell in BESIDE.items()}
        self.counts[NOT_FIRST_TIME] = self.beside.contacts - self.beside.first_time

    @property
    def of_too_few(self) -> frozenset[Cell]:
        """The counts of contacts and visitors that are too much of one person, or of two."""
        shares: defaultdict[Cell, list[int]] = defaultdict(list)
        for own in self.people.contacts:
            for cell, share in _cells_of(own).items():
                shares[cell].append(share)
        return of_too_few(self.counts, shares)

    @property
    def sums(self) -> list[Sum]:
        """Every sum that a reader of the whole answer can make."""
        found = list(knowledge.SUMS_BESIDE)
        for table in TABLES:
            found.extend(tables.sums(table, self.values))
        return found

    def hidden(self, threshold: int, *, near: Collection[Cell] = ()) -> frozenset[Cell]:
        """Return the cells that may not be shown (`disclosure.hidden`).

        `near` are those too near to what was told before (`nearness.py`).
        """
        return hidden(
            self.counts,
            self.sums,
            threshold,
            {*self.of_too_few, *near},
            bounds=knowledge.between_tables(self.values),
            never=(NOT_FIRST_TIME,),
            families=knowledge.families(self.values),
        )


def _cells_of(own: Iterable[CountRow]) -> Counter[Cell]:
    """Return what one person has of every count of contacts and visitors."""
    found: Counter[Cell] = Counter()
    for row in own:
        # A cell may be in several tables, and holds the contact once all the same.
        cells = {
            cell: amount
            for table in TABLES
            if table.measure != PERSONS and (amount := tables.MEASURES[table.measure](row))
            for cell in tables.cells_of(table, row)
        }
        cells[BESIDE["identified_contacts"]] = contacts(row)
        first = BESIDE["first_time"] if row.first_time == "yes" else NOT_FIRST_TIME
        cells[first] = contacts(row)
        found.update(cells)
    return found


def _values(
    rows: Iterable[CountRow], people: People, lists: Values, period: Period
) -> dict[str, tuple[str, ...]]:
    """Return the lines of each dimension: what is listed, and what is counted all the same."""
    found = {"month": period.months}
    things = [*rows, *(row for own in people.contacts for row in own)]
    ways = {way for person in people.persons for way in person.route_in} - set(lists["route_in"])
    found["route_in"] = (*lists["route_in"], *sorted(ways))
    for name in ("site", "activity", "gender", "age_band"):
        counted = {str(getattr(thing, name)) for thing in things} - set(lists[name])
        found[name] = tables.shown_apart(name, (*lists[name], *sorted(counted)))
    return found


def pack(
    period: Period,
    as_of: str | None,
    counted: Counted,
    threshold: int | None,
    earlier: Iterable[Mapping[str, Any]] = (),
    *,
    tells_persons: bool = True,
) -> dict[str, Any]:
    """Return the answer for a period; `threshold` None hides nothing (the raw answer).

    `earlier` are the answers that were given for the same period before, which this one is held
    against. The number of persons is hidden as if it were small unless it `tells_persons`.
    """

    def hide(threshold: int, *, near: Collection[Cell]) -> frozenset[Cell]:
        held_back = () if tells_persons else (knowledge.EVERYBODY,)
        return counted.hidden(threshold, near={*near, *held_back})

    gone = concealed(counted.counts, hide, threshold, map(numbers_told, earlier))
    return {
        "period": {"from": period.first.isoformat(), "to": period.last.isoformat()},
        "data_as_of": as_of,
        "figures": [_figure(counted, gone)],
        "tables": [tables.told(table, counted.values, counted.counts, gone) for table in TABLES],
    }


def in_answer(answer: Mapping[str, Any]) -> dict[Cell, int | None]:
    """Return every number that an answer has of contacts, visitors and persons; None: hidden."""
    figure = answer["figures"][0]  # SN3 comes first everywhere
    beside = {cell: figure["beside"][name] for name, cell in BESIDE.items()}
    return {
        **{
            tables.cell_in(table, cell["key"]): cell["value"]
            for table in answer["tables"]
            if table["id"] in _IDS
            for cell in table["cells"]
        },
        **beside,
        knowledge.EVERYBODY: figure["value"],
    }


def sums_in(answer: Mapping[str, Any]) -> list[Sum]:
    """Return every sum that a reader of an answer can make of its contacts, visitors, persons."""
    found = [*knowledge.SUMS_BESIDE]
    told = {table["id"]: table["dimensions"] for table in answer["tables"]}
    for table in TABLES:
        if table.id in told:
            values = {each["name"]: tuple(each["values"]) for each in told[table.id]}
            found.extend(tables.sums(table, values))
    return found


def numbers_told(answer: Mapping[str, Any]) -> dict[Cell, int]:
    """Return what is told of contacts, visitors and persons, and whatever follows from it."""
    return worked_out(in_answer(answer), sums_in(answer))


def _figure(counted: Counted, concealed: Collection[Cell]) -> dict[str, Any]:
    told: Mapping[str, int] = asdict(counted.beside)
    return {
        "code": SN3.code,
        "definition_version": SN3.version,
        **shown(None if knowledge.EVERYBODY in concealed else counted.persons),
        "beside": {
            name: None if BESIDE[name] in concealed else told[name]
            for name in Beside.__dataclass_fields__
        },
    }


def lines(table: Mapping[str, Any]) -> tuple[list[str], list[str], dict[tuple[str, str], Any]]:
    """Return an answered table as rows, columns and cells; an empty residual is left out.

    A table by one dimension has one column, the total.
    """
    down, *across = table["dimensions"]
    rows = [*down["values"], RESIDUAL, TOTAL]
    columns = [*across[0]["values"], RESIDUAL, TOTAL] if across else [TOTAL]
    cells = {
        (cell["key"][down["name"]], cell["key"][across[0]["name"]] if across else TOTAL): cell
        for cell in table["cells"]
    }
    if all(cells[RESIDUAL, column]["value"] == 0 for column in columns):
        rows.remove(RESIDUAL)
    if across and all(cells[row, RESIDUAL]["value"] == 0 for row in rows):
        columns.remove(RESIDUAL)
    return rows, columns, cells
