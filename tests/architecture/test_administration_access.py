"""Who may open what of the directory and the administration: every route against every role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from outreach.accounts.permissions import ROLES
from tests.builders import Visitor, uuid7

SignIn = Callable[..., Visitor]

_ID = uuid7()
_EVERYBODY = [
    ("GET", "/vart"),
    ("GET", "/konto"),
    ("GET", "/api/v1/directory"),
]
_ADMINISTRATOR = [
    ("GET", "/personal"),
    ("GET", "/personal/ny"),
    ("GET", f"/personal/{_ID}"),
    ("POST", "/personal"),
    ("POST", f"/personal/{_ID}"),
    ("POST", f"/personal/{_ID}/losenord"),
    ("POST", f"/personal/{_ID}/logga-ut"),
    ("POST", f"/personal/{_ID}/slapp-in"),
    ("POST", f"/personal/{_ID}/avsluta"),
    ("GET", "/personal/enheter/ny"),
    ("POST", "/personal/enheter"),
    ("POST", f"/personal/enheter/{_ID}"),
    ("GET", "/kodlistor"),
    ("GET", "/kodlistor/topic"),
    ("POST", "/kodlistor/topic"),
    ("GET", "/kodlistor/topic/cv"),
    ("POST", "/kodlistor/topic/cv"),
    ("POST", "/kodlistor/topic/cv/avsluta"),
    ("GET", "/platser"),
    ("GET", "/platser/ny"),
    ("GET", "/platser/ansvar/ny"),
    ("POST", "/platser/ansvar"),
    ("POST", f"/platser/ansvar/{_ID}"),
    ("GET", "/katalog"),
    ("GET", "/katalog/ny"),
    ("GET", f"/katalog/{_ID}"),
    ("POST", "/katalog"),
    ("POST", f"/katalog/{_ID}"),
    ("POST", f"/katalog/{_ID}/kontrollerad"),
    ("POST", f"/katalog/{_ID}/avsluta"),
    ("GET", "/nycklar"),
    ("POST", "/nycklar"),
    ("POST", f"/nycklar/{_ID}/sparra"),
    ("POST", "/api/v1/directory"),
    ("PATCH", f"/api/v1/directory/{_ID}"),
    ("POST", f"/api/v1/directory/{_ID}/check"),
    ("POST", f"/api/v1/directory/{_ID}/retire"),
    ("GET", "/api/v1/users"),
    ("POST", "/api/v1/users"),
    ("GET", f"/api/v1/users/{_ID}"),
    ("PATCH", f"/api/v1/users/{_ID}"),
    ("POST", f"/api/v1/users/{_ID}/close"),
    ("POST", f"/api/v1/users/{_ID}/end-sessions"),
    ("POST", f"/api/v1/users/{_ID}/reset-tries"),
    ("PUT", f"/api/v1/users/{_ID}/password"),
    ("GET", "/api/v1/units"),
    ("POST", "/api/v1/units"),
    ("PATCH", f"/api/v1/units/{_ID}"),
    ("POST", "/api/v1/codes/topic"),
    ("PATCH", "/api/v1/codes/topic/cv"),
    ("GET", "/api/v1/duties"),
    ("POST", "/api/v1/duties"),
    ("POST", f"/api/v1/duties/{_ID}/end"),
    ("GET", "/api/v1/tokens"),
]


def _status(visitor: Visitor, method: str, path: str) -> int:
    more: dict[str, Any] = {"json": {}} if "/api/" in path and method != "GET" else {}
    return visitor.client.open(path, method=method, headers=visitor.headers, **more).status_code


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_is_its_own_and_nothing_else(signed_in: SignIn, role: str) -> None:
    visitor = signed_in(role=role)

    everybody = {path: _status(visitor, method, path) for method, path in _EVERYBODY}
    administration = {
        (method, path): _status(visitor, method, path) for method, path in _ADMINISTRATOR
    }

    assert everybody == dict.fromkeys(everybody, 200)
    if role == "administrator":
        # Refused for what it says or what it is about, never for who asks; nothing breaks.
        assert set(administration.values()) <= {200, 404, 412, 422, 428}
    else:
        assert administration == dict.fromkeys(administration, 403)


def test_the_administrator_sees_no_contact(signed_in: SignIn) -> None:
    administrator = signed_in(role="administrator")

    assert administrator.get("contacts").status_code == 403
    assert administrator.get(f"contacts/{_ID}").status_code == 403


def test_nobody_gets_in_without_signing_in(app: Flask) -> None:
    client = app.test_client()

    for method, path in (*_EVERYBODY, *_ADMINISTRATOR):
        status = client.open(path, method=method, json={} if "/api/" in path else None).status_code
        assert status == (401 if "/api/" in path else 303), (method, path)


def test_a_write_without_the_pages_token_changes_nothing(signed_in: SignIn) -> None:
    administrator = signed_in(role="administrator")

    for method, path in _ADMINISTRATOR:
        if method != "GET":
            answer = administrator.client.open(path, method=method)
            assert answer.status_code == 403, (method, path)
