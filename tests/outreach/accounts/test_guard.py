"""Signing in, locking and machines' tokens over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

import config
from outreach.accounts.models import SignIn, UnknownName, User
from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import PASSWORD, Visitor, a_contact, a_user, uuid7

SignedIn = Callable[..., Visitor]


def _sign_in(client: FlaskClient, username: str, password: str = PASSWORD) -> int:
    answer = client.post("/api/v1/session", json={"username": username, "password": password})
    return answer.status_code


def test_the_answer_to_a_sign_in_says_who_where_and_the_token(client: FlaskClient) -> None:
    user = a_user(sites=("hagalund", "remote"))

    answer = client.post(
        "/api/v1/session", json={"username": user.username.upper(), "password": PASSWORD}
    )

    assert answer.status_code == 201
    said = answer.get_json()
    assert said["user"] == {
        "id": str(user.id),
        "username": user.username,
        "name": user.name,
        "roles": ["caseworker"],
        "sites": ["hagalund", "remote"],
        "committee": "KN",
        "team": None,
    }
    assert said["csrf_token"]


def test_an_unknown_user_and_a_wrong_password_are_answered_alike(client: FlaskClient) -> None:
    user = a_user()

    def refusal(username: str) -> dict[str, object]:
        answer = client.post("/api/v1/session", json={"username": username, "password": "wrong"})
        return {k: v for k, v in answer.get_json().items() if k != "request_id"}

    assert refusal(user.username) == refusal("nobody")
    assert refusal(user.username)["status"] == 401


def test_after_five_wrong_passwords_the_account_rests_for_a_quarter(client: FlaskClient) -> None:
    user = a_user()
    begin = clock.now()
    with time_machine.travel(begin, tick=False) as time:
        tries = [_sign_in(client, user.username, "wrong") for _ in range(5)]
        resting = client.post(
            "/api/v1/session", json={"username": user.username, "password": PASSWORD}
        )
        time.shift(timedelta(minutes=15, seconds=1))
        after = _sign_in(client, user.username)

    assert tries == [401] * 5
    assert resting.status_code == 429
    assert int(resting.headers["Retry-After"]) == 901
    assert after == 201


def test_a_right_password_forgets_the_wrong_ones(client: FlaskClient) -> None:
    user = a_user()
    for password in ["wrong"] * 4 + [PASSWORD] + ["wrong"] * 4:
        _sign_in(client, user.username, password)

    assert _sign_in(client, user.username) == 201


def test_wrong_passwords_leave_a_trace_without_the_password(client: FlaskClient) -> None:
    user = a_user()
    _sign_in(client, user.username, "hemligt-fel-ord")

    _sign_in(client, "hemligt-namn", "hemligt-fel-ord")

    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "sign_in_refused").order_by(AuditEntry.id)
    ).all()

    assert [entry.actor for entry in entries] == [user.username, "system:door"]
    assert {(entry.object_id, entry.details is None) for entry in entries} == {(None, True)}


def test_a_sign_in_sent_by_another_web_site_is_refused(client: FlaskClient) -> None:
    user = a_user()
    answer = client.post(
        "/api/v1/session",
        json={"username": user.username, "password": PASSWORD},
        headers={"Origin": "https://elsewhere.example"},
    )

    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/problems/origin"


def test_signing_in_again_gives_a_new_session_and_ends_the_old(signed_in: SignedIn) -> None:
    visitor = signed_in()
    before = visitor.client.get_cookie("outreach")

    _sign_in(visitor.client, visitor.user.username)

    after = visitor.client.get_cookie("outreach")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert visitor.get("me").status_code == 200
    visitor.client.set_cookie("outreach", before.value)
    assert visitor.get("me").status_code == 401


def test_a_session_that_asks_for_nothing_for_five_minutes_is_locked(signed_in: SignedIn) -> None:
    visitor = signed_in()
    begin = clock.now()

    with time_machine.travel(begin, tick=False) as time:
        for _ in range(3):
            time.shift(timedelta(minutes=4))
            assert visitor.get("me").get_json()["locked"] is False
        time.shift(timedelta(minutes=5, seconds=1))
        idle = visitor.get("me")
        still = visitor.get("me")
        unlocked = visitor.send("session/unlock", {"password": PASSWORD})
        after = visitor.get("me")

    assert (idle.status_code, idle.get_json()["type"]) == (401, "/problems/locked")
    assert (still.status_code, unlocked.status_code, after.status_code) == (401, 204, 200)


def test_a_name_that_nobody_has_rests_like_one_that_somebody_has(client: FlaskClient) -> None:
    user = a_user()

    def refusals(username: str) -> list[tuple[int, str | None, str]]:
        answers = [
            client.post("/api/v1/session", json={"username": username, "password": "wrong"})
            for _ in range(7)
        ]
        return [
            (answer.status_code, answer.headers.get("Retry-After"), answer.get_json()["detail"])
            for answer in answers
        ]

    with time_machine.travel(clock.now(), tick=False):
        known, unknown = refusals(user.username), refusals("ingen.alls")

    assert known == unknown
    assert [status for status, _, _ in known] == [401] * 5 + [429] * 2
    names = db.session.scalars(sa.select(UnknownName.name)).all()
    assert len(names) == 1
    assert b"ingen" not in names[0]


def test_what_was_tried_and_nobody_has_is_forgotten_after_a_day(client: FlaskClient) -> None:
    _sign_in(client, "hemligt-ord-i-fel-ruta", "wrong")
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        _sign_in(client, "ingen.alls", "wrong")

    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UnknownName)) == 1


def test_tries_elsewhere_never_keep_a_person_out_of_their_own_tablet(
    app: Flask, signed_in: SignedIn
) -> None:
    visitor = signed_in()
    visitor.send("session/lock")
    for _ in range(6):
        _sign_in(app.test_client(), visitor.user.username, "wrong")

    assert visitor.send("session/unlock", {"password": PASSWORD}).status_code == 204


def test_five_wrong_passwords_on_a_locked_screen_end_its_session(signed_in: SignedIn) -> None:
    visitor = signed_in()
    visitor.send("session/lock")
    tries = [visitor.send("session/unlock", {"password": "wrong"}) for _ in range(5)]

    types = [answer.get_json()["type"] for answer in tries]
    assert types == ["/problems/wrong-password"] * 4 + ["/problems/session-over"]
    assert visitor.send("session/unlock", {"password": PASSWORD}).status_code == 401


def test_a_hash_under_way_makes_nobody_wait_who_names_the_person(
    app: Flask, signed_in: SignedIn
) -> None:
    visitor = signed_in()
    held = sa.select(User.id).where(User.id == visitor.user.id).with_for_update(key_share=True)
    with db.engine.connect() as another:
        another.execute(held)
        answer = visitor.send("contacts", a_contact())

    assert answer.status_code == 201
    assert app.testing


def test_only_refused_sign_ins_count_on_an_address(
    client: FlaskClient, settings: config.Settings
) -> None:
    user = a_user()
    client.application.config["RATE_LIMIT_SIGN_IN"] = "3 per hour"
    try:
        good = [_sign_in(client, user.username) for _ in range(5)]
        wrong = [_sign_in(client, f"nobody{number}", "wrong") for number in range(3)]
        page = client.post(
            "/logga-in", data={"username": user.username, "password": PASSWORD}
        ).status_code
    finally:
        client.application.config["RATE_LIMIT_SIGN_IN"] = settings.RATE_LIMIT_SIGN_IN

    assert good == [201] * 5
    assert wrong == [401] * 3
    assert page == 429


@pytest.mark.parametrize("path", ["/sprak", "/tema"])
def test_another_web_site_can_neither_change_nor_end_what_a_browser_has(
    signed_in: SignedIn, path: str
) -> None:
    visitor = signed_in()
    form = {"locale": "en", "theme": "dark"}

    foreign = visitor.client.post(path, data=form, headers={"Origin": "https://evil.example"})
    own = visitor.client.post(path, data=form)

    assert (foreign.status_code, foreign.headers.get("Set-Cookie")) == (403, None)
    assert own.status_code == 303
    assert "outreach=" not in own.headers["Set-Cookie"]
    assert visitor.get("me").status_code == 200


@pytest.mark.parametrize("path", ["/logga-in", "/om", "/nowhere"])
def test_whoever_has_not_signed_in_gets_no_session(client: FlaskClient, path: str) -> None:
    assert "Set-Cookie" not in client.get(path).headers


def test_a_stranger_is_not_listened_to_for_long(client: FlaskClient) -> None:
    answer = client.post("/api/v1/session", json={"username": "x" * 70_000, "password": "x"})

    assert answer.status_code == 413


def test_an_answer_tells_at_most_fifty_faults(signed_in: SignedIn) -> None:
    fields = {f"field{number}": 1 for number in range(2_000)}

    answer = signed_in().send("contacts", fields)

    assert len(answer.get_json()["errors"]) == 50


def test_the_database_keeps_no_cookie_that_would_open_a_session(signed_in: SignedIn) -> None:
    visitor = signed_in()
    with visitor.client.session_transaction() as session:
        secret = session["sid"].encode()

    assert db.session.scalars(sa.select(SignIn.digest)).one() != secret


def test_a_signed_out_session_is_over_on_the_server_too(signed_in: SignedIn) -> None:
    visitor = signed_in()
    cookie = visitor.client.get_cookie("outreach")
    assert cookie is not None
    visitor.send("session", method="DELETE")
    visitor.client.set_cookie("outreach", cookie.value)

    assert visitor.get("me").status_code == 401


def test_a_session_ends_after_twelve_hours(signed_in: SignedIn) -> None:
    visitor = signed_in()

    with time_machine.travel(clock.now() + timedelta(hours=12, seconds=1)):
        assert visitor.get("me").status_code == 401


def test_a_closed_user_is_out_at_once(signed_in: SignedIn) -> None:
    visitor = signed_in()
    db.session.execute(sa.update(User).values(closed_at=clock.now()))
    db.session.commit()

    assert visitor.get("me").status_code == 401


def test_a_locked_screen_opens_with_the_same_persons_password(signed_in: SignedIn) -> None:
    visitor = signed_in()
    visitor.send("session/lock")

    wrong = visitor.send("session/unlock", {"password": "wrong"})
    still = visitor.get("me")
    right = visitor.send("session/unlock", {"password": PASSWORD})

    assert (wrong.status_code, still.status_code, right.status_code) == (401, 401, 204)
    assert visitor.get("me").get_json()["locked"] is False


def _token(administrator: Visitor, user: User, *scopes: str) -> dict[str, str]:
    body = {"id": str(uuid7()), "name": "räknaren", "username": user.username, "scopes": scopes}
    answer = administrator.send("tokens", body)
    assert answer.status_code == 201
    said: dict[str, str] = answer.get_json()
    return said


def test_a_machine_acts_as_its_user_within_its_scopes(app: Flask, signed_in: SignedIn) -> None:
    administrator, user = signed_in(role="administrator"), a_user()
    token = _token(administrator, user, "contacts:write")
    machine = app.test_client()
    bearer = {"Authorization": f"Bearer {token['token']}"}

    written = machine.post("/api/v1/contacts", json=a_contact(), headers=bearer)
    read = machine.get("/api/v1/contacts", headers=bearer)
    signed = machine.delete("/api/v1/session", headers=bearer)

    assert (written.status_code, read.status_code, signed.status_code) == (201, 403, 403)


def test_a_revoked_or_expired_token_opens_nothing(app: Flask, signed_in: SignedIn) -> None:
    administrator, user = signed_in(role="administrator"), a_user()
    token = _token(administrator, user, "contacts:read")
    machine = app.test_client()
    bearer = {"Authorization": f"Bearer {token['token']}"}
    before = machine.get("/api/v1/contacts", headers=bearer).status_code

    administrator.send(f"tokens/{token['id']}/revoke")

    assert (before, machine.get("/api/v1/contacts", headers=bearer).status_code) == (200, 401)


def test_a_tokens_secret_is_told_once_and_never_listed(signed_in: SignedIn) -> None:
    administrator = signed_in(role="administrator")
    token = _token(administrator, a_user(), "sites:read")

    listed = administrator.get("tokens")

    assert token["token"] not in listed.text
    assert [row["id"] for row in listed.get_json()["items"]] == [token["id"]]


@pytest.mark.parametrize("accept", ["en", "sv"])
def test_problems_are_told_in_the_language_asked_for(client: FlaskClient, accept: str) -> None:
    answer = client.get("/api/v1/me", headers={"Accept-Language": accept})

    title = {"en": "You need to sign in", "sv": "Du behöver logga in"}[accept]
    assert answer.get_json()["title"] == title


def _denied() -> list[AuditEntry]:
    db.session.rollback()
    denied = sa.select(AuditEntry).where(AuditEntry.action == "denied").order_by(AuditEntry.id)
    return list(db.session.scalars(denied))


def test_a_refusal_by_a_rule_deep_inside_is_kept_with_who_where_and_why(
    signed_in: SignedIn,
) -> None:
    author, colleague = signed_in(), signed_in()
    sent = author.send("contacts", a_contact()).get_json()

    refused = colleague.send(
        f"contacts/{sent['id']}", {"gender": "man"}, method="PATCH", If_Match='"1"'
    )
    elsewhere = colleague.get("contacts?site=remote")

    assert (refused.status_code, elsewhere.status_code) == (403, 403)
    assert [
        (entry.actor_id, entry.kind, entry.object_id, entry.details) for entry in _denied()
    ] == [
        (colleague.user.id, "route", "/api/v1/contacts/<uuid:contact_id>", {"slug": "not-allowed"}),
        (colleague.user.id, "route", "/api/v1/contacts", {"slug": "not-your-site"}),
    ]
    assert refused.headers["X-Request-ID"] == _denied()[0].request_id


def test_a_refusal_at_the_door_is_kept_once(signed_in: SignedIn) -> None:
    worker = signed_in()

    assert worker.get("users").status_code == 403
    assert worker.get("/personal").status_code == 403

    assert [entry.details for entry in _denied()] == [{"slug": "not-allowed"}] * 2


def test_a_write_without_the_pages_token_is_kept(signed_in: SignedIn) -> None:
    worker = signed_in()
    worker.headers = {}

    assert worker.send("contacts", a_contact()).status_code == 403

    assert [(entry.actor_id, entry.details) for entry in _denied()] == [
        (worker.user.id, {"slug": "csrf"})
    ]


def test_a_refusal_of_nobody_leaves_no_row(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/session",
        json={"username": "x", "password": "y"},
        headers={"Origin": "https://elsewhere.example"},
    )

    assert answer.status_code == 403
    assert _denied() == []
