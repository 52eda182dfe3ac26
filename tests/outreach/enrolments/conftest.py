"""Somebody's time here, made as identification makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from outreach.accounts.models import Unit
from outreach.enrolments import service
from outreach.enrolments.schemas import OpeningSchema
from outreach.foundation.actor import Actor
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from tests.builders import a_participant, a_unit, uuid7

Enrol = Callable[..., tuple[UUID, UUID]]


@pytest.fixture
def enrol() -> Enrol:
    """A function: let somebody (see `a_participant`) be known and begin; return both ids."""

    def enrolled(
        by: Actor, *, person: dict[str, Any] | None = None, **said: Any
    ) -> tuple[UUID, UUID]:
        whose = a_participant(by, **(person or {}))
        given = {"route_in": "own_initiative", "enrolment_id": str(uuid7())} | said
        facts = read(OpeningSchema(), given, service.opening_faults)
        with transaction(by=by):
            return whose, service.open_enrolment(by=by, participant=whose, facts=facts)

    return enrolled


@pytest.fixture
def unit() -> Unit:
    """A unit of KN."""
    return a_unit()
