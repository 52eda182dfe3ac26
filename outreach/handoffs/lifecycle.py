"""The life of a handoff: what may be done with it, by which side, and what it then is.

One table (`STEPS`) says it all; docs/handoffs.md shows the same table. What is not in it cannot
be done. How things stand is two facts: the state, and whose turn it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

Side = Literal["sender", "receiver"]
State = Literal[
    "draft", "sent", "accepted", "declined", "in_progress", "completed", "not_completed",
    "withdrawn",
]  # fmt: skip
Action = Literal[
    "send", "return", "accept", "decline", "start", "complete", "not-complete", "withdraw",
    "first-meeting", "message",
]  # fmt: skip
# What the person has said may be told back to the sender.
Told = Literal["acceptance", "progress", "outcome"]
# Why a handoff is withdrawn: the person wants it, the sender changes their mind, or the consent
# that it rests on is taken back.
Reason = Literal["person", "sender", "consent"]
REASONS: tuple[Reason, ...] = ("person", "sender", "consent")
MEETING_STATES = ("booked", "held", "person_declined")
# What is said where none is booked after all: then the handoff says nothing of a meeting.
NOT_BOOKED = "not_booked"


class Standing(NamedTuple):
    """How a handoff stands: its state, and whose turn it is; nobody's once it is over."""

    state: State
    turn: Side | None


DRAFT = Standing("draft", "sender")
SENT = Standing("sent", "receiver")
RETURNED = Standing("sent", "sender")
ACCEPTED = Standing("accepted", "receiver")
IN_PROGRESS = Standing("in_progress", "receiver")
DECLINED = Standing("declined", None)
COMPLETED = Standing("completed", None)
NOT_COMPLETED = Standing("not_completed", None)
WITHDRAWN = Standing("withdrawn", None)

STANDINGS = (
    DRAFT, SENT, RETURNED, ACCEPTED, IN_PROGRESS, DECLINED, COMPLETED, NOT_COMPLETED, WITHDRAWN,
)  # fmt: skip
STATES: tuple[State, ...] = tuple(dict.fromkeys(each.state for each in STANDINGS))
OVER = frozenset(each.state for each in STANDINGS if each.turn is None)
_WITH_BOTH = (SENT, RETURNED, ACCEPTED, IN_PROGRESS)


class Step(NamedTuple):
    """What may be done: by which side, from where, and where it leads; None: it stays there."""

    by: tuple[Side, ...]
    before: tuple[Standing, ...]
    after: Standing | None


STEPS: Mapping[Action, Step] = {
    "send": Step(("sender",), (DRAFT, RETURNED), SENT),
    "return": Step(("receiver",), (SENT,), RETURNED),
    "accept": Step(("receiver",), (SENT,), ACCEPTED),
    "decline": Step(("receiver",), (SENT,), DECLINED),
    "start": Step(("receiver",), (ACCEPTED,), IN_PROGRESS),
    "complete": Step(("receiver",), (IN_PROGRESS,), COMPLETED),
    "not-complete": Step(("receiver",), (ACCEPTED, IN_PROGRESS), NOT_COMPLETED),
    "withdraw": Step(("sender",), (DRAFT, *_WITH_BOTH), WITHDRAWN),
    "first-meeting": Step(("sender", "receiver"), _WITH_BOTH, None),
    "message": Step(("sender", "receiver"), _WITH_BOTH, None),
}
# A sender who changes their mind may do so until the receiver has said yes; the person always may.
_BEFORE_YES = (DRAFT, SENT, RETURNED)


def may_ever(action: Action, sides: Collection[Side]) -> bool:
    """Tell whether one of the sides may do it at all, whenever."""
    return not set(STEPS[action].by).isdisjoint(sides)


def after(standing: Standing, action: Action, *, reason: Reason | None = None) -> Standing | None:
    """Return how a handoff stands when the action is done, or None where it cannot be done.

    `reason` is why it is withdrawn; without it, whether it can be for any reason.
    """
    step = STEPS[action]
    if standing not in step.before:
        return None
    if action == "withdraw" and reason == "sender" and standing not in _BEFORE_YES:
        return None
    return step.after or standing


def possible(standing: Standing, sides: Collection[Side]) -> tuple[Action, ...]:
    """Return what one of the sides may do now, in the order of the table."""
    return tuple(
        action
        for action, step in STEPS.items()
        if may_ever(action, sides) and after(standing, action) is not None
    )


def as_told(standing: Standing, told: Collection[Told], *, started: bool) -> Standing:
    """Return how a handoff stands as far as the sender may be told.

    `started`: it was in progress before it ended. What was not to be told stays as the sender last
    knew it.
    """
    state = standing.state
    if state in ("completed", "not_completed"):
        if "outcome" in told:
            return standing
        standing = IN_PROGRESS if started else ACCEPTED
    if standing == IN_PROGRESS and "progress" not in told:
        standing = ACCEPTED
    if standing in (ACCEPTED, DECLINED) and "acceptance" not in told:
        return SENT
    return standing
