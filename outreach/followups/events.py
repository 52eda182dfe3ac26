"""What meetings tell the features above them, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
