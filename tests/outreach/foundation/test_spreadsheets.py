"""Files: whole, and harmless to whoever opens them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation.spreadsheets import BYTE_ORDER_MARK, csv_lines, guarded


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_made_text(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.text())
def test_no_cell_ever_begins_as_a_formula(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_file_reads_back_as_the_rows_it_was_made_of() -> None:
    rows = [("Plats", "Hagalund; öppen"), ("Antal", 12), (), ("", "..")]

    text = "".join(csv_lines(rows))

    assert text.startswith(BYTE_ORDER_MARK)
    read = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK)), delimiter=";")
    assert list(read) == [["Plats", "Hagalund; öppen"], ["Antal", "12"], [], ["", ".."]]


def test_a_file_is_made_a_line_at_a_time() -> None:
    def _endless() -> object:
        while True:
            yield ("en", "rad")

    lines = csv_lines(_endless())  # type: ignore[arg-type]

    assert next(lines) == f"{BYTE_ORDER_MARK}en;rad\r\n"
    assert next(lines) == "en;rad\r\n"
