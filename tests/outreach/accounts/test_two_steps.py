"""Signing in in two steps as a person meets it: the code's page, and one's own second factor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from outreach.accounts.models import HalfSignIn, SignIn, User
from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from tests.builders import PASSWORD, Visitor, a_second_factor, a_user, an_otp, commit

SignedIn = Callable[..., Visitor]
OVERVIEW, APP = "/konto/tva-steg", "/konto/tva-steg/app"


@pytest.fixture
def still() -> Iterator[time_machine.Traveller]:
    """The time, standing still until a test moves it."""
    with time_machine.travel(clock.now(), tick=False) as time:
        yield time


@pytest.fixture
def needed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second factor is needed by the roles that production names."""
    roles = ("administrator", "reviewer", "supervisor")
    monkeypatch.setitem(app.config, "SECOND_FACTOR_ROLES", roles)


def _post(visitor: Visitor, path: str, **form: Any) -> Any:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _give_password(client: FlaskClient, user: User, **form: str) -> Any:
    return client.post("/logga-in", data={"username": user.username, "password": PASSWORD} | form)


def _give_code(client: FlaskClient, otp: str, **form: str) -> Any:
    return client.post("/logga-in/kod", data={"otp": otp, **form})


def _begin(visitor: Visitor, **form: str) -> str:
    """Begin to set up a second factor; return the secret that the page tells the app."""
    answer = _post(visitor, OVERVIEW, password=PASSWORD, **form)
    assert answer.status_code == 303, answer.text
    page = visitor.get(answer.headers["Location"]).text
    [typed] = re.findall(r"<dd><code>([A-Z2-7 ]+)</code></dd>", page)
    return str(typed.replace(" ", ""))


def _enrol(visitor: Visitor) -> tuple[str, list[str]]:
    """Set up a second factor; return its secret and the recovery codes."""
    secret = _begin(visitor)
    answer = _post(visitor, APP, otp=an_otp(secret))
    assert answer.status_code == 200, answer.text
    return secret, _codes(answer.text)


def _codes(page: str) -> list[str]:
    return re.findall(r"<li><code>(\d{4} \d{4} \d{4} \d{4})</code></li>", page)


def _acts(user: User) -> list[str]:
    commit()
    asked = sa.select(AuditEntry.action).where(AuditEntry.actor_id == user.id)
    return list(db.session.scalars(asked.order_by(AuditEntry.id)))


# Signing in


def test_the_code_is_asked_for_on_a_page_of_its_own_and_leads_on(client: FlaskClient) -> None:
    user = a_user()
    secret = a_second_factor(user)

    first = _give_password(client, user, next="/vart")
    page = client.get(first.headers["Location"])
    done = _give_code(client, an_otp(secret), next="/vart")

    assert (first.status_code, first.headers["Location"]) == (303, "/logga-in/kod?next=/vart")
    assert page.status_code == 200
    assert 'name="next" value="/vart"' in page.text
    assert (done.status_code, done.headers["Location"]) == (303, "/vart")
    assert client.get("/vart").status_code == 200


def test_neither_the_password_nor_a_session_is_in_the_browser_meanwhile(
    client: FlaskClient,
) -> None:
    user = a_user()
    a_second_factor(user)
    _give_password(client, user)

    page = client.get("/logga-in/kod").text
    with client.session_transaction() as session:
        kept = dict(session)

    assert PASSWORD not in page
    assert user.username not in page
    assert "sid" not in kept
    assert PASSWORD not in str(kept)
    assert client.get("/api/v1/me").status_code == 401
    assert db.session.scalars(sa.select(HalfSignIn.digest)).one() != kept["half"].encode()
    assert db.session.scalars(sa.select(SignIn)).all() == []


def test_a_wrong_code_is_told_and_may_be_typed_again(client: FlaskClient) -> None:
    user = a_user()
    secret = a_second_factor(user)
    _give_password(client, user)

    wrong, empty = _give_code(client, "000"), _give_code(client, " ")
    right = _give_code(client, an_otp(secret))

    assert wrong.status_code == 401
    assert "Fel engångskod" in wrong.text
    assert (empty.status_code, right.status_code) == (401, 303)


