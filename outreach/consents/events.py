"""What consents tell the features above them (see `foundation/events.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from outreach.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A person has said yes: what is under way may go on by it."""

    consent_id: UUID
    participant_id: UUID
    by: Actor
    from_committee: str
    to_team: str
    categories: tuple[str, ...]
    back: tuple[str, ...]
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """A person has taken a consent back: whatever rests on it stops, in the same transaction."""

    consent_id: UUID
    participant_id: UUID
    by: Actor
    at: datetime
