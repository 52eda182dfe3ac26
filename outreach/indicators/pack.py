"""What is answered for a period: the figures and tables, after the disclosure gate.

The answer has one shape wherever it goes (program, page, console, file): see "Figures" in the
interface's description.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from outreach.indicators import tables
from outreach.indicators.definitions import SN3, Beside, CountRow, beside
from outreach.indicators.disclosure import hidden
from outreach.indicators.periods import Period
from outreach.indicators.tables import RESIDUAL, TABLES, TOTAL, Cell, Sum, Table, Values

_CONTACTS = Cell("contacts")
_PERSONS = Cell("persons")
# Where each number beside SN3 stands among the cells, so that one hidden number stays hidden.
_BESIDE = {
    "contacts": _CONTACTS,
    "identified_contacts": Cell("contacts", frozenset({("identity", "identified")})),
    "anonymous_contacts": Cell("contacts", frozenset({("identity", "anonymous")})),
    "visitors": Cell("visitors"),
    "first_time": Cell("contacts", frozenset({("first_time", "yes")})),
}
# Never shown, yet anybody can subtract it.
_NOT_FIRST_TIME = Cell("contacts", frozenset({("first_time", "other")}))


class Counted:
    """Everything that was counted for a period, before anything is hidden."""

    def __init__(
        self, rows: Iterable[CountRow], persons: Collection[object], lists: Values, period: Period
    ) -> None:
        kept = list(rows)
        self.values = _values(kept, lists, period)
        self.persons = len(persons)
        self.beside = beside(kept)
        self.counts: dict[Cell, int] = {_PERSONS: self.persons}
        for table in TABLES:
            self.counts |= tables.filled(table, kept, self.values)
        self.counts |= {cell: getattr(self.beside, name) for name, cell in _BESIDE.items()}
        self.counts[_NOT_FIRST_TIME] = self.beside.contacts - self.beside.first_time

    @property
    def sums(self) -> list[Sum]:
        """Every sum that a reader of the whole answer can make."""
        identities = (_BESIDE["identified_contacts"], _BESIDE["anonymous_contacts"])
        found = [
            Sum(_CONTACTS, identities),
            Sum(_CONTACTS, (_BESIDE["first_time"], _NOT_FIRST_TIME)),
        ]
        for table in TABLES:
            found.extend(tables.sums(table, self.values))
        return found


def _values(rows: Sequence[CountRow], lists: Values, period: Period) -> dict[str, tuple[str, ...]]:
    """Return the lines of each dimension: what is listed, and what is counted all the same."""
    found = {"month": period.months}
    for name in ("site", "activity", "gender", "age_band"):
        counted = {str(getattr(row, name)) for row in rows} - set(lists[name])
        found[name] = tables.shown_apart(name, (*lists[name], *sorted(counted)))
    return found


def pack(
    period: Period, as_of: str | None, counted: Counted, threshold: int | None
) -> dict[str, Any]:
    """Return the answer for a period; `threshold` None hides nothing (the raw answer)."""
    concealed = (
        frozenset() if threshold is None else hidden(counted.counts, counted.sums, threshold)
    )
    return {
        "period": {"from": period.first.isoformat(), "to": period.last.isoformat()},
        "data_as_of": as_of,
        "figures": [_figure(counted, concealed)],
        "tables": [_table(table, counted, concealed) for table in TABLES],
    }


def _figure(counted: Counted, concealed: Collection[Cell]) -> dict[str, Any]:
    told: Mapping[str, int] = asdict(counted.beside)
    return {
        "code": SN3.code,
        "definition_version": SN3.version,
        **shown(None if _PERSONS in concealed else counted.persons),
        "beside": {
            name: None if _BESIDE[name] in concealed else told[name]
            for name in Beside.__dataclass_fields__
        },
    }


def _table(table: Table, counted: Counted, concealed: Collection[Cell]) -> dict[str, Any]:
    cells = []
    for at in tables.places(table, counted.values):
        cell = tables.cell(table, at)
        key = dict(zip(table.dimensions, at, strict=True))
        count = None if cell in concealed else counted.counts[cell]
        cells.append({"key": key, **shown(count)})
    return {
        "id": table.id,
        "measure": table.measure,
        "title": table.title,
        "dimensions": [
            {"name": name, "values": list(counted.values[name])} for name in table.dimensions
        ],
        "cells": cells,
    }


def shown(count: int | None) -> dict[str, Any]:
    """Return a count as an answer tells it; None is hidden."""
    return {"value": count, "status": "hidden" if count is None else "ok"}


def lines(table: Mapping[str, Any]) -> tuple[list[str], list[str], dict[tuple[str, str], Any]]:
    """Return an answered table as rows, columns and cells; an empty residual is left out."""
    down, across = (each["name"] for each in table["dimensions"])
    cells = {(cell["key"][down], cell["key"][across]): cell for cell in table["cells"]}
    rows, columns = ([*each["values"], RESIDUAL, TOTAL] for each in table["dimensions"])
    if all(cells[RESIDUAL, column]["value"] == 0 for column in columns):
        rows.remove(RESIDUAL)
    if all(cells[row, RESIDUAL]["value"] == 0 for row in rows):
        columns.remove(RESIDUAL)
    return rows, columns, cells
