"""One's own password and machines' keys, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import PASSWORD, Visitor, a_contact, uuid7

SignIn = Callable[..., Visitor]
FRESH = "moln-kanna-ficka-onsdag"


def _key(visitor: Visitor, **said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "name": "Export",
        "username": visitor.user.username,
        "scopes": ["contacts:read"],
    } | said


def test_a_new_password_ends_ones_other_sessions_and_keeps_this_one(
    app: Flask, signed_in: SignIn
) -> None:
    here = signed_in()
    there = Visitor(app, here.user)

    answer = here.send("me/password", {"current": PASSWORD, "password": FRESH})

    assert answer.status_code == 204
    assert (here.get("me").status_code, there.get("me").status_code) == (200, 401)
    again = app.test_client().post(
        "/api/v1/session", json={"username": here.user.username, "password": FRESH}
    )
    assert again.status_code == 201
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "new_password")
    ).one()
    assert (entry.object_id, entry.details) == (str(here.user.id), None)


def test_a_wrong_present_password_and_a_weak_new_one_are_told_together(signed_in: SignIn) -> None:
    worker = signed_in()

    answer = worker.send(
        "me/password", {"current": "fel", "password": "kort", "repeated": "kortare"}
    )

    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/current",
        "/password",
        "/repeated",
    }


def test_guessing_the_present_password_ends_the_session_and_no_other(
    app: Flask, signed_in: SignIn
) -> None:
    worker = signed_in()
    elsewhere = Visitor(app, worker.user)
    guesses = [worker.send("me/password", {"current": "fel", "password": FRESH}) for _ in range(5)]

    assert [guess.status_code for guess in guesses] == [422] * 4 + [401]
    assert guesses[-1].get_json()["type"] == "/problems/session-over"
    assert (worker.get("me").status_code, elsewhere.get("me").status_code) == (401, 200)


def test_a_key_is_listed_without_its_secret_and_ends_when_revoked(
    app: Flask, signed_in: SignIn
) -> None:
    administrator = signed_in(role="administrator", sites=(), committee=None)
    worker = signed_in()
    made = administrator.send("tokens", _key(worker)).get_json()

    def reads() -> int:
        bearer = {"Authorization": f"Bearer {made['token']}"}
        return app.test_client().get("/api/v1/contacts", headers=bearer).status_code

    before = reads()
    listed = administrator.get("tokens").get_json()
    revoked = administrator.send(f"tokens/{made['id']}/revoke")

    assert before == 200
    assert [row["username"] for row in listed["items"]] == [worker.user.username]
    assert made["token"] not in str(listed)
    assert revoked.get_json()["revoked_at"] is not None
    assert reads() == 401


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"username": "ingen"}, "/username"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"expires_at": (clock.now() - timedelta(days=1)).isoformat()}, "/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59Z"}, "/expires_at"),
    ],
)
def test_a_faulty_key_is_not_made(signed_in: SignIn, said: dict[str, Any], pointer: str) -> None:
    administrator = signed_in(role="administrator", sites=(), committee=None)

    answer = administrator.send("tokens", _key(administrator, **said))

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [pointer]
    assert administrator.get("tokens").get_json()["items"] == []


def test_a_key_opens_no_page_only_the_interface_for_programs(app: Flask, signed_in: SignIn) -> None:
    administrator, worker = signed_in(role="administrator", sites=(), committee=None), signed_in()
    scopes = ["contacts:write", "contacts:read", "sites:write"]
    made = administrator.send("tokens", _key(worker, scopes=scopes)).get_json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    machine = app.test_client()

    pages = {path: machine.get(path, headers=bearer).status_code for path in ("/falt", "/pass")}

    assert machine.get("/api/v1/contacts", headers=bearer).status_code == 200
    assert pages == {"/falt": 303, "/pass": 303}


def test_the_trail_says_whom_a_new_key_acts_as(signed_in: SignIn) -> None:
    administrator, worker = signed_in(role="administrator", sites=(), committee=None), signed_in()
    made = administrator.send("tokens", _key(worker)).get_json()

    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.object_id == made["id"])
    ).one()

    assert entry.details == {"scopes": ["contacts:read"], "acts_as": str(worker.user.id)}


def test_what_a_key_does_is_on_the_trail_as_the_keys(app: Flask, signed_in: SignIn) -> None:
    administrator, worker = signed_in(role="administrator", sites=(), committee=None), signed_in()
    made = administrator.send("tokens", _key(worker, scopes=["contacts:write"])).get_json()
    sent = a_contact()

    app.test_client().post(
        "/api/v1/contacts", json=sent, headers={"Authorization": f"Bearer {made['token']}"}
    )
    worker.send("contacts", other := a_contact())

    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.kind == "contact"))
    assert {entry.object_id: entry.details for entry in entries} == {
        sent["id"]: {"token": made["id"]},
        other["id"]: None,
    }
