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
from tests.builders import PASSWORD, Visitor, uuid7

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


def test_guessing_the_present_password_makes_the_account_rest(signed_in: SignIn) -> None:
    worker = signed_in()
    for _ in range(5):
        worker.send("me/password", {"current": "fel", "password": FRESH})

    answer = worker.send("me/password", {"current": PASSWORD, "password": FRESH})

    assert answer.status_code == 429
    assert answer.get_json()["type"] == "/problems/account-resting"


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
    ],
)
def test_a_faulty_key_is_not_made(signed_in: SignIn, said: dict[str, Any], pointer: str) -> None:
    administrator = signed_in(role="administrator", sites=(), committee=None)

    answer = administrator.send("tokens", _key(administrator, **said))

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [pointer]
    assert administrator.get("tokens").get_json()["items"] == []
