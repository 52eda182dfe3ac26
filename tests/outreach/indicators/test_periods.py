"""Periods: whole local days, the listed ones as data."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation.periods import Period, period_of
from outreach.indicators.periods import (
    EARLIEST,
    LATEST,
    MOST_DAYS,
    SHIPPED,
    Span,
    is_listed,
    listed,
    months_of,
    out_of_bounds,
    parts_of,
    ways_through,
)


def test_a_period_reads_back_what_it_writes() -> None:
    period = Period(date(2026, 1, 1), date(2026, 8, 31))

    assert str(period) == "2026-01-01..2026-08-31"
    assert period_of(str(period)) == period


@pytest.mark.parametrize(
    "text", ["", "2026-01-01", "2026-01-01..", "a..b", "2026-02-30..2026-03-01", "2026-02..2026-03"]
)
def test_what_is_not_two_dates_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        period_of(text)


def test_a_period_never_ends_before_it_begins() -> None:
    with pytest.raises(ValueError, match="ends before"):
        period_of("2026-02-01..2026-01-31")


def test_a_period_touches_every_month_from_its_first_day_to_its_last() -> None:
    assert Period(date(2025, 11, 30), date(2026, 2, 1)).months == (
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01..2026-02-28",
        "2028-02-01..2028-02-29",
        "2026-01-01..2026-04-30",
        "2026-01-01..2026-08-31",
        "2026-01-01..2026-12-31",
        "2026-05-01..2026-08-31",
        "2026-09-01..2026-12-31",
    ],
)
def test_months_tertials_and_the_reports_spans_are_listed(text: str) -> None:
    assert is_listed(period_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "2028-02-01..2028-02-28",
        "2026-01-02..2026-01-31",
        "2026-01-01..2026-01-30",
        "2026-01-01..2026-02-28",
        "2025-12-01..2026-01-31",
        "2024-01-01..2024-12-31",
        "2026-03-01..2026-04-30",
        "2200-01-01..2200-01-31",
    ],
)
def test_any_other_period_is_not_listed(text: str) -> None:
    assert not is_listed(period_of(text))


@pytest.mark.parametrize("span", SHIPPED)
def test_a_listed_period_is_its_months_one_after_the_other_and_each_is_listed(span: Span) -> None:
    period = span.of(2028)

    months = months_of(period)

    assert (months[0].first, months[-1].last) == (period.first, period.last)
    assert all(is_listed(month) and len(month.months) == 1 for month in months)
    assert [month.day_after for month in months[:-1]] == [month.first for month in months[1:]]


@pytest.mark.parametrize(
    "text",
    [
        "2015-01-01..2015-01-01",
        "2199-12-01..2199-12-31",
        # Five calendar years are never refused, leap years or not.
        "2024-01-01..2028-12-31",
        "2024-01-01..2029-01-03",
    ],
)
def test_a_period_may_be_asked_for_up_to_its_very_bounds(text: str) -> None:
    assert list(out_of_bounds(period_of(text))) == []


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2014-12-31..2015-01-31", ["from"]),
        ("2199-12-31..2200-01-01", ["to"]),
        ("2024-01-01..2029-01-04", ["to"]),
        ("0001-01-01..9999-12-31", ["from", "to", "to"]),
    ],
)
def test_a_period_out_of_bounds_is_told_at_the_end_that_must_be_moved(
    text: str, ends: list[str]
) -> None:
    assert [end for end, _ in out_of_bounds(period_of(text))] == ends


def test_the_sentences_name_the_bounds_that_are_held() -> None:
    told = " ".join(text for _, text in out_of_bounds(Period(date.min, date.max)))

    assert f"{EARLIEST}" in told
    assert f"{LATEST}" in told
    assert f"{MOST_DAYS:,}".replace(",", " ") in told


@given(st.dates(date(2025, 1, 1), date(2035, 12, 31)))
def test_every_period_that_is_offered_is_listed_and_over(today: date) -> None:
    offered = list(listed(today))

    assert len(set(offered)) == len(offered)
    assert all(is_listed(period) and period.last < today for period in offered)
    assert [period.last for period in offered] == sorted(
        (period.last for period in offered), reverse=True
    )


def test_the_latest_periods_come_first() -> None:
    assert [str(period) for period in listed(date(2026, 5, 1))][:3] == [
        "2026-01-01..2026-04-30",
        "2026-04-01..2026-04-30",
        "2026-03-01..2026-03-31",
    ]


def test_the_parts_of_a_longer_period_come_after_all_that_lie_inside_them() -> None:
    parts = list(map(str, parts_of(period_of("2026-01-01..2026-08-31"))))

    assert len(parts) == 10
    assert parts[3:6] == [
        "2026-04-01..2026-04-30", "2026-01-01..2026-04-30", "2026-05-01..2026-05-31",
    ]  # fmt: skip
    assert parts[-1] == "2026-05-01..2026-08-31"
    assert parts_of(period_of("2026-03-01..2026-03-31")) == ()


def test_listed_periods_overlap_only_where_one_lies_inside_the_other() -> None:
    year = [span.of(2026) for span in SHIPPED]

    for one in year:
        for other in year:
            apart = one.last < other.first or other.last < one.first
            assert apart or one == other or one in parts_of(other) or other in parts_of(one)


def test_every_way_through_a_period_covers_each_of_its_days_once() -> None:
    period = period_of("2026-01-01..2026-12-31")

    ways = list(ways_through(period, parts_of(period)))

    # To August: four ways in halves, or as one; then the last third, as one or in months.
    assert len(ways) == (2 * 2 + 1) * 2
    for way in ways:
        days = [
            each.first.toordinal() + number
            for each in way
            for number in range((each.last - each.first).days + 1)
        ]
        assert days == list(range(period.first.toordinal(), period.last.toordinal() + 1))
