"""Checks over HTTP: listed, answered, taken back, and to whom nothing is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from outreach.accounts.permissions import COMMITTEES
from outreach.accounts.service import actor_named
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.participants import openings
from tests.audience import ALLOWED
from tests.builders import Visitor, an_actor

pytestmark = pytest.mark.usefixtures("wednesday", "app")

SignIn = Callable[..., Visitor]
Enrol = Callable[..., tuple[UUID, UUID]]
Standing = Callable[[UUID], dict[int, dict[str, Any]]]


def _as(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"]


def test_what_is_due_is_listed_answered_and_taken_back(signed_in: SignIn, worked: Enrol) -> None:
    worker = signed_in()
    person, period = worked(_as(worker))

    (item,) = worker.get("checks").get_json()["items"]
    assert (item["enrolment_id"], item["day"], item["state"]) == (str(period), 30, "due")
    assert (item["due_on"], item["name"]) == (clock.today().isoformat(), None)
    assert item["offered"] == ["yes", "no", "not_reached"]

    address = f"checks/{item['id']}/answer"
    tried = worker.send(address, {"answer": "not_reached"}, If_Match='"1"')
    assert (tried.status_code, tried.headers["ETag"]) == (200, '"2"')
    assert tried.get_json()["tried_on"] == [clock.today().isoformat()]
    assert worker.get("checks").get_json() == {"items": [], "next": None, "more": False}
    stale = worker.send(address, {"answer": "yes"}, If_Match='"1"')
    assert (stale.status_code, stale.get_json()["current"]["version"]) == (412, 2)

    said = worker.send(address, {"answer": "yes"}, If_Match='"2"')
    again = worker.send(address, {"answer": "yes"}, If_Match='"2"')
    other = worker.send(address, {"answer": "no"})
    assert (said.get_json(), said.headers["ETag"]) == (again.get_json(), '"3"')
    assert said.get_json()["said_by"]["id"] == str(worker.user.id)
    assert _refusal(other) == (409, "/problems/check-answered")

    undone = worker.send(address, method="DELETE", If_Match='"3"')
    twice = worker.send(address, method="DELETE", If_Match='"3"')
    assert undone.get_json() == twice.get_json()
    assert (undone.get_json()["answer"], undone.get_json()["tried_on"]) == (None, [])
    openings.open_participant(by=_as(worker), id=person, given={"reason": "calling"})
    kept = worker.get(f"enrolments/{period}").get_json()
    assert (kept["lasted_one_month"], kept["version"]) == ("pending", 4)


def test_a_check_is_listed_by_a_day_and_by_its_person(signed_in: SignIn, worked: Enrol) -> None:
    worker = signed_in()
    person, _ = worked(_as(worker), ago=20)
    soon = (clock.today() + timedelta(days=12)).isoformat()

    assert worker.get("checks").get_json()["items"] == []
    assert [row["day"] for row in worker.get(f"checks?due={soon}").get_json()["items"]] == [30]
    assert worker.get("checks?due=soon").status_code == 422
    refused = worker.get(f"checks?participant={person}")
    assert _refusal(refused) == (403, "/problems/reason-required")
    openings.open_participant(by=_as(worker), id=person, given={"reason": "calling"})
    both = worker.get(f"checks?participant={person}").get_json()["items"]
    assert [(row["day"], row["state"], row["offered"]) for row in both] == [
        (30, "coming", []), (90, "coming", []),
    ]  # fmt: skip
    early = worker.send(f"checks/{both[0]['id']}/answer", {"answer": "yes"})
    assert _refusal(early) == (409, "/problems/check-not-due")
    assert "tre dagar" in early.get_json()["detail"]


def test_what_is_no_answer_is_told_where_it_is_wrong(signed_in: SignIn, worked: Enrol) -> None:
    worker = signed_in()
    worked(_as(worker))
    check = worker.get("checks").get_json()["items"][0]["id"]

    for body in ({}, {"answer": "perhaps"}, {"answer": "yes", "why": "x"}):
        refused = worker.send(f"checks/{check}/answer", body)
        assert refused.status_code == 422
        assert refused.get_json()["errors"][0]["pointer"] in {"/answer", "/why"}


REQUESTS = {
    "GET /api/v1/checks": ("checks?participant={person}", None),
    "POST /api/v1/checks/<uuid:check_id>/answer": ("checks/{check}/answer", {"answer": "yes"}),
    "DELETE /api/v1/checks/<uuid:check_id>/answer": ("checks/{check}/answer", None),
}
STRANGERS = [
    pytest.param({"role": role, "committee": committee}, protected, id=f"{role} {committee} {kind}")
    for role in ("caseworker", "supervisor")
    for committee in COMMITTEES
    for kind, protected in (("ordinary", False), ("protected", True))
]


@pytest.mark.parametrize(("stranger", "protected"), STRANGERS)
@pytest.mark.parametrize("route", REQUESTS)
def test_a_check_is_answered_to_those_alone_who_may_read_the_person_or_are_to_ask(
    signed_in: SignIn,
    worked: Enrol,
    standing: Standing,
    route: str,
    stranger: dict[str, str],
    *,
    protected: bool,
) -> None:
    path, body = REQUESTS[route]
    person, _ = worked(an_actor(), person={"protected": protected})
    visitor = signed_in(**stranger)

    answer = visitor.send(
        path.format(person=person, check=standing(person)[30]["id"]),
        body,
        method=route.split(maxsplit=1)[0],
    )

    unknown = protected or stranger["committee"] == "SN"
    assert answer.status_code == (404 if unknown else 403)
    assert standing(person)[30]["version"] == 1
    assert visitor.get("checks").get_json()["items"] == []


def test_every_route_about_a_check_is_asked_above() -> None:
    assert {name for name in ALLOWED if "/api/v1/checks" in name} == set(REQUESTS)
