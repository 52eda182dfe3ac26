"""What each side is shown: the sender as far as was agreed on, the receiver as it was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import combinations
from typing import Any, get_args
from uuid import UUID

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.consents.rules import BACK
from outreach.foundation import clock
from outreach.handoffs import acting, lifecycle, service, worklists
from outreach.handoffs.lifecycle import Action, Reason, Side, Standing
from outreach.handoffs.schemas import HandoffSchema
from tests.builders import uuid7
from tests.handed_over import Both, acts_of, agree, both, do, draft, go, kept, said_with, sent

pytestmark = pytest.mark.usefixtures("app")

MASKS = [tuple(mask) for size in range(4) for mask in combinations(BACK, size)]
# What the team does after it was sent to, one way after the other.
ENDS: tuple[tuple[Action, ...], ...] = (
    ("accept",),
    ("decline",),
    ("accept", "start"),
    ("accept", "not-complete"),
    ("accept", "start", "complete"),
    ("accept", "start", "not-complete"),
)
_STATE_AFTER: Mapping[str, str] = {
    "accept": "accepted",
    "decline": "declined",
    "start": "in_progress",
    "complete": "completed",
    "not-complete": "not_completed",
}
_KIND: Mapping[str, str] = {
    "accept": "acceptance",
    "decline": "acceptance",
    "start": "progress",
    "complete": "outcome",
    "not-complete": "outcome",
}


@pytest.fixture
def sides() -> Both:
    return both()


def _known(acts: Sequence[str], back: Sequence[str]) -> list[str]:
    """Return which of the team's acts the sender may know of."""
    return [act for act in acts if _KIND[act] in back]


def _sender_sees(sides: Both, handoff: UUID) -> Any:
    return service.handoff(by=sides.sender, id=handoff)


@pytest.mark.parametrize("acts", ENDS, ids="+".join)
@pytest.mark.parametrize("back", MASKS, ids="+".join)
def test_the_sender_knows_what_may_be_told_back_and_nothing_more(
    sides: Both, back: tuple[str, ...], acts: tuple[Action, ...]
) -> None:
    handoff = sent(sides, *acts, back=list(back))
    known = _known(acts, back)
    state = _STATE_AFTER[known[-1]] if known else "sent"
    truth = service.handoff(by=sides.receiver, id=handoff)

    seen = _sender_sees(sides, handoff)

    assert (seen["state"], seen["back"]) == (state, list(back))
    assert seen["turn"] == (None if state in lifecycle.OVER else "receiver")
    assert [each["action"] for each in seen["history"]] == ["create", "send", *known]
    decided = {"accept", "decline"} & set(known)
    assert seen["decided_at"] == (truth["decided_at"] if decided else None)
    assert seen["started_at"] == (truth["started_at"] if "start" in known else None)
    ended = {"complete", "not-complete"} & set(known)
    assert seen["ended_at"] == (truth["ended_at"] if ended else None)
    assert seen["outcome"] == (truth["outcome"] if "complete" in known else None)
    told_why = {"decline", "not-complete"} & set(known)
    assert seen["reason"] == (truth["reason"] if told_why else None)
    assert {each["state"] for each in seen["history"]} <= {
        "draft", "sent", *(_STATE_AFTER[each] for each in known)
    }  # fmt: skip
    # And its list tells no more than it does itself.
    shown = ("state", "turn", "turn_since", "overdue", "first_meeting", "seen_at", "waits")
    assert seen["waits"] is (state in ("declined", "not_completed"))
    [row] = worklists.going(by=sides.sender, over=seen["turn"] is None and not seen["waits"])
    assert {name: row[name] for name in shown} == {name: seen[name] for name in shown}


@pytest.mark.parametrize("acts", ENDS, ids="+".join)
def test_since_when_tells_nothing_of_what_is_not_told(
    sides: Both, acts: tuple[Action, ...]
) -> None:
    now = clock.now()
    handoff = sent(sides, back=[])
    before = _sender_sees(sides, handoff)
    for days, act in enumerate(acts, start=1):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            go(sides, handoff, act)

    seen = _sender_sees(sides, handoff)

    unlike = {name for name in before if seen[name] != before[name]}
    assert unlike == {"version"}


