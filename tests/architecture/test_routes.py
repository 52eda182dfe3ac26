"""Every route has a stated rule, and each role meets exactly that rule at its door."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from outreach.accounts import guard
from outreach.accounts.permissions import ROLES
from tests.builders import Visitor

SignIn = Callable[..., Visitor]

# Whom each route is for: the second statement of the rules, written by hand. A route that is not
# here fails the build, so that whoever adds one says who it is for.
STAFF = frozenset(ROLES)
CASEWORKERS = frozenset({"caseworker"})
FIELD = frozenset({"caseworker", "supervisor"})
SUPERVISORS = frozenset({"supervisor"})
FIGURES = frozenset({"analyst", "supervisor"})
NIGHT = frozenset({"administrator", "supervisor"})
ADMINISTRATORS = frozenset({"administrator"})
AUDIENCE: dict[frozenset[str], str] = {
    STAFF: """
        GET /
        GET /vart
        GET /konto
        POST /konto/losenord
        POST /logga-ut
        GET /las
        POST /las
        POST /las/oppna
        DELETE /api/v1/session
        POST /api/v1/session/lock
        POST /api/v1/session/unlock
        GET /api/v1/me
        POST /api/v1/me/password
        GET /api/v1/codes
        GET /api/v1/sites
        GET /api/v1/directory
        GET /api/v1/directory/<uuid:entry_id>
        GET /api/v1/sites/<site>/opening-hours
    """,
    CASEWORKERS: """
        GET /falt
        GET /falt/ny
        GET /falt/efterat
        POST /falt/efterat
        POST /api/v1/contacts
        POST /api/v1/contacts/batch
        POST /api/v1/shifts/<uuid:shift_id>/start
    """,
    FIELD: """
        GET /pass
        GET /pass/<uuid:shift_id>/stang
        POST /pass/<uuid:shift_id>/stang
        GET /pass/<uuid:shift_id>/ta-bort/<uuid:contact_id>
        POST /pass/<uuid:shift_id>/ta-bort/<uuid:contact_id>
        GET /api/v1/contacts
        GET /api/v1/contacts/<uuid:contact_id>
        PATCH /api/v1/contacts/<uuid:contact_id>
        POST /api/v1/contacts/<uuid:contact_id>/void
        POST /api/v1/shifts
        GET /api/v1/shifts
        GET /api/v1/shifts/<uuid:shift_id>
        POST /api/v1/shifts/<uuid:shift_id>/close
        GET /api/v1/closures
    """,
    SUPERVISORS: """
        POST /pass
        GET /pass/ny
        GET /pass/<uuid:shift_id>
        POST /pass/<uuid:shift_id>
        POST /pass/<uuid:shift_id>/stall-in
        GET /pass/stangt/ny
        POST /pass/stangt
        POST /pass/stangt/<uuid:closure_id>/ta-tillbaka
        GET /pass/oppettider
        GET /pass/oppettider/<site>
        POST /pass/oppettider/<site>
        PUT /api/v1/sites/<site>/opening-hours
        PATCH /api/v1/shifts/<uuid:shift_id>
        POST /api/v1/shifts/<uuid:shift_id>/cancel
        POST /api/v1/closures
        POST /api/v1/closures/<uuid:closure_id>/withdraw
    """,
    FIGURES: """
        GET /siffror
        GET /siffror.csv
        GET /api/v1/figures
    """,
    NIGHT: """
        GET /natten
        GET /api/v1/jobs
    """,
    ADMINISTRATORS: """
        POST /natten
        POST /api/v1/jobs/nightly
        GET /nycklar
        POST /nycklar
        POST /nycklar/<uuid:token_id>/sparra
        GET /api/v1/tokens
        POST /api/v1/tokens
        POST /api/v1/tokens/<uuid:token_id>/revoke
        GET /personal
        GET /personal/ny
        POST /personal
        GET /personal/<uuid:user_id>
        POST /personal/<uuid:user_id>
        POST /personal/<uuid:user_id>/avsluta
        POST /personal/<uuid:user_id>/logga-ut
        POST /personal/<uuid:user_id>/losenord
        POST /personal/<uuid:user_id>/slapp-in
        GET /personal/enheter/ny
        POST /personal/enheter
        GET /personal/enheter/<uuid:unit_id>
        POST /personal/enheter/<uuid:unit_id>
        GET /api/v1/users
        POST /api/v1/users
        GET /api/v1/users/<uuid:user_id>
        PATCH /api/v1/users/<uuid:user_id>
        PUT /api/v1/users/<uuid:user_id>/password
        POST /api/v1/users/<uuid:user_id>/close
        POST /api/v1/users/<uuid:user_id>/end-sessions
        POST /api/v1/users/<uuid:user_id>/reset-tries
        GET /api/v1/units
        POST /api/v1/units
        PATCH /api/v1/units/<uuid:unit_id>
        GET /kodlistor
        GET /kodlistor/<list_name>
        POST /kodlistor/<list_name>
        GET /kodlistor/<list_name>/<code>
        POST /kodlistor/<list_name>/<code>
        POST /kodlistor/<list_name>/<code>/avsluta
        POST /api/v1/codes/<list_name>
        PATCH /api/v1/codes/<list_name>/<code>
        GET /platser
        GET /platser/ny
        GET /platser/ansvar/ny
        POST /platser/ansvar
        GET /platser/ansvar/<uuid:duty_id>
        POST /platser/ansvar/<uuid:duty_id>
        GET /api/v1/duties
        POST /api/v1/duties
        POST /api/v1/duties/<uuid:duty_id>/end
        GET /katalog
        GET /katalog/ny
        POST /katalog
        GET /katalog/<uuid:entry_id>
        POST /katalog/<uuid:entry_id>
        POST /katalog/<uuid:entry_id>/avsluta
        POST /katalog/<uuid:entry_id>/kontrollerad
        POST /api/v1/directory
        PATCH /api/v1/directory/<uuid:entry_id>
        POST /api/v1/directory/<uuid:entry_id>/check
        POST /api/v1/directory/<uuid:entry_id>/retire
    """,
}
ALLOWED = {
    route.strip(): roles
    for roles, routes in AUDIENCE.items()
    for route in routes.strip().splitlines()
}
PUBLIC = {
    "GET /health",
    "GET /ready",
    "GET /metrics",
    "GET /static/<path:filename>",
    "GET /api/v1/openapi.json",
    "GET /api/docs",
    "GET /om",
    "GET /problems/<slug>",
    "GET /logga-in",
    "POST /logga-in",
    "POST /api/v1/session",
    "POST /sprak",
    "POST /tema",
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

    assert names == PUBLIC | set(ALLOWED)
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
    refused_wrongly, let_in_wrongly = [], []
    for name, method, rule in _routes(app):
        if name in PUBLIC:
            continue
        visitor = signed_in(role=role)
        answer = visitor.send(_address(rule), {}, method=method)
        turned_away = answer.status_code == 403 and any(word in answer.text for word in REFUSAL)
        if turned_away and role in ALLOWED[name]:
            refused_wrongly.append(name)
        if not turned_away and role not in ALLOWED[name]:
            let_in_wrongly.append(name)

    assert refused_wrongly == []
    assert let_in_wrongly == []


def test_nobody_is_let_in_without_signing_in(app: Flask) -> None:
    stranger = app.test_client()
    for name, method, rule in _routes(app):
        if name in PUBLIC:
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
    open_while_locked = {
        "DELETE /api/v1/session",
        "POST /api/v1/session/lock",
        "POST /api/v1/session/unlock",
        "POST /logga-ut",
        "GET /las",
        "POST /las",
        "POST /las/oppna",
    }
    for name, method, rule in _routes(app):
        if name in PUBLIC | open_while_locked:
            continue
        answer = visitor.send(_address(rule), {}, method=method)
        if rule.rule.startswith("/api/"):
            assert (name, answer.status_code) == (name, 401)
            assert answer.get_json()["type"] == "/problems/locked"
        else:
            assert (name, answer.headers.get("Location", "")[:4]) == (name, "/las")


def test_every_write_with_the_cookie_needs_the_pages_token(app: Flask, signed_in: SignIn) -> None:
    visitor = signed_in()
    visitor.headers = {}
    for name, method, rule in _routes(app):
        if name in PUBLIC or method == "GET":
            continue
        answer = visitor.send(_address(rule), {}, method=method)
        assert (name, answer.status_code) == (name, 403)
        assert rule.rule[:5] != "/api/" or answer.get_json()["type"] == "/problems/csrf"
