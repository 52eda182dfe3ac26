"""The administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.builders import Visitor

SignIn = Callable[..., Visitor]


@pytest.fixture
def administrator(signed_in: SignIn) -> Visitor:
    """The administrator's browser."""
    return signed_in(role="administrator", sites=(), committee=None)
