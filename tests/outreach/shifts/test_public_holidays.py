"""Days by name: eves are free days in Sweden, and ordinary Sundays are no holidays."""

from __future__ import annotations

from datetime import date

import pytest

from outreach.shifts.public_holidays import holiday


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
