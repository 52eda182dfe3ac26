"""Which hours somebody meant, and that what cannot be read for certain is never guessed at."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from outreach.foundation import clock
from outreach.foundation.clock import STOCKHOLM
from outreach.foundation.typed import Unreadable
from outreach.participants.safe_hours import UNREADABLE, Hours, read

WORKDAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})
NOON = datetime(2026, 11, 25, 12, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, Hours()),
        ("  ", Hours()),
        ("alltid", Hours()),
        ("9-15", Hours(9 * 60, 15 * 60)),
        ("9–15", Hours(9 * 60, 15 * 60)),
        ("kl. 9.30 – 15:45", Hours(9 * 60 + 30, 15 * 60 + 45)),
        ("mellan klockan 9 och 12", Hours(9 * 60, 12 * 60)),
        ("efter 15", Hours(begin=15 * 60)),
        ("Efter kl 15.", Hours(begin=15 * 60)),
        ("före 12", Hours(end=12 * 60)),
        ("vardagar", Hours(weekdays=WORKDAYS)),
        ("Vardagar, 9-15", Hours(9 * 60, 15 * 60, WORKDAYS)),
        ("mån–fre efter 17", Hours(begin=17 * 60, weekdays=WORKDAYS)),
        ("helger", Hours(weekdays=WEEKEND)),
        ("dagtid", Hours(8 * 60, 17 * 60)),
        ("kvällar", Hours(17 * 60, 22 * 60)),
        ("weekdays after 17", Hours(begin=17 * 60, weekdays=WORKDAYS)),
        ("between 9 and 12", Hours(9 * 60, 12 * 60)),
        ("till 24", Hours()),
        ("efter 09", Hours(begin=9 * 60)),
        ("efter 9.00", Hours(begin=9 * 60)),
    ],
)
def test_what_people_say_is_read(said: str | None, meant: Hours) -> None:
    assert read(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "när barnen sover", "efter jobbet", "inte måndagar", "9-15 men inte tisdag", "efter 25",
        # In the evening, for all one knows.
        "efter 3", "after 5", "vardagar efter 4", "från 9", "efter 11", "före 5", "2-5", "7-9",
        "15-9", "12-12", "ring först", "9", "efter", "efter 24", "vardagar kanske", "9-15 10-12",
    ],
)  # fmt: skip
def test_what_is_not_certain_is_not_read(said: str) -> None:
    with pytest.raises(Unreadable) as told:
        read(said)

    assert told.value.detail == UNREADABLE


def test_what_is_in_both_is_what_is_left() -> None:
    quiet = read("8-20")

    assert quiet.within(read("vardagar efter 15")) == Hours(15 * 60, 20 * 60, WORKDAYS)
    assert not quiet.within(read("efter 19")).is_none
    assert quiet.within(read("efter 21")).is_none
    assert read("helger").within(read("vardagar")).is_none


def test_the_next_time_is_now_or_when_the_hours_begin() -> None:
    until = NOON + timedelta(days=4)

    def after(said: str) -> datetime | None:
        at = read(said).next_from(NOON, until=until)
        return at and clock.local(at)

    assert after("9-15") == NOON
    assert after("efter 15") == NOON.replace(hour=15)
    assert after("före 12") == NOON.replace(day=26, hour=0)
    assert after("helger") == NOON.replace(day=28, hour=0)
    assert read("helger").next_from(NOON, until=NOON + timedelta(days=1)) is None
    assert Hours(weekdays=frozenset()).next_from(NOON, until=until) is None


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_hours_are_those_on_the_wall_when_the_clock_is_changed(day: date) -> None:
    at = read("9-15").on(day, 0)

    assert at is not None
    assert clock.local(at).hour == 9
    assert read("vardagar 9-15").on(day, 0) is None
