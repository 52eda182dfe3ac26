"""The first meeting of all three: from both calendars, and what becomes of it is said once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from outreach.consents import service as consents
from outreach.followups import booking, outcomes
from outreach.followups import service as meetings
from outreach.followups.recording import SlotTaken
from outreach.followups.standing import FollowupSettled
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import NotAllowed, RuleBroken
from outreach.handoffs import acting, first_meetings, service
from outreach.handoffs.standing import HandoffSettled
from outreach.shifts import opening_hours
from tests.builders import a_consent, a_followup, a_participant, an_actor, uuid7
from tests.handed_over import kept

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def anna() -> Actor:
    """Somebody who works where the doors are open every day."""
    days = [{"weekday": day, "opens": "10:00", "closes": "16:00"} for day in range(1, 8)]
    given = {"valid_from": "2026-01-01", "days": days}
    chief = an_actor(role="supervisor")
    opening_hours.set_opening_hours(by=chief, site="hagalund", expected=0, given=given)
    return an_actor()


@pytest.fixture
def daniel() -> Actor:
    return an_actor(role="receiver", sites=(), committee="SN", team="jobbteamet")


def _accepted(by: Actor, receiver: Actor) -> UUID:
    person = a_participant(by)
    back = ["acceptance", "progress", "outcome"]
    consents.give_consent(by=by, given=a_consent(person, back=back))
    given = {
        "id": str(uuid7()),
        "participant_id": str(person),
        "team": "jobbteamet",
        "fields": ["name"],
    }
    row, _ = service.begin(by=by, given=given)
    acting.act(by=by, id=row["id"], action="send", given={})
    acting.act(by=receiver, id=row["id"], action="accept", given={})
    return UUID(str(row["id"]))


def _weekday(number: int) -> date:
    """Return the next such weekday (Monday is 0) that is a week ahead and no holiday's eve."""
    day = clock.today() + timedelta(days=7)
    return day + timedelta(days=(number - day.weekday()) % 7)


def _free(by: Actor, handoff: UUID, day: date) -> list[datetime]:
    found = first_meetings.times(by=by, id=handoff, first=day)
    return next(starts for each, starts in found["days"] if each == day)


def _book(by: Actor, handoff: UUID, receiver: Actor, at: datetime) -> UUID:
    given = {
        "id": str(uuid7()),
        "receiver_id": str(receiver.id),
        "starts_at": at.isoformat(),
        "place": "hagalund",
    }
    first_meetings.book(by=by, id=handoff, given=given)
    return UUID(given["id"])


def _some_time(by: Actor, handoff: UUID) -> datetime:
    found = first_meetings.times(by=by, id=handoff, first=clock.today() + timedelta(days=3))
    start: datetime = next(start for _, starts in found["days"] for start in starts)
    return start


