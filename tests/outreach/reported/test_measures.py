"""Kolada's measures: which one is a figure's, and where its years cannot be compared."""

from __future__ import annotations

from datetime import date

import pytest

from outreach.foundation.periods import Period
from outreach.reported.measures import MEASURES, breaks_before, measure_for, measures_of


@pytest.mark.parametrize(
    ("figure", "year", "measure"),
    [
        ("KN1", 2025, ""),
        ("KN3", 2025, "N03937"),
        ("KN4", 2021, "N00914"),
        ("KN4", 2022, "N02243"),
        ("KN5", 2025, "N00973"),
    ],
)
def test_a_value_that_names_no_measure_is_of_the_latest_in_use(
    figure: str, year: int, measure: str
) -> None:
    assert measure_for(figure, Period(date(year, 1, 1), date(year, 12, 31))) == measure


def test_every_measure_is_of_one_figure() -> None:
    assert len({each.id for each in MEASURES}) == len(MEASURES)
    assert [each.id for each in measures_of("KN4")] == ["N00914", "N02243"]
    assert measures_of("KN2") == ()


def test_unemployment_changed_its_age_in_2023() -> None:
    assert [breaks_before("N03937", year) for year in (2022, 2023, 2024)] == [0, 1, 1]
    assert breaks_before("N00973", 2024) == 0
