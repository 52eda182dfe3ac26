"""When a meeting can be: free time, taken time, and days that are not 24 hours long."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.followups import scheduling
from outreach.foundation import clock
from outreach.shifts.rules import Interval

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _at(hours: float) -> datetime:
    return BEGIN + timedelta(hours=hours)


def _day(day: date) -> Interval:
    return clock.span(day, day)


def _wall(found: list[datetime]) -> list[str]:
    return [f"{clock.local(each):%H:%M}" for each in found]


def test_a_meeting_may_begin_on_every_quarter_that_leaves_room_for_it() -> None:
    found = scheduling.starts([(_at(0), _at(2))], [], lasting=HOUR, after=_at(-1))

    assert found == [_at(0), _at(0.25), _at(0.5), _at(0.75), _at(1)]


def test_meetings_may_follow_on_one_another_and_never_meet() -> None:
    found = scheduling.starts([(_at(0), _at(4))], [(_at(1), _at(2))], lasting=HOUR, after=_at(-1))

    assert found == [_at(0), _at(2), _at(2.25), _at(2.5), _at(2.75), _at(3)]


def test_free_time_that_begins_between_two_quarters_is_used_from_the_next_one() -> None:
    begin = _at(0) + timedelta(minutes=7, seconds=30)

    found = scheduling.starts([(begin, _at(1.5))], [], lasting=HOUR, after=_at(-1))

    assert found == [_at(0.25), _at(0.5)]


def test_what_has_been_is_not_offered() -> None:
    found = scheduling.starts([(_at(0), _at(2))], [], lasting=HOUR, after=_at(0.6))

    assert found == [_at(0.75), _at(1)]


def test_two_who_work_at_different_hours_meet_where_both_are_there() -> None:
    one, other = [(_at(0), _at(3)), (_at(5), _at(6))], [(_at(2), _at(5.5))]

    assert scheduling.shared([one, other]) == [(_at(2), _at(3)), (_at(5), _at(5.5))]
    assert scheduling.shared([one]) == one
    assert scheduling.shared([]) == []


def test_with_an_interpreter_a_meeting_takes_twice_its_minutes() -> None:
    assert scheduling.length(30, interpreted=True) == HOUR
    assert scheduling.length(30, interpreted=False) == HOUR / 2


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2027, 3, 28)])
def test_the_hour_that_a_spring_night_skips_is_never_offered(day: date) -> None:
    found = scheduling.starts([_day(day)], [], lasting=HOUR, after=_day(day)[0])

    assert "01:45" in _wall(found)
    assert not [each for each in _wall(found) if each.startswith("02")]
    # A meeting from a quarter to two is over when the clock says a quarter to four.
    late = found[_wall(found).index("01:45")]
    assert f"{clock.local(late + HOUR):%H:%M}" == "03:45"
    assert len(found) == 23 * 4 - 3


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 10, 31)])
def test_the_hour_that_an_autumn_night_repeats_is_two_hours_long(day: date) -> None:
    found = scheduling.starts([_day(day)], [], lasting=HOUR, after=_day(day)[0])

    assert _wall(found).count("02:30") == 2
    first, second = [each for each in found if f"{clock.local(each):%H:%M}" == "02:30"]
    assert second - first == HOUR
    assert len(found) == 25 * 4 - 3


@pytest.mark.parametrize(
    "day", [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)]
)
def test_ten_on_the_wall_is_ten_whatever_the_night_did(day: date) -> None:
    ten = datetime.combine(day, time(10), clock.STOCKHOLM).astimezone(UTC)

    found = scheduling.starts([(ten, ten + 2 * HOUR)], [], lasting=HOUR, after=_day(day)[0])

    assert _wall(found) == ["10:00", "10:15", "10:30", "10:45", "11:00"]


def test_other_times_on_the_same_day_come_before_nearer_ones_on_another() -> None:
    wanted = datetime(2026, 3, 2, 22, tzinfo=UTC)
    morning = datetime(2026, 3, 2, 7, tzinfo=UTC)
    next_day = datetime(2026, 3, 3, 7, tzinfo=UTC)
    others = [next_day + HOUR * number for number in range(10)]

    found = scheduling.nearest([*others, morning], wanted)

    assert found == [morning, *others[:4]]


def test_a_few_other_times_are_named_in_their_order() -> None:
    found = scheduling.nearest([_at(number) for number in range(12)], _at(6))

    assert found == [_at(number) for number in (4, 5, 6, 7, 8)]


_moments = st.integers(0, 60 * 24).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
_intervals = st.lists(st.tuples(_moments, _moments).map(lambda pair: (min(pair), max(pair))))


@given(_intervals, _intervals, st.integers(5, 240))
def test_whatever_is_offered_is_free_is_a_quarter_and_nothing_that_would_do_is_left_out(
    free: list[Interval], taken: list[Interval], minutes: int
) -> None:
    lasting = timedelta(minutes=minutes)

    found = scheduling.starts(free, taken, lasting=lasting, after=BEGIN)

    joined = scheduling.shared([free])
    quarters = [BEGIN + scheduling.STEP * number for number in range(24 * 4 + 1)]
    fits = [
        start
        for start in quarters
        if any(begin <= start and start + lasting <= end for begin, end in joined)
        and not any(begin < start + lasting and start < end for begin, end in taken if begin < end)
    ]
    assert found == fits