def test_a_code_left_empty_is_told_beside_its_field(client: FlaskClient) -> None:
    user = a_user()
    a_second_factor(user)
    _give_password(client, user)

    answer = _give_code(client, "")

    assert answer.status_code == 422
    assert 'id="otp-error"' in answer.text


def test_guessing_codes_lets_the_account_rest_also_for_who_begins_anew(
    client: FlaskClient,
) -> None:
    user = a_user()
    a_second_factor(user)
    _give_password(client, user)
    statuses = [_give_code(client, "000").status_code for _ in range(6)]

    assert statuses == [401] * 5 + [429]
    assert _give_password(client, user).status_code == 429


def test_a_half_done_sign_in_is_finished_once(app: Flask, still: time_machine.Traveller) -> None:
    assert still
    user = a_user()
    secret = a_second_factor(user)
    client, thief = app.test_client(), app.test_client()
    _give_password(client, user)
    cookie = client.get_cookie("outreach")
    assert cookie is not None
    thief.set_cookie("outreach", cookie.value)

    first = _give_code(client, an_otp(secret, -1))
    second = _give_code(thief, an_otp(secret))

    assert (first.status_code, second.headers["Location"]) == (303, "/logga-in?next=/")
    assert thief.get("/api/v1/me").status_code == 401
    assert "Börja om med inloggningen" in thief.get("/logga-in").text


def test_after_five_minutes_one_begins_anew(
    client: FlaskClient, still: time_machine.Traveller
) -> None:
    user = a_user()
    secret = a_second_factor(user)
    _give_password(client, user)
    still.shift(timedelta(minutes=5, seconds=1))

    answer = _give_code(client, an_otp(secret))
    page = client.get("/logga-in/kod")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/logga-in?next=/")
    assert page.headers["Location"] == "/logga-in?next=/"
    assert client.get("/api/v1/me").status_code == 401


def test_what_waited_too_long_is_removed_when_the_next_one_begins(
    client: FlaskClient, still: time_machine.Traveller
) -> None:
    user = a_user()
    a_second_factor(user)
    for _ in range(2):
        _give_password(client, user)
        still.shift(timedelta(minutes=6))

    commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(HalfSignIn)) == 1


@pytest.mark.parametrize("change", ["password", "reset", "closed"])
def test_what_changes_meanwhile_ends_a_half_done_sign_in(
    client: FlaskClient, signed_in: SignedIn, change: str
) -> None:
    administrator, user = signed_in(role="administrator"), a_user()
    secret = a_second_factor(user)
    _give_password(client, user)
    address = f"users/{user.id}/"
    if change == "password":
        administrator.send(address + "password", {"password": "moln-kanna-fik-ost"}, method="PUT")
    elif change == "reset":
        administrator.send(address + "reset-second-factor")
        commit()
        secret = a_second_factor(user)
    else:
        administrator.send(address + "close")

    answer = _give_code(client, an_otp(secret))

    assert answer.status_code in {303, 401}
    assert client.get("/api/v1/me").status_code == 401


def test_nobody_elses_web_site_can_give_the_code(client: FlaskClient) -> None:
    answer = client.post(
        "/logga-in/kod", data={"otp": "1"}, headers={"Origin": "https://elsewhere.example"}
    )

    assert answer.status_code == 403


def test_the_code_without_a_password_before_leads_to_the_beginning(client: FlaskClient) -> None:
    assert client.get("/logga-in/kod").headers["Location"] == "/logga-in?next=/"
    assert _give_code(client, "000000").headers["Location"] == "/logga-in?next=/"


