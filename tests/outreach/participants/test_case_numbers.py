"""Case numbers, and the mistakes that their last digit finds."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation.typed import DASHES, Unreadable
from outreach.participants import case_numbers
from outreach.participants.case_numbers import case_number, read_case_number

_years = st.integers(2000, 2199)
_running = st.integers(1, 9_999_999)
_DIGITS = range(10)


def test_a_case_number_is_a_year_a_running_number_and_a_digit() -> None:
    assert case_number(2026, 412) == "JV-2026-0412-7"
    assert case_number(2026, 1) == "JV-2026-0001-9"
    assert case_number(2026, 12_345).startswith("JV-2026-12345-")


def test_the_digit_is_the_one_that_its_inventor_gives() -> None:
    assert case_numbers._damm("572") == "4"


@pytest.mark.parametrize(
    "text",
    [
        "JV-2026-0412-7",
        "jv-2026-0412-7",
        " Jv 2026 0412 7 ",
        "JV202604127",
        "2026-0412-7",
        "2026 04127",
        "JV–2026—0412\u22127",
        "JV - 2026 - 0412 - 7",
        "\tJV-2026-0412-7\n",
    ],
)
def test_a_case_number_is_read_however_it_is_typed(text: str) -> None:
    assert read_case_number(text) == "JV-2026-0412-7"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "JV",
        "0412",
        "JV-2026",
        "JV-2026-412-7",
        "JV-2026-00412-7",
        "JV-2026-0000-0",
        "JV-1999-0412-7",
        "JV-2200-0412-7",
        "KV-2026-0412-7",
        "JV-2026-0412-7-7",
        "JV--2026-0412-7",
        "JV-2026-0412-",
        "JV-20-260412-7",
        "JV-2026-04l2-7",
        "JV-٢٠٢٦-٠٤١٢-٧",
        "JV-2026-0412-7\x00",
        "JV-2026-0412\u200b-7",
        "9" * 100_000,
    ],
)
def test_what_is_no_case_number_is_told_what_one_looks_like(text: str) -> None:
    assert _refusal(text) == case_numbers.WRONG_SHAPE


def test_a_wrong_digit_is_told_as_one() -> None:
    assert _refusal("JV-2026-0412-8") == case_numbers.CHECK_DIGIT
    assert _refusal("JV-2026-0421-7") == case_numbers.CHECK_DIGIT


@pytest.mark.parametrize(("year", "running"), [(1999, 1), (2200, 1), (2026, 0), (2026, 10**7)])
def test_what_cannot_be_written_is_an_error(year: int, running: int) -> None:
    with pytest.raises(ValueError, match="no case number"):
        case_number(year, running)


def test_the_table_finds_every_single_error_and_every_swap_of_neighbours() -> None:
    table = [[int(digit) for digit in row] for row in case_numbers._DAMM]

    assert all(sorted(row) == list(_DIGITS) for row in table)
    assert all(sorted(column) == list(_DIGITS) for column in zip(*table, strict=True))
    assert all(table[digit][digit] == 0 for digit in _DIGITS)
    assert not [
        (before, first, second)
        for before, first, second in product(_DIGITS, repeat=3)
        if first != second
        and table[table[before][first]][second] == table[table[before][second]][first]
    ]


@given(_years, _running, st.sampled_from(DASHES), st.sampled_from(["", " ", "\t"]))
def test_what_was_written_is_read(year: int, running: int, dash: str, gap: str) -> None:
    number = case_number(year, running)

    assert read_case_number(number) == number
    assert read_case_number(number.lower().replace("-", gap + dash + gap)) == number
    assert read_case_number(number.replace("-", "")) == number


@given(_years, _running)
def test_no_wrong_digit_and_no_swap_reads_as_another_case(year: int, running: int) -> None:
    digits = case_number(year, running).removeprefix("JV-").replace("-", "")
    wrong = [
        digits[:place] + other + digits[place + 1 :]
        for place in range(len(digits))
        for other in "0123456789"
        if other != digits[place]
    ]
    swapped = [
        digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        for place in range(len(digits) - 1)
        if digits[place] != digits[place + 1]
    ]

    assert all(_refusal(text) is not None for text in wrong + swapped)


@given(st.text(max_size=30) | st.text("JV-0123456789 ", max_size=16))
def test_whatever_is_typed_is_a_case_number_or_is_refused(text: str) -> None:
    if _refusal(text) is None:
        number = read_case_number(text)
        assert read_case_number(number) == number


def _refusal(text: str) -> str | None:
    try:
        read_case_number(text)
    except Unreadable as refusal:
        return refusal.detail
    return None
