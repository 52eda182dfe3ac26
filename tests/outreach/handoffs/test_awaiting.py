"""What is left when it is over: the sender decides what comes instead, the team knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from outreach.consents import service as consents
from outreach.foundation.actor import Actor
from outreach.foundation.errors import NotAllowed, NotFound
from outreach.handoffs import awaiting, lifecycle, service, worklists
from outreach.handoffs.standing import HandoffSettled
from outreach.participants import next_steps
from outreach.participants import service as participants
from tests.builders import a_followup, a_receiver, an_actor
from tests.handed_over import Both, at, both, do, draft, kept, sent

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def sides() -> Both:
    return both()


def _waits(by: Actor) -> int:
    return worklists.waiting(by=by)


@pytest.mark.parametrize("standing", [lifecycle.DECLINED, lifecycle.NOT_COMPLETED], ids=str)
def test_one_that_came_to_nothing_waits_for_its_sender_until_they_say_that_nothing_is_needed(
    sides: Both, standing: lifecycle.Standing
) -> None:
    handoff = at(sides, standing)
    assert _waits(sides.sender) == 1

    first = service.take_in(by=sides.sender, id=handoff)

    assert (first["state"], first["waits"]) == (standing.state, False)
    assert _waits(sides.sender) == 0
    settled = kept(handoff).settled_at
    assert service.take_in(by=sides.sender, id=handoff) == first
    assert kept(handoff).settled_at == settled


def test_a_next_step_that_is_set_after_the_decline_is_a_decision(sides: Both) -> None:
    version = participants.participant(by=sides.sender, id=sides.person)["version"]
    step = {"text": "Ringer på tisdag", "turn": "worker"}
    next_steps.set_next_step(by=sides.sender, id=sides.person, expected=version, given=step)
    at(sides, lifecycle.DECLINED)
    # The one of before says nothing of what comes now.
    assert _waits(sides.sender) == 1

    version = participants.participant(by=sides.sender, id=sides.person)["version"]
    next_steps.set_next_step(by=sides.sender, id=sides.person, expected=version, given=step)

    assert _waits(sides.sender) == 0


def test_a_meeting_or_another_handoff_is_a_decision_too(sides: Both) -> None:
    other = both(sides.sender, sides.receiver)
    at(sides, lifecycle.DECLINED)
    at(other, lifecycle.DECLINED)
    assert _waits(sides.sender) == 2

    a_followup(sides.sender, participant_id=str(sides.person))
    assert _waits(sides.sender) == 1
    draft(other, team="osa")
    assert _waits(sides.sender) == 0


def test_whoever_is_not_told_of_a_decline_has_nothing_to_decide_and_learns_nothing(
    sides: Both,
) -> None:
    handoff = sent(sides, "decline", back=["outcome"])

    assert _waits(sides.sender) == 0
    with pytest.raises(HandoffSettled):
        service.take_in(by=sides.sender, id=handoff)


def test_a_team_is_told_that_a_yes_was_taken_back_until_it_says_that_it_knows(
    sides: Both,
) -> None:
    handoff = sent(sides, "accept")

    consents.withdraw(by=sides.sender, id=kept(handoff).consent_id)

    [row] = worklists.coming(by=sides.receiver)
    assert (row["id"], row["state"], row["name"], row["waits"]) == (
        handoff, "withdrawn", None, True,
    )  # fmt: skip
    assert _waits(sides.receiver) == 1
    seen = service.take_in(by=sides.receiver, id=handoff)
    assert (seen["waits"], seen["reason"], seen["snapshot"]) == (False, None, None)
    assert worklists.coming(by=sides.receiver) == []
    assert [row["id"] for row in worklists.coming(by=sides.receiver, over=True)] == [handoff]
    assert service.take_in(by=sides.receiver, id=handoff) == seen


def test_after_a_month_a_team_is_told_no_more_of_it(sides: Both) -> None:
    handoff = at(sides, lifecycle.WITHDRAWN)
    since = kept(handoff).recalled_at

    with time_machine.travel(since + awaiting.RECALL_SHOWN - timedelta(minutes=1), tick=False):
        assert _waits(sides.receiver) == 1
    with time_machine.travel(since + awaiting.RECALL_SHOWN + timedelta(minutes=1), tick=False):
        assert _waits(sides.receiver) == 0
        assert worklists.coming(by=sides.receiver) == []


def test_a_draft_that_is_taken_back_is_told_nobody(sides: Both) -> None:
    handoff = draft(sides)

    do(sides.sender, handoff, "withdraw", reason="sender")

    assert kept(handoff).recalled_at is None
    assert _waits(sides.receiver) == 0


@pytest.mark.parametrize(
    "standing",
    [each for each in lifecycle.STANDINGS if each.state not in ("declined", "not_completed")],
    ids=str,
)
def test_where_nothing_is_left_for_the_sender_nothing_is_taken_in(
    sides: Both, standing: lifecycle.Standing
) -> None:
    handoff = at(sides, standing)

    with pytest.raises(HandoffSettled):
        service.take_in(by=sides.sender, id=handoff)


def test_only_the_two_sides_take_anything_in(sides: Both) -> None:
    handoff = at(sides, lifecycle.WITHDRAWN)

    with pytest.raises(NotFound):
        service.take_in(by=a_receiver("osa"), id=handoff)
    with pytest.raises(NotAllowed):
        service.take_in(by=an_actor(role="analyst"), id=handoff)
