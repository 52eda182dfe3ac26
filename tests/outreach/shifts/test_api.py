"""Shifts and opening hours over HTTP: begun on the spot, planned ahead, closed once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.shifts.models import Shift
from tests.builders import Visitor, uuid7

SignIn = Callable[..., Visitor]
HOUR = timedelta(hours=1)


def _a_shift(**said: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "site": "hagalund", "activity": "open"} | said


def _ahead(hours: float) -> str:
    return (clock.now() + hours * HOUR).isoformat()


def _plan(chief: Visitor, *workers: Visitor, start: float = 24, **said: Any) -> dict[str, Any]:
    sent = _a_shift(
        starts_at=_ahead(start),
        ends_at=_ahead(start + 6),
        workers=[worker.user.username for worker in workers],
    )
    answer = chief.send("shifts", sent | said)
    assert answer.status_code == 201, answer.get_json()
    row: dict[str, Any] = answer.get_json()
    return row


def _count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Shift)) or 0


def test_a_worker_begins_a_shift_on_the_spot(signed_in: SignIn) -> None:
    worker = signed_in()

    answer = worker.send("shifts", _a_shift())

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    row = answer.get_json()
    assert row["started_at"] == row["starts_at"]
    assert (row["ends_at"], row["closed_at"]) == (None, None)
    assert row["workers"] == [
        {"id": str(worker.user.id), "username": worker.user.username, "name": worker.user.name}
    ]


def test_a_shift_may_be_begun_up_to_sixteen_hours_in_hindsight(signed_in: SignIn) -> None:
    worker = signed_in()

    early = worker.send("shifts", _a_shift(starts_at=_ahead(-15.9)))
    too_early = worker.send("shifts", _a_shift(starts_at=_ahead(-16.1)))

    assert early.status_code == 201
    assert too_early.status_code == 422
    assert too_early.get_json()["errors"][0]["pointer"] == "/starts_at"


def test_only_a_supervisor_plans_ahead_and_for_others(signed_in: SignIn) -> None:
    worker, chief = signed_in(), signed_in(role="supervisor")
    ahead = _a_shift(starts_at=_ahead(24), ends_at=_ahead(30))
    others = _a_shift(workers=[worker.user.username])

    assert worker.send("shifts", ahead).status_code == 403
    assert worker.send("shifts", others).status_code == 403
    row = _plan(chief, worker)
    assert row["started_at"] is None
    assert [each["username"] for each in row["workers"]] == [worker.user.username]


def test_five_posts_of_one_shift_at_once_make_one_row_and_five_equal_answers(
    app: Flask, signed_in: SignIn
) -> None:
    worker = signed_in()
    browsers = [Visitor(app, worker.user) for _ in range(5)]
    sent = _a_shift()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda browser: browser.send("shifts", sent), browsers))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert all(answer.get_json() == answers[0].get_json() for answer in answers)
    assert _count() == 1


def test_a_known_id_with_other_content_or_from_somebody_else_is_refused(
    signed_in: SignIn,
) -> None:
    worker, colleague, sent = signed_in(), signed_in(), _a_shift()
    worker.send("shifts", sent)

    other = worker.send("shifts", sent | {"activity": "outreach"})
    stranger = colleague.send("shifts", sent)

    for answer in (other, stranger):
        assert answer.status_code == 409
        assert answer.get_json()["type"] == "/problems/id-reuse"


def test_a_repeat_that_comes_too_late_to_begin_is_still_a_repeat(signed_in: SignIn) -> None:
    worker, sent = signed_in(), _a_shift(starts_at=_ahead(-15.9))
    worker.send("shifts", sent)
    with db.engine.begin() as connection:
        connection.execute(sa.update(Shift).values(started_at=clock.now() - 18 * HOUR))

    assert worker.send("shifts", sent).status_code == 200


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"site": "atlantis"}, "/site"),
        ({"activity": "party"}, "/activity"),
        ({"starts_at": "tomorrow"}, "/starts_at"),
        ({"starts_at": "9999-12-31T23:59:59+00:00"}, "/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+00:00"}, "/starts_at"),
        ({"starts_at": "2199-12-31T10:00:00Z"}, "/starts_at"),
        ({"workers": []}, "/workers"),
        ({"workers": ["nobody"]}, "/workers/0"),
        ({"minutes": 5}, "/minutes"),
    ],
)
def test_a_broken_rule_is_told_beside_the_field_it_breaks(
    signed_in: SignIn, said: dict[str, Any], pointer: str
) -> None:
    answer = signed_in(role="supervisor").send("shifts", _a_shift(**said))

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [pointer]
    assert _count() == 0


@pytest.mark.parametrize("length", [0, -1, 16.1])
def test_a_planned_end_is_after_the_start_and_within_a_working_day(
    signed_in: SignIn, length: float
) -> None:
    begin = clock.now() + 24 * HOUR
    end = begin + length * HOUR
    sent = _a_shift(starts_at=begin.isoformat(), ends_at=end.isoformat())

    answer = signed_in(role="supervisor").send("shifts", sent)

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/ends_at"]


def test_an_activity_that_is_not_held_at_the_site_is_refused(signed_in: SignIn) -> None:
    worker = signed_in(sites=("remote",))

    answer = worker.send("shifts", _a_shift(site="remote", activity="outreach"))

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/activity"]


def test_a_planned_shift_is_begun_once_by_those_who_work_it(signed_in: SignIn) -> None:
    chief, worker, colleague = signed_in(role="supervisor"), signed_in(), signed_in()
    row = _plan(chief, worker, start=1)
    address = f"shifts/{row['id']}/start"

    assert colleague.send(address).status_code == 404
    assert chief.send(address).status_code == 403
    first, second = worker.send(address), worker.send(address)

    assert first.get_json()["started_at"] is not None
    assert first.get_json()["version"] == 2
    assert second.get_json() == first.get_json()


def test_a_shift_of_another_day_is_not_begun(signed_in: SignIn) -> None:
    chief, worker = signed_in(role="supervisor"), signed_in()
    row = _plan(chief, worker, start=30)

    answer = worker.send(f"shifts/{row['id']}/start")

    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/shift-not-its-day"


def test_a_shift_is_closed_once_with_its_real_hours(signed_in: SignIn) -> None:
    worker = signed_in()
    row = worker.send("shifts", _a_shift(starts_at=_ahead(-6))).get_json()
    hours = {"started_at": _ahead(-5.5), "ended_at": _ahead(-0.5)}
    address = f"shifts/{row['id']}/close"

    first = worker.send(address, hours)
    again = worker.send(address, hours)
    without_a_word = worker.send(address, {})
    otherwise = worker.send(address, hours | {"ended_at": _ahead(-1)})

    assert first.status_code == 200
    told = first.get_json()
    assert told["ended_at"] == datetime.fromisoformat(hours["ended_at"]).astimezone(
        UTC
    ).isoformat().replace("+00:00", "Z")
    assert (again.get_json(), without_a_word.get_json()) == (told, told)
    assert otherwise.status_code == 409
    assert otherwise.get_json()["type"] == "/problems/shift-closed"


def test_five_closings_at_once_close_it_once(app: Flask, signed_in: SignIn) -> None:
    worker = signed_in()
    row = worker.send("shifts", _a_shift(starts_at=_ahead(-6))).get_json()
    browsers = [Visitor(app, worker.user) for _ in range(5)]
    hours = {"started_at": _ahead(-6), "ended_at": _ahead(-1)}

    with ThreadPoolExecutor(5) as pool:
        answers = list(
            pool.map(lambda each: each.send(f"shifts/{row['id']}/close", hours), browsers)
        )

    assert [answer.status_code for answer in answers] == [200] * 5
    assert {answer.get_json()["version"] for answer in answers} == {2}


def test_closing_is_for_those_on_the_shift_and_for_the_sites_supervisor(
    signed_in: SignIn,
) -> None:
    worker, colleague = signed_in(), signed_in()
    chief = signed_in(role="supervisor")
    elsewhere = signed_in(role="supervisor", sites=("bagartorp",), committee="SN")
    row = worker.send("shifts", _a_shift(starts_at=_ahead(-6))).get_json()
    address, hours = f"shifts/{row['id']}/close", {"ended_at": _ahead(-1)}

    assert colleague.send(address, hours).status_code == 403
    assert elsewhere.send(address, hours).status_code == 404
    assert chief.send(address, hours).status_code == 200


def test_hours_that_cannot_have_been_are_refused(signed_in: SignIn) -> None:
    worker = signed_in()
    row = worker.send("shifts", _a_shift(starts_at=_ahead(-6))).get_json()

    def fault(**hours: str) -> str:
        answer = worker.send(f"shifts/{row['id']}/close", hours)
        assert answer.status_code == 422
        return str(answer.get_json()["errors"][0]["pointer"])

    assert fault(ended_at=_ahead(1)) == "/ended_at"
    assert fault(ended_at=_ahead(-7)) == "/ended_at"
    assert fault(started_at=_ahead(-17)) == "/ended_at"
    assert fault(started_at=_ahead(-48), ended_at=_ahead(-40)) == "/started_at"


def test_a_change_needs_the_version_it_was_made_from(signed_in: SignIn) -> None:
    chief, worker = signed_in(role="supervisor"), signed_in()
    address = f"shifts/{_plan(chief, worker)['id']}"
    change = {"ends_at": _ahead(29)}

    without = chief.send(address, change, method="PATCH")
    first = chief.send(address, change, method="PATCH", If_Match='"1"')
    stale = chief.send(address, {"ends_at": _ahead(28)}, method="PATCH", If_Match='"1"')
    same = chief.send(address, change, method="PATCH", If_Match='"2"')

    assert without.status_code == 428
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert stale.status_code == 412
    assert stale.get_json()["current"] == first.get_json()
    assert same.get_json() == first.get_json()


def test_a_change_is_held_to_the_same_rules(signed_in: SignIn) -> None:
    chief, worker = signed_in(role="supervisor"), signed_in()
    elsewhere = signed_in(sites=("bagartorp",))
    row = _plan(chief, worker)

    def faults(**change: Any) -> list[str]:
        answer = chief.send(f"shifts/{row['id']}", change, method="PATCH", If_Match='"1"')
        assert answer.status_code == 422
        return [fault["pointer"] for fault in answer.get_json()["errors"]]

    assert faults(ends_at=_ahead(23)) == ["/ends_at"]
    assert faults(workers=[elsewhere.user.username]) == ["/workers/0"]
    assert faults(starts_at="2001-01-01T10:00:00Z", ends_at="2001-01-01T12:00:00Z") == [
        "/starts_at"
    ]


def test_a_planned_shift_is_cancelled_and_stays_so(signed_in: SignIn) -> None:
    chief, worker = signed_in(role="supervisor"), signed_in()
    row = _plan(chief, worker, start=1)
    address = f"shifts/{row['id']}"

    assert chief.send(f"{address}/cancel").status_code == 428
    assert chief.send(f"{address}/cancel", If_Match='"7"').status_code == 412
    cancelled = chief.send(f"{address}/cancel", If_Match='"1"')

    assert cancelled.get_json()["cancelled_at"] is not None
    assert worker.send(f"{address}/start").status_code == 409
    assert worker.send(f"{address}/close", {}).status_code == 409
    change = chief.send(address, {"ends_at": _ahead(5)}, method="PATCH", If_Match='"2"')
    assert change.get_json()["type"] == "/problems/shift-closed"


def test_a_shift_that_has_begun_is_not_cancelled(signed_in: SignIn) -> None:
    chief, worker = signed_in(role="supervisor"), signed_in()
    row = worker.send("shifts", _a_shift()).get_json()

    answer = chief.send(f"shifts/{row['id']}/cancel", If_Match='"1"')

    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/shift-begun"


def test_another_site_or_committee_sees_nothing_of_a_shift(signed_in: SignIn) -> None:
    chief, worker = signed_in(role="supervisor"), signed_in()
    stranger = signed_in(role="supervisor", sites=("bagartorp",), committee="SN")
    address = f"shifts/{_plan(chief, worker)['id']}"

    assert stranger.get(address).status_code == 404
    assert stranger.send(address, {}, method="PATCH", If_Match='"1"').status_code == 404
    assert stranger.send(f"{address}/cancel", If_Match='"1"').status_code == 404
    assert stranger.get("shifts").get_json()["items"] == []
    assert stranger.get("shifts?site=hagalund").status_code == 403
    assert stranger.send("shifts", _a_shift()).get_json()["type"] == "/problems/not-your-site"


def test_a_list_goes_on_where_it_ended_and_leaves_nothing_out(signed_in: SignIn) -> None:
    chief, worker = signed_in(role="supervisor"), signed_in()
    planned = [_plan(chief, worker, start=start)["id"] for start in (24, 48, 72)]

    first = worker.get("shifts?limit=2").get_json()
    second = worker.get(f"shifts?limit=2&cursor={first['next']}").get_json()

    assert [row["id"] for row in first["items"] + second["items"]] == planned
    assert second["next"] is None


@pytest.mark.parametrize("query", ["from=0001-01-01", "to=9999-12-31", "cursor=x", "limit=0"])
def test_a_query_out_of_reach_is_told_as_a_fault(signed_in: SignIn, query: str) -> None:
    assert signed_in().get(f"shifts?{query}").status_code == 422


def _hours(**said: Any) -> dict[str, Any]:
    monday = {"weekday": 1, "opens": "10:00", "closes": "16:00"}
    return {"valid_from": clock.today().isoformat(), "days": [monday]} | said


def test_opening_hours_are_set_by_the_supervisor_and_read_by_all_staff(signed_in: SignIn) -> None:
    chief, address = signed_in(role="supervisor"), "sites/hagalund/opening-hours"
    assert chief.get(address).get_json()["version"] == 0

    answer = chief.send(address, _hours(), method="PUT", If_Match='"0"')

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    read = signed_in(role="analyst", sites=()).get(address).get_json()
    assert read["days"][0] == {"weekday": 1, "opens": "10:00", "closes": "16:00"}
    assert {(day["opens"], day["closes"]) for day in read["days"][1:]} == {(None, None)}
    assert signed_in().send(address, _hours(), method="PUT", If_Match='"1"').status_code == 403


def test_opening_hours_hold_until_the_next_change(signed_in: SignIn) -> None:
    chief, address = signed_in(role="supervisor"), "sites/hagalund/opening-hours"
    chief.send(address, _hours(valid_from="2026-01-01"), method="PUT", If_Match='"0"')
    closed = _hours(valid_from="2026-06-15", days=[])
    chief.send(address, closed, method="PUT", If_Match='"1"')

    def on(day: str) -> Any:
        hours = chief.get(f"{address}?on={day}").get_json()
        return hours["days"][0]["opens"] if hours["days"] else "unknown"

    assert [on("2025-12-31"), on("2026-01-01"), on("2026-06-14"), on("2026-06-15")] == [
        "unknown",
        "10:00",
        "10:00",
        None,
    ]
    assert chief.get(address).get_json()["changes"] == ["2026-01-01", "2026-06-15"]


def test_opening_hours_are_never_overwritten_unseen(signed_in: SignIn) -> None:
    chief, address = signed_in(role="supervisor"), "sites/hagalund/opening-hours"

    assert chief.send(address, _hours(), method="PUT").status_code == 428
    first = chief.send(address, _hours(), method="PUT", If_Match='"0"').get_json()
    assert chief.send(address, _hours(days=[]), method="PUT", If_Match='"0"').status_code == 412
    same = chief.send(address, _hours(), method="PUT", If_Match='"1"').get_json()
    assert (same, same["version"]) == (first, 1)
    shut = chief.send(address, _hours(days=[]), method="PUT", If_Match='"1"').get_json()
    assert (shut["version"], shut["days"][0]["opens"]) == (2, None)


def test_five_changes_of_the_hours_at_once_are_one(app: Flask, signed_in: SignIn) -> None:
    chief = signed_in(role="supervisor")
    browsers = [Visitor(app, chief.user) for _ in range(5)]

    def change(numbered: tuple[int, Visitor]) -> int:
        number, browser = numbered
        days = [{"weekday": 1, "opens": f"0{number}:00", "closes": "16:00"}]
        sent = _hours(days=days)
        path = "sites/hagalund/opening-hours"
        return browser.send(path, sent, method="PUT", If_Match='"0"').status_code

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(change, enumerate(browsers)))

    assert sorted(answers) == [200, 412, 412, 412, 412]


@pytest.mark.parametrize(
    ("days", "pointer"),
    [
        ([{"weekday": 8}], "/days/0/weekday"),
        ([{"weekday": 1}, {"weekday": 1}], "/days/1/weekday"),
        ([{"weekday": 1, "opens": "10:00"}], "/days/0/closes"),
        ([{"weekday": 1, "closes": "10:00"}], "/days/0/opens"),
        ([{"weekday": 1, "opens": "10:00", "closes": "10:00"}], "/days/0/closes"),
        ([{"weekday": 1, "opens": "25:00", "closes": "10:00"}], "/days/0/opens"),
        ([5], "/days/0"),
        ("monday", "/days"),
    ],
)
def test_hours_that_no_door_could_have_are_refused(
    signed_in: SignIn, days: Any, pointer: str
) -> None:
    answer = signed_in(role="supervisor").send(
        "sites/hagalund/opening-hours", _hours(days=days), method="PUT", If_Match='"0"'
    )

    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in answer.get_json()["errors"]]


def test_the_hours_of_another_site_are_not_ones_own_to_set(signed_in: SignIn) -> None:
    chief = signed_in(role="supervisor")

    other = chief.send("sites/bagartorp/opening-hours", _hours(), method="PUT", If_Match='"0"')

    assert other.get_json()["type"] == "/problems/not-your-site"
    assert chief.get("sites/atlantis/opening-hours").status_code == 404
    assert chief.get("sites/%00/opening-hours").status_code == 404
