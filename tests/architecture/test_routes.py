"""Every route has a stated rule, and each role meets exactly that rule at its door."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from outreach.accounts import guard
from outreach.accounts.permissions import ROLES
from tests.audience import ALLOWED, BY_DEVICE, PUBLIC
from tests.builders import Visitor

SignIn = Callable[..., Visitor]

# What unlocks, locks or ends a session.
OPEN_WHILE_LOCKED = {
    "DELETE /api/v1/session",
    "POST /api/v1/session/lock",
    "POST /api/v1/session/unlock",
    "POST /logga-ut",
    "GET /las",
    "POST /las",
    "POST /las/oppna",
}
# How the door's refusal reads to a program and to a person.
REFUSAL = ("/problems/not-allowed", "Det här får du inte göra")


def _routes(app: Flask) -> list[tuple[str, str, Rule]]:
    return [
        (f"{method} {rule.rule}", method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _address(rule: Rule) -> str:
    values = {name: uuid4() for name in rule.arguments}
    return rule.build(values, append_unknown=False)[1]  # type: ignore[index]


def test_every_route_says_whom_it_is_for(app: Flask) -> None:
    names = {name for name, _, _ in _routes(app)}

    assert names == PUBLIC | BY_DEVICE | set(ALLOWED)
    assert not [rule for _, _, rule in _routes(app) if guard.rule_of(app, rule.endpoint) is None]


def test_a_route_without_a_rule_answers_nobody(app: Flask, signed_in: SignIn) -> None:
    visitor = signed_in()
    view = app.view_functions["contacts_api.index"]
    rule = view.__dict__.pop("access")
    try:
        assert visitor.get("contacts").status_code == 403
    finally:
        view.__dict__["access"] = rule


@pytest.mark.parametrize("role", ROLES)
def test_a_role_meets_its_rules_and_no_others(app: Flask, signed_in: SignIn, role: str) -> None:
    refused_wrongly, let_in_wrongly, broken = [], [], []
    for name, method, rule in _routes(app):
        if name in PUBLIC | BY_DEVICE:
            continue
        visitor = signed_in(role=role)
        answer = visitor.send(_address(rule), {}, method=method)
        turned_away = answer.status_code == 403 and any(word in answer.text for word in REFUSAL)
        if turned_away and role in ALLOWED[name]:
            refused_wrongly.append(name)
        if not turned_away and role not in ALLOWED[name]:
            let_in_wrongly.append(name)
        if answer.status_code >= 500:
            broken.append(name)

    assert refused_wrongly == []
    assert let_in_wrongly == []
    assert broken == []


def test_nobody_is_let_in_without_signing_in(app: Flask) -> None:
    stranger = app.test_client()
    for name, method, rule in _routes(app):
        if name in PUBLIC | BY_DEVICE:
            continue
        answer = stranger.open(_address(rule), method=method)
        if rule.rule.startswith("/api/"):
            assert (name, answer.status_code) == (name, 401)
            assert answer.mimetype == "application/problem+json"
        else:
            assert (name, answer.status_code) == (name, 303)
            assert answer.headers["Location"].startswith("/logga-in")


def test_a_locked_session_answers_only_what_unlocks_it(app: Flask, signed_in: SignIn) -> None:
    visitor = signed_in()
    visitor.send("session/lock")
    for name, method, rule in _routes(app):
        if name in PUBLIC | BY_DEVICE | OPEN_WHILE_LOCKED:
            continue
        answer = visitor.send(_address(rule), {}, method=method)
        if rule.rule.startswith("/api/"):
            assert (name, answer.status_code) == (name, 401)
            assert answer.get_json()["type"] == "/problems/locked"
        else:
            assert (name, answer.headers.get("Location", "")[:4]) == (name, "/las")


def test_a_password_alone_opens_nothing_where_a_role_needs_more(
    app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SECOND_FACTOR_ROLES", (*ROLES,))
    visitor = signed_in(role="supervisor", roles=[*ROLES], team="osa")
    answered = set()
    for name, method, rule in _routes(app):
        if name in PUBLIC | BY_DEVICE | OPEN_WHILE_LOCKED:
            continue
        answer = visitor.send(_address(rule), {}, method=method)
        told = answer.get_json()["type"] if rule.rule.startswith("/api/") else ""
        led = answer.headers.get("Location", "").split("?")[0]
        if (told, led) not in {("/problems/second-factor-required", ""), ("", "/konto/tva-steg")}:
            answered.add(name)

    assert answered == {
        "GET /konto/tva-steg",
        "POST /konto/tva-steg",
        "GET /konto/tva-steg/app",
        "POST /konto/tva-steg/app",
        "POST /konto/tva-steg/stang-av",
    }


def test_every_write_with_the_cookie_needs_the_pages_token(app: Flask, signed_in: SignIn) -> None:
    visitor = signed_in()
    visitor.headers = {}
    for name, method, rule in _routes(app):
        if name in PUBLIC | BY_DEVICE or method == "GET":
            continue
        answer = visitor.send(_address(rule), {}, method=method)
        assert (name, answer.status_code) == (name, 403)
        assert rule.rule[:5] != "/api/" or answer.get_json()["type"] == "/problems/csrf"