def test_a_finished_sign_in_ends_the_session_that_the_browser_had(
    app: Flask, signed_in: SignedIn
) -> None:
    visitor, user = signed_in(), a_user()
    before = visitor.client.get_cookie("outreach")
    secret = a_second_factor(user)
    _give_password(visitor.client, user)
    assert visitor.get("me").get_json()["user"]["username"] == visitor.user.username

    _give_code(visitor.client, an_otp(secret))

    assert visitor.get("me").get_json()["user"]["username"] == user.username
    assert before is not None
    old = app.test_client()
    old.set_cookie("outreach", before.value)
    assert old.get("/api/v1/me").status_code == 401


# Setting it up


def test_whoever_wishes_sets_it_up_and_signs_in_with_it(
    app: Flask, signed_in: SignedIn, still: time_machine.Traveller
) -> None:
    assert still
    worker = signed_in()
    elsewhere = Visitor(app, worker.user)

    secret, codes = _enrol(worker)

    assert len(set(codes)) == 10
    assert (worker.get("me").status_code, elsewhere.get("me").status_code) == (200, 401)
    assert "enrol_second_factor" in _acts(worker.user)
    again = Visitor(app, worker.user, otp=an_otp(secret, 1))
    assert "Du har 10 reservkoder kvar" in again.get(OVERVIEW).text
    Visitor(app, worker.user, otp=codes[3])
    assert "Du har 9 reservkoder kvar" in again.get("/konto").text


def test_the_code_that_set_it_up_is_not_taken_again(
    app: Flask, signed_in: SignedIn, still: time_machine.Traveller
) -> None:
    assert still
    worker = signed_in()
    secret, _ = _enrol(worker)

    answer = app.test_client().post(
        "/api/v1/session",
        json={"username": worker.user.username, "password": PASSWORD, "otp": an_otp(secret)},
    )

    assert answer.get_json()["type"] == "/problems/wrong-otp"


def test_secret_and_recovery_codes_are_shown_once(signed_in: SignedIn) -> None:
    worker = signed_in()
    secret, codes = _enrol(worker)
    again = _post(worker, APP, otp=an_otp(secret))

    assert (again.status_code, again.headers["Location"]) == (303, OVERVIEW)
    assert worker.get(APP).headers["Location"] == OVERVIEW
    shown = worker.get(OVERVIEW).text + worker.get("/konto").text
    assert "Det finns inget att bekräfta" in shown
    assert not [word for word in (secret, secret[:4], *codes) if word in shown]


def test_nothing_is_on_before_a_right_code_of_the_new_app(app: Flask, signed_in: SignedIn) -> None:
    worker = signed_in()
    secret = _begin(worker)

    wrong = _post(worker, APP, otp="000")

    assert wrong.status_code == 422
    assert 'id="otp-error"' in wrong.text
    assert secret[:4] in wrong.text
    Visitor(app, worker.user)


def test_setting_it_up_asks_for_the_password(signed_in: SignedIn) -> None:
    worker = signed_in()

    wrong, none = _post(worker, OVERVIEW, password="fel"), _post(worker, OVERVIEW)

    assert (wrong.status_code, none.status_code) == (422, 422)
    assert "Det är inte ditt lösenord." in wrong.text
    assert 'id="begin-password-error"' in none.text
    assert worker.get(APP).headers["Location"] == OVERVIEW


def test_guessing_the_password_there_ends_the_session(signed_in: SignedIn) -> None:
    worker = signed_in()
    guesses = [_post(worker, OVERVIEW, password="fel").status_code for _ in range(5)]

    assert guesses == [422] * 4 + [303]
    assert worker.get("me").status_code == 401


def test_what_was_begun_in_one_browser_is_not_shown_in_another(
    app: Flask, signed_in: SignedIn
) -> None:
    worker = signed_in()
    other = Visitor(app, worker.user)
    secret = _begin(worker)

    assert other.get(APP).headers["Location"] == OVERVIEW
    assert _post(other, APP, otp=an_otp(secret)).headers["Location"] == OVERVIEW


# Changing it


@pytest.fixture
def enrolled(app: Flask, still: time_machine.Traveller) -> tuple[Visitor, str]:
    """Somebody's browser, signed in with a code, and the secret of their second factor."""
    user = a_user()
    secret = a_second_factor(user)
    visitor = Visitor(app, user, otp=an_otp(secret))
    still.shift(timedelta(minutes=1))
    return visitor, secret


