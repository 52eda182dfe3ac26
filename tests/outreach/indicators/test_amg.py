"""The labour market unit's enrolments: who was there, and who left to live on their own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from outreach.foundation.periods import Period
from outreach.indicators.amg import Discharged, Stay, discharged_in, enrolled_in

_TO_AUGUST = Period(date(2026, 1, 1), date(2026, 8, 31))


def _stay(person: str, start: str, end: str | None = None, **said: Any) -> Stay:
    ended = date.fromisoformat(end) if end else None
    return Stay(person, date.fromisoformat(start), ended, **said)


def _left(person: str = "a", end: str = "2026-02-10", **said: Any) -> Stay:
    usual = {"exit_result": "work_unsupported", "main_income_after": "work_income"}
    return _stay(person, "2025-06-01", end, **{**usual, **said})


def _counted(*stays: Stay) -> int:
    return discharged_in(stays, _TO_AUGUST).persons


@pytest.mark.parametrize(
    ("start", "end", "persons"),
    [
        ("2025-11-03", "2026-01-01", 1),
        ("2025-11-03", "2025-12-31", 0),
        ("2026-08-31", None, 1),
        ("2026-09-01", None, 0),
        ("2025-01-01", None, 1),
    ],
)
def test_whoever_is_enrolled_on_one_day_of_the_period_is_counted(
    start: str, end: str | None, persons: int
) -> None:
    assert enrolled_in([_stay("a", start, end)], _TO_AUGUST).persons == persons


def test_whoever_was_there_the_day_before_is_not_new() -> None:
    found = enrolled_in(
        [_stay("a", "2025-12-31"), _stay("a", "2026-03-01"), _stay("b", "2026-01-01")], _TO_AUGUST
    )

    assert (found.persons, found.enrolments, found.new) == (2, 3, 1)


def test_the_units_may_be_left_out() -> None:
    stays = [_stay("a", "2026-01-15", unit="osa"), _stay("b", "2026-01-15")]

    assert enrolled_in(stays, _TO_AUGUST, units=["arbetsmarknadsgruppen"]).persons == 1
    assert discharged_in([_left(unit="osa")], _TO_AUGUST, units=["jobbteamet"]).left == 0


@pytest.mark.parametrize(
    ("said", "persons"),
    [
        ({}, 1),
        ({"exit_result": "work_supported"}, 1),
        ({"exit_result": "own_business"}, 1),
        ({"exit_result": "studies_funded", "main_income_after": "study_support"}, 1),
        ({"exit_result": "work_placement"}, 0),
        ({"exit_result": None}, 0),
        ({"main_income_after": "financial_assistance"}, 0),
        ({"supplement": True}, 0),
    ],
)
def test_whoever_left_to_earn_their_living_without_assistance_is_counted(
    said: dict[str, Any], persons: int
) -> None:
    assert discharged_in([_left(**said)], _TO_AUGUST) == Discharged(persons, 1, 0)


@pytest.mark.parametrize("income", [None, "unknown", "declined"])
def test_whose_income_nobody_knows_is_told_apart(income: str | None) -> None:
    assert discharged_in([_left(main_income_after=income)], _TO_AUGUST) == Discharged(0, 1, 1)


def test_the_last_exit_of_the_period_counts() -> None:
    first, last = _left(end="2026-02-10"), _left(end="2026-07-01", exit_result="work_placement")

    assert _counted(first, last) == 0
    after = _stay("a", "2026-06-01", "2026-09-01", exit_result="work_placement")
    assert _counted(first, after) == 1


@pytest.mark.parametrize(
    ("start", "end", "has_left"),
    [
        ("2025-12-01", None, False),
        ("2025-12-01", "2026-02-11", False),
        ("2025-12-01", "2026-01-31", True),
        ("2026-03-12", None, False),
        ("2026-03-13", None, True),
    ],
)
def test_whoever_is_enrolled_still_or_soon_again_has_not_left(
    start: str,
    end: str | None,
    has_left: bool,  # noqa: FBT001 - what the case comes to
) -> None:
    stays = [_left(), _stay("a", start, end)]

    assert discharged_in(stays, Period(date(2026, 2, 1), date(2026, 2, 10))).left == has_left
    assert discharged_in(
        stays, Period(date(2026, 2, 1), date(2026, 2, 10)), back_is_no_exit=False
    ).left


def test_nobody_is_nobody() -> None:
    assert discharged_in([], _TO_AUGUST) == Discharged(0, 0, 0)
    assert enrolled_in([], _TO_AUGUST).persons == 0
