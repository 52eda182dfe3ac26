"""The life of a handoff, against a table of its own: who may do what when, and whose turn it is."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.handoffs import lifecycle
from outreach.handoffs.lifecycle import REASONS, STANDINGS, Action, Reason, Side, Standing, Told

ACTIONS: tuple[Action, ...] = get_args(Action)
SIDES: tuple[Side, ...] = get_args(Side)
TOLD: tuple[Told, ...] = get_args(Told)

# The law, as it was agreed on: (state, whose turn) action by -> (state, whose turn). What is not
# here cannot be done. Written by hand, not after the code.
LAW = """
    draft sender          send by sender                  sent receiver
    draft sender          withdraw by sender              withdrawn nobody
    sent receiver         return by receiver              sent sender
    sent receiver         accept by receiver              accepted receiver
    sent receiver         decline by receiver             declined nobody
    sent receiver         withdraw by sender              withdrawn nobody
    sent receiver         first-meeting by either         sent receiver
    sent receiver         message by either               sent receiver
    sent sender           send by sender                  sent receiver
    sent sender           withdraw by sender              withdrawn nobody
    sent sender           first-meeting by either         sent sender
    sent sender           message by either               sent sender
    accepted receiver     start by receiver               in_progress receiver
    accepted receiver     not-complete by receiver        not_completed nobody
    accepted receiver     withdraw by sender              withdrawn nobody
    accepted receiver     first-meeting by either         accepted receiver
    accepted receiver     message by either               accepted receiver
    in_progress receiver  complete by receiver            completed nobody
    in_progress receiver  not-complete by receiver        not_completed nobody
    in_progress receiver  withdraw by sender              withdrawn nobody
    in_progress receiver  first-meeting by either         in_progress receiver
    in_progress receiver  message by either               in_progress receiver
