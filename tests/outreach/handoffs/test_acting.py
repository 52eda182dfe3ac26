"""What is done with a handoff: by every role, from every standing, and by two at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, get_args
from uuid import UUID

import pytest
import time_machine
from flask import Flask

from outreach.accounts.models import Unit
from outreach.consents import service as consents
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import (
    IdReuse,
    NotAllowed,
    NotFound,
    OutreachError,
    RuleBroken,
    Stale,
)
from outreach.handoffs import acting, lifecycle, service
from outreach.handoffs.lifecycle import Action, Side, Standing
from outreach.handoffs.standing import ConsentExpired, HandoffSettled
from outreach.participants.reading import ReasonRequired
from tests.builders import a_receiver, a_unit, an_actor, uuid7
from tests.handed_over import Both, acts_of, at, both, do, draft, kept, said_with, sent, whole

pytestmark = pytest.mark.usefixtures("app")

ACTIONS: tuple[Action, ...] = get_args(Action)
# On which side of a handoff that was sent to Jobbteamet each stands; None: on none.
ROLES: dict[str, Side | None] = {
    "sender": "sender",
    "supervisor of the unit": "sender",
    "receiver of the team": "receiver",
    "receiver of another team": None,
    "caseworker of the other committee": None,
    "supervisor of the other committee": None,
    "colleague": "sender",
    "analyst": None,
    "administrator": None,
    "reviewer": None,
}
NO_PART = {"analyst", "administrator", "reviewer"}


@pytest.fixture
def unit() -> Unit:
    return a_unit()


@pytest.fixture
def sides() -> Both:
    return both()


def _everybody(sides: Both, unit: Unit) -> dict[str, Actor]:
    found = {
        "sender": sides.sender,
        "supervisor of the unit": an_actor(role="supervisor", unit_id=str(unit.id)),
        "receiver of the team": sides.receiver,
        "receiver of another team": a_receiver("osa"),
        "caseworker of the other committee": an_actor(committee="SN"),
        "supervisor of the other committee": an_actor(role="supervisor", committee="SN"),
        "colleague": an_actor(),
        **{role: an_actor(role=role, committee=None) for role in NO_PART},
    }
    assert found.keys() == ROLES.keys()
    return found


def _refusal(role: str, standing: Standing, action: Action) -> type[OutreachError] | None:
    """Return how somebody is refused, or None: it is theirs to do."""
    side = ROLES[role]
    if role in NO_PART:
        return NotAllowed
    if side is None or (side == "receiver" and standing == lifecycle.DRAFT):
        return NotFound
    if side not in lifecycle.STEPS[action].by:
        return NotAllowed
    if role == "colleague":
        return ReasonRequired
    return None if lifecycle.after(standing, action) else HandoffSettled


@pytest.mark.parametrize("standing", lifecycle.STANDINGS, ids=str)
def test_who_may_not_is_refused_and_nothing_is_changed(unit: Unit, standing: Standing) -> None:
    sides = both(an_actor(unit_id=str(unit.id)))
    handoff = at(sides, standing)
    before, wanted, found = whole(handoff), {}, {}

    for role, by in _everybody(sides, unit).items():
        for action in ACTIONS:
            refusal = _refusal(role, standing, action)
            if refusal is None:
                continue
            wanted[role, action] = refusal
            with pytest.raises(OutreachError) as refused:
                do(by, handoff, action)
            found[role, action] = type(refused.value)

    assert found == wanted
    assert whole(handoff) == before


@pytest.mark.parametrize("standing", lifecycle.STANDINGS, ids=str)
@pytest.mark.parametrize("role", ["sender", "supervisor of the unit", "receiver of the team"])
def test_who_may_does_what_the_table_says_and_it_is_in_the_history(
    unit: Unit, role: str, standing: Standing
) -> None:
    sender, receiver = an_actor(unit_id=str(unit.id)), a_receiver()
    for action in ACTIONS:
        if _refusal(role, standing, action) is not None:
            continue
        sides = both(sender, receiver)
        handoff = at(sides, standing)
        version, acts = kept(handoff).version, acts_of(handoff)
        by = _everybody(sides, unit)[role]

        row = do(by, handoff, action)

        then = lifecycle.after(standing, action)
        now = kept(handoff)
        assert then == (row["state"], row["turn"]) == (now.state, now.turn), action
        assert acts_of(handoff) == [*acts, action]
        last = row["history"][-1]
        assert (last["by"]["id"], last["side"]) == (by.id, ROLES[role]), action
        # A message changes nothing but the history.
        assert now.version == version + (action != "message"), action


def test_what_each_act_leaves_is_kept(sides: Both) -> None:
    def done(standing: Standing, action: Action, **said: Any) -> dict[str, Any]:
        handoff = at(both(sides.sender, sides.receiver), standing)
        return do(sides.receiver, handoff, action, **said)

    declined = done(lifecycle.SENT, "decline", reason="travel_time_children")
    ended = done(lifecycle.IN_PROGRESS, "not-complete", reason="moved")
    returned = done(lifecycle.SENT, "return", missing=["note", "email", "note"])

    assert (declined["reason"], declined["ended_at"]) == ("travel_time_children", None)
    assert declined["decided_at"] == declined["turn_since"]
    assert (ended["reason"], ended["outcome"]) == ("moved", None)
    assert ended["ended_at"] > ended["started_at"] > ended["decided_at"]
    assert returned["missing"] == ["email", "note"]


def test_the_sender_may_change_their_mind_until_the_team_has_said_yes(sides: Both) -> None:
    for standing in (lifecycle.DRAFT, lifecycle.SENT, lifecycle.RETURNED):
        handoff = at(sides, standing)
        assert do(sides.sender, handoff, "withdraw", reason="sender")["state"] == "withdrawn"
    for standing in (lifecycle.ACCEPTED, lifecycle.IN_PROGRESS):
        handoff = at(sides, standing)
        before = whole(handoff)
        with pytest.raises(HandoffSettled):
            do(sides.sender, handoff, "withdraw", reason="sender")
        assert whole(handoff) == before
        row = do(sides.sender, handoff, "withdraw", reason="person")
        assert (row["state"], row["reason"]) == ("withdrawn", "person")


def test_taking_the_consent_back_is_a_way_to_withdraw(sides: Both) -> None:
    handoff = sent(sides)
    consent = kept(handoff).consent_id

    row = do(sides.sender, handoff, "withdraw", reason="consent")

    assert (row["state"], row["reason"]) == ("withdrawn", "consent")
    assert consents.consent(by=sides.sender, id=consent)["state"] == "withdrawn"
    assert acts_of(handoff) == ["create", "send", "withdraw"]


def test_what_rests_on_no_consent_cannot_be_withdrawn_with_it(sides: Both) -> None:
    handoff = draft(sides)

    with pytest.raises(HandoffSettled):
        do(sides.sender, handoff, "withdraw", reason="consent")

    assert kept(handoff).state == "draft"


BAD: dict[Action, tuple[Standing, dict[str, Any], list[str]]] = {
    "return": (lifecycle.SENT, {"missing": []}, ["/missing"]),
    "accept": (lifecycle.SENT, {"reason": "x"}, ["/reason"]),
    "decline": (lifecycle.SENT, {"reason": "lacks_af_decision"}, ["/reason"]),
    "start": (lifecycle.ACCEPTED, {"at": "now"}, ["/at"]),
    "complete": (lifecycle.IN_PROGRESS, {"outcome": "cured", "x": 1}, ["/outcome", "/x"]),
    "not-complete": (lifecycle.ACCEPTED, {"reason": "ill"}, ["/reason"]),
    "withdraw": (lifecycle.SENT, {"reason": None}, ["/reason"]),
    "first-meeting": (lifecycle.SENT, {"at": None, "x": 1}, ["/at", "/x"]),
    "message": (lifecycle.SENT, {"id": "1", "text": ""}, ["/id", "/text"]),
    "send": (lifecycle.DRAFT, {"fields": ["x"], "note_ids": "x"}, ["/fields/0", "/note_ids"]),
}


@pytest.mark.parametrize("action", BAD)
def test_every_fault_of_an_act_is_told_at_once_and_nothing_is_done(
    sides: Both, action: Action
) -> None:
    standing, said, wanted = BAD[action]
    handoff = at(sides, standing)
    before = whole(handoff)
    by = sides.sender if lifecycle.STEPS[action].by == ("sender",) else sides.receiver

    with pytest.raises(RuleBroken) as refused:
        do(by, handoff, action, **said)

    assert sorted(fault.pointer for fault in refused.value.faults) == wanted
    assert whole(handoff) == before


def test_an_act_from_an_older_version_is_told_how_it_stands_now(sides: Both) -> None:
    handoff = sent(sides)

    def accept(expected: int) -> Any:
        return acting.act(
            by=sides.receiver, id=handoff, action="accept", given={}, expected=expected
        )

    with pytest.raises(Stale) as stale:
        accept(1)

    assert stale.value.current
    assert (stale.value.current["state"], stale.value.current["participant_id"]) == ("sent", None)
    assert accept(kept(handoff).version)["state"] == "accepted"


def test_a_person_in_a_role_on_either_side_is_refused_before_faults_and_settled_before_them_too(
    sides: Both,
) -> None:
    handoff = at(sides, lifecycle.ACCEPTED)

    with pytest.raises(NotAllowed):
        acting.act(by=sides.sender, id=handoff, action="decline", given={"x": 1}, expected=99)
    with pytest.raises(HandoffSettled):
        acting.act(by=sides.receiver, id=handoff, action="decline", given={"x": 1}, expected=99)
    with pytest.raises(Stale):
        acting.act(by=sides.receiver, id=handoff, action="start", given={"x": 1}, expected=99)


def _race(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """Let all be done at the same moment; return how each went: done, or why not."""
    start = Barrier(len(acts))

    def within(act: Callable[[], object]) -> str:
        with app.app_context():
            start.wait()
            try:
                act()
            except OutreachError as error:
                return error.slug
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(within, acts))


@pytest.mark.parametrize("other", ["decline", "return", "accept"])
def test_of_two_who_answer_at_once_one_is_heard(app: Flask, sides: Both, other: Action) -> None:
    colleague = a_receiver()
    for _ in range(3):
        handoff = sent(both(sides.sender, sides.receiver))

        went = _race(
            app,
            lambda it=handoff: do(sides.receiver, it, "accept"),  # type: ignore[misc]
            lambda it=handoff: do(colleague, it, other),  # type: ignore[misc]
        )

        assert went == ["done", "handoff-settled"]
        assert len(acts_of(handoff)) == 3


def test_a_draft_that_is_sent_twice_at_once_is_sent_once(app: Flask, sides: Both) -> None:
    for _ in range(3):
        handoff = at(both(sides.sender, sides.receiver), lifecycle.DRAFT)

        went = _race(app, *[lambda it=handoff: do(sides.sender, it, "send")] * 2)

        assert went == ["done", "handoff-settled"]
        assert acts_of(handoff) == ["create", "send"]


def test_a_consent_taken_back_while_the_team_says_yes_ends_it_whoever_was_first(
    app: Flask, sides: Both
) -> None:
    for _ in range(3):
        pair = both(sides.sender, sides.receiver)
        handoff = sent(pair)
        consent: UUID = kept(handoff).consent_id

        went = _race(
            app,
            lambda it=handoff: do(sides.receiver, it, "accept"),  # type: ignore[misc]
            lambda it=consent: consents.withdraw(by=sides.sender, id=it),  # type: ignore[misc]
        )

        assert went in (["done", "done"], ["done", "handoff-settled"])
        assert kept(handoff).state == "withdrawn"


def test_nothing_is_sent_by_a_consent_that_is_taken_back_at_the_same_moment(
    app: Flask, sides: Both
) -> None:
    for _ in range(3):
        pair = both(sides.sender, sides.receiver)
        handoff = at(pair, lifecycle.DRAFT)
        [row] = consents.consents_of(by=sides.sender, participant=pair.person)

        went = _race(
            app,
            lambda it=handoff: do(sides.sender, it, "send"),  # type: ignore[misc]
            lambda it=row["id"]: consents.withdraw(by=sides.sender, id=it),  # type: ignore[misc]
        )

        assert went in (["done", "done"], ["consent-missing", "done"])
        assert kept(handoff).state == ("withdrawn" if went[0] == "done" else "draft")


def test_a_message_is_written_once_however_often_it_is_sent(sides: Both) -> None:
    handoff = sent(sides)
    said = said_with("message")

    for _ in range(2):
        row = do(sides.receiver, handoff, "message", **said)

    assert [(each["text"], each["side"]) for each in row["messages"]] == [
        ("Ringer er i morgon", "receiver")
    ]
    assert row["messages"][0]["written_by"] == {
        "id": sides.receiver.id,
        "name": sides.receiver.name,
    }
    assert acts_of(handoff) == ["create", "send", "message"]


def test_another_text_another_writer_or_another_handoff_is_no_repeat(sides: Both) -> None:
    handoff, said = sent(sides), said_with("message")
    other = sent(both(sides.sender, sides.receiver))
    do(sides.receiver, handoff, "message", **said)

    with pytest.raises(IdReuse):
        do(sides.receiver, handoff, "message", **(said | {"text": "Något annat"}))
    with pytest.raises(IdReuse):
        do(sides.sender, handoff, "message", **said)
    with pytest.raises(IdReuse):
        do(sides.receiver, other, "message", **said)
    assert acts_of(other) == ["create", "send"]


def test_both_sides_read_what_either_wrote_in_order(sides: Both) -> None:
    handoff = sent(sides)
    do(sides.sender, handoff, "message", text="Kan ni ringa?")
    do(sides.receiver, handoff, "message", text="Ja")

    for by in (sides.sender, sides.receiver):
        told = service.handoff(by=by, id=handoff)["messages"]
        assert [(each["side"], each["text"]) for each in told] == [
            ("sender", "Kan ni ringa?"),
            ("receiver", "Ja"),
        ]


def test_after_the_last_day_nothing_more_is_written_to_anybody(sides: Both) -> None:
    last = clock.today() + timedelta(days=5)
    handoff = sent(sides, valid_to=last.isoformat())
    now = clock.now()

    with time_machine.travel(now + timedelta(days=5), tick=False):
        do(sides.receiver, handoff, "message")
    with time_machine.travel(now + timedelta(days=6), tick=False):
        before = whole(handoff)
        for by in (sides.sender, sides.receiver):
            with pytest.raises(ConsentExpired):
                do(by, handoff, "message")
        assert whole(handoff) == before
        # What the team does with its own work goes on.
        assert do(sides.receiver, handoff, "accept")["state"] == "accepted"


def test_a_first_meeting_is_booked_and_was_held_when_it_was_to_be(sides: Both) -> None:
    handoff = sent(sides)
    soon = clock.now() + timedelta(hours=2)

    booked = do(sides.sender, handoff, "first-meeting", state="booked", at=soon.isoformat())
    with pytest.raises(RuleBroken) as early:
        do(sides.receiver, handoff, "first-meeting", state="held", at=soon.isoformat())
    with time_machine.travel(soon + timedelta(hours=1), tick=False):
        held = do(sides.receiver, handoff, "first-meeting", state="held", at=None)

    assert booked["first_meeting"] == {"state": "booked", "at": soon}
    assert [fault.pointer for fault in early.value.faults] == ["/at"]
    assert held["first_meeting"] == {"state": "held", "at": soon}


def test_a_first_meeting_that_came_about_before_its_time_was_held_now(sides: Both) -> None:
    handoff = sent(sides)
    later = (clock.now() + timedelta(days=2)).isoformat()
    do(sides.sender, handoff, "first-meeting", state="booked", at=later)

    held = do(sides.receiver, handoff, "first-meeting", state="held", at=None)

    assert held["first_meeting"]["at"] <= clock.now()


def test_a_first_meeting_that_nobody_booked_was_held_now(sides: Both) -> None:
    handoff = sent(sides)
    now = clock.now()

    with time_machine.travel(now, tick=False):
        row = do(sides.receiver, handoff, "first-meeting", state="held", at=None)
        again = do(sides.receiver, handoff, "first-meeting", state="held", at=None)

    assert row["first_meeting"]["state"] == "held"
    assert abs(row["first_meeting"]["at"] - now) < timedelta(seconds=1)
    assert again["first_meeting"] == row["first_meeting"]
    # The same again is not done again.
    assert acts_of(handoff) == ["create", "send", "first-meeting"]


def test_a_person_who_declines_a_first_meeting_has_none_booked(sides: Both) -> None:
    handoff = sent(sides)
    do(sides.sender, handoff, "first-meeting")

    row = do(sides.sender, handoff, "first-meeting", state="person_declined", at=None)

    assert row["first_meeting"] == {"state": "person_declined", "at": None}
    with pytest.raises(NotFound):
        do(sides.sender, uuid7(), "first-meeting")


def test_a_first_meeting_is_no_earlier_than_the_handoff_and_booked_only_ahead(
    sides: Both,
) -> None:
    handoff, now = sent(sides), clock.now()

    for state, on in (("held", now - timedelta(days=2)), ("booked", now - timedelta(minutes=5))):
        with pytest.raises(RuleBroken) as refused:
            do(sides.receiver, handoff, "first-meeting", state=state, at=on.isoformat())
        assert [fault.pointer for fault in refused.value.faults] == ["/at"]

    with time_machine.travel(now + timedelta(days=3), tick=False):
        earlier = (now + timedelta(days=1)).isoformat()
        held = do(sides.receiver, handoff, "first-meeting", state="held", at=earlier)
    assert held["first_meeting"] == {"state": "held", "at": now + timedelta(days=1)}


def test_what_stands_of_a_first_meeting_may_be_said_again_when_its_time_has_passed(
    sides: Both,
) -> None:
    handoff = sent(sides)
    at = clock.now().replace(second=30, microsecond=0) + timedelta(hours=1)
    booked = do(sides.receiver, handoff, "first-meeting", state="booked", at=at.isoformat())

    with time_machine.travel(at + timedelta(hours=1), tick=False):
        again = do(sides.receiver, handoff, "first-meeting", state="booked", at=at.isoformat())

    assert again["version"] == booked["version"]


def test_there_is_a_way_back_to_no_first_meeting(sides: Both) -> None:
    handoff = sent(sides)
    do(sides.receiver, handoff, "first-meeting")

    row = do(sides.receiver, handoff, "first-meeting", state="not_booked", at=None)

    assert row["first_meeting"] is None
    # And there is none to go back from twice.
    again = do(sides.receiver, handoff, "first-meeting", state="not_booked")
    assert again["version"] == row["version"]
