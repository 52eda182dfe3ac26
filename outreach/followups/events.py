"""What meetings tell the features above them, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from outreach.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class MeetingChanged:
    """A meeting was held, was not, is open again, or was moved: `moved_to` is the one instead.

    `starts_at` is when it was or, moved, is to be.
    """

    by: Actor
    followup: UUID
    state: str
    starts_at: datetime
    moved_to: UUID | None = None


class Meeting(NamedTuple):
    """A cancelled meeting with somebody who is known, and those who were to be there."""

    id: UUID
    participant: UUID
    workers: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class ReopeningAsked:
    """May cancelled meetings be booked again? Whoever knows of what still stops one names it."""

    meetings: tuple[Meeting, ...]
    stopped: set[UUID] = field(default_factory=set)
