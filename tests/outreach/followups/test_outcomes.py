"""A meeting that was held is counted: one contact and one person more, and none when it was not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from outreach.contacts import service as contacts
from outreach.followups import outcomes
from outreach.followups import service as meetings
from outreach.followups.recording import SlotTaken
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.periods import Period
from outreach.indicators import night, service
from tests.builders import a_followup, a_participant, a_recorded_contact, an_actor


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


@pytest.mark.usefixtures("app")
def test_what_was_booked_in_error_is_nobodys_cancellation_and_frees_the_time_of_all() -> None:
    anna = an_actor()
    person = str(a_participant(anna))
    at = (clock.now() + timedelta(days=3)).isoformat()
    row = a_followup(anna, participant_id=person, starts_at=at)
    day = clock.local(row["starts_at"]).date()

    said = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "mistaken"})

    assert (said["state"], said["happened"], said["needs_outcome"]) == ("mistaken", False, False)
    assert meetings.followups(by=anna, first=day, last=day, worker=anna.id) == []
    bo = [str(an_actor().id)]
    other = a_followup(anna, workers=bo, participant_id=person, starts_at=at)
    with pytest.raises(SlotTaken):
        outcomes.undo_outcome(by=anna, id=row["id"])
    outcomes.set_outcome(by=anna, id=other["id"], given={"state": "mistaken"})
    assert outcomes.undo_outcome(by=anna, id=row["id"])["state"] == "booked"


@pytest.mark.usefixtures("app")
def test_nobody_is_reminded_of_what_was_booked_in_error(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SMS_URL", "https://sms.test/a1/sms")
    anna = an_actor()
    wishes = {"sms": "yes", "email": "no", "call": "no"}
    person = a_participant(anna, phone="070-174 06 05", contact_preference=wishes)
    at = (clock.now() + timedelta(days=5)).isoformat()
    row = a_followup(anna, participant_id=str(person), starts_at=at, reminder="sms")
    assert [each["state"] for each in row["reminders"]] == ["waiting"]

    said = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "mistaken"})

    assert [each["state"] for each in said["reminders"]] == ["not_sent"]


@pytest.mark.usefixtures("app")
def test_a_contact_says_no_more_that_a_meeting_was_booked_from_it_when_that_was_an_error() -> None:
    anna = an_actor()
    person = str(a_participant(anna))
    plain = a_recorded_contact(anna, participant_id=person)

    def result() -> str:
        return str(contacts.contact(by=anna, id=plain["id"])["result"])

    first, second = (
        a_followup(
            anna,
            participant_id=person,
            from_contact=str(plain["id"]),
            starts_at=(clock.now() + timedelta(days=days)).isoformat(),
        )
        for days in (2, 3)
    )
    told = []
    for each in (first, second):
        outcomes.set_outcome(by=anna, id=each["id"], given={"state": "mistaken"})
        told.append(result())
    outcomes.undo_outcome(by=anna, id=second["id"])

    assert told == ["meeting_booked", "information_given"]
    assert result() == "meeting_booked"
