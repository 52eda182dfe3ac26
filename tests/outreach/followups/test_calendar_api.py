"""The calendar that a phone follows, over HTTP: read back as phones do, and what nobody is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts import guard, tokens
from outreach.accounts.limits import Limiter
from outreach.accounts.permissions import SCOPES
from outreach.accounts.service import actor_named
from outreach.followups import booking, calendars, outcomes
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.staff import service as staff
from tests import canaries
from tests.builders import (
    Visitor,
    a_code,
    a_followup,
    a_participant,
    an_actor,
    commit,
    uuid7,
)
from tests.calendar_files import events_in
from tests.canaries import found_in

SignIn = Callable[..., Visitor]


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


def _actor(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _made(visitor: Visitor, **given: Any) -> dict[str, Any]:
    answer = visitor.send("calendars", given)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def _asked(app: Flask, url: str, **headers: str) -> TestResponse:
    """Ask as a phone does: with the address, and nothing that tells who asks."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get(urlsplit(url).path, headers=named)


def _events(app: Flask, url: str) -> list[Any]:
    answer = _asked(app, url)
    assert answer.status_code == 200
    return events_in(answer.data)


def _in(**time: float) -> str:
    """Return a time from now on, to the second: calendars know no less."""
    return (clock.now().replace(microsecond=0) + timedelta(**time)).isoformat()


def _met(by: Actor, **said: Any) -> dict[str, Any]:
    given = {"recognition_code": a_code(by)["code"], "starts_at": _in(hours=1)}
    return a_followup(by, **given | said)


def test_a_calendar_is_made_listed_without_its_address_asked_for_and_ended(
    app: Flask, anna: Visitor
) -> None:
    meeting = _met(_actor(anna))

    made = _made(anna)
    [event] = _events(app, made["url"])
    listed = anna.get("calendars")
    ended = anna.send(f"calendars/{made['id']}", method="DELETE")

    assert made["url"] == f"http://localhost/api/v1/calendars/{made['token']}.ics"
    assert (event.start, event.end) == (meeting["starts_at"], meeting["ends_at"])
    assert listed.get_json()["items"] == [
        {
            "id": made["id"],
            "created_at": made["created_at"],
            "last_fetched_on": clock.today().isoformat(),
        }
    ]
    assert made["token"] not in listed.text
    assert ended.status_code == 204
    assert _asked(app, made["url"]).status_code == 404
    assert anna.get("calendars").get_json() == {"items": [], "next": None}
    assert anna.send(f"calendars/{made['id']}", method="DELETE").status_code == 404


def test_what_is_answered_is_a_calendar_for_its_owner_alone(app: Flask, anna: Visitor) -> None:
    answer = _asked(app, _made(anna)["url"])

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


def test_what_has_not_changed_is_not_sent_again(app: Flask, anna: Visitor) -> None:
    _met(_actor(anna))
    url = _made(anna)["url"]
    first = _asked(app, url)

    again = _asked(app, url, If_None_Match=first.headers["ETag"])
    _met(_actor(anna), starts_at=_in(days=1))
    changed = _asked(app, url, If_None_Match=first.headers["ETag"])

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert (changed.status_code, len(events_in(changed.data))) == (200, 2)


def test_a_meeting_is_called_the_same_whoever_it_is_with_and_stands_where_it_is(
    app: Flask, anna: Visitor
) -> None:
    by = _actor(anna)
    _met(by, place="hagalund")
    _met(by, place="remote", starts_at=_in(days=1))
    url = _made(anna)["url"]

    told = [(str(each["SUMMARY"]), str(each["LOCATION"])) for each in _events(app, url)]
    [english, _] = events_in(_asked(app, url, Accept_Language="en-GB").data)

    assert told == [("Bokat möte", "Hagalund"), ("Bokat möte", "Telefon eller digitalt")]
    assert str(english["SUMMARY"]) == "Booked meeting"
    assert {str(each["CLASS"]) for each in _events(app, url)} == {"PRIVATE"}


