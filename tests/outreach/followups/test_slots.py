"""Free times: what is offered, what is not, and what a booking outside them is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine

from outreach.followups import booking, slots
from outreach.followups.recording import SlotTaken
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import RuleBroken
from outreach.shifts import absences, closures, staffing
from outreach.shifts import service as shifts
from tests.builders import a_booking, a_code, a_followup, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

# A Tuesday, and an ordinary one.
DAY = date(2026, 2, 3)


@pytest.fixture(autouse=True)
def _january() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 1, 12, 9, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def anna() -> Actor:
    return an_actor()


@pytest.fixture
def plan() -> Callable[..., None]:
    """A function: plan a shift at Hagalund for somebody, from hour to hour."""
    chief = an_actor(role="supervisor")

    def planned(worker: Actor, first: int, last: int, day: date = DAY) -> None:
        username = staffing.named([worker.id])[worker.id]["username"]
        given = {
            "id": str(uuid7()),
            "site": "hagalund",
            "activity": "open",
            "starts_at": _wall(day, first).isoformat(),
            "ends_at": (_wall(day, 0) + timedelta(hours=last)).isoformat(),
            "workers": [username],
        }
        shifts.open_shift(by=chief, given=given)

    return planned


def _wall(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), clock.STOCKHOLM).astimezone(UTC)


def _offered(by: Actor, day: date = DAY, minutes: int = 30, **more: Any) -> list[str]:
    found = slots.free_slots(by=by, worker=by.id, day=day, minutes=minutes, **more)
    return [f"{clock.local(each['starts_at']):%H:%M}" for each in found]


def _book(by: Actor, at: datetime, **said: Any) -> dict[str, Any]:
    return a_followup(by, recognition_code=a_code(by)["code"], starts_at=at.isoformat(), **said)


def test_what_is_left_of_ones_shift_is_offered(anna: Actor, plan: Callable[..., None]) -> None:
    plan(anna, 10, 12)
    _book(anna, _wall(DAY, 10, 30))

    assert _offered(anna) == ["10:00", "11:00", "11:15", "11:30"]
    assert _offered(anna, minutes=60) == ["11:00"]
    assert _offered(anna, interpreter=True) == ["11:00"]
    found = slots.free_slots(by=anna, worker=anna.id, day=DAY, minutes=45)
    assert [(each["minutes"], each["workers"]) for each in found] == [(45, [anna.id])] * 2


def test_two_are_offered_what_is_free_for_both(anna: Actor, plan: Callable[..., None]) -> None:
    bo = an_actor()
    plan(anna, 10, 12)
    plan(bo, 11, 14)
    _book(bo, _wall(DAY, 11))

    assert _offered(anna, other=bo.id) == ["11:30"]


def test_what_has_been_today_is_not_offered(anna: Actor, plan: Callable[..., None]) -> None:
    today = clock.today()
    plan(anna, 11, 14, day=today)

    with time_machine.travel(_wall(today, 13, 20), tick=False):
        assert _offered(anna, day=today) == ["13:15", "13:30"]


def test_a_time_that_is_taken_comes_with_the_nearest_that_are_free(
    anna: Actor, plan: Callable[..., None]
) -> None:
    plan(anna, 10, 12)
    plan(anna, 10, 12, day=DAY + timedelta(days=1))
    _book(anna, _wall(DAY, 10, 30), minutes=60)

    with pytest.raises(SlotTaken) as taken:
        _book(anna, _wall(DAY, 11))

    assert taken.value.members["alternatives"] == [
        "2026-02-03T09:00:00Z",
        "2026-02-03T10:30:00Z",
        "2026-02-04T09:00:00Z",
        "2026-02-04T09:15:00Z",
        "2026-02-04T09:30:00Z",
    ]


@pytest.mark.parametrize("against", ["outside_hours", "closed", "absent", "no_shift", "holiday"])
def test_what_stands_against_a_time_is_told_and_it_is_booked_all_the_same(
    anna: Actor, plan: Callable[..., None], against: str
) -> None:
    chief = an_actor(role="supervisor")
    day = date(2026, 6, 19) if against == "holiday" else DAY
    plan(an_actor() if against == "no_shift" else anna, 10, 12, day=day)
    span = {"id": str(uuid7()), "first_day": str(day), "last_day": str(day), "site": "hagalund"}
    if against == "closed":
        closures.close_site(by=chief, given=span)
    if against == "absent":
        away = {"id": str(uuid7()), "worker": str(anna.id), "from": str(day), "to": str(day)}
        absences.record_absence(by=chief, given=away)

    row = _book(anna, _wall(day, 17 if against == "outside_hours" else 10))

    assert row["warnings"] == [against]
    if against != "outside_hours":
        assert _offered(anna, day=day) == []


def test_a_time_in_ones_shift_is_warned_of_by_nothing(
    anna: Actor, plan: Callable[..., None]
) -> None:
    plan(anna, 10, 12)

    assert _book(anna, _wall(DAY, 11, 30))["warnings"] == []


def test_only_oneself_and_ones_colleagues_are_booked(anna: Actor) -> None:
    stranger = an_actor(committee="SN")

    with pytest.raises(RuleBroken) as refused:
        slots.free_slots(by=anna, worker=stranger.id, day=DAY, minutes=30)
    assert [fault.pointer for fault in refused.value.faults] == ["/worker"]
    with pytest.raises(RuleBroken) as refused:
        slots.free_slots(by=anna, worker=anna.id, other=stranger.id, day=DAY, minutes=30)
    assert [fault.pointer for fault in refused.value.faults] == ["/other"]


def test_a_shift_that_goes_on_past_midnight_is_free_where_nobody_is_booked(
    anna: Actor, plan: Callable[..., None]
) -> None:
    plan(anna, 22, 26)
    _book(anna, _wall(DAY + timedelta(days=1), 0), minutes=60)

    found = slots.free_slots(by=anna, worker=anna.id, day=DAY, minutes=30)

    assert _offered(anna)[-1] == "01:30"
    assert not [each for each in found if each["starts_at"] == _wall(DAY + timedelta(days=1), 0)]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31"])
@pytest.mark.parametrize("hours", [0, 9])
def test_a_meeting_has_its_time_and_length_on_days_when_the_clocks_change(
    anna: Actor, day: str, hours: int
) -> None:
    on = date.fromisoformat(day)
    with time_machine.travel(_wall(on - timedelta(days=30), 9), tick=False):
        said = a_booking(anna, recognition_code=a_code(anna)["code"], minutes=240)
        row, _ = booking.book(by=anna, given=said | {"starts_at": _wall(on, hours).isoformat()})

    begin, end = clock.local(row["starts_at"]), clock.local(row["ends_at"])
    assert (begin.date(), begin.hour) == (on, hours)
    assert row["ends_at"] - row["starts_at"] == timedelta(hours=4)
    shifted = 0 if hours else (1 if on.month == 3 else -1)
    assert end.hour == hours + 4 + shifted
