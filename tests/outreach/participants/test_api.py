"""Participants over HTTP: statuses, versions, problems, and addresses that name nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts import tokens
from outreach.accounts.service import actor_named
from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.errors import RuleBroken
from tests.builders import Visitor, a_number, a_participant, an_actor, commit, uuid7

SignIn = Callable[..., Visitor]


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    """A caseworker's browser."""
    return signed_in()


@pytest.fixture
def elsa(anna: Visitor) -> str:
    """The address of somebody whom the caseworker is responsible for."""
    return _of(anna, number=a_number(), phone="070-174 06 05")


def _of(visitor: Visitor, **said: Any) -> str:
    return f"participants/{a_participant(actor_named(visitor.user.username), **said)}"


def _problem(answer: TestResponse) -> tuple[int, str, list[str]]:
    body = answer.get_json()
    assert answer.mimetype == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= body.keys()
    assert body["status"] == answer.status_code
    pointers = [fault["pointer"] for fault in body.get("errors", ())]
    return answer.status_code, body["type"].removeprefix("/problems/"), pointers


def test_a_person_is_answered_whole_to_whoever_is_responsible(anna: Visitor, elsa: str) -> None:
    answer = anna.get(elsa)

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    assert "no-store" in answer.headers["Cache-Control"]
    row = answer.get_json()
    assert row.pop("case_number").startswith(f"JV-{clock.today().year}-")
    assert row.pop("registered_at")
    assert row == {
        "id": elsa.partition("/")[2],
        "committee": "KN",
        "given_name": "Elsa",
        "family_name": "Nyström",
        "birth_date": "1990-01-01",
        "number": a_number(),
        "phone": "+46701740605",
        "email": None,
        "language": None,
        "interpreter": None,
        "contact_preference": {
            "sms": "unknown",
            "call": "unknown",
            "email": "unknown",
            "leave_message": False,
            "say_where_from": False,
            "shared_phone": False,
            "safe_hours": None,
        },
        "protected": False,
        "responsible": {"id": str(anna.user.id), "name": anna.user.name},
        "next_step": None,
        "right": "caseload",
        "restricted_at": None,
        "version": 1,
    }


def test_a_colleague_is_told_that_a_reason_is_needed_and_then_answered(
    elsa: str, signed_in: SignIn
) -> None:
    eva = signed_in()

    assert _problem(eva.get(elsa)) == (403, "reason-required", [])
    opened = eva.send(f"{elsa}/openings", {"reason": "other", "note": "Elsa ringde"})
    assert opened.status_code == 201
    assert opened.get_json().keys() == {"id", "participant_id", "reason", "opened_at", "ends_at"}
    assert eva.get(elsa).get_json()["right"] == "opening"


def test_nobody_is_told_of_the_other_committees_people_or_of_those_who_are_not(
    elsa: str, signed_in: SignIn
) -> None:
    other = signed_in(committee="SN")

    for visitor, address in ((other, elsa), (other, f"participants/{uuid4()}")):
        told = visitor.get(address).get_json()
        assert (told["type"], told["status"]) == ("/problems/not-found", 404)
        assert {key for key in told if key not in {"instance", "request_id"}} == {
            "type", "title", "status", "detail",
        }  # fmt: skip


def test_nobody_is_answered_without_signing_in(app: Flask, elsa: str) -> None:
    stranger = app.test_client()

    assert _problem(stranger.get(f"/api/v1/{elsa}")) == (401, "sign-in", [])
    found = stranger.post("/api/v1/participants/search", json={"name": "Elsa"})
    assert _problem(found) == (401, "sign-in", [])


def test_a_change_needs_the_version_that_it_was_made_from(anna: Visitor, elsa: str) -> None:
    def change(body: Any, **headers: str) -> TestResponse:
        return anna.send(elsa, body, method="PATCH", **headers)

    assert _problem(change({"email": "e@example.se"})) == (428, "version-needed", [])
    changed = change({"email": "E@example.se"}, If_Match='"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.get_json()["email"].endswith("@example.se")
    stale = change({"family_name": "Ek"}, If_Match='"1"')
    assert _problem(stale) == (412, "stale", [])
    assert stale.get_json()["current"]["version"] == 2
    assert stale.get_json()["current"]["family_name"] == "Nyström"
    assert anna.get(elsa).headers["ETag"] == '"2"'


def test_every_fault_of_a_change_is_told_at_once_and_nothing_is_changed(
    anna: Visitor, elsa: str
) -> None:
    wrong = {
        "given_name": "  ",
        "number": "900101-9801",
        "phone": "112",
        "email": "nobody",
        "language": "klingon",
        "contact_preference": {"sms": "perhaps", "shared_phone": "yes"},
        "case_number": "JV-2026-0001-1",
    }

    refused = anna.send(elsa, wrong, method="PATCH", If_Match='"1"')

    status, slug, pointers = _problem(refused)
    assert (status, slug) == (422, "invalid")
    assert set(pointers) == {
        "/given_name",
        "/number",
        "/phone",
        "/email",
        "/language",
        "/contact_preference/sms",
        "/contact_preference/shared_phone",
        "/case_number",
    }
    assert "9801" not in refused.text
    assert anna.get(elsa).headers["ETag"] == '"1"'


def test_a_search_answers_what_may_be_told_before_a_reason(
    anna: Visitor, elsa: str, signed_in: SignIn
) -> None:
    own = anna.send("participants/search", {"number": "900101-9802"}).get_json()
    others = signed_in().send("participants/search", {"name": "elsa nystrom"}).get_json()

    row = {"id": elsa.partition("/")[2], "birth_year": 1990}
    for answer, name in ((own, "Elsa Nyström"), (others, None)):
        assert (answer["next"], answer["more"]) == (None, False)
        (item,) = answer["items"]
        assert item.pop("case_number")
        assert item == row | {"name": name, "reason_required": name is None}


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        ({}, 422, [""]),
        ({"name": ""}, 422, ["/name", ""]),
        ({"name": "Elsa", "number": a_number()}, 422, [""]),
        ({"number": "1"}, 422, ["/number"]),
        ({"case_number": "JV-2026-0001-0"}, 422, ["/case_number"]),
        ({"birth_date": "1990-01-01"}, 422, ["/birth_date", ""]),
    ],
)
def test_a_search_that_cannot_be_made_says_why(
    anna: Visitor, body: Any, status: int, pointers: list[str]
) -> None:
    answer = anna.send("participants/search", body)

    assert _problem(answer) == (status, "invalid", pointers)


