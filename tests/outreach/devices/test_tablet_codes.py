"""The plattkod: set, unlock and switch by it, and all that must not let anybody in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from outreach.accounts import guard, passwords
from outreach.accounts.limits import Limiter
from outreach.accounts.models import SignIn, User
from outreach.audit.models import AuditEntry
from outreach.devices import service as devices
from outreach.devices.models import AuthorGrant, DevicePerson
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.staff import service as staff
from tests.builders import (
    PASSWORD,
    Visitor,
    a_second_factor,
    a_tablet,
    a_user,
    an_otp,
    commit,
    shown_by,
    uuid7,
)

SignedIn = Callable[..., Visitor]
CODE, OTHER_CODE = "482915", "135790"
BY = system("test")


class _Colleague:
    """Somebody who has signed in on a tablet, got a grant there and set a plattkod."""

    def __init__(self, app: Flask, tablet: dict[str, Any], user: User, code: str = CODE) -> None:
        self.visitor, self.user, self.shown = Visitor(app, user), user, shown_by(tablet)
        assert self.visitor.send("devices/here/grants", **self.shown).status_code == 201
        assert self.set({"code": code}).status_code == 204

    def set(self, given: object) -> TestResponse:
        return self.visitor.send("devices/here/code", given, method="PUT", **self.shown)

    def lock(self) -> None:
        assert self.visitor.send("session/lock").status_code == 204

    def unlock(self, given: object) -> TestResponse:
        return self.visitor.send("session/unlock", given, **self.shown)


@pytest.fixture
def tablet(app: Flask) -> dict[str, Any]:
    assert app
    return a_tablet()


@pytest.fixture
def anna(app: Flask, tablet: dict[str, Any]) -> _Colleague:
    return _Colleague(app, tablet, a_user())


def _switch(
    client: FlaskClient, tablet: dict[str, Any], user_id: object, code: str = CODE
) -> TestResponse:
    given = {"user_id": str(user_id), "code": code}
    return client.post("/api/v1/session/switch", json=given, headers=shown_by(tablet))


def _type(answer: TestResponse) -> str:
    return str(answer.get_json()["type"]).removeprefix("/problems/")


def _codes() -> int:
    commit()
    return db.session.scalar(sa.select(sa.func.count()).select_from(DevicePerson)) or 0


def _actions(action: str) -> list[str]:
    commit()
    wanted = sa.select(AuditEntry.actor).where(AuditEntry.action == action)
    return list(db.session.scalars(wanted.order_by(AuditEntry.id)))


# Setting.


def test_a_plattkod_is_kept_as_a_slow_hash_and_nowhere_else(anna: _Colleague) -> None:
    assert anna.user
    commit()
    (kept,) = db.session.scalars(sa.select(DevicePerson.code_hash)).all()

    assert kept.startswith("$argon2id$")
    assert CODE not in kept
    assert _actions("set_code") == [anna.user.username]


def test_a_grant_tells_whether_there_is_a_plattkod(
    tablet: dict[str, Any], signed_in: SignedIn
) -> None:
    visitor, shown = signed_in(), shown_by(tablet)

    def told() -> bool:
        return bool(visitor.send("devices/here/grants", **shown).get_json()["has_code"])

    before = told()
    visitor.send("devices/here/code", {"code": CODE}, method="PUT", **shown)

    assert (before, told()) == (False, True)


@pytest.mark.parametrize("code", ["123456", "111111", "12345", "abcdef", None])
def test_a_plattkod_that_is_easy_to_guess_is_told_beside_its_field(
    anna: _Colleague, code: object
) -> None:
    answer = anna.set({"code": code})

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/code")


def test_long_after_the_password_was_given_it_is_wanted_again(anna: _Colleague) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1), tick=False):
        anna.unlock({"code": CODE})
        without = anna.set({"code": OTHER_CODE})
        wrong = anna.set({"code": OTHER_CODE, "password": "fel"})
        right = anna.set({"code": OTHER_CODE, "password": PASSWORD})
        again = anna.set({"code": CODE})

    assert (without.status_code, _type(without)) == (401, "wrong-password")
    assert (wrong.status_code, _type(wrong)) == (401, "wrong-password")
    # The password was given just now.
    assert (right.status_code, again.status_code) == (204, 204)


def test_wrong_passwords_for_a_plattkod_count_as_those_for_unlocking(anna: _Colleague) -> None:
    wrong = {"code": OTHER_CODE, "password": "fel"}
    tries = [anna.unlock({"password": "fel"}) for _ in range(2)] + [
        anna.set(wrong) for _ in range(3)
    ]

    assert [_type(answer) for answer in tries] == ["wrong-password"] * 4 + ["session-over"]


def test_whoever_came_by_a_plattkod_sets_another_with_the_password_alone(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    client = app.test_client()
    token = _switch(client, tablet, anna.user.id).get_json()["csrf_token"]

    def set_code(**given: str) -> TestResponse:
        headers = shown_by(tablet) | {"X-CSRF-Token": token}
        return client.put("/api/v1/devices/here/code", json=given, headers=headers)

    assert _type(set_code(code=OTHER_CODE)) == "wrong-password"
    assert set_code(code=OTHER_CODE, password=PASSWORD).status_code == 204


def test_setting_it_again_replaces_it_and_forgets_wrong_tries(anna: _Colleague) -> None:
    anna.lock()
    for _ in range(4):
        anna.unlock({"code": "000001"})
    anna.unlock({"password": PASSWORD})
    anna.set({"code": OTHER_CODE})
    anna.lock()

    assert [_type(anna.unlock({"code": CODE})) for _ in range(4)] == ["wrong-code"] * 4
    assert anna.unlock({"code": OTHER_CODE}).status_code == 204
    assert _codes() == 1


# Unlocking.


def test_a_locked_screen_is_unlocked_by_the_plattkod_on_its_tablet(anna: _Colleague) -> None:
    anna.lock()
    assert anna.visitor.get("me").status_code == 401

    assert anna.unlock({"code": CODE}).status_code == 204
    assert anna.visitor.get("me").status_code == 200
    assert _actions("unlock") == [anna.user.username]


def test_a_tablet_that_slept_is_unlocked_by_the_plattkod(anna: _Colleague) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert anna.visitor.get("me").status_code == 401
        assert anna.unlock({"code": CODE}).status_code == 204
        assert anna.visitor.get("me").status_code == 200


def test_a_plattkod_opens_nothing_without_its_tablet(
    anna: _Colleague, tablet: dict[str, Any]
) -> None:
    other = a_tablet()
    anna.lock()
    asked = {"code": CODE}

    assert _type(anna.visitor.send("session/unlock", asked)) == "device-unknown"
    elsewhere = anna.visitor.send("session/unlock", asked, **shown_by(other))
    assert (elsewhere.status_code, _type(elsewhere)) == (401, "no-code")
    without = anna.visitor.client.post(
        "/api/v1/session/unlock", json=asked, headers=shown_by(tablet)
    )
    assert _type(without) == "csrf"
    assert anna.visitor.get("me").status_code == 401


@pytest.mark.parametrize("given", [{}, {"code": CODE, "password": PASSWORD}, {"code": ""}])
def test_unlocking_takes_one_proof(anna: _Colleague, given: dict[str, str]) -> None:
    answer = anna.unlock(given)

    assert answer.status_code == 422
    assert len(answer.get_json()["errors"]) == 1


def test_five_wrong_codes_in_a_row_void_the_code_and_end_the_session(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    anna.lock()
    tries = [anna.unlock({"code": "000001"}) for _ in range(5)]

    assert [_type(answer) for answer in tries] == ["wrong-code"] * 4 + ["session-over"]
    assert "plattkoder" in tries[4].get_json()["detail"]
    assert _type(anna.unlock({"code": CODE})) == "sign-in"
    assert _codes() == 0
    assert _actions("unlock_refused") == [anna.user.username] * 5
    assert _actions("void_code") == [anna.user.username]
    assert _switch(app.test_client(), tablet, anna.user.id).status_code == 401
    anew = Visitor(app, anna.user)
    assert anew.send("devices/here/grants", **anna.shown).get_json()["has_code"] is False


def test_a_right_code_forgets_the_wrong_ones(anna: _Colleague) -> None:
    anna.lock()
    for code in ["000001"] * 4 + [CODE] + ["000001"] * 4:
        anna.unlock({"code": code})

    assert anna.unlock({"code": CODE}).status_code == 204


def test_wrong_codes_at_once_are_each_counted(app: Flask, anna: _Colleague) -> None:
    anna.lock()
    cookie = anna.visitor.client.get_cookie("outreach")
    assert cookie is not None

    def guess(number: int) -> str:
        client = app.test_client()
        client.set_cookie("outreach", cookie.value)
        answer = client.post(
            "/api/v1/session/unlock",
            json={"code": f"00000{number}"},
            headers=anna.visitor.headers | anna.shown,
        )
        return _type(answer)

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(guess, range(1, 9)))

    assert told.count("wrong-code") == 4
    assert told.count("session-over") == 1
    assert set(told) <= {"wrong-code", "session-over", "no-code", "sign-in"}
    assert _codes() == 0


def test_a_code_that_is_replaced_while_it_is_compared_opens_nothing(
    app: Flask, tablet: dict[str, Any], anna: _Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = passwords.matches
    another = passwords.hasher((8, 1, 1)).hash(OTHER_CODE)

    def replaced_meanwhile(kept: str, code: str) -> bool:
        right = compare(kept, code)
        with db.engine.begin() as elsewhere:
            elsewhere.execute(sa.update(DevicePerson).values(code_hash=another))
        return right

    anna.lock()
    monkeypatch.setattr(passwords, "matches", replaced_meanwhile)
    switched = _switch(app.test_client(), tablet, anna.user.id)
    unlocked = anna.unlock({"code": OTHER_CODE})
    monkeypatch.undo()

    assert (_type(switched), unlocked.status_code) == ("sign-in", 204)
    anna.set({"code": CODE, "password": PASSWORD})
    anna.lock()
    monkeypatch.setattr(passwords, "matches", replaced_meanwhile)
    assert _type(anna.unlock({"code": CODE})) == "wrong-code"


def test_wrong_codes_on_one_tablet_leave_the_code_on_another(app: Flask, anna: _Colleague) -> None:
    elsewhere = _Colleague(app, a_tablet(), anna.user)
    anna.lock()
    for _ in range(5):
        anna.unlock({"code": "000001"})
    elsewhere.lock()

    assert elsewhere.unlock({"code": CODE}).status_code == 204


# Switching.


def test_a_colleague_takes_the_tablet_over_and_the_session_before_ends(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    bo = _Colleague(app, tablet, a_user(), OTHER_CODE)
    client = bo.visitor.client
    before = client.get_cookie("outreach")
    bo.lock()

    answer = _switch(client, tablet, anna.user.id)

    assert answer.status_code == 201
    assert set(answer.get_json()) == {"user", "csrf_token"}
    assert answer.get_json()["user"]["id"] == str(anna.user.id)
    assert client.get("/api/v1/me").get_json()["user"]["username"] == anna.user.username
    token = {"X-CSRF-Token": answer.get_json()["csrf_token"]}
    assert client.post("/api/v1/session/lock", headers=token).status_code == 204
    assert before is not None
    client.set_cookie("outreach", before.value)
    # Over, not only locked.
    assert _type(client.get("/api/v1/me")) == "sign-in"
    assert _actions("switch") == [anna.user.username]


def test_the_grant_that_a_switch_needs_is_one_of_that_tablet_unexpired_and_unrevoked(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    client = app.test_client()
    other = _Colleague(app, a_tablet(), a_user())
    other.visitor.send("devices/here/code", {"code": CODE}, method="PUT", **shown_by(tablet))

    assert _switch(client, tablet, other.user.id).status_code == 401
    with time_machine.travel(clock.now() + timedelta(days=30, minutes=1), tick=False):
        assert _switch(client, tablet, anna.user.id).status_code == 401
    assert _switch(client, tablet, anna.user.id).status_code == 201
    commit()
    db.session.execute(sa.update(AuthorGrant).values(revoked_at=clock.now()))
    commit()
    assert _switch(app.test_client(), tablet, anna.user.id).status_code == 401


def test_whatever_keeps_somebody_out_is_answered_in_the_same_words(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    closed, void = (_Colleague(app, tablet, a_user()) for _ in range(2))
    codeless = a_user()
    staff.close_user(by=BY, id=closed.user.id)
    commit()
    client = app.test_client()
    for _ in range(5):
        _switch(client, tablet, void.user.id, "000001")
    answers = [
        _switch(client, tablet, anna.user.id, "000001"),
        _switch(client, tablet, void.user.id),
        _switch(client, tablet, closed.user.id),
        _switch(client, tablet, codeless.id),
        _switch(client, tablet, uuid7()),
        _switch(client, a_tablet(), anna.user.id),
    ]

    told = [{**answer.get_json(), "request_id": ""} for answer in answers]
    assert told == [told[0]] * len(answers)
    assert {answer.status_code for answer in answers} == {401}
    assert _type(answers[0]) == "sign-in"
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_five_wrong_codes_take_the_code_and_leave_the_session_before(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    bo = _Colleague(app, tablet, a_user(), OTHER_CODE)

    for _ in range(5):
        assert _switch(bo.visitor.client, tablet, anna.user.id, "000001").status_code == 401

    assert _switch(bo.visitor.client, tablet, anna.user.id).status_code == 401
    assert bo.visitor.get("me").status_code == 200
    assert _codes() == 1
    assert _actions("switch_refused") == [anna.user.username] * 6
    # Whoever is signed in stays so: the code alone is gone.
    assert anna.visitor.get("me").status_code == 200


def test_wrong_codes_for_unlocking_and_for_switching_are_one_row(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    client = app.test_client()
    for _ in range(4):
        _switch(client, tablet, anna.user.id, "000001")
    anna.lock()

    assert _type(anna.unlock({"code": "000001"})) == "session-over"


def test_nobody_whose_role_needs_a_second_factor_comes_in_by_a_code(
    app: Flask, tablet: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    chief = a_user(role="supervisor", roles=["supervisor", "caseworker"])
    there = _Colleague(app, tablet, chief)
    before = _switch(app.test_client(), tablet, there.user.id).status_code

    monkeypatch.setitem(app.config, "SECOND_FACTOR_ROLES", ("supervisor",))
    answer = _switch(app.test_client(), tablet, there.user.id)

    assert before == 201
    assert (answer.status_code, _type(answer)) == (401, "sign-in")


def test_nobody_who_has_a_second_factor_comes_in_by_a_code(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    secret = a_second_factor(anna.user)
    commit()

    assert _type(_switch(app.test_client(), tablet, anna.user.id)) == "sign-in"
    # Signed in with both, their own screen opens by the code of their own tablet.
    visitor = Visitor(app, anna.user, otp=an_otp(secret))
    visitor.send("session/lock")
    assert visitor.send("session/unlock", {"code": CODE}, **anna.shown).status_code == 204


def test_a_switch_is_made_by_a_tablet_and_by_no_other_web_site(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    given = {"user_id": str(anna.user.id), "code": CODE}
    client = app.test_client()

    without = client.post("/api/v1/session/switch", json=given)
    foreign = client.post(
        "/api/v1/session/switch",
        json=given,
        headers=shown_by(tablet) | {"Origin": "https://elsewhere.example"},
    )

    assert (_type(without), _type(foreign)) == ("device-unknown", "origin")
    assert client.get("/api/v1/me").status_code == 401


def test_a_switch_says_who_and_by_which_code(app: Flask, tablet: dict[str, Any]) -> None:
    answer = app.test_client().post(
        "/api/v1/session/switch", json={"user_id": "x"}, headers=shown_by(tablet)
    )

    assert answer.status_code == 422
    pointers = {fault["pointer"] for fault in answer.get_json()["errors"]}
    assert pointers == {"/user_id", "/code"}


def test_refused_switches_are_counted_on_their_address(
    app: Flask, tablet: dict[str, Any], anna: _Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "limiter", Limiter())
    monkeypatch.setitem(app.config, "RATE_LIMIT_SIGN_IN", "2 per minute")
    client = app.test_client()

    right = [_switch(client, tablet, anna.user.id).status_code for _ in range(3)]
    wrong = [_switch(client, tablet, uuid7()).status_code for _ in range(3)]

    assert (right, wrong) == ([201] * 3, [401, 401, 429])


# Ending.


def test_a_revoked_tablet_unlocks_nobody_and_its_sessions_end(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    switched = app.test_client()
    _switch(switched, tablet, anna.user.id)
    elsewhere = Visitor(app, anna.user)
    devices.revoke_device(by=BY, id=tablet["device_id"])

    assert anna.visitor.get("me").status_code == 401
    assert switched.get("/api/v1/me").status_code == 401
    assert elsewhere.get("me").status_code == 200
    elsewhere.send("session/lock")
    assert _type(elsewhere.send("session/unlock", {"code": CODE}, **anna.shown)) == "device-revoked"
    assert _type(_switch(app.test_client(), tablet, anna.user.id)) == "device-revoked"
    anew = Visitor(app, anna.user)
    assert _type(anew.send("devices/here/grants", **anna.shown)) == "device-revoked"
    setting = anew.send("devices/here/code", {"code": CODE}, method="PUT", **anna.shown)
    assert _type(setting) == "device-revoked"


def test_whoever_leaves_has_no_code_and_no_grant_any_more(anna: _Colleague) -> None:
    staff.close_user(by=BY, id=anna.user.id)

    commit()
    assert _codes() == 0
    assert db.session.scalars(sa.select(AuthorGrant.revoked_at)).one() is not None


@pytest.mark.parametrize("how", ["signed out", "new password", "own password"])
def test_no_code_outlives_the_password_that_it_was_set_with(
    app: Flask, tablet: dict[str, Any], anna: _Colleague, how: str
) -> None:
    if how == "signed out":
        staff.end_sessions(by=BY, id=anna.user.id)
    elif how == "new password":
        given = {"password": "sand-moln-trumma-onsdag"}
        staff.set_password(by=BY, id=anna.user.id, given=given, cost=(8, 1, 1))
    else:
        given = {"current": PASSWORD, "password": "sand-moln-trumma-onsdag"}
        assert anna.visitor.send("me/password", given).status_code == 204

    assert _codes() == 0
    assert _switch(app.test_client(), tablet, anna.user.id).status_code == 401
    # What waits to be sent is handed in all the same.
    assert db.session.scalars(sa.select(AuthorGrant.revoked_at)).all() == [None]


def test_a_session_begun_by_a_code_ends_like_any_other(
    app: Flask, tablet: dict[str, Any], anna: _Colleague
) -> None:
    client = app.test_client()
    _switch(client, tablet, anna.user.id)
    commit()
    kept = db.session.scalars(sa.select(SignIn).where(SignIn.password_at.is_(None))).one()

    assert kept.tablet == tablet["device_id"]
    assert kept.expires_at - kept.began_at == app.config["PERMANENT_SESSION_LIFETIME"]
    staff.end_sessions(by=BY, id=anna.user.id)
    assert client.get("/api/v1/me").status_code == 401


def test_ones_own_locked_session_goes_on_by_the_code_though_a_second_factor_began_it(
    tablet: dict[str, Any], anna: _Colleague
) -> None:
    a_second_factor(anna.user)
    anna.lock()

    answer = _switch(anna.visitor.client, tablet, anna.user.id)

    assert answer.status_code == 201
    assert anna.visitor.client.get("/api/v1/me").status_code == 200
    commit()
    running = sa.select(sa.func.count()).select_from(SignIn).where(SignIn.ended_at.is_(None))
    assert db.session.scalar(running) == 1
