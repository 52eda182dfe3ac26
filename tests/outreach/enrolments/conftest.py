"""Somebody's time here, made as identification makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from outreach.accounts.models import Unit
from outreach.enrolments import checks, service
from outreach.enrolments.schemas import OpeningSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from tests.builders import a_participant, a_unit, uuid7

Enrol = Callable[..., tuple[UUID, UUID]]
Standing = Callable[[UUID], dict[int, dict[str, Any]]]


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


@pytest.fixture
def wednesday() -> Iterator[datetime]:
    """It is a Wednesday of November; no holiday is near."""
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    with time_machine.travel(now, tick=True):
        yield now


@pytest.fixture
def worked(enrol: Enrol) -> Enrol:
    """A function: let somebody's time here end with work that began days ago; return both ids."""

    def ended(
        by: Actor, *, ago: int = 30, person: dict[str, Any] | None = None, **said: Any
    ) -> tuple[UUID, UUID]:
        today = clock.today()
        opened_on = (today - timedelta(days=100)).isoformat()
        whose, period = enrol(by, person=person, opened_on=opened_on)
        given = {
            "closing_result": "work_supported",
            "closed_on": today.isoformat(),
            "start_date": (today - timedelta(days=ago)).isoformat(),
        } | said
        service.close_enrolment(by=by, id=period, given=given)
        return whose, period

    return ended


@pytest.fixture
def standing() -> Standing:
    """A function: return a person's checks as they stand, by their days."""

    def of(person: UUID) -> dict[int, dict[str, Any]]:
        with transaction(by=system("test")):
            return {row["day"]: row for row in checks.of_people([person])}

    return of