def test_a_next_step_is_said_done_and_then_there_is_none(anna: Visitor, elsa: str) -> None:
    step = {"text": "Ringer Komvux", "turn": "worker", "due_on": "2026-12-01"}

    without = anna.send(f"{elsa}/next-step", step, method="PUT")
    said = anna.send(f"{elsa}/next-step", step, method="PUT", If_Match='"1"')
    done = anna.send(f"{elsa}/next-step/done", If_Match='"2"')
    again = anna.send(f"{elsa}/next-step/done")

    assert _problem(without) == (428, "version-needed", [])
    assert said.status_code == 200
    shown = said.get_json()["next_step"]
    assert {name: shown[name] for name in step} == step
    assert shown["set_by"] == {"id": str(anna.user.id), "name": anna.user.name}
    assert (done.get_json()["next_step"], done.headers["ETag"]) == (None, '"3"')
    assert _problem(again) == (409, "no-next-step", [])


def test_who_has_looked_is_told_by_name_and_without_what_they_saw(
    anna: Visitor, elsa: str, signed_in: SignIn
) -> None:
    eva = signed_in()
    eva.send(f"{elsa}/openings", {"reason": "calling"})
    eva.get(elsa)

    answer = anna.get(f"{elsa}/accesses").get_json()

    latest = [(each["actor"], each["action"], each["reason"]) for each in answer["items"]]
    assert latest[1:3] == [(eva.user.name, "read", None), (eva.user.name, "open", "calling")]
    assert latest[0] == (anna.user.name, "read", None)
    assert "Elsa" not in str(answer)
    assert answer["next"] is None


def test_a_refusal_is_on_the_trail_without_a_value(elsa: str, signed_in: SignIn) -> None:
    eva = signed_in()
    eva.get(elsa)

    commit()
    entry = db.session.scalars(
        sa.select(AuditEntry).where(
            AuditEntry.actor_id == eva.user.id, AuditEntry.action == "denied"
        )
    ).one()
    assert entry.object_id == "/api/v1/participants/<uuid:participant_id>"
    assert entry.details == {"slug": "reason-required"}


@pytest.mark.parametrize("scopes", [["contacts:read"], ["participants:read"]])
def test_a_machine_reads_people_with_the_scope_for_it_alone(
    app: Flask, elsa: str, anna: Visitor, scopes: list[str]
) -> None:
    made = tokens.create_token(
        by=system("console"),
        given={
            "id": str(uuid7()),
            "name": "Maskin",
            "username": anna.user.username,
            "scopes": scopes,
        },
    )
    headers = {"Authorization": f"Bearer {made[1]}"}

    answer = app.test_client().get(f"/api/v1/{elsa}", headers=headers)

    assert answer.status_code == (200 if "participants:read" in scopes else 403)


def test_an_administrator_makes_no_key_that_reads_people(anna: Visitor) -> None:
    given = {"id": str(uuid7()), "name": "Maskin", "username": anna.user.username}

    with pytest.raises(RuleBroken) as refused:
        tokens.create_token(
            by=an_actor(role="administrator"), given=given | {"scopes": ["participants:read"]}
        )

    assert [fault.pointer for fault in refused.value.faults] == ["/scopes"]


def test_no_address_of_the_interface_can_carry_who_somebody_is(app: Flask) -> None:
    routes = [rule for rule in app.url_map.iter_rules() if "/participants" in rule.rule]
    contract = app.test_client().get("/api/v1/openapi.json").get_json()

    assert routes
    for rule in routes:
        assert re.findall(r"<(\w+):", rule.rule) == ["uuid"] * len(rule.arguments)
        assert "number" not in rule.arguments
    for path, methods in contract["paths"].items():
        told = [
            parameter["name"]
            for method in methods.values()
            if isinstance(method, dict)
            for parameter in method.get("parameters", ())
            if parameter.get("in") == "query"
        ]
        if "/participants" in path:
            assert told == []
        assert not {"name", "number", "case_number", "recognition_code"} & set(told)


def test_what_cannot_be_read_as_json_is_said_to_be_so(anna: Visitor) -> None:
    sent: dict[str, Any] = {"headers": anna.headers | {"Content-Type": "application/json"}}

    broken = anna.client.post("/api/v1/participants/search", data="{", **sent)
    form = anna.client.post(
        "/api/v1/participants/search", data={"name": "Elsa"}, headers=anna.headers
    )

    assert _problem(broken) == (400, "malformed", [])
    assert _problem(form) == (415, "media-type", [])


def test_an_id_that_is_none_is_an_address_that_is_none(anna: Visitor) -> None:
    assert anna.get("participants/elsa").status_code == 404
    assert anna.get(f"participants/{UUID(int=0)}").status_code == 404
