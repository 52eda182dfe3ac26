"""The rules of a shift: the wall clock's nights, what may be closed, hours that overlap."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation import clock
from outreach.shifts import rules
from outreach.shifts.rules import Interval

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

_minutes = st.integers(0, 300)
_intervals = st.lists(
    st.tuples(_minutes, _minutes).map(lambda pair: (_at(min(pair)), _at(max(pair)))), max_size=8
)


def _at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def _minutes_in(intervals: list[Interval]) -> set[int]:
    return {
        minute for begin, end in intervals for minute in range(301) if begin <= _at(minute) < end
    }


def _a_shift(**facts: Any) -> dict[str, Any]:
    unknown = dict.fromkeys(("ends_at", "started_at", "ended_at", "closed_at", "cancelled_at"))
    return unknown | {"starts_at": NOON} | facts


def _hours(interval: Interval) -> float:
    return (interval[1] - interval[0]) / HOUR


def test_a_winter_morning_on_the_wall_is_an_hour_ahead_of_utc() -> None:
    assert rules.on_the_wall(date(2026, 1, 15), "10:30") == datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def test_in_the_hour_that_spring_skips_the_time_after_the_gap_is_meant() -> None:
    instant = rules.on_the_wall(date(2026, 3, 29), "02:30")

    assert f"{clock.local(instant):%H:%M}" == "03:30"


def test_in_the_hour_that_autumn_repeats_the_first_one_is_meant() -> None:
    instant = rules.on_the_wall(date(2026, 10, 25), "02:30")

    assert instant == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 1, 15), 8), (date(2026, 3, 28), 7), (date(2026, 10, 24), 9)],
)
def test_a_night_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    assert _hours(rules.wall_hours(day, "22:00", "06:00")) == hours


def test_an_end_before_an_evening_start_is_the_next_mornings() -> None:
    begin, end = rules.wall_hours(date(2026, 1, 15), "20:00", "00:30")

    assert (end - begin) == timedelta(hours=4, minutes=30)


@pytest.mark.parametrize(
    ("starts", "ends"), [("00:00", "00:00"), ("10:00", "09:00"), ("18:00", "17:00")]
)
def test_an_end_that_no_shift_could_have_stays_before_its_start(starts: str, ends: str) -> None:
    begin, end = rules.wall_hours(date(2026, 1, 15), starts, ends)

    assert end <= begin


@pytest.mark.parametrize("text", ["24:00", "10", "10:60", "ten", "", "10:30:00", "-1:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        rules.on_the_wall(date(2026, 1, 15), text)


def test_a_week_is_monday_to_sunday_also_over_new_year() -> None:
    week = rules.week_of(date(2026, 1, 1))

    assert (week[0], week[-1], len(week)) == (date(2025, 12, 29), date(2026, 1, 4), 7)


@pytest.mark.parametrize(
    ("began", "ended", "pointer"),
    [
        (-6, 0, None),
        (-6, 1, "/ended_at"),
        (-6, -6, "/ended_at"),
        (-6, -7, "/ended_at"),
        (-17, 0, "/ended_at"),
        (-30, -24, "/started_at"),
    ],
)
def test_a_closing_is_held_to_what_can_have_been(
    began: int, ended: int, pointer: str | None
) -> None:
    shift = _a_shift(starts_at=NOON - 6 * HOUR)
    faults = rules.closing_faults(shift, (NOON + began * HOUR, NOON + ended * HOUR), NOON)

    assert [fault.pointer for fault in faults] == ([pointer] if pointer else [])


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"starts_at": NOON + HOUR}, "planned"),
        ({"starts_at": NOON - HOUR, "ends_at": NOON + HOUR}, "planned"),
        ({"starts_at": NOON - 2 * HOUR, "ends_at": NOON - HOUR}, "missed"),
        ({"started_at": NOON - 2 * HOUR}, "running"),
        ({"started_at": NOON - 16 * HOUR}, "forgotten"),
        ({"started_at": NOON - 16 * HOUR, "closed_at": NOON}, "closed"),
        ({"cancelled_at": NOON}, "cancelled"),
    ],
)
def test_a_shifts_state_follows_from_its_facts_and_the_hour(
    facts: dict[str, Any], state: str
) -> None:
    assert rules.state_of(_a_shift(**facts), NOON) == state


@given(_intervals)
def test_a_union_holds_the_same_minutes_once_and_in_order(intervals: list[Interval]) -> None:
    joined = rules.union(intervals)

    assert _minutes_in(joined) == _minutes_in(intervals)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(joined))
    assert rules.union(joined) == joined


@given(_intervals, _intervals)
def test_what_is_without_others_holds_the_minutes_that_are_in_none_of_them(
    intervals: list[Interval], taken: list[Interval]
) -> None:
    left = rules.without(intervals, taken)

    assert _minutes_in(left) == _minutes_in(intervals) - _minutes_in(taken)


@given(_intervals, st.tuples(_minutes, _minutes))
def test_what_is_within_bounds_holds_the_minutes_between_them(
    intervals: list[Interval], edges: tuple[int, int]
) -> None:
    bounds = (_at(min(edges)), _at(max(edges)))

    inside = rules.within(intervals, bounds)

    assert _minutes_in(inside) == _minutes_in(intervals) & _minutes_in([bounds])


@given(_intervals)
def test_a_duration_counts_shared_time_once(intervals: list[Interval]) -> None:
    minutes = timedelta(minutes=len(_minutes_in(intervals)))

    assert rules.duration(intervals) == minutes
    assert rules.duration(intervals * 2) == minutes


@given(_intervals, _intervals)
def test_actual_and_planned_time_together_are_the_time_of_both(
    actual: list[Interval], planned: list[Interval]
) -> None:
    parts = rules.duration(actual) + rules.duration(rules.without(planned, actual))

    assert parts == rules.duration([*actual, *planned])
