"""Days by name: eves are free days in Sweden, and ordinary Sundays are no holidays."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.shifts.public_holidays import (
    holiday,
    is_off,
    working_day_from,
    working_day_until,
)


@pytest.mark.parametrize(
    ("day", "swedish", "english"),
    [
        (date(2026, 6, 19), "Midsommarafton", "Midsummer Eve"),
        (date(2026, 12, 24), "Julafton", "Christmas Eve"),
        (date(2027, 1, 6), "Trettondedag jul", "Epiphany"),
        (date(2026, 6, 6), "Nationaldagen", "National Day"),
        (date(2026, 11, 29), None, None),
        (date(2026, 12, 28), None, None),
    ],
)
def test_a_day_has_its_name_in_both_languages(
    day: date, swedish: str | None, english: str | None
) -> None:
    assert holiday(day, "sv") == swedish
    assert holiday(day, "en") == english


@pytest.mark.parametrize(
    ("day", "until", "since"),
    [
        (date(2026, 11, 27), date(2026, 11, 27), date(2026, 11, 27)),
        (date(2026, 11, 28), date(2026, 11, 27), date(2026, 11, 30)),
        # Christmas Eve and the days after it; Easter, from Good Friday's eve of a Thursday on.
        (date(2026, 12, 25), date(2026, 12, 23), date(2026, 12, 28)),
        (date(2026, 4, 5), date(2026, 4, 2), date(2026, 4, 7)),
    ],
)
def test_a_free_day_has_a_working_day_before_and_after_it(
    day: date, until: date, since: date
) -> None:
    assert (working_day_until(day), working_day_from(day)) == (until, since)


@given(*[st.dates(date(2000, 1, 1), date(2199, 12, 31))] * 2)
def test_what_falls_on_a_day_is_due_once_a_working_day_has_come(
    falls_on: date, today: date
) -> None:
    assert (working_day_from(falls_on) <= today) is (falls_on <= working_day_until(today))
    assert not is_off(working_day_from(falls_on))
