"""Signing in with a one-time code: taken once, guessed by nobody, kept where nobody reads it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from outreach.accounts import factors
from outreach.accounts.models import RecoveryCode, SecondFactor, User
from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from tests.builders import PASSWORD, a_second_factor, a_user, an_otp, commit


@pytest.fixture
def still() -> Iterator[time_machine.Traveller]:
    """The time, standing still until a test moves it."""
    with time_machine.travel(clock.now(), tick=False) as time:
        yield time


def _answer(client: FlaskClient, user: User, otp: object = None, password: str = PASSWORD) -> Any:
    given = {"username": user.username, "password": password}
    return client.post("/api/v1/session", json=given | ({} if otp is None else {"otp": otp}))


def _outcome(client: FlaskClient, user: User, otp: object = None, password: str = PASSWORD) -> str:
    answer = _answer(client, user, otp, password)
    return str(answer.get_json().get("type", "signed in")).removeprefix("/problems/")


def _acts(user: User) -> list[str]:
    commit()
    asked = sa.select(AuditEntry.action).where(AuditEntry.actor_id == user.id)
    return list(db.session.scalars(asked.order_by(AuditEntry.id)))


@pytest.mark.parametrize("without", [None, "", "  "])
def test_a_right_password_alone_is_asked_for_the_code(client: FlaskClient, without: object) -> None:
    user = a_user()
    secret = a_second_factor(user)

    missing = _answer(client, user, without)

    assert (missing.status_code, missing.get_json()["type"]) == (401, "/problems/otp-required")
    assert client.get("/api/v1/me").status_code == 401
    assert _answer(client, user, an_otp(secret)).status_code == 201
    assert client.get("/api/v1/me").status_code == 200


def test_whoever_has_no_second_factor_signs_in_as_before(client: FlaskClient) -> None:
    assert _outcome(client, a_user(), "123456") == "signed in"


def test_a_wrong_password_tells_nothing_about_a_second_factor(client: FlaskClient) -> None:
    having, without = a_user(), a_user()
    code = an_otp(a_second_factor(having))

    def refusal(user: User, otp: object) -> dict[str, Any]:
        said = _answer(client, user, otp, "fel").get_json()
        return {name: value for name, value in said.items() if name != "request_id"}

    told = [refusal(user, otp) for user in (having, without) for otp in (None, code)]

    assert told[0]["type"] == "/problems/wrong-credentials"
    assert told == [told[0]] * 4
    assert _outcome(client, having, code) == "signed in"


def test_five_wrong_codes_let_the_account_rest(
    client: FlaskClient, still: time_machine.Traveller
) -> None:
    user = a_user()
    secret = a_second_factor(user)
    wrong = f"{(int(an_otp(secret)) + 1) % 10**6:06}"

    tries = [_outcome(client, user, wrong) for _ in range(5)]
    resting = _answer(client, user, an_otp(secret))
    still.shift(timedelta(minutes=15, seconds=1))

    assert tries == ["wrong-otp"] * 5
    assert (resting.status_code, resting.headers["Retry-After"]) == (429, "901")
    assert _outcome(client, user, an_otp(secret)) == "signed in"


def test_a_right_password_in_between_does_not_let_anybody_guess_on(client: FlaskClient) -> None:
    user = a_user()
    a_second_factor(user)
    outcomes = [_outcome(client, user, otp) for otp in [*["x", None] * 5, None]]

    assert outcomes == [*["wrong-otp", "otp-required"] * 4, "wrong-otp", *["account-resting"] * 2]


def test_wrong_passwords_and_wrong_codes_are_counted_together(client: FlaskClient) -> None:
    user = a_user()
    code = an_otp(a_second_factor(user))
    for _ in range(2):
        _outcome(client, user, code, "fel")
    for _ in range(3):
        _outcome(client, user, "fel")

    assert _outcome(client, user, code) == "account-resting"


def test_a_code_is_never_taken_twice_nor_an_older_one_after_it(
    client: FlaskClient, still: time_machine.Traveller
) -> None:
    assert still
    user = a_user()
    secret = a_second_factor(user)

    outcomes = [_outcome(client, user, an_otp(secret, steps)) for steps in (0, 0, -1, 1, 1, 0)]

    assert outcomes == [
        "signed in", "wrong-otp", "wrong-otp", "signed in", "wrong-otp", "wrong-otp",
    ]  # fmt: skip


def test_of_many_at_once_with_one_code_one_is_let_in(app: Flask) -> None:
    user = a_user()
    code = an_otp(a_second_factor(user))

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda _: _outcome(app.test_client(), user, code), range(6)))

    assert outcomes.count("signed in") == 1
    assert {*outcomes} <= {"signed in", "wrong-otp", "account-resting"}


def test_a_step_is_taken_once_whoever_else_holds_nothing(app: Flask) -> None:
    # The account's row makes sign-ins wait for one another; this is what holds without it.
    user = a_user()
    code = an_otp(a_second_factor(user))

    def take(_: int) -> bool:
        with app.app_context(), transaction():
            return factors._is_step_taken(user.id, code)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(take, range(6))) == [False] * 5 + [True]


def test_a_recovery_code_is_taken_once_however_it_is_typed(client: FlaskClient) -> None:
    user = a_user()
    a_second_factor(user)
    with transaction():
        codes = factors.fresh_recovery_codes(user.id)

    outcomes = [
        _outcome(client, user, otp)
        for otp in (codes[0], codes[0], codes[1].replace(" ", ""), codes[2].replace(" ", "-"))
    ]

    assert outcomes == ["signed in", "wrong-otp", "signed in", "signed in"]
    commit()
    assert factors.recovery_codes_left(user.id) == 7
    assert _acts(user).count("use_recovery_code") == 3


def test_a_recovery_code_is_nobody_elses(client: FlaskClient) -> None:
    owner, other = a_user(), a_user()
    for user in (owner, other):
        a_second_factor(user)
    with transaction():
        codes = factors.fresh_recovery_codes(owner.id)

    assert _outcome(client, other, codes[0]) == "wrong-otp"
    assert _outcome(client, owner, codes[0]) == "signed in"


def test_the_trail_tells_of_each_try_and_holds_no_code(client: FlaskClient) -> None:
    user = a_user()
    code = an_otp(a_second_factor(user))
    for otp in (None, "000", code):
        _outcome(client, user, otp)

    assert _acts(user) == ["otp_wanted", "otp_refused", "sign_in"]
    details = sa.select(AuditEntry.details).where(AuditEntry.actor_id == user.id)
    assert {*db.session.scalars(details)} == {None}


def test_no_log_line_holds_a_secret_or_a_code(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    user = a_user()
    secret = a_second_factor(user)
    code = an_otp(secret)
    for otp in ("fel-kod-canary", code, code):
        _outcome(client, user, otp)

    assert not [word for word in (secret, code, "fel-kod-canary") if word in caplog.text]


def test_the_database_holds_neither_secret_nor_recovery_codes(app: Flask) -> None:
    assert app
    user = a_user()
    secret = a_second_factor(user)
    with transaction():
        codes = factors.fresh_recovery_codes(user.id)

    kept = [*db.session.scalars(sa.select(SecondFactor.secret))]
    kept += db.session.scalars(sa.select(RecoveryCode.digest))

    assert len(kept) == 11
    for word in (secret, *codes, *(code.replace(" ", "") for code in codes)):
        assert not [each for each in kept if word.encode() in each]


def test_under_another_key_no_code_is_right_until_the_factor_is_reset(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    user = a_user()
    secret = a_second_factor(user)
    monkeypatch.setitem(client.application.config, "FACTOR_KEY", "cd" * 32)

    assert _outcome(client, user, an_otp(secret)) == "wrong-otp"
    assert "second_factor_unreadable" in caplog.text
