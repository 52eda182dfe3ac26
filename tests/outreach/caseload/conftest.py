"""Somebody with a history, made as the product makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from outreach.accounts.models import Unit
from outreach.foundation.actor import Actor
from outreach.identification import service as identification
from tests.builders import a_person, a_unit

Identify = Callable[..., UUID]


@pytest.fixture
def identify() -> Identify:
    """A function: let somebody (see `a_person`) be known by a worker; return the id."""

    def identified(by: Actor, **said: Any) -> UUID:
        row, _ = identification.identify(by=by, given=a_person(**said))
        return UUID(str(row["id"]))

    return identified


@pytest.fixture
def unit() -> Unit:
    """A unit of KN."""
    return a_unit()
