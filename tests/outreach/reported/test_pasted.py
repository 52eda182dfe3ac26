"""Rows from a spreadsheet: read by their columns' names, and refused whole when they are not."""

from __future__ import annotations

import pytest

from outreach.foundation.errors import RuleBroken
from outreach.reported.pasted import COLUMNS, MOST_ROWS, NAMES, rows_of

_ROW = {
    "figure": "KN1",
    "period": "2026-01-01..2026-08-31",
    "unit": "Jobbfabriken Unga",
    "numerator": "30",
    "denominator": "60",
    "source": "E-post 3 sept",
}


@pytest.mark.parametrize("separator", ["\t", ";", ","])
@pytest.mark.parametrize("names", [tuple(_ROW), tuple(NAMES[name] for name in _ROW)])
def test_the_first_line_names_the_columns_in_either_language(
    separator: str, names: tuple[str, ...]
) -> None:
    text = "\n".join(separator.join(line) for line in (names, tuple(_ROW.values())))

    assert rows_of(text) == [_ROW]


def test_the_reader_may_call_the_columns_otherwise() -> None:
    called = {name: f"The {name}" for name in COLUMNS}

    assert rows_of("The figure;the VALUE\nKN2;352", called) == [{"figure": "KN2", "value": "352"}]


def test_without_names_the_columns_come_in_their_order_and_an_empty_cell_says_nothing() -> None:
    assert rows_of("KN2;2026-01-01..2026-08-31;;352;;;Brev\n\n") == [
        {"figure": "KN2", "period": "2026-01-01..2026-08-31", "value": "352", "source": "Brev"}
    ]


def test_numbers_may_be_written_with_spaces_and_a_comma() -> None:
    assert rows_of("Siffra;Värde;Källa\nKN2;1 352;Brev 1 2\nKN3;6,1;Kolada") == [
        {"figure": "KN2", "value": "1352", "source": "Brev 1 2"},
        {"figure": "KN3", "value": "6,1", "source": "Kolada"},
    ]


def test_a_quoted_cell_holds_its_separator() -> None:
    assert rows_of('figure,source\nKN2,"Brev, 3 sept"') == [
        {"figure": "KN2", "source": "Brev, 3 sept"}
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n",
        "Siffra;Okänd\nKN2;3",
        "Siffra;Källa\nKN2;Brev;mer",
        "\n".join(["KN2"] * (MOST_ROWS + 1)),
        'figure,source\nKN2,"Brev',
        "figure,source\nKN2," + "x" * 200_000,
    ],
)
def test_what_cannot_be_told_apart_is_refused_with_a_word_about_it(text: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rows_of(text)

    assert [fault.pointer for fault in refused.value.faults] == ["/pasted"]
