"""Rows of values as they are pasted from a spreadsheet, or lie in a file that one saved.

The first line names the columns, in Swedish or as the interface for programs names them; without
such a line they come in the order of `COLUMNS`. What a row lacks is left to whoever reads it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence

from outreach.foundation.errors import N_, Fault, RuleBroken

COLUMNS = (
    "figure", "period", "unit", "value", "numerator", "denominator", "source", "note",
)  # fmt: skip
# What the columns are called on the page.
NAMES = {
    "figure": N_("Siffra"),
    "period": N_("Period"),
    "unit": N_("Enhet"),
    "value": N_("Värde"),
    "numerator": N_("Täljare"),
    "denominator": N_("Nämnare"),
    "source": N_("Källa"),
    "note": N_("Anteckning"),
}
MOST_ROWS = 200
_NUMBERS = frozenset({"value", "numerator", "denominator"})
_SPACES = re.compile(r"\s")


def rows_of(text: str, names: Mapping[str, str] = NAMES) -> list[dict[str, str]]:
    """Return the rows that a text holds, each with what it says; an empty cell says nothing.

    `names` are what the reader calls the columns. Raises RuleBroken, at `/pasted`.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise RuleBroken(
            faults=[Fault("/pasted", N_("Klistra in minst en rad, eller välj en fil."))]
        )
    separator = next((each for each in "\t;" if each in lines[0]), ",")
    cells = _cells(lines, separator)
    columns = _named(cells[0], names)
    rows = cells[1:] if columns else cells
    if len(rows) > MOST_ROWS:
        detail = N_("Det är fler än %(most)s rader. Dela upp dem.")
        raise RuleBroken(faults=[Fault("/pasted", detail, {"most": MOST_ROWS})])
    return [_row(columns or COLUMNS, row, number) for number, row in enumerate(rows, start=1)]


def _cells(lines: Sequence[str], separator: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        detail = N_("Citattecknen går inte ihop, eller så är en cell för lång.")
        raise RuleBroken(faults=[Fault("/pasted", detail)]) from error
    return [[cell.strip() for cell in row] for row in rows]


def _named(cells: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Return which column each cell of a first line names; none if it names no column at all."""
    known = {each.casefold(): each for each in COLUMNS}
    for called in (NAMES, names):
        known |= {called[name].casefold(): name for name in COLUMNS}
    found = [known.get(cell.casefold(), "") for cell in cells]
    if not any(found):
        return []
    for cell, column in zip(cells, found, strict=True):
        if cell and not column:
            detail = N_("Kolumnen ”%(name)s” finns inte här. Rätta eller ta bort den.")
            raise RuleBroken(faults=[Fault("/pasted", detail, {"name": cell})])
    return found


def _row(columns: Sequence[str], cells: Sequence[str], number: int) -> dict[str, str]:
    if any(cells[len(columns) :]):
        detail = N_("Rad %(number)s har fler celler än det finns kolumner.")
        raise RuleBroken(faults=[Fault("/pasted", detail, {"number": number})])
    return {
        name: _SPACES.sub("", cell) if name in _NUMBERS else cell
        for name, cell in zip(columns, cells, strict=False)
        if name and cell
    }