@pytest.mark.parametrize("answered", [False, True])
def test_that_an_answer_is_late_is_not_told_of_one_that_may_not_be(
    sides: Both,
    answered: bool,  # noqa: FBT001 - both ways
) -> None:
    now = clock.now()
    handoff = sent(sides, back=["outcome"])
    if answered:
        go(sides, handoff, "accept")

    with time_machine.travel(now + timedelta(days=21), tick=False):
        assert _sender_sees(sides, handoff)["overdue"] is False
        assert [row["overdue"] for row in worklists.going(by=sides.sender)] == [False]
        waits = service.handoff(by=sides.receiver, id=handoff)["overdue"]
    # The team knows what it has not answered.
    assert waits is not answered


@pytest.mark.parametrize("answered", [False, True])
def test_once_nothing_more_may_be_told_nobody_sees_whether_an_answer_came_late(
    sides: Both,
    answered: bool,  # noqa: FBT001 - both ways
) -> None:
    now, last = clock.now(), clock.today() + timedelta(days=3)
    handoff = sent(sides, valid_to=last.isoformat())

    with time_machine.travel(now + timedelta(days=21), tick=False):
        if answered:
            go(sides, handoff, "accept")
        assert _sender_sees(sides, handoff)["overdue"] is False


@pytest.mark.parametrize("acts", ENDS, ids="+".join)
def test_what_comes_about_after_the_last_day_stays_with_the_team(
    sides: Both, acts: tuple[Action, ...]
) -> None:
    now, last = clock.now(), clock.today() + timedelta(days=3)
    handoff = sent(sides, valid_to=last.isoformat())

    with time_machine.travel(now + timedelta(days=4), tick=False):
        go(sides, handoff, *acts)
        seen = _sender_sees(sides, handoff)
        truth = service.handoff(by=sides.receiver, id=handoff)

    assert (seen["state"], len(seen["history"]), seen["decided_at"]) == ("sent", 2, None)
    assert truth["state"] == _STATE_AFTER[acts[-1]]
    assert len(truth["history"]) == 2 + len(acts)


def test_what_was_told_in_time_stays_told(sides: Both) -> None:
    now, last = clock.now(), clock.today() + timedelta(days=3)
    handoff = sent(sides, "accept", valid_to=last.isoformat())

    with time_machine.travel(now + timedelta(days=4), tick=False):
        go(sides, handoff, "start")
        assert _sender_sees(sides, handoff)["state"] == "accepted"


@pytest.mark.parametrize("back", MASKS, ids="+".join)
def test_a_first_meeting_is_progress_unless_the_sender_said_it(
    sides: Both, back: tuple[str, ...]
) -> None:
    handoff = sent(sides, "accept", back=list(back))
    own = sent(both(sides.sender, sides.receiver), "accept", back=list(back))

    do(sides.receiver, handoff, "first-meeting")
    do(sides.sender, own, "first-meeting")

    seen = _sender_sees(sides, handoff)
    told = "progress" in back
    assert (seen["first_meeting"] is not None) is told
    assert ("first-meeting" in [each["action"] for each in seen["history"]]) is told
    assert _sender_sees(sides, own)["first_meeting"]["state"] == "booked"
    assert service.handoff(by=sides.receiver, id=own)["first_meeting"]["state"] == "booked"


def test_a_first_meeting_that_the_team_tells_of_too_late_stays_with_the_team(sides: Both) -> None:
    now, last = clock.now(), clock.today() + timedelta(days=3)
    handoff = sent(sides, "accept", "start", valid_to=last.isoformat())

    with time_machine.travel(now + timedelta(days=4), tick=False):
        do(sides.receiver, handoff, "first-meeting")
        seen = _sender_sees(sides, handoff)
        [row] = worklists.going(by=sides.sender)

    assert (seen["first_meeting"], row["first_meeting"]) == (None, None)
    assert "first-meeting" not in [each["action"] for each in seen["history"]]
    assert seen["state"] == "in_progress"


def test_a_message_and_a_return_are_told_whatever_else_is_not(sides: Both) -> None:
    handoff = sent(sides, back=[])
    do(sides.receiver, handoff, "message")
    do(sides.receiver, handoff, "return", missing=["email"])

    seen = _sender_sees(sides, handoff)

    assert (seen["state"], seen["turn"], seen["missing"]) == ("sent", "sender", ["email"])
    assert [each["action"] for each in seen["history"]] == ["create", "send", "message", "return"]
    assert len(seen["messages"]) == 1


