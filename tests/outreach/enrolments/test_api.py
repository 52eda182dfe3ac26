"""Enrolments over HTTP: whose they are, what is answered, and to whom nothing is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from outreach.accounts.permissions import COMMITTEES
from outreach.accounts.service import actor_named
from outreach.foundation import clock
from tests.audience import ALLOWED
from tests.builders import Visitor, a_participant, an_actor, uuid7

SignIn = Callable[..., Visitor]
Enrol = Callable[..., tuple[UUID, UUID]]


def _actor(visitor: Visitor) -> Any:
    return actor_named(visitor.user.username)


def _closing(**said: Any) -> dict[str, Any]:
    return {"closing_result": "moved", "closed_on": clock.today().isoformat()} | said


def test_an_enrolment_is_listed_filled_in_given_away_and_closed(
    app: Flask, signed_in: SignIn, enrol: Enrol
) -> None:
    del app
    worker, colleague = signed_in(), an_actor()
    person, period = enrol(_actor(worker), income_before=["wage"])

    listed = worker.get(f"enrolments?participant={person}").get_json()
    assert [row["id"] for row in listed["items"]] == [str(period)]
    assert worker.get("enrolments?state=open").get_json()["items"] == listed["items"]
    assert worker.get(f"enrolments?participant={person}&state=closed").get_json()["items"] == []
    assert worker.get("enrolments?state=ajar").status_code == 422

    address = f"enrolments/{period}"
    given = {"occupation_before": {"code": "hourly", "extent": 20}}
    assert worker.send(address, given, method="PATCH").status_code == 428
    changed = worker.send(address, given, method="PATCH", If_Match='"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.get_json()["occupation_before"] == {"code": "hourly", "extent": 20}
    assert worker.get(address).get_json() == changed.get_json()
    stale = worker.send(address, given, method="PATCH", If_Match='"1"')
    assert (stale.status_code, stale.get_json()["current"]["version"]) == (412, 2)

    passed = {"worker": str(colleague.id), "reason": "moved_site"}
    assert worker.send(f"{address}/responsible", passed, method="PUT").status_code == 428
    given_away = worker.send(f"{address}/responsible", passed, method="PUT", If_Match='"2"')
    assert given_away.get_json()["responsible"]["id"] == str(colleague.id)
    refused = worker.send(f"{address}/close", _closing())
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/reason-required")


def test_closing_is_answered_with_what_stands_and_a_second_time_with_a_conflict(
    app: Flask, signed_in: SignIn, enrol: Enrol
) -> None:
    del app
    worker = signed_in()
    _, period = enrol(_actor(worker))
    address = f"enrolments/{period}/close"

    wrong = worker.send(address, _closing(start_date="2026-01-01", funded=True))
    assert {fault["pointer"] for fault in wrong.get_json()["errors"]} == {"/start_date", "/funded"}
    assert worker.send(address, _closing(), If_Match='"7"').status_code == 412
    closed = worker.send(address, _closing(income_after=["wage"]), If_Match='"1"')
    again = worker.send(address, _closing())

    assert (closed.status_code, closed.get_json()["group"]) == (200, "other")
    assert closed.get_json()["closed_by"]["id"] == str(worker.user.id)
    assert (again.status_code, again.get_json()["type"]) == (409, "/problems/enrolment-closed")


def test_whoever_is_back_begins_again(app: Flask, signed_in: SignIn) -> None:
    del app
    worker = signed_in()
    person = a_participant(_actor(worker))
    given = {"id": str(uuid7()), "participant_id": str(person), "route_in": "outreach"}

    made = worker.send("enrolments", given)
    again = worker.send("enrolments", given)
    other = worker.send("enrolments", given | {"route_in": "unknown"})
    second = worker.send("enrolments", given | {"id": str(uuid7())})

    assert [each.status_code for each in (made, again, other, second)] == [201, 200, 409, 409]
    assert made.get_json() == again.get_json()
    assert other.get_json()["type"] == "/problems/id-reuse"
    assert second.get_json()["type"] == "/problems/already-enrolled"


def test_the_worklists_tell_whom_to_think_of(app: Flask, signed_in: SignIn, enrol: Enrol) -> None:
    del app
    worker = signed_in()
    long_ago = (clock.today() - timedelta(days=120)).isoformat()
    _, silent = enrol(_actor(worker), opened_on=long_ago)
    _, working = enrol(_actor(worker), opened_on=long_ago)
    done = _closing(
        closing_result="osa_employment", start_date=long_ago, lasted_one_month="pending"
    )
    assert worker.send(f"enrolments/{working}/close", done).status_code == 200

    (one,) = worker.get("enrolments/without-contact").get_json()["items"]
    (other,) = worker.get("enrolments/month-checks").get_json()["items"]

    assert (one["enrolment_id"], one["name"], one["days"]) == (str(silent), "Elsa Nyström", 120)
    assert (other["enrolment_id"], other["name"]) == (str(working), None)
    assert other["began_on"] == long_ago


REQUESTS: dict[str, tuple[str, Callable[[UUID, UUID], Any], int]] = {
    "GET /api/v1/enrolments/<uuid:enrolment_id>": ("{period}", lambda *_: None, 200),
    "PATCH /api/v1/enrolments/<uuid:enrolment_id>": (
        "{period}", lambda *_: {"origin": "af"}, 200,
    ),
    "PUT /api/v1/enrolments/<uuid:enrolment_id>/responsible": (
        "{period}/responsible", lambda _, worker: {"worker": str(worker), "reason": "other"}, 200,
    ),
    "POST /api/v1/enrolments/<uuid:enrolment_id>/close": (
        "{period}/close", lambda *_: _closing(), 200,
    ),
    "GET /api/v1/enrolments": ("?participant={person}", lambda *_: None, 200),
    "POST /api/v1/enrolments": (
        "",
        lambda person, _: {
            "id": str(uuid7()), "participant_id": str(person), "route_in": "outreach",
        },
        409,
    ),
}  # fmt: skip
# They name nobody: everybody's own, which is nothing of somebody else's.
OWN_ALONE = {"GET /api/v1/enrolments/without-contact", "GET /api/v1/enrolments/month-checks"}


# Whoever has no right of their own, and what a person they ask for is.
STRANGERS = [
    pytest.param({"role": role, "committee": committee}, protected, id=f"{role} {committee} {kind}")
    for role in ("caseworker", "supervisor")
    for committee in COMMITTEES
    for kind, protected in (("ordinary", False), ("protected", True))
]


@pytest.mark.parametrize(("stranger", "protected"), STRANGERS)
@pytest.mark.parametrize("route", REQUESTS)
def test_an_enrolment_is_answered_to_those_alone_who_may_read_the_person(
    signed_in: SignIn,
    enrol: Enrol,
    route: str,
    stranger: dict[str, str],
    protected: bool,  # noqa: FBT001 - a case of the table
) -> None:
    path, body, right = REQUESTS[route]
    method = route.split(maxsplit=1)[0]
    anna = signed_in(committee="KN")
    person, period = enrol(_actor(anna), person={"protected": protected})

    def asked(visitor: Visitor) -> int:
        address = f"enrolments/{path}" if "{period}" in path else f"enrolments{path}"
        return visitor.send(
            address.format(person=person, period=period),
            body(person, anna.user.id),
            method=method,
            If_Match='"1"',
        ).status_code

    unknown = protected or stranger["committee"] == "SN"

    assert asked(signed_in(**stranger)) == (404 if unknown else 403)
    assert asked(anna) == right


def test_every_route_about_an_enrolment_is_asked_above() -> None:
    routes = {name for name in ALLOWED if "/api/v1/enrolments" in name}

    assert routes == {*REQUESTS, *OWN_ALONE}
