"""A meeting that was held is counted: one contact and one person more, and none when it was not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from outreach.contacts import service as contacts
from outreach.followups import outcomes
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.indicators import night, service
from outreach.indicators.periods import Period
from tests.builders import a_followup, a_participant, an_actor


def _figures() -> dict[str, Any]:
    """Count the night, and return SN3 and the contacts of the year so far, unhidden."""
    night.run(by=system("test"))
    today = clock.today()
    chief = an_actor(role="supervisor")
    period = Period(today.replace(month=1, day=1), today)
    told = service.figures(by=chief, period=period, threshold=5, raw=True)
    [sn3] = [each for each in told["figures"] if each["code"] == "SN3"]
    return {"persons": sn3["value"], "contacts": sn3["beside"]["contacts"]}


@pytest.fixture
def _noon() -> Any:
    with time_machine.travel(datetime(2026, 11, 24, 11, 0, tzinfo=UTC), tick=True):
        yield


@pytest.mark.usefixtures("_noon")
def test_a_meeting_that_was_held_raises_contacts_and_persons_by_exactly_one(app: Flask) -> None:
    assert app
    anna = an_actor()
    row = a_followup(
        anna,
        participant_id=str(a_participant(anna)),
        starts_at=(clock.now() - timedelta(minutes=10)).isoformat(),
    )
    before = _figures()

    held = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"})
    after = _figures()
    contacts.void_contact(by=anna, id=held["contact_id"], given={"reason": "mistap"})
    voided = _figures()
    outcomes.set_outcome(by=anna, id=row["id"], given={"state": "no_show"})

    assert after == {name: number + 1 for name, number in before.items()}
    assert voided == _figures() == before
