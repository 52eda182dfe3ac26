"""One's own account and machines' keys, as pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from outreach.accounts.permissions import SCOPES
from tests.builders import PASSWORD, Visitor, uuid7

SignIn = Callable[..., Visitor]
FRESH = "moln-kanna-ficka-onsdag"


@pytest.fixture
def administrator(signed_in: SignIn) -> Visitor:
    """The administrator's browser."""
    return signed_in(role="administrator", sites=(), committee=None)


def _post(visitor: Visitor, path: str, **form: Any) -> Any:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def test_everybody_changes_their_own_password(signed_in: SignIn) -> None:
    worker = signed_in(role="receiver")

    answer = _post(worker, "/konto/losenord", current=PASSWORD, password=FRESH, repeated=FRESH)

    assert answer.status_code == 303
    assert "Lösenordet är bytt" in worker.get("/konto").text


def test_a_refused_password_is_told_and_never_shown(signed_in: SignIn) -> None:
    worker = signed_in()

    faulty = _post(worker, "/konto/losenord", current="fel-nu", password="enkelt", repeated="annat")
    empty = _post(worker, "/konto/losenord", current=PASSWORD, password=FRESH)

    assert (faulty.status_code, empty.status_code) == (422, 422)
    for name in ("current", "password", "repeated"):
        assert f'id="{name}-error"' in faulty.text
    for secret in ("fel-nu", "enkelt", "annat"):
        assert f'value="{secret}"' not in faulty.text
    assert 'id="repeated-error"' in empty.text


def test_faults_are_summed_up_in_the_order_of_the_page(signed_in: SignIn) -> None:
    worker = signed_in()

    answer = _post(worker, "/konto/losenord", current="fel-nu", password="enkelt", repeated="annat")

    assert re.findall(r'<li><a href="#(\w+)">', answer.text) == ["current", "password", "repeated"]


def test_a_keys_secret_is_shown_once_and_works(app: Flask, administrator: Visitor) -> None:
    form = {
        "id": str(uuid7()), "name": "Statistik", "username": administrator.user.username,
        "scopes": ["sites:read"], "expires_on": "2099-12-31",
    }  # fmt: skip

    answer = _post(administrator, "/nycklar", **form)
    found = re.search(r'<code id="secret">(or_[^<]+)</code>', answer.text)

    assert answer.status_code == 201
    assert found is not None
    bearer = {"Authorization": f"Bearer {found[1]}"}
    assert app.test_client().get("/api/v1/codes", headers=bearer).status_code == 200
    listed = administrator.get("/nycklar").text
    assert "Statistik" in listed
    assert "Gäller till och med 2099-12-31" in listed
    assert found[1] not in listed


def test_what_a_key_may_do_is_said_in_words(administrator: Visitor) -> None:
    page = administrator.get("/nycklar").text

    assert [scope for scope in SCOPES if f"<span>{scope}</span>" in page] == []
    assert "<span>Läsa deltagare</span>" in page


def test_a_refused_key_keeps_what_was_typed(administrator: Visitor) -> None:
    answer = _post(
        administrator, "/nycklar", id=str(uuid7()), name="Statistik", username="ingen",
        scopes=["sites:read"], expires_on="2020-01-01",
    )  # fmt: skip

    assert answer.status_code == 422
    assert 'id="username-error"' in answer.text
    assert 'id="expires_on-error"' in answer.text
    assert 'value="Statistik"' in answer.text
    assert 'value="sites:read" checked' in answer.text


def test_a_key_is_revoked_by_one_button(administrator: Visitor) -> None:
    number = str(uuid7())
    _post(
        administrator, "/nycklar", id=number, name="Statistik",
        username=administrator.user.username, scopes=["sites:read"],
    )  # fmt: skip

    answer = _post(administrator, f"/nycklar/{number}/sparra")

    assert answer.status_code == 303
    assert "Spärrad" in administrator.get("/nycklar").text


def test_everybody_says_where_they_are_told_that_something_waits(signed_in: SignIn) -> None:
    worker = signed_in()

    faulty = _post(worker, "/konto/mejl", email="anna.example.se")
    saved = _post(worker, "/konto/mejl", email="anna@example.se")

    assert faulty.status_code == 422
    assert 'value="anna.example.se"' in faulty.text
    assert 'id="email-error"' in faulty.text
    assert saved.status_code == 303
    assert 'value="anna@example.se"' in worker.get("/konto").text
    assert "anna@example.se" not in signed_in().get("/konto").text
    _post(worker, "/konto/mejl", email="")
    assert "anna@example.se" not in worker.get("/konto").text