def test_times_are_offered_when_both_are_at_work_and_chosen_is_who_said_yes(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _accepted(anna, daniel)

    found = first_meetings.times(by=anna, id=handoff, first=_weekday(5))

    by_weekday = {day.weekday(): starts for day, starts in found["days"][:7]}
    assert found["receiver"] == daniel.id
    assert by_weekday[5] == by_weekday[6] == []
    offered = [start for starts in by_weekday.values() for start in starts]
    assert {clock.local(start).hour for start in offered} <= set(range(10, 16))


def test_it_takes_the_time_of_both_and_the_team_sees_when_it_is(anna: Actor, daniel: Actor) -> None:
    handoff, another = _accepted(anna, daniel), _accepted(anna, daniel)
    at = _some_time(anna, handoff)

    _book(anna, handoff, daniel, at)

    seen = service.handoff(by=daniel, id=handoff)
    assert seen["first_meeting"] == {"state": "booked", "at": at}
    assert at not in _free(anna, another, clock.local(at).date())
    with pytest.raises(SlotTaken):
        _book(anna, another, daniel, at)


def test_a_repeat_is_one_meeting(anna: Actor, daniel: Actor) -> None:
    handoff = _accepted(anna, daniel)
    given = {
        "id": str(uuid7()),
        "receiver_id": str(daniel.id),
        "starts_at": _some_time(anna, handoff).isoformat(),
        "place": "hagalund",
    }
    once = first_meetings.book(by=anna, id=handoff, given=given)

    assert first_meetings.book(by=anna, id=handoff, given=given)["version"] == once["version"]


def test_what_becomes_of_the_meeting_is_said_on_the_handoff_by_itself(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _accepted(anna, daniel)
    meeting = _book(anna, handoff, daniel, clock.now() + timedelta(minutes=2))

    outcomes.set_outcome(by=anna, id=meeting, given={"state": "held"})
    assert service.handoff(by=daniel, id=handoff)["first_meeting"]["state"] == "held"
    outcomes.undo_outcome(by=anna, id=meeting)
    assert service.handoff(by=daniel, id=handoff)["first_meeting"]["state"] == "booked"
    outcomes.set_outcome(by=anna, id=meeting, given={"state": "cancelled_by_us"})
    assert service.handoff(by=daniel, id=handoff)["first_meeting"] is None


def test_one_that_is_moved_is_followed(anna: Actor, daniel: Actor) -> None:
    handoff = _accepted(anna, daniel)
    meeting = _book(anna, handoff, daniel, _some_time(anna, handoff))
    at = _some_time(anna, handoff)
    given = {"id": str(uuid7()), "starts_at": at.isoformat(), "asked_by": "team"}

    booking.reschedule(by=anna, id=meeting, given=given)

    assert service.handoff(by=daniel, id=handoff)["first_meeting"] == {"state": "booked", "at": at}
    outcomes.set_outcome(by=anna, id=UUID(given["id"]), given={"state": "cancelled_by_us"})
    assert service.handoff(by=daniel, id=handoff)["first_meeting"] is None


def test_a_withdrawal_calls_it_off_and_frees_both(anna: Actor, daniel: Actor) -> None:
    handoff, another = _accepted(anna, daniel), _accepted(anna, daniel)
    at = _some_time(anna, handoff)
    meeting = _book(anna, handoff, daniel, at)

    acting.act(by=anna, id=handoff, action="withdraw", given={"reason": "person"})

    state = meetings.followup(by=anna, id=meeting)["state"]
    assert state == "cancelled_by_participant"
    assert at in _free(anna, another, clock.local(at).date())


def test_it_is_booked_by_whoever_hands_over_once_the_team_has_said_yes(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _accepted(anna, daniel)
    with pytest.raises(NotAllowed):
        first_meetings.times(by=daniel, id=handoff, first=clock.today())
    acting.act(by=daniel, id=handoff, action="start", given={})
    acting.act(by=daniel, id=handoff, action="complete", given={"outcome": "job_found"})

    with pytest.raises(HandoffSettled):
        first_meetings.times(by=anna, id=handoff, first=clock.today())


def test_what_is_booked_is_moved_and_not_booked_twice(anna: Actor, daniel: Actor) -> None:
    handoff = _accepted(anna, daniel)
    first = _some_time(anna, handoff)
    _book(anna, handoff, daniel, first)
    second = _some_time(anna, handoff)

    with pytest.raises(HandoffSettled):
        _book(anna, handoff, daniel, second)

    assert second in _free(anna, handoff, clock.local(second).date())


def test_a_list_of_meetings_names_nobody_of_another_team(anna: Actor, daniel: Actor) -> None:
    handoff = _accepted(anna, daniel)
    meeting = _book(anna, handoff, daniel, _some_time(anna, handoff))

    [listed] = [row for row in meetings.followups(by=anna) if row["id"] == meeting]
    assert [each["id"] for each in listed["workers"]] == [anna.id]
    whole = meetings.followup(by=anna, id=meeting)
    assert [each["id"] for each in whole["workers"]] == [anna.id, daniel.id]


def test_only_somebody_of_the_team_can_be_the_third(anna: Actor, daniel: Actor) -> None:
    handoff = _accepted(anna, daniel)

    with pytest.raises(RuleBroken) as refused:
        _book(anna, handoff, an_actor(), clock.now() + timedelta(hours=1))

    assert [fault.pointer for fault in refused.value.faults] == ["/receiver_id"]


@pytest.mark.parametrize("before", ["booked", "cancelled_by_us"])
def test_when_the_yes_is_taken_back_the_meeting_stays_off_and_nobody_is_offered_to_undo_it(
    anna: Actor, daniel: Actor, before: str
) -> None:
    handoff = _accepted(anna, daniel)
    meeting = _book(anna, handoff, daniel, _some_time(anna, handoff))
    if before != "booked":
        outcomes.set_outcome(by=anna, id=meeting, given={"state": before})
        assert meetings.followup(by=anna, id=meeting)["can_undo"]
    consents.withdraw(by=anna, id=kept(handoff).consent_id)

    with pytest.raises(FollowupSettled):
        outcomes.undo_outcome(by=anna, id=meeting)

    row = meetings.followup(by=anna, id=meeting)
    assert row["state"].startswith("cancelled_by_")
    assert not row["can_undo"]
    day = clock.local(row["starts_at"]).date()
    [listed] = meetings.followups(by=anna, first=day, last=day, worker=anna.id)
    assert not listed["can_undo"]


def test_while_the_handoff_is_under_way_a_cancelled_first_meeting_is_booked_again(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _accepted(anna, daniel)
    at = _some_time(anna, handoff)
    meeting = _book(anna, handoff, daniel, at)
    outcomes.set_outcome(by=anna, id=meeting, given={"state": "cancelled_by_participant"})

    row = outcomes.undo_outcome(by=anna, id=meeting)

    assert row["state"] == "booked"
    assert service.handoff(by=daniel, id=handoff)["first_meeting"] == {"state": "booked", "at": at}


def test_a_first_meeting_is_offered_at_no_time_when_the_person_is_met_already(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _accepted(anna, daniel)
    at = _some_time(anna, handoff)
    person = str(kept(handoff).participant_id)
    bo = [str(an_actor().id)]
    a_followup(anna, participant_id=person, workers=bo, starts_at=at.isoformat())

    assert at not in _free(anna, handoff, clock.local(at).date())
    with pytest.raises(SlotTaken):
        _book(anna, handoff, daniel, at)


def test_a_note_of_the_teams_does_not_stand_in_the_way_of_booking(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _accepted(anna, daniel)
    noted = (clock.now() + timedelta(days=2)).isoformat()
    said = {"state": "booked", "at": noted}
    acting.act(by=daniel, id=handoff, action="first-meeting", given=said)
    at = _some_time(anna, handoff)

    _book(anna, handoff, daniel, at)

    assert service.handoff(by=daniel, id=handoff)["first_meeting"] == {"state": "booked", "at": at}


def test_one_of_ours_is_moved_in_the_calendar_and_not_by_hand(anna: Actor, daniel: Actor) -> None:
    handoff = _accepted(anna, daniel)
    meeting = _book(anna, handoff, daniel, _some_time(anna, handoff))
    another = (clock.now() + timedelta(days=2)).isoformat()

    for said in ({"state": "booked", "at": another}, {"state": "not_booked"}):
        with pytest.raises(HandoffSettled):
            acting.act(by=daniel, id=handoff, action="first-meeting", given=said)

    # Once it is called off, what is agreed on elsewhere is written, and takes its place.
    outcomes.set_outcome(by=anna, id=meeting, given={"state": "cancelled_by_us"})
    said = {"state": "booked", "at": another}
    acting.act(by=daniel, id=handoff, action="first-meeting", given=said)
    with pytest.raises(FollowupSettled):
        outcomes.undo_outcome(by=anna, id=meeting)
    told = service.handoff(by=daniel, id=handoff)["first_meeting"]
    assert told == {"state": "booked", "at": datetime.fromisoformat(another)}


def test_both_sides_see_where_it_is_and_with_whom_and_the_sender_the_way_to_it(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _accepted(anna, daniel)
    assert first_meetings.meeting_of(by=anna, id=handoff) is None
    meeting = _book(anna, handoff, daniel, _some_time(anna, handoff))

    ours = first_meetings.meeting_of(by=anna, id=handoff)
    theirs = first_meetings.meeting_of(by=daniel, id=handoff)

    assert ours is not None
    assert theirs is not None
    assert (ours["id"], theirs["id"]) == (meeting, None)
    assert ours["place"] == theirs["place"] == "hagalund"
    assert len(theirs["with"]) == 2
    acting.act(by=anna, id=handoff, action="withdraw", given={"reason": "person"})
    assert first_meetings.meeting_of(by=daniel, id=handoff) is None
