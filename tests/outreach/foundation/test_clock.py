"""Time: days are Stockholm's, and the pretended hour ends with its block."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest

from outreach.foundation import clock


def test_a_pretended_instant_is_now_inside_the_block_and_never_after_it() -> None:
    then = datetime.fromisoformat("2025-03-30T01:30:00+01:00")

    with suppress(ZeroDivisionError), clock.pretending(then):
        assert clock.now() == then
        assert clock.today() == date(2025, 3, 30)
        assert 1 / 0

    assert clock.now() - then > timedelta(days=30)


def test_a_day_is_twenty_three_or_twenty_five_hours_when_the_clocks_change() -> None:
    def hours(day: date) -> float:
        start, end = clock.span(day, day)
        return (end - start) / timedelta(hours=1)

    assert (hours(date(2026, 3, 29)), hours(date(2026, 10, 25))) == (23, 25)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 1, 31), 12, date(2027, 1, 31)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
    ],
)
def test_months_later_is_the_same_day_or_the_months_last(
    day: date, months: int, then: date
) -> None:
    assert clock.months_after(day, months) == then