@pytest.mark.parametrize("path", [OVERVIEW, f"{OVERVIEW}/reservkoder", f"{OVERVIEW}/stang-av"])
def test_every_change_needs_both_the_password_and_a_code(
    enrolled: tuple[Visitor, str], path: str
) -> None:
    visitor, secret = enrolled
    form = {OVERVIEW: "begin", f"{OVERVIEW}/reservkoder": "renew"}.get(path, "off")

    alone = _post(visitor, path, password=PASSWORD)
    wrong = _post(visitor, path, password="fel", otp=an_otp(secret))
    guessed = _post(visitor, path, password=PASSWORD, otp="000")

    assert [each.status_code for each in (alone, wrong, guessed)] == [422] * 3
    assert f'id="{form}-otp-error"' in alone.text
    assert f'id="{form}-password-error"' in wrong.text
    assert f'href="#{form}-otp"' in guessed.text
    # The code was not taken by the try with a wrong password.
    assert _post(visitor, path, password=PASSWORD, otp=an_otp(secret)).status_code in {200, 303}


def test_guessing_codes_there_lets_the_account_rest(enrolled: tuple[Visitor, str]) -> None:
    visitor, secret = enrolled
    form = {"password": PASSWORD}
    guesses = [_post(visitor, OVERVIEW, otp="000", **form).status_code for _ in range(5)]

    resting = _post(visitor, OVERVIEW, otp=an_otp(secret), **form)

    assert guesses == [422] * 5
    assert resting.status_code == 429
    assert "Kontot vilar en stund" in resting.text


def test_the_old_app_holds_until_the_new_one_has_shown_a_code(
    app: Flask, enrolled: tuple[Visitor, str], still: time_machine.Traveller
) -> None:
    visitor, old = enrolled
    new = _begin(visitor, otp=an_otp(old))
    still.shift(timedelta(minutes=1))
    Visitor(app, visitor.user, otp=an_otp(old))

    assert _post(visitor, APP, otp=an_otp(new)).status_code == 200

    still.shift(timedelta(minutes=1))
    refused = app.test_client().post(
        "/api/v1/session",
        json={"username": visitor.user.username, "password": PASSWORD, "otp": an_otp(old)},
    )
    assert refused.status_code == 401
    Visitor(app, visitor.user, otp=an_otp(new))


def test_new_recovery_codes_end_the_old_ones(
    app: Flask, enrolled: tuple[Visitor, str], still: time_machine.Traveller
) -> None:
    visitor, secret = enrolled
    path, form = f"{OVERVIEW}/reservkoder", {"password": PASSWORD}
    old = _codes(_post(visitor, path, otp=an_otp(secret), **form).text)
    still.shift(timedelta(minutes=1))
    new = _codes(_post(visitor, path, otp=an_otp(secret), **form).text)

    assert len(old) == len(new) == 10
    assert not {*old} & {*new}
    given = {"username": visitor.user.username, "password": PASSWORD}
    statuses = [
        app.test_client().post("/api/v1/session", json=given | {"otp": code}).status_code
        for code in (old[0], new[0])
    ]
    assert statuses == [401, 201]


