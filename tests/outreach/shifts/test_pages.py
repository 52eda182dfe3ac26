"""The pages of shifts: a week, planning and changing, closed days, hours on the door, closing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts import service as accounts
from outreach.accounts.models import User
from outreach.foundation import clock
from outreach.shifts import closures, opening_hours, rules, service
from tests.builders import Visitor, a_user, uuid7

SignIn = Callable[..., Visitor]
HOUR = timedelta(hours=1)
# The next Thursday but one: ahead of now whatever day it is.
DAY = rules.week_of(clock.today())[3] + timedelta(days=14)


@pytest.fixture
def chief(signed_in: SignIn) -> Visitor:
    return signed_in(role="supervisor", name="Karin Ek")


def _post(visitor: Visitor, path: str, **form: Any) -> TestResponse:
    token = visitor.headers["X-CSRF-Token"]
    return visitor.client.post(path, data={"csrf_token": token, **form})


def _form(*workers: User, **said: str) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "site": "hagalund",
        "activity": "open",
        "day": DAY.isoformat(),
        "starts": "10:00",
        "ends": "16:00",
        "workers": [worker.username for worker in workers],
    } | said


def _planned(chief: Visitor, *workers: User, **said: str) -> dict[str, Any]:
    """Plan a shift on the page and return it as it is kept."""
    form = _form(*workers, **said)
    assert _post(chief, "/pass", **form).status_code == 303
    return _shift(chief.user, form["id"])


def _shift(user: User, id: str) -> dict[str, Any]:
    return service.shift(by=accounts.actor_named(user.username), id=UUID(id))


def _begun(user: User, begin: datetime, end: datetime | None = None) -> dict[str, Any]:
    given = {
        "id": str(uuid7()),
        "site": "hagalund",
        "activity": "open",
        "starts_at": begin.isoformat(),
        "ends_at": end.isoformat() if end else None,
    }
    return service.open_shift(by=accounts.actor_named(user.username), given=given)[0]


def _week(day: date = DAY) -> str:
    year, number, _ = day.isocalendar()
    return f"/pass?vecka={year}-W{number:02}"


def _local(instant: datetime) -> str:
    return f"{clock.local(instant):%Y-%m-%d %H:%M}"


def test_a_planned_shift_stands_in_its_week_with_who_works(chief: Visitor) -> None:
    worker = a_user(name="Åsa Lind")

    answer = _post(chief, "/pass", **_form(worker))

    assert (answer.status_code, answer.headers["Location"]) == (303, _week())
    page = chief.get(_week()).text
    assert "10:00–16:00" in page
    assert "Åsa Lind" in page
    assert "10:00–16:00" not in chief.get("/pass").text


def test_the_same_form_sent_twice_plans_one_shift(chief: Visitor) -> None:
    form = _form(a_user())

    answers = [_post(chief, "/pass", **form).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert chief.get(_week()).text.count("10:00–16:00</a>") == 1


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({}, True),
        ({"starts": "15:00", "ends": "18:00"}, True),
        ({"starts": "16:00", "ends": "18:00"}, False),
        ({"day": (DAY + timedelta(days=1)).isoformat()}, False),
    ],
)
def test_whoever_is_planned_twice_at_once_is_asked_about(
    chief: Visitor, said: dict[str, str], *, asked: bool
) -> None:
    worker = a_user()
    _planned(chief, worker)

    answer = _post(chief, "/pass", **_form(worker, **said))

    assert answer.status_code == 303
    told = "Samma person har redan ett pass då. Är det meningen?" in chief.get(_week()).text
    assert told is asked


def test_nobody_is_asked_about_others_shifts_or_cancelled_ones_or_the_same_form_again(
    chief: Visitor,
) -> None:
    worker = a_user()
    cancelled = _planned(chief, worker)
    _post(chief, f"/pass/{cancelled['id']}/stall-in", version="1")
    _planned(chief, a_user())
    form = _form(worker)

    for _ in range(2):
        _post(chief, "/pass", **form)

    assert "Samma person" not in chief.get(_week()).text


def test_everything_wrong_is_told_at_once_and_nothing_typed_is_lost(chief: Visitor) -> None:
    wrong = _form(day="2026-13-40", starts="ten", ends="16:00", activity="party")

    answer = _post(chief, "/pass", **wrong)

    assert answer.status_code == 422
    told = re.findall(r'<li><a href="#(\w+)">', answer.text)
    assert told == ["activity", "day", "starts", "workers"]
    assert ">Vilka arbetar? Välj" in answer.text
    for value in ("2026-13-40", "ten", "16:00", wrong["id"]):
        assert f'value="{value}"' in answer.text


def test_ticked_colleagues_stay_ticked_when_a_form_comes_back(chief: Visitor) -> None:
    worker = a_user()

    answer = _post(chief, "/pass", **_form(worker, ends="09:00"))

    assert answer.status_code == 422
    assert "Slutet ska vara efter starten." in answer.text
    assert re.search(rf'value="{worker.username}" checked', answer.text)


def test_an_evening_that_ends_after_midnight_ends_the_next_day(chief: Visitor) -> None:
    row = _planned(chief, a_user(), starts="20:00", ends="01:00")

    assert row["ends_at"] - row["starts_at"] == 5 * HOUR


def test_a_shift_is_changed_from_the_version_that_the_form_showed(chief: Visitor) -> None:
    worker, other = a_user(), a_user()
    row = _planned(chief, worker)
    path = f"/pass/{row['id']}"
    assert f'value="{worker.username}" checked' in chief.get(path).text

    first = _post(chief, path, **_form(worker, other, ends="15:00", version="1"))
    stale = _post(chief, path, **_form(worker, ends="14:00", version="1"))

    assert first.status_code == 303
    assert stale.status_code == 412
    assert 'value="14:00"' in stale.text
    kept = _shift(chief.user, str(row["id"]))
    assert f"{clock.local(kept['ends_at']):%H:%M}" == "15:00"
    assert len(kept["workers"]) == 2


def test_a_cancelled_shift_is_marked_and_kept(chief: Visitor) -> None:
    row = _planned(chief, a_user())

    answer = _post(chief, f"/pass/{row['id']}/stall-in", version="1")

    assert answer.status_code == 303
    assert "Inställt" in chief.get(_week()).text
    again = _post(chief, f"/pass/{row['id']}/stall-in", version="2")
    assert again.status_code == 409
    assert "Passet är redan avslutat" in again.text


def test_what_became_of_a_shift_is_told_in_the_week(chief: Visitor) -> None:
    begin = clock.now() - 3 * HOUR
    running = _begun(chief.user, begin)
    closed = _begun(chief.user, begin, begin + 2 * HOUR)
    hours = {"started_at": begin.isoformat(), "ended_at": (begin + HOUR).isoformat()}
    service.close_shift(by=accounts.actor_named(chief.user.username), id=closed["id"], given=hours)

    page = chief.get(_week(clock.local(begin).date())).text

    assert running["id"] != closed["id"]
    assert "Pågår" in page
    assert "Klart" in page
    assert f"{clock.local(begin):%H:%M}–{clock.local(begin + HOUR):%H:%M}" in page


def test_a_shift_that_runs_as_planned_is_not_told_to_have_become_anything_else(
    chief: Visitor,
) -> None:
    begin = clock.now() - HOUR
    _begun(chief.user, begin, begin + 6 * HOUR)

    page = chief.get(_week(clock.local(begin).date())).text

    assert "Pågår" in page
    assert "blev" not in page


def test_a_caseworker_reads_the_week_but_finds_nothing_to_change(
    chief: Visitor, signed_in: SignIn
) -> None:
    row = _planned(chief, a_user(name="Åsa Lind"))

    page = signed_in().get(_week()).text

    assert "Åsa Lind" in page
    assert f"/pass/{row['id']}" not in page
    assert "/pass/ny" not in page
    assert "/pass/stangt" not in page


def test_another_sites_supervisor_sees_and_reaches_nothing(
    chief: Visitor, signed_in: SignIn
) -> None:
    row = _planned(chief, a_user(name="Åsa Lind"))
    stranger = signed_in(role="supervisor", sites=("bagartorp",), committee="SN")

    assert "Åsa Lind" not in stranger.get(_week()).text
    assert stranger.get(f"/pass/{row['id']}").status_code == 404
    assert _post(stranger, f"/pass/{row['id']}", **_form(version="1")).status_code == 404
    assert _post(stranger, f"/pass/{row['id']}/stall-in", version="1").status_code == 404
    assert _post(stranger, "/pass", **_form(a_user())).status_code == 403
    assert stranger.get("/pass/oppettider/hagalund").status_code == 404


def test_where_there_are_several_sites_the_place_is_asked_first(signed_in: SignIn) -> None:
    chief = signed_in(role="supervisor", sites=("hagalund", "bagartorp"))

    assert 'name="plats"' in chief.get("/pass/ny").text
    form = chief.get("/pass/ny?plats=bagartorp&dag=2026-11-27").text
    assert 'name="site" value="bagartorp"' in form
    assert 'value="2026-11-27"' in form


@pytest.mark.parametrize("week", ["", "2026-W54", "0001-W01", "9999-W52", "x", "2026-11-23"])
def test_a_week_that_is_none_of_ours_shows_this_one(chief: Visitor, week: str) -> None:
    number = clock.today().isocalendar().week

    answer = chief.get(f"/pass?vecka={week}")

    assert answer.status_code == 200
    assert f"Vecka {number}" in answer.text


def test_a_closure_shows_in_its_week_and_can_be_taken_back(chief: Visitor) -> None:
    form = {
        "id": str(uuid7()),
        "site": "hagalund",
        "first_day": DAY.isoformat(),
        "last_day": DAY.isoformat(),
        "note": "Vi har utbildning.",
    }
    assert _post(chief, "/pass/stangt", **form).status_code == 303
    assert chief.get(_week()).text.count("Vi har utbildning.") >= 2
    assert "Platsen är stängd då" in chief.get(f"/pass/ny?dag={DAY}").text

    answer = _post(chief, f"/pass/stangt/{form['id']}/ta-tillbaka")

    assert answer.status_code == 303
    assert "Vi har utbildning." not in chief.get(_week()).text
    assert closures.closures(sites=["hagalund"], first=DAY, last=DAY) == []


def test_a_closure_with_faults_comes_back_as_it_was_typed(chief: Visitor) -> None:
    before = (DAY - timedelta(days=1)).isoformat()

    answer = _post(
        chief,
        "/pass/stangt",
        id=str(uuid7()),
        site="hagalund",
        first_day=DAY.isoformat(),
        last_day=before,
        note="Hej då",
    )

    assert answer.status_code == 422
    assert 'id="last_day-error"' in answer.text
    assert 'value="Hej då"' in answer.text


def test_opening_hours_are_set_on_their_page_and_stand_in_the_week(chief: Visitor) -> None:
    form = {"valid_from": "2026-01-01", "version": "0", "opens-4": "09:30", "closes-4": "15:30"}

    answer = _post(chief, "/pass/oppettider/hagalund", **form)

    assert answer.status_code == 303
    assert "09:30–15:30" in chief.get("/pass/oppettider").text
    assert chief.get(_week()).text.count("09:30–15:30") == 1
    assert 'value="09:30"' in chief.get("/pass/oppettider/hagalund").text


def test_a_fault_in_the_hours_stands_at_its_own_weekday(chief: Visitor) -> None:
    form = {
        "valid_from": "2026-01-01",
        "version": "0",
        "opens-2": "16:00",
        "closes-2": "10:00",
        "opens-5": "10:00",
        "closes-7": "x",
    }

    answer = _post(chief, "/pass/oppettider/hagalund", **form)

    assert answer.status_code == 422
    told = set(re.findall(r'<a href="#([\w-]+)">', answer.text))
    assert {"closes-2", "closes-5", "closes-7"} <= told
    assert 'value="16:00"' in answer.text
    assert opening_hours.opening_hours(site="hagalund")["version"] == 0


def test_hours_that_somebody_else_has_set_meanwhile_are_not_overwritten(chief: Visitor) -> None:
    form = {"valid_from": "2026-01-01", "version": "0"}
    _post(chief, "/pass/oppettider/hagalund", **form)

    answer = _post(chief, "/pass/oppettider/hagalund", **form, **{"opens-1": "10:00"})

    assert answer.status_code == 412
    assert "Visa hur tiderna är nu" in answer.text


def test_the_note_for_the_door_names_nobody(chief: Visitor) -> None:
    _planned(chief, a_user(name="Åsa Lind"))

    page = chief.get(f"{_week()}&plats=hagalund").text

    note = page[page.index("door-note ") :]
    assert "10:00–16:00" in note
    assert "Åsa" not in note


def test_a_forgotten_shift_is_told_on_the_field_page_with_a_way_to_close_it(
    signed_in: SignIn,
) -> None:
    worker = signed_in(roles=["caseworker", "supervisor"])
    row = _begun(worker.user, clock.now() - 48 * HOUR)

    page = worker.get("/falt").text

    assert "är inte stängt." in page
    assert f'href="/pass/{row["id"]}/stang"' in page
    assert "är inte stängt." not in signed_in().get("/falt").text


@pytest.mark.parametrize(
    ("ago", "words"), [(1, "i går"), (2, "i tisdags"), (6, "i fredags"), (7, "8 januari")]
)
def test_a_forgotten_shifts_day_is_told_as_one_speaks_of_it(
    app: Flask, ago: int, words: str
) -> None:
    user = a_user(roles=["caseworker", "supervisor"])
    with time_machine.travel("2026-01-15T15:00:00+01:00", tick=False):
        visitor = Visitor(app, user)
        _begun(user, clock.now() - timedelta(days=ago))

        page = visitor.get("/falt").text

    assert f"Hagalund: passet {words} är inte stängt." in page


def _close(visitor: Visitor, row: dict[str, Any], starts: str, ends: str) -> TestResponse:
    return _post(visitor, f"/pass/{row['id']}/stang", starts=starts, ends=ends)


def test_an_evening_shift_is_closed_after_midnight(app: Flask) -> None:
    user = a_user(roles=["caseworker", "supervisor"])
    with time_machine.travel("2026-01-16T00:40:00+01:00", tick=False):
        visitor = Visitor(app, user)
        row = _begun(user, clock.now() - 5 * HOUR)

        answer = _close(visitor, row, "19:40", "00:30")

    assert answer.status_code == 303
    kept = _shift(user, str(row["id"]))
    assert _local(kept["ended_at"]) == "2026-01-16 00:30"


@pytest.mark.parametrize(
    ("starts", "ends", "fault"),
    [
        ("00:00", "00:00", "Slutet ska vara efter starten."),
        ("10:00", "09:00", "Slutet ska vara efter starten."),
        ("10:00", "17:00", "Passet kan inte sluta längre fram än nu."),
        ("ten", "15:00", "Skriv klockslag som 10:30."),
    ],
)
def test_hours_typed_by_mistake_are_told_and_stay_in_the_form(
    app: Flask, starts: str, ends: str, fault: str
) -> None:
    user = a_user()
    with time_machine.travel("2026-01-15T15:00:00+01:00", tick=False):
        visitor = Visitor(app, user)
        row = _begun(user, clock.now() - 5 * HOUR)

        answer = _close(visitor, row, starts, ends)

    assert answer.status_code == 422
    assert fault in answer.text
    assert f'value="{starts}"' in answer.text
    assert f'value="{ends}"' in answer.text
    assert _shift(user, str(row["id"]))["closed_at"] is None


def test_the_night_when_clocks_go_back_is_closed_on_the_wall_clock(app: Flask) -> None:
    user = a_user(roles=["caseworker", "supervisor"])
    with time_machine.travel("2026-10-25T07:00:00+01:00", tick=False):
        visitor = Visitor(app, user)
        row = _begun(user, rules.on_the_wall(date(2026, 10, 24), "22:00"))

        answer = _close(visitor, row, "22:00", "06:00")

    assert answer.status_code == 303
    kept = _shift(user, str(row["id"]))
    assert kept["ended_at"] - kept["started_at"] == 9 * HOUR


def test_a_forgotten_shift_is_offered_its_planned_end_and_its_day(app: Flask) -> None:
    user = a_user(roles=["caseworker", "supervisor"])
    with time_machine.travel("2026-01-15T15:00:00+01:00", tick=False):
        visitor = Visitor(app, user)
        begin = clock.now() - 53 * HOUR
        planned, unplanned = _begun(user, begin, begin + 6 * HOUR), _begun(user, begin)

        first = visitor.get(f"/pass/{planned['id']}/stang").text
        second = visitor.get(f"/pass/{unplanned['id']}/stang").text

    assert "i tisdags" in first
    assert 'value="16:00"' in first
    assert 'value="15:00"' not in second


def test_a_supervisor_who_closes_a_shift_is_led_back_to_the_week(chief: Visitor) -> None:
    begin = clock.now() - 3 * HOUR
    row = _begun(chief.user, begin)
    last = clock.now() - HOUR
    hours = {"starts": f"{clock.local(begin):%H:%M}", "ends": f"{clock.local(last):%H:%M}"}

    answer = _post(chief, f"/pass/{row['id']}/stang", **hours)

    told = (answer.status_code, answer.headers.get("Location"))
    assert told == (303, "/pass") or clock.local(begin).date() != clock.local(last).date()


def test_a_free_day_is_named_in_the_week_and_offers_to_close_with_a_note(chief: Visitor) -> None:
    day = date(clock.today().year + 1, 6, 6)
    page = chief.get(_week(day)).text

    assert "Nationaldagen" in page
    assert f'href="/pass/stangt/ny?dag={day}"' in page
    assert 'value="Nationaldagen"' in chief.get(f"/pass/stangt/ny?dag={day}").text
    assert "Dagen är Nationaldagen." in chief.get(f"/pass/ny?plats=hagalund&dag={day}").text


def test_whoever_only_reads_the_week_is_not_offered_to_close(signed_in: SignIn) -> None:
    day = date(clock.today().year + 1, 6, 6)

    page = signed_in().get(_week(day)).text

    assert "Nationaldagen" in page
    assert "/pass/stangt/ny" not in page