def test_what_the_sender_may_do_is_told_by_what_they_may_know(sides: Both) -> None:
    handoff = sent(sides, "accept", back=[])

    assert set(_sender_sees(sides, handoff)["can"]) == {"withdraw", "first-meeting", "message"}
    truth = service.handoff(by=sides.receiver, id=handoff)
    assert set(truth["can"]) == {"start", "not-complete", "first-meeting", "message"}


def test_after_a_withdrawal_the_team_sees_that_and_nothing_more(sides: Both) -> None:
    handoff = sent(sides, "accept")
    do(sides.receiver, handoff, "message")

    do(sides.sender, handoff, "withdraw", reason="consent")

    theirs = service.handoff(by=sides.receiver, id=handoff)
    ours = _sender_sees(sides, handoff)
    assert (theirs["state"], theirs["snapshot"], theirs["name"]) == ("withdrawn", None, None)
    assert (theirs["messages"], theirs["can"]) == ([], [])
    assert (theirs["back"], theirs["valid_to"]) == ([], None)
    assert (ours["state"], ours["reason"], ours["name"]) == ("withdrawn", "consent", "Elsa Nyström")
    assert set(ours["snapshot"]) == {"name", "phone"}
    assert len(ours["messages"]) == 1
    [row] = worklists.coming(by=sides.receiver)
    assert row["name"] is None


def test_what_is_told_has_just_the_fields_that_the_interface_says(sides: Both) -> None:
    handoff = sent(sides)
    fields = {field.attribute or name for name, field in HandoffSchema().fields.items()}

    assert set(service.handoff(by=sides.sender, id=handoff)) == fields
    # A team sees besides what it follows itself.
    assert set(service.handoff(by=sides.receiver, id=handoff)) == fields | {"ips"}


_REASONS: tuple[Reason, ...] = ("person", "sender", "consent")


def _do_something(data: st.DataObject, sides: Both, handoff: UUID, standing: Standing) -> Action:
    """Let one side do something that it may; return what."""
    may: list[tuple[Side, Action]] = [
        (side, action) for side in get_args(Side) for action in lifecycle.possible(standing, [side])
    ]
    side, action = data.draw(st.sampled_from(may))
    said = said_with(action)
    if action == "withdraw":
        reasons = [
            each
            for each in _REASONS
            if lifecycle.after(standing, action, reason=each)
            and (each != "consent" or kept(handoff).consent_id)
        ]
        said["reason"] = data.draw(st.sampled_from(reasons))
    if action == "first-meeting":
        # Another time each time: the same again is not done again.
        said["at"] = (clock.now() + timedelta(days=1)).isoformat()
    by = sides.sender if side == "sender" else sides.receiver
    acting.act(by=by, id=handoff, action=action, given=said)
    return action


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_however_it_goes_the_history_is_whole_for_the_team_and_masked_for_the_sender(
    data: st.DataObject,
) -> None:
    sides = both()
    back = data.draw(st.sampled_from(MASKS))
    agree(sides, back=list(back))
    handoff, done = draft(sides, id=str(uuid7())), ["create"]
    for _ in range(data.draw(st.integers(1, 10))):
        row = kept(handoff)
        standing = Standing(row.state, row.turn)
        if standing.turn is None:
            break
        done.append(_do_something(data, sides, handoff, standing))

        now = kept(handoff)
        assert acts_of(handoff) == done
        assert (now.turn is None) == (now.state in lifecycle.OVER)
        seen = _sender_sees(sides, handoff)
        started = now.started_at is not None
        told = lifecycle.as_told(Standing(now.state, now.turn), back, started=started)  # type: ignore[arg-type]
        assert (seen["state"], seen["turn"]) == told
        masked = {act for act, kind in _KIND.items() if kind not in back}
        assert not {each["action"] for each in seen["history"]} & masked
        if now.sent_at:
            truth = service.handoff(by=sides.receiver, id=handoff)
            # Of what was withdrawn the team sees only that it was.
            whole = [] if now.state == "withdrawn" else done
            assert [each["action"] for each in truth["history"]] == whole
            assert (truth["state"], truth["turn"]) == (now.state, now.turn)