def test_what_was_moved_or_called_off_is_dropped_by_the_phone(app: Flask, anna: Visitor) -> None:
    by, url = _actor(anna), _made(anna)["url"]
    moved, called_off = _met(by), _met(by, starts_at=_in(hours=3))
    given = {"id": str(uuid7()), "starts_at": _in(days=1), "asked_by": "worker"}
    booking.reschedule(by=by, id=moved["id"], given=given, expected=None)
    outcomes.set_outcome(by=by, id=called_off["id"], given={"state": "cancelled_by_us"})

    told = [(str(each["STATUS"]), str(each["TRANSP"])) for each in _events(app, url)]

    assert told == [
        ("CANCELLED", "TRANSPARENT"),
        ("CANCELLED", "TRANSPARENT"),
        ("CONFIRMED", "OPAQUE"),
    ]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        # Three o'clock comes right after two; half past two is not there.
        (date(2026, 3, 29), [(1, 30, 0), (3, 0, 0), (10, 0, 0)]),
        # Half past two is there twice.
        (date(2026, 10, 25), [(2, 30, 0), (2, 30, 1), (3, 30, 0), (10, 0, 0)]),
        (date(2027, 3, 28), [(1, 30, 0), (3, 0, 0), (23, 0, 0)]),
        (date(2027, 10, 31), [(2, 0, 0), (2, 0, 1), (23, 30, 0)]),
    ],
    ids=str,
)
def test_times_are_right_on_the_days_when_the_clocks_change(
    app: Flask, day: date, hours: list[tuple[int, int, int]]
) -> None:
    local = [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.STOCKHOLM, fold=fold)
        for hour, minute, fold in hours
    ]
    with time_machine.travel(local[0] - timedelta(days=7), tick=False):
        by = an_actor()
        _, secret = calendars.make_calendar(by=by, given={})
        for each in local:
            _met(by, starts_at=each.isoformat())

        read = _events(app, f"/api/v1/calendars/{secret}.ics")

    begun = [(clock.local(each.start), each.end - each.start) for each in read]
    assert [each.utcoffset() for each, _ in begun] == [each.utcoffset() for each in local]
    assert [f"{each:%F %H:%M}" for each, _ in begun] == [f"{each:%F %H:%M}" for each in local]
    assert {took for _, took in begun} == {timedelta(minutes=30)}


def test_each_address_tells_of_its_own_and_of_nobody_else(app: Flask, signed_in: SignIn) -> None:
    anna, samir = signed_in(), signed_in()
    urls = [_made(each)["url"] for each in (anna, samir)]
    meetings = [_met(_actor(anna)), _met(_actor(samir), starts_at=_in(days=1))]

    for url, meeting in zip(urls, meetings, strict=True):
        assert [each.start for each in _events(app, url)] == [meeting["starts_at"]]
    # Whoever is signed in as somebody else is told of whose address it is.
    answer = samir.client.get(urlsplit(urls[0]).path)
    assert [each.start for each in events_in(answer.data)] == [meetings[0]["starts_at"]]
    [theirs] = samir.get("calendars").get_json()["items"]
    assert anna.send(f"calendars/{theirs['id']}", method="DELETE").status_code == 404
    assert _asked(app, urls[1]).status_code == 200


def test_one_that_is_unknown_ended_or_of_somebody_who_has_left_is_refused_alike(
    app: Flask, signed_in: SignIn
) -> None:
    revoked, closed, moved_on = (signed_in() for _ in range(3))
    urls = [_made(each)["url"] for each in (revoked, closed, moved_on)]
    [row] = revoked.get("calendars").get_json()["items"]
    revoked.send(f"calendars/{row['id']}", method="DELETE")
    staff.close_user(by=system("test"), id=closed.user.id)
    staff.change_user(
        by=system("test"), id=moved_on.user.id, expected=1, given={"roles": ["analyst"]}
    )
    replaced = _made(known := signed_in())["url"]
    _made(known)

    told = []
    for url in (*urls, replaced, "/api/v1/calendars/oc_unknown.ics", "/api/v1/calendars/å.ics"):
        answer = _asked(app, url)
        assert answer.mimetype == "application/problem+json"
        body = answer.get_json()
        told.append({name: body[name] for name in ("status", "type", "title", "detail")})
        assert answer.headers["Cache-Control"] == "no-store"

    assert len(told) == 6
    assert all(each == told[0] for each in told)
    assert told[0]["type"] == "/problems/not-found"