"""
# Where a sender who changes their mind may still take it back.
MINDS_MAY_CHANGE = {"draft", "sent"}


def _law() -> dict[tuple[str, str, str, str], tuple[str, str]]:
    """Return where each act leads, by the state, the turn, the action and the side."""
    found = {}
    for line in LAW.strip().splitlines():
        state, turn, action, _, by, then, thens = line.split()
        for side in SIDES if by == "either" else (by,):
            found[state, turn, action, side] = (then, thens)
    return found


def _led(standing: Standing, action: Action, side: Side, reason: Reason | None) -> object:
    if not lifecycle.may_ever(action, [side]):
        return None
    found = lifecycle.after(standing, action, reason=reason)
    return None if found is None else (found.state, found.turn or "nobody")


@pytest.mark.parametrize("standing", STANDINGS, ids=str)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_side_does_from_each_standing_what_the_law_says_and_nothing_else(
    standing: Standing, action: Action
) -> None:
    law = _law()
    for side in SIDES:
        for reason in (None, *REASONS):
            wanted = law.get((standing.state, standing.turn or "nobody", action, side))
            if (action, reason) == ("withdraw", "sender"):
                wanted = wanted if standing.state in MINDS_MAY_CHANGE else None

            assert _led(standing, action, side, reason) == wanted, (side, reason)


@pytest.mark.parametrize("standing", STANDINGS, ids=str)
def test_what_is_possible_is_what_the_law_says_for_the_sides(standing: Standing) -> None:
    law = _law()
    place = (standing.state, standing.turn or "nobody")

    for sides in ((), ("sender",), ("receiver",), SIDES):
        wanted = {action for action in ACTIONS for side in sides if (*place, action, side) in law}
        found = lifecycle.possible(standing, sides)
        assert (set(found), len(found)) == (wanted, len(wanted))


def test_the_law_knows_every_standing_and_every_action() -> None:
    places = {(state, turn) for state, turn, _, _ in _law()}
    leads = set(_law().values())

    assert places | leads == {(each.state, each.turn or "nobody") for each in STANDINGS}
    assert {action for _, _, action, _ in _law()} == set(ACTIONS) == set(lifecycle.STEPS)
    assert {each.state for each in STANDINGS} == set(get_args(lifecycle.State))


def test_it_is_nobodys_turn_just_when_it_is_over_and_then_nothing_can_be_done() -> None:
    for standing in STANDINGS:
        over = standing.state in lifecycle.OVER
        assert (standing.turn is None) == over
        assert (lifecycle.possible(standing, SIDES) == ()) == over


@given(st.data())
def test_however_it_goes_one_side_has_the_turn_until_it_is_over(data: st.DataObject) -> None:
    standing, way = lifecycle.DRAFT, []
    for _ in range(12):
        side = data.draw(st.sampled_from(SIDES))
        reason = data.draw(st.sampled_from((None, *REASONS)))
        action = data.draw(st.sampled_from(ACTIONS))
        then = lifecycle.after(standing, action, reason=reason)
        if then is None or not lifecycle.may_ever(action, [side]):
            continue
        assert standing.turn is not None
        assert then in STANDINGS
        assert (then.turn is None) == (then.state in lifecycle.OVER)
        # Nobody acts in the other's place: whose turn it was not may write, meet or take it back.
        if action not in {"message", "first-meeting", "withdraw"}:
            assert side == standing.turn
        standing = then
        way.append(action)
    assert way.count("accept") + way.count("decline") <= 1


# What a sender last knew, when this is not to be told: how it really stands, what is told of it,
# and how it then stands to the sender.
AS_TOLD = {
    ("accepted", ""): "sent",
    ("accepted", "a"): "accepted",
    ("accepted", "p"): "sent",
    ("accepted", "o"): "sent",
    ("declined", ""): "sent",
    ("declined", "a"): "declined",
    ("declined", "po"): "sent",
    ("in_progress", ""): "sent",
    ("in_progress", "a"): "accepted",
    ("in_progress", "p"): "in_progress",
    ("in_progress", "o"): "sent",
    ("in_progress", "ap"): "in_progress",
    ("in_progress", "ao"): "accepted",
    ("completed", ""): "sent",
    ("completed", "a"): "accepted",
    ("completed", "p"): "in_progress",
    ("completed", "ap"): "in_progress",
    ("completed", "o"): "completed",
    ("completed", "apo"): "completed",
    ("not_completed", ""): "sent",
    ("not_completed", "a"): "accepted",
    ("not_completed", "p"): "in_progress",
    ("not_completed", "ap"): "in_progress",
    ("not_completed", "o"): "not_completed",
}
_WHOSE: dict[str, Side | None] = {
    each.state: each.turn for each in STANDINGS if each != lifecycle.RETURNED
}
_KINDS: dict[str, Told] = {"a": "acceptance", "p": "progress", "o": "outcome"}


@pytest.mark.parametrize(("case", "shown"), AS_TOLD.items(), ids=str)
def test_what_is_not_told_stays_as_the_sender_last_knew_it(
    case: tuple[str, str], shown: str
) -> None:
    (standing,) = [each for each in STANDINGS if each.state == case[0]]
    told = [_KINDS[each] for each in case[1]]

    found = lifecycle.as_told(standing, told, started=True)

    assert (found.state, found.turn) == (shown, _WHOSE[shown])


def test_what_ended_before_it_began_was_never_in_progress_to_anybody() -> None:
    found = lifecycle.as_told(lifecycle.NOT_COMPLETED, ["acceptance", "progress"], started=False)

    assert found == lifecycle.ACCEPTED


@pytest.mark.parametrize(
    "standing",
    [lifecycle.DRAFT, lifecycle.SENT, lifecycle.RETURNED, lifecycle.WITHDRAWN],
    ids=str,
)
def test_what_the_sender_has_done_or_must_do_is_always_told(standing: Standing) -> None:
    for started in (False, True):
        assert lifecycle.as_told(standing, [], started=started) == standing


@given(
    st.sampled_from(STANDINGS), st.sets(st.sampled_from(TOLD)), st.sets(st.sampled_from(TOLD)),
    st.booleans(),
)  # fmt: skip
def test_whoever_is_told_everything_is_told_the_truth_and_what_is_shown_is_a_standing(
    standing: Standing,
    told: set[Told],
    more: set[Told],
    started: bool,  # noqa: FBT001 - drawn
) -> None:
    shown = lifecycle.as_told(standing, told, started=started)

    assert shown in STANDINGS
    assert lifecycle.as_told(standing, TOLD, started=started) == standing
    # What is shown, shown again by the same rule, is itself: nothing more is taken away.
    assert lifecycle.as_told(shown, told, started=started) == shown
    if shown == standing:
        assert lifecycle.as_told(standing, told | more, started=started) == standing
