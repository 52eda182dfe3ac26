"""Shifts as the services keep them: forgotten ones, those who leave, hours that sites were open."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from outreach.accounts import service as accounts
from outreach.accounts.models import User
from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, RuleBroken
from outreach.shifts import opening_hours, rules, service, staffing
from outreach.staff import service as staff
from tests.builders import a_user, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")
HOUR = timedelta(hours=1)
# Friday and Saturday of a week without a change of clocks.
FRIDAY = date(2026, 1, 16)


def _wall(time: str, day: date = FRIDAY) -> datetime:
    return rules.on_the_wall(day, time)


def _opened(by: Actor, **said: Any) -> dict[str, Any]:
    given = {"id": str(uuid7()), "site": "hagalund", "activity": "open"} | said
    return service.open_shift(by=by, given=given)[0]


def _planned(by: Actor, *workers: User, ahead: timedelta = 24 * HOUR) -> dict[str, Any]:
    begin = clock.now() + ahead
    return _opened(
        by,
        starts_at=begin.isoformat(),
        ends_at=(begin + 6 * HOUR).isoformat(),
        workers=[worker.username for worker in workers],
    )


def _closed(by: Actor, begin: datetime, end: datetime, **said: Any) -> None:
    """Keep a shift of the past as a supervisor enters it, closed with its hours."""
    row = _opened(by, starts_at=begin.isoformat(), ends_at=end.isoformat(), **said)
    hours = {"started_at": begin.isoformat(), "ended_at": end.isoformat()}
    service.close_shift(by=by, id=row["id"], given=hours)


def _open_hours(first: date = FRIDAY, last: date = FRIDAY, **more: str) -> tuple[float, float, int]:
    found = opening_hours.open_hours(site="hagalund", first=first, last=last, **more)
    return found.actual / HOUR, found.planned / HOUR, found.unknown


def test_a_shift_left_open_is_running_for_sixteen_hours_and_forgotten_after() -> None:
    worker, chief = an_actor(), an_actor(role="supervisor")
    fresh = _opened(worker, starts_at=(clock.now() - 15 * HOUR).isoformat())
    old = _opened(chief, starts_at=(clock.now() - 17 * HOUR).isoformat())

    running, forgotten = service.running_shift(by=worker), service.forgotten_shifts(by=chief)

    assert running is not None
    assert running["id"] == fresh["id"]
    assert service.running_shift(by=chief) is None
    assert [row["id"] for row in forgotten] == [old["id"]]
    assert service.forgotten_shifts(by=worker) == []


def test_whoever_leaves_is_taken_out_of_the_shifts_ahead_and_an_empty_one_is_cancelled() -> None:
    chief, leaving, staying = an_actor(role="supervisor"), a_user(), a_user()
    both, alone = _planned(chief, leaving, staying), _planned(chief, leaving)
    others, past = _planned(chief, staying), _planned(chief, leaving, ahead=-8 * HOUR)

    staff.close_user(by=system("test"), id=leaving.id)

    def now(row: dict[str, Any]) -> tuple[list[UUID], bool, int]:
        found = service.shift(by=chief, id=row["id"])
        workers = [worker["id"] for worker in found["workers"]]
        return workers, found["cancelled_at"] is not None, found["version"]

    assert now(both) == ([staying.id], False, 2)
    assert now(alone) == ([leaving.id], True, 2)
    assert now(others) == ([staying.id], False, 1)
    assert now(past) == ([leaving.id], False, 1)
    left = sa.select(AuditEntry.object_id).where(AuditEntry.action == "leave")
    assert set(db.session.scalars(left)) == {str(both["id"]), str(alone["id"])}


def test_only_open_staff_of_the_site_who_work_shifts_may_be_planned() -> None:
    chief = an_actor(role="supervisor")
    near, elsewhere = a_user(name="Åsa"), a_user(sites=("bagartorp",))
    also_near, gone, analyst = a_user(name="Bo"), a_user(), a_user(role="analyst")
    staff.close_user(by=system("test"), id=gone.id)

    found = staffing.workers_at(by=chief, site="hagalund")

    assert [row["name"] for row in found if row["id"] != chief.id] == ["Bo", "Åsa"]
    with pytest.raises(RuleBroken) as refused:
        _planned(chief, near, elsewhere, also_near, gone, analyst)
    assert [(fault.pointer, fault.values["username"]) for fault in refused.value.faults] == [
        ("/workers/1", elsewhere.username),
        ("/workers/3", gone.username),
        ("/workers/4", analyst.username),
    ]


def test_a_colleague_who_has_moved_stays_planned_until_taken_out() -> None:
    chief, worker = an_actor(role="supervisor"), a_user()
    row = _planned(chief, worker)
    moved = {"sites": ["bagartorp"]}
    staff.change_user(by=system("test"), id=worker.id, expected=1, given=moved)

    later = (clock.now() + 39 * HOUR).isoformat()
    given = {"ends_at": later, "workers": [worker.username]}
    changed = service.change_shift(by=chief, id=row["id"], expected=1, given=given)

    assert [each["id"] for each in changed["workers"]] == [worker.id]


def test_a_caseworker_sees_no_list_of_who_may_be_planned() -> None:
    with pytest.raises(NotAllowed):
        staffing.workers_at(by=an_actor(), site="hagalund")


def test_two_workers_at_one_site_are_not_two_open_hours() -> None:
    chief = an_actor(role="supervisor")
    _closed(chief, _wall("10:00"), _wall("16:00"))
    _closed(chief, _wall("12:00"), _wall("17:00"))

    assert _open_hours() == (7, 0, 0)


def test_planned_hours_are_told_apart_and_only_where_nobody_really_was() -> None:
    chief, worker = an_actor(role="supervisor"), a_user()
    _closed(chief, _wall("10:00"), _wall("13:00"))
    hours = {"starts_at": _wall("12:00").isoformat(), "ends_at": _wall("16:00").isoformat()}
    _opened(chief, workers=[worker.username], **hours)
    cancelled = _opened(chief, workers=[worker.username], **hours)
    service.cancel_shift(by=chief, id=cancelled["id"], expected=1)

    assert _open_hours() == (3, 3, 0)


def test_the_actual_hours_count_and_not_those_that_were_planned() -> None:
    chief = an_actor(role="supervisor")
    planned = {"starts_at": _wall("10:00").isoformat(), "ends_at": _wall("16:00").isoformat()}
    row = _opened(chief, **planned)
    really = {"started_at": _wall("10:30").isoformat(), "ended_at": _wall("14:00").isoformat()}
    service.close_shift(by=chief, id=row["id"], given=really)

    assert _open_hours() == (3.5, 0, 0)


def test_a_night_is_shared_between_its_days() -> None:
    chief, saturday = an_actor(role="supervisor"), FRIDAY + timedelta(days=1)
    _closed(chief, _wall("21:00"), _wall("02:00", saturday))

    assert _open_hours() == (3, 0, 0)
    assert _open_hours(saturday, saturday) == (2, 0, 0)
    assert _open_hours(FRIDAY, saturday) == (5, 0, 0)


def test_the_night_when_clocks_go_back_is_an_hour_longer() -> None:
    chief, night = an_actor(role="supervisor"), date(2025, 10, 25)
    _closed(chief, _wall("22:00", night), _wall("06:00", night + timedelta(days=1)))

    assert _open_hours(night, night + timedelta(days=1)) == (9, 0, 0)


def test_outreach_is_no_open_door_and_an_unknown_end_is_told() -> None:
    chief = an_actor(role="supervisor")
    _closed(chief, _wall("10:00"), _wall("12:00"), activity="outreach")
    _opened(chief, starts_at=_wall("10:00").isoformat())

    assert _open_hours() == (0, 0, 1)
    assert _open_hours(activity="outreach") == (2, 0, 0)


def test_every_change_of_a_shift_has_its_audit_entry() -> None:
    chief, worker = an_actor(role="supervisor"), a_user()
    row = _planned(chief, worker, ahead=HOUR)
    later = {"ends_at": (clock.now() + 9 * HOUR).isoformat()}
    service.change_shift(by=chief, id=row["id"], expected=1, given=later)
    service.cancel_shift(by=chief, id=row["id"], expected=2)

    entries = sa.select(AuditEntry.action).where(AuditEntry.object_id == str(row["id"]))

    assert sorted(db.session.scalars(entries)) == ["cancel", "change", "plan"]


@time_machine.travel("2026-01-16T08:00:00+01:00", tick=False)
def test_only_what_is_planned_for_today_is_offered_to_begin() -> None:
    chief, user = an_actor(role="supervisor"), a_user()
    worker = accounts.actor_named(user.username)
    today = _planned(chief, user, ahead=2 * HOUR)
    _planned(chief, user, ahead=17 * HOUR)

    assert [row["id"] for row in service.planned_shifts(by=worker)] == [today["id"]]
    service.begin_shift(by=worker, id=today["id"])
    assert service.planned_shifts(by=worker) == []


def test_a_shift_begun_now_and_sent_again_after_its_end_is_still_a_repeat() -> None:
    worker, begun = an_actor(), clock.now()
    given = {
        "id": str(uuid7()),
        "site": "hagalund",
        "activity": "open",
        "ends_at": (begun + timedelta(hours=4)).isoformat(),
    }
    with clock.pretending(begun):
        first, created = service.open_shift(by=worker, given=given)
    with clock.pretending(begun + timedelta(hours=6)):
        again, repeated = service.open_shift(by=worker, given=given)

    assert (created, repeated) == (True, False)
    assert again == first