def test_a_machines_key_makes_none_for_the_address_would_outlive_it(
    app: Flask, anna: Visitor
) -> None:
    given = {
        "id": str(uuid7()),
        "name": "Kalender",
        "username": anna.user.username,
        "scopes": [*SCOPES],
    }
    _, secret = tokens.create_token(by=system("test"), given=given)
    bearer = {"Authorization": f"Bearer {secret}"}

    refused = app.test_client().post("/api/v1/calendars", json={}, headers=bearer)

    assert refused.status_code == 403


def test_wrong_addresses_are_counted_on_where_they_come_from(
    app: Flask, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = _made(anna)["url"]
    monkeypatch.setattr(guard, "limiter", Limiter())
    monkeypatch.setitem(app.config, "RATE_LIMIT", "3 per minute")

    wrong = [_asked(app, f"/api/v1/calendars/oc_{number}.ics") for number in range(5)]

    assert [answer.status_code for answer in wrong] == [404, 404, 404, 429, 429]
    assert int(wrong[-1].headers["Retry-After"]) > 0
    assert _asked(app, url).status_code == 429


def _a_meeting_full_of_canaries(anna: Actor, colleague: Actor) -> list[str]:
    """Book and move a meeting of which every word is a canary; return what must be nowhere."""
    person = a_participant(
        anna,
        given_name=canaries.GIVEN_NAME,
        family_name=canaries.FAMILY_NAME,
        number=canaries.NUMBER,
        phone=canaries.PHONE,
        email=canaries.EMAIL,
    )
    meeting = a_followup(
        anna,
        participant_id=str(person),
        workers=[str(anna.id), str(colleague.id)],
        purpose=canaries.PURPOSE,
        language="ti",
        interpreter_needed=True,
        reminder="sms",
    )
    given = {
        "id": str(uuid7()),
        "starts_at": _in(days=1),
        "asked_by": "team",
        "why": canaries.REASON,
    }
    moved = booking.reschedule(by=anna, id=meeting["id"], given=given, expected=None)
    said = {"state": "cancelled_by_us", "why_not": canaries.NOTE}
    outcomes.set_outcome(by=anna, id=moved["id"], given=said)
    code = a_code(anna)["code"]
    by_code = a_followup(
        anna, recognition_code=code, purpose="CV", starts_at=_in(days=2), language="ti"
    )
    ids = [person, meeting["id"], moved["id"], by_code["id"], anna.id, colleague.id]
    return [
        *canaries.CANARIES,
        meeting["case_number"],
        code,
        anna.name,
        colleague.name,
        anna.username,
        "Tigrinja",
        *(str(each) for each in ids),
        *(each.hex for each in ids),
    ]


def test_nothing_that_anybody_wrote_or_is_called_is_in_the_calendar_its_address_or_a_log(
    app: Flask, anna: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    never = _a_meeting_full_of_canaries(_actor(anna), an_actor())
    commit()
    with caplog.at_level(logging.DEBUG):
        made = _made(anna)
        answer = _asked(app, made["url"])
        _asked(app, made["url"], If_None_Match=answer.headers["ETag"])
        _asked(app, f"{made['url']}x")
        app.test_client().post(urlsplit(made["url"]).path)
        anna.send(f"calendars/{made['id']}", method="DELETE")
        _asked(app, made["url"])
        metrics = app.test_client().get("/metrics").data

    assert len(events_in(answer.data)) == 3
    unfolded = answer.data.replace(b"\r\n ", b"")
    assert found_in(unfolded, never) == set()
    assert found_in(made["url"].encode(), never) == set()
    assert found_in(str(answer.headers).encode(), never) == set()
    logged = repr([(record.msg, record.args) for record in caplog.records]).encode()
    assert b"/api/v1/calendars/<token>.ics" in logged
    assert b"/api/v1/calendars/<token>.ics" in metrics
    for told in (logged, metrics, caplog.text.encode()):
        assert found_in(told, [*canaries.CANARIES, made["token"]]) == set()
