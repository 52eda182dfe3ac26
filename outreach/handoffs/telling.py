"""Who is told that a handoff waits for them: queued here, put together when it goes.

Of a person, a team or a colleague nothing is kept with it, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.outgoing import configured
from outreach.outgoing import service as outgoing
from outreach.participants import responsibilities
from outreach.participants.safe_hours import Hours

NOTICE = "notice"
# What happens within a few minutes is told at once, in one notice.
_TOGETHER = timedelta(minutes=5)
# What has waited longer is seen by whoever looks in.
_LASTS = timedelta(days=3)
# So long before it expires was what a notice tells of, at the earliest.
COUNTS_FROM = _LASTS + _TOGETHER
# At work, on the days of the week that one works.
AT_WORK = Hours(7 * 60, 18 * 60, frozenset(range(5)))
_SENDERS_TO_DECIDE = ("return", "decline", "not-complete")
_BY = system("handoffs")


def tell(rows: Iterable[Any], *, action: str, for_the_sender: bool = False) -> None:
    """Tell whoever has something to do, or to know, after an act on handoffs to other teams.

    Sent, or withdrawn after it was: the team's receivers. Returned, declined or not completed:
    whoever is responsible for the person, where it waits `for_the_sender`. Is part of the
    transaction under way.
    """
    told: set[UUID] = set()
    for row in rows:
        if row.direction != "out":
            continue
        if action == "send" or (action == "withdraw" and row.sent_at is not None):
            told.update(accounts.receivers_of(row.team))
        elif for_the_sender and action in _SENDERS_TO_DECIDE:
            person = row.participant_id
            told.update(responsibilities.responsible_for(by=_BY, ids=[person]).values())
    tell_each(told)


def tell_each(staff: Collection[UUID]) -> None:
    """Tell those of the staff who wish to be told, one notice each for all that waits."""
    if not staff or not configured.is_on("email"):
        return
    now = clock.now()
    # Always in one order, so that of two who tell the same people neither waits for the other.
    for each in sorted(accounts.notice_addresses(staff)):
        first = AT_WORK.next_from(now + _TOGETHER, until=now + _LASTS)
        outgoing.queue(
            kind=NOTICE,
            about=each,
            channel="email",
            due_at=first or now + _TOGETHER,
            expires_at=now + _LASTS,
            once=False,
        )