def test_there_are_no_recovery_codes_without_a_second_factor(signed_in: SignedIn) -> None:
    worker = signed_in()

    answer = _post(worker, f"{OVERVIEW}/reservkoder", password=PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (303, OVERVIEW)


def test_switched_off_the_password_is_enough_again(
    app: Flask, enrolled: tuple[Visitor, str]
) -> None:
    visitor, secret = enrolled
    path = f"{OVERVIEW}/stang-av"

    answer = _post(visitor, path, password=PASSWORD, otp=an_otp(secret))
    again = _post(visitor, path)

    assert (answer.status_code, again.status_code) == (303, 303)
    assert _acts(visitor.user).count("switch_off_second_factor") == 1
    Visitor(app, visitor.user)


@pytest.mark.usefixtures("needed")
def test_where_a_role_needs_it_it_cannot_be_switched_off(app: Flask) -> None:
    user = a_user(role="supervisor")
    secret = a_second_factor(user)
    visitor = Visitor(app, user, otp=an_otp(secret))

    answer = _post(visitor, f"{OVERVIEW}/stang-av", password=PASSWORD, otp=an_otp(secret, 1))

    assert answer.status_code == 409
    assert "stang-av" not in visitor.get(OVERVIEW).text


# Where a role needs it


@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("role", ["supervisor", "reviewer", "administrator"])
def test_whoever_needs_it_is_led_to_set_it_up_and_then_on(client: FlaskClient, role: str) -> None:
    user = a_user(role=role)

    first = _give_password(client, user, next="/vart")
    guide = client.get(first.headers["Location"])
    token = re.search(r'name="csrf_token" value="([^"]+)"', guide.text)
    assert token is not None
    form = {"csrf_token": token[1], "next": "/vart"}
    begun = client.post(OVERVIEW, data=form)
    page = client.get(begun.headers["Location"])
    [typed] = re.findall(r"<dd><code>([A-Z2-7 ]+)</code></dd>", page.text)
    codes = client.post(APP, data=form | {"otp": an_otp(typed.replace(" ", ""))})

    assert first.headers["Location"] == f"{OVERVIEW}?next=/vart"
    assert "Din roll behöver inloggning i två steg" in guide.text
    assert 'name="password"' not in guide.text
    assert 'aria-label="Huvudmeny"' not in guide.text
    assert begun.headers["Location"] == f"{APP}?next=/vart"
    assert "<svg" in page.text
    assert len(_codes(codes.text)) == 10
    assert 'href="/vart"' in codes.text
    assert client.get("/vart").status_code == 200


@pytest.mark.usefixtures("needed")
def test_nothing_else_opens_before_and_a_program_is_told_where_to_go(signed_in: SignedIn) -> None:
    chief = signed_in(role="supervisor")

    page, told = chief.get("/kontakter?plats=hagalund"), chief.get("contacts")

    assert (page.status_code, page.headers["Location"]) == (
        303,
        f"{OVERVIEW}?next=/kontakter?plats%3Dhagalund",
    )
    assert (told.status_code, told.get_json()["type"]) == (403, "/problems/second-factor-required")
    assert OVERVIEW in told.get_json()["detail"]
    assert chief.get("me").status_code == 403


@pytest.mark.usefixtures("needed")
def test_others_are_not_asked(signed_in: SignedIn) -> None:
    assert signed_in().get("/vart").status_code == 200


@pytest.mark.usefixtures("needed")
def test_a_new_role_that_needs_it_holds_at_once(signed_in: SignedIn) -> None:
    worker = signed_in()
    before = worker.get("/vart").status_code
    with transaction() as session:
        session.execute(
            sa.update(User)
            .where(User.id == worker.user.id)
            .values(roles=["caseworker", "supervisor"])
        )

    assert (before, worker.get("/vart").status_code) == (200, 303)


@pytest.mark.usefixtures("needed")
def test_a_locked_screen_is_unlocked_with_the_password_alone(app: Flask) -> None:
    user = a_user(role="supervisor")
    visitor = Visitor(app, user, otp=an_otp(a_second_factor(user)))
    visitor.send("session/lock")

    assert visitor.send("session/unlock", {"password": PASSWORD}).status_code == 204
    assert visitor.get("me").status_code == 200


@pytest.mark.usefixtures("needed")
def test_whoever_has_yet_to_set_it_up_may_lock_unlock_and_leave(signed_in: SignedIn) -> None:
    chief = signed_in(role="supervisor")
    chief.send("session/lock")
    locked = chief.get(OVERVIEW)
    unlocked = chief.send("session/unlock", {"password": PASSWORD})
    left = _post(chief, "/logga-ut")

    assert locked.headers["Location"].startswith("/las")
    assert (unlocked.status_code, left.status_code) == (204, 303)
