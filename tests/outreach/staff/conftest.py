"""The administrator, and an ordinary colleague to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import Visitor, uuid7

SignIn = Callable[..., Visitor]
Body = Callable[..., dict[str, Any]]


@pytest.fixture
def administrator(signed_in: SignIn) -> Visitor:
    """The administrator's browser."""
    return signed_in(role="administrator", sites=(), committee=None)


@pytest.fixture
def a_colleague() -> Body:
    """A function: the body of a new caseworker, with what the test says over it."""

    def body(**said: Any) -> dict[str, Any]:
        return {
            "id": str(uuid7()),
            "username": "ny.kollega",
            "name": "Ny Kollega",
            "password": "gran-hav-cykel-tisdag",
            "roles": ["caseworker"],
            "sites": ["hagalund"],
            "committee": "KN",
        } | said

    return body
