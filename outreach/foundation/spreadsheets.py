"""Rows as a file: semicolons and a byte order mark, as Swedish spreadsheets open it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

# A cell that begins with one of these is a formula to a spreadsheet, whatever it was meant as.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

BYTE_ORDER_MARK = "\ufeff"


def guarded(value: object) -> str:
    """Return a cell's text so that no spreadsheet takes it for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_file(rows: Iterable[Sequence[object]], name: str) -> Response:
    """Return the rows as a file to keep, sent on while they come."""
    return Response(
        csv_lines(rows),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the rows as lines of a CSV file, one at a time, the first with the byte order mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write(BYTE_ORDER_MARK)
    for row in rows:
        writer.writerow([guarded(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
