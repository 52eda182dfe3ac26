"""The rules of becoming known and of taking it back, as plain functions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from outreach.foundation import clock

# The ways back: at once, to being known by a code, and a request that somebody decides.
UNDO, BACK_TO_CODE, ERASURE = DOORS = ("undo", "back_to_code", "erasure")
GRANTED, PARTLY, REFUSED = DECISIONS = ("granted", "partly", "refused")

# So long after it, an identification is undone at once.
UNDO_WITHIN = timedelta(hours=24)

Key = TypeVar("Key", int, UUID)


def may_undo(identified_at: datetime, now: datetime, *, notes: int) -> bool:
    """Tell whether an identification is still undone at once: a day, and nothing written."""
    return notes == 0 and now - identified_at <= UNDO_WITHIN


def due_on(received: date) -> date:
    """Return the last day for a decision: a month after (GDPR, article 12.3).

    The same day of the next month, or its last day where it has none such.
    """
    return clock.months_after(received, 1)


class Groups(Generic[Key]):
    """Who is one with whom. Joins are symmetric and transitive; the least stands for a group."""

    def __init__(self) -> None:
        self._above: dict[Key, Key] = {}

    def join(self, one: Key, other: Key) -> bool:
        """Make one of the two, and of all who are one with either; False when they were already."""
        least, most = sorted((self.one(one), self.one(other)))
        self._above[most] = least
        return least != most

    def of(self, each: Key) -> set[Key]:
        """Return everybody who is one with somebody, that one too."""
        top = self.one(each)
        return {other for other in list(self._above) if self.one(other) == top}

    def one(self, each: Key) -> Key:
        """Return who stands for the group of somebody: the same for all who are one."""
        while (above := self._above.setdefault(each, each)) != each:
            self._above[each] = self._above[above]
            each = above
        return each
