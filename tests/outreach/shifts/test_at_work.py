"""When each of the staff can be met: shifts, doors, closures, holidays, absences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.shifts import absences, at_work, closures, opening_hours, service, staffing
from outreach.shifts.at_work import AtWork
from tests.builders import an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

# A Tuesday, and an ordinary one.
DAY = date(2026, 2, 3)


@pytest.fixture
def chief() -> Actor:
    return an_actor(role="supervisor", sites=("hagalund", "bagartorp"))


@pytest.fixture
def anna() -> Actor:
    return an_actor()


@pytest.fixture(autouse=True)
def _january() -> object:
    with time_machine.travel(datetime(2026, 1, 12, 9, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def plan(chief: Actor) -> Callable[..., None]:
    """A function: plan a shift for somebody on a day, from hour to hour."""

    def planned(
        worker: Actor, first: int, last: int, day: date = DAY, site: str = "hagalund"
    ) -> None:
        given = {
            "id": str(uuid7()),
            "site": site,
            "activity": "open",
            "starts_at": _wall(day, first).isoformat(),
            "ends_at": _wall(day, last).isoformat(),
            "workers": [_username(worker)],
        }
        service.open_shift(by=chief, given=given)

    return planned


@pytest.fixture
def doors(chief: Actor) -> Callable[[str, str], None]:
    """A function: set Hagalund's hours, the same every day."""

    def set_hours(opens: str, closes: str) -> None:
        days = [{"weekday": day, "opens": opens, "closes": closes} for day in range(1, 6)]
        given = {"valid_from": "2026-01-01", "days": days}
        opening_hours.set_opening_hours(by=chief, site="hagalund", expected=0, given=given)

    return set_hours


def _username(worker: Actor) -> str:
    return str(staffing.named([worker.id])[worker.id]["username"])


def _wall(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), clock.STOCKHOLM).astimezone(UTC)


def _of(worker: Actor, day: date = DAY) -> AtWork:
    return at_work.at_work(workers=[worker.id], days=[day])[worker.id, day]


def _hours(worker: Actor, day: date = DAY) -> list[tuple[int, int]]:
    return [(clock.local(a).hour, clock.local(b).hour) for a, b in _of(worker, day).hours]


def test_one_is_met_in_ones_shifts(anna: Actor, plan: Callable[..., None]) -> None:
    plan(anna, 10, 12)
    plan(anna, 13, 16)

    assert _hours(anna) == [(10, 12), (13, 16)]


def test_one_is_met_in_ones_shifts_as_far_as_the_door_is_open(
    anna: Actor, plan: Callable[..., None], doors: Callable[[str, str], None]
) -> None:
    doors("11:00", "15:00")
    plan(anna, 10, 16)

    assert _hours(anna) == [(11, 15)]


def test_a_shift_on_a_day_without_doors_is_met_as_it_was_planned(
    anna: Actor, plan: Callable[..., None], doors: Callable[[str, str], None]
) -> None:
    saturday = DAY + timedelta(days=4)
    doors("11:00", "15:00")
    plan(anna, 10, 16, day=saturday)

    assert _hours(anna, saturday) == [(10, 16)]


def test_where_nothing_is_planned_yet_the_doors_tell(
    anna: Actor, doors: Callable[[str, str], None]
) -> None:
    doors("11:00", "15:00")

    assert _hours(anna) == [(11, 15)]


def test_whoever_is_not_on_any_shift_of_a_planned_day_is_not_met(
    anna: Actor, plan: Callable[..., None], doors: Callable[[str, str], None]
) -> None:
    doors("11:00", "15:00")
    plan(an_actor(), 10, 16)

    assert _of(anna) == AtWork(why_not="no_shift")


def test_nobody_is_met_where_it_is_closed(
    anna: Actor, chief: Actor, plan: Callable[..., None]
) -> None:
    plan(anna, 10, 12)
    given = {"id": str(uuid7()), "site": "hagalund", "first_day": str(DAY), "last_day": str(DAY)}
    closures.close_site(by=chief, given=given)

    assert _of(anna) == AtWork(why_not="closed")
    assert _of(anna, DAY + timedelta(days=1)) == AtWork(why_not="closed")


def test_whoever_is_away_is_not_met(anna: Actor, chief: Actor, plan: Callable[..., None]) -> None:
    plan(anna, 10, 12)
    given = {"id": str(uuid7()), "worker": str(anna.id), "from": str(DAY), "to": str(DAY)}
    absences.record_absence(by=chief, given=given)

    assert _of(anna) == AtWork(why_not="absent")


@pytest.mark.parametrize("day", [date(2026, 4, 6), date(2026, 6, 19), date(2026, 12, 24)])
def test_nobody_is_met_on_a_holiday_or_the_eve_of_one(
    anna: Actor, plan: Callable[..., None], day: date
) -> None:
    plan(anna, 10, 12, day=day)

    assert _of(anna, day) == AtWork(why_not="holiday")


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_shift_is_as_long_as_it_really_is_when_the_clocks_change(
    anna: Actor, plan: Callable[..., None], day: date
) -> None:
    plan(anna, 0, 8, day=day)

    begin, end = _of(anna, day).hours[0]
    assert end - begin == timedelta(hours=7 if day.month == 3 else 9)


def test_several_are_asked_about_at_once_each_by_their_own_places(
    anna: Actor, plan: Callable[..., None]
) -> None:
    bo = an_actor(sites=("bagartorp",))
    plan(anna, 10, 12)
    plan(bo, 9, 11, site="bagartorp")

    found = at_work.at_work(workers=[anna.id, bo.id], days=[DAY])

    assert {clock.local(each.hours[0][0]).hour for each in found.values()} == {9, 10}
    assert at_work.at_work(workers=[], days=[DAY]) == {}
