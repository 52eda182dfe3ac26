"""What each side has yet to do or to take in: one rule, for lists, badges and notices alike.

It is asked in SQL alone, so that a list and the number beside it never say different things.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import sqlalchemy as sa

from outreach.followups.recording import FOLLOWUP
from outreach.followups.rules import BOOKED
from outreach.foundation import clock
from outreach.handoffs.recording import HANDOFF, SNAPSHOT
from outreach.participants.models import NextStep

# So long a team is told that what it was sent may not be used, unless it has said that it knows.
RECALL_SHOWN = timedelta(days=30)

_STEP = cast("sa.Table", NextStep.__table__)
_LATER = sa.alias(HANDOFF)
IN, OUT = HANDOFF.c.direction == "in", HANDOFF.c.direction == "out"
_ENDED_AT = sa.func.coalesce(HANDOFF.c.ended_at, HANDOFF.c.decided_at)


def told_of_the_end() -> Any:
    """Return that a handoff which is over may be told its sender to be."""

    def told(kind: str, at: Any) -> Any:
        day = sa.cast(sa.func.timezone("Europe/Stockholm", at), sa.Date)
        return sa.and_(SNAPSHOT.c.back.contains([kind]), day <= SNAPSHOT.c.valid_to)

    ended = HANDOFF.c.state.in_(["completed", "not_completed"])
    return sa.or_(
        HANDOFF.c.state == "withdrawn",
        SNAPSHOT.c.valid_to.is_(None),
        sa.and_(HANDOFF.c.state == "declined", told("acceptance", HANDOFF.c.decided_at)),
        sa.and_(ended, told("outcome", HANDOFF.c.ended_at)),
    )


def _followed(table: Any, at: Any, *more: Any) -> Any:
    """Return that something of the person's came about after the handoff had ended."""
    theirs = table.c.participant_id == HANDOFF.c.participant_id
    return sa.exists().where(theirs, at >= _ENDED_AT, *more)


# It ended without what it was for, its sender knows, and nothing has come in its stead: no next
# step, no meeting, no other handoff, no word that none is needed.
UNDECIDED = sa.and_(
    OUT,
    HANDOFF.c.state.in_(["declined", "not_completed"]),
    HANDOFF.c.settled_at.is_(None),
    told_of_the_end(),
    ~_followed(_STEP, _STEP.c.set_at),
    ~_followed(FOLLOWUP, FOLLOWUP.c.created_at, FOLLOWUP.c.state == BOOKED),
    ~_followed(
        _LATER, _LATER.c.created_at, _LATER.c.direction == "out", _LATER.c.id != HANDOFF.c.id
    ),
)


def _recalled() -> Any:
    """Return that a team was told to use no more of it, and has not said that it knows."""
    since: sa.BindParameter[Any] = sa.bindparam(
        "recall_shown", callable_=lambda: clock.now() - RECALL_SHOWN
    )
    return sa.and_(
        OUT,
        HANDOFF.c.recalled_at.is_not(None),
        HANDOFF.c.recall_seen_at.is_(None),
        HANDOFF.c.recalled_at >= since,
    )


RECALLED = _recalled()
_UNANSWERED = HANDOFF.c.state == "sent"
# What waits for each side. Of somebody who comes to us both are ours. A draft waits for nobody
# but its author; what a team has taken on is no answer that it owes.
FOR_THE_SENDER = sa.or_(
    sa.and_(_UNANSWERED, sa.or_(IN, HANDOFF.c.turn == "sender")),
    UNDECIDED,
)
FOR_THE_RECEIVER = sa.or_(
    sa.and_(_UNANSWERED, sa.or_(IN, HANDOFF.c.turn == "receiver")),
    RECALLED,
)
