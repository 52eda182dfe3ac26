"""Tablets over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from outreach.accounts import guard, tokens
from outreach.accounts.limits import Limiter
from outreach.foundation.actor import system
from tests.builders import Visitor, a_tablet, a_user, commit, uuid7

SignedIn = Callable[..., Visitor]
BY = system("test")


def _given(**said: str) -> dict[str, str]:
    return {"id": str(uuid7()), "name": "Platta 1", "site": "hagalund"} | said


def test_an_administrator_enters_a_tablet_and_somebody_at_it_types_the_code(
    app: Flask, signed_in: SignedIn
) -> None:
    administrator, given = signed_in(role="administrator"), _given()

    made = administrator.send("devices", given)
    again = administrator.send("devices", given)
    typed = again.json["code"].replace("-", " ").lower()  # type: ignore[index]
    kept = app.test_client().post("/api/v1/devices/enrolments", json={"code": typed})

    assert (made.status_code, again.status_code, kept.status_code) == (201, 200, 201)
    assert set(made.get_json()) == {"id", "name", "site", "version", "code", "code_expires_at"}
    assert made.headers["ETag"] == '"1"'
    assert set(kept.get_json()) == {
        "device_id", "token", "name", "site", "server_generation", "key",
    }  # fmt: skip
    assert kept.get_json()["device_id"] == given["id"]


def test_the_list_tells_what_is_known_and_no_secret(signed_in: SignedIn) -> None:
    tablet = a_tablet(name="Platta 3")

    answer = signed_in(role="administrator").get("devices")

    (row,) = answer.get_json()["items"]
    assert row.pop("enrolled_at") is not None
    assert row == {
        "id": str(tablet["device_id"]), "name": "Platta 3", "site": "hagalund",
        "revoked_at": None, "app_version": None, "last_seen_at": None, "pending_count": 0,
        "oldest_pending_at": None, "storage_persisted": None,
    }  # fmt: skip


def test_a_supervisor_is_answered_the_tablets_of_own_places(signed_in: SignedIn) -> None:
    a_tablet(name="Här", site="hagalund")
    a_tablet(name="Där", site="bagartorp")

    answer = signed_in(role="supervisor", sites=("hagalund",)).get("devices")

    assert [row["name"] for row in answer.get_json()["items"]] == ["Här"]


def test_a_new_code_and_a_revocation_are_an_administrators(signed_in: SignedIn) -> None:
    tablet, administrator = a_tablet(), signed_in(role="administrator")

    code = administrator.send(f"devices/{tablet['device_id']}/code")
    revoked = administrator.send(f"devices/{tablet['device_id']}/revoke")
    late = administrator.send(f"devices/{tablet['device_id']}/code")

    assert set(code.get_json()) == {"code", "code_expires_at"}
    assert revoked.get_json()["revoked_at"] is not None
    assert (late.status_code, late.get_json()["type"]) == (409, "/problems/device-revoked-for-good")


def test_a_machine_with_the_scope_may_enter_tablets(app: Flask) -> None:
    boss = a_user(role="administrator")
    given = {"id": str(uuid7()), "name": "MDM", "username": boss.username, "scopes": ["admin"]}
    _, secret = tokens.create_token(by=BY, given=given)
    commit()

    answer = app.test_client().post(
        "/api/v1/devices", json=_given(), headers={"Authorization": f"Bearer {secret}"}
    )

    assert answer.status_code == 201


def test_a_wrong_code_is_told_beside_its_field(client: FlaskClient) -> None:
    answer = client.post("/api/v1/devices/enrolments", json={"code": "ABCD-EFGH"})

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/device-code")
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/code"]


def test_a_code_that_another_web_site_sends_is_refused(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/devices/enrolments",
        json={"code": "ABCD-EFGH"},
        headers={"Origin": "https://elsewhere.example"},
    )

    assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/origin")


def test_wrong_codes_are_counted_like_wrong_passwords_and_right_ones_are_not(
    app: Flask, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "limiter", Limiter())
    monkeypatch.setitem(app.config, "RATE_LIMIT_SIGN_IN", "2 per minute")
    administrator, client = signed_in(role="administrator"), app.test_client()

    def enrol(code: str) -> int:
        return client.post("/api/v1/devices/enrolments", json={"code": code}).status_code

    codes = [administrator.send("devices", _given()).get_json()["code"] for _ in range(4)]
    right = [enrol(code) for code in codes[:3]]
    wrong = [enrol("ABCD-EFGH") for _ in range(3)]

    assert right == [201] * 3
    assert wrong == [422, 422, 429]
    assert enrol(codes[3]) == 429
