"""What enrolments tell and ask the features above them (see `foundation/events.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EnrolmentClosed:
    """A person's time here has ended: what goes on for them must end, or go on by itself."""

    enrolment_id: UUID
    participant_id: UUID
    closing_result: str
    closed_on: date


@dataclass(frozen=True, slots=True)
class LongSilence:
    """So many people have not been met for long: whoever knows that something is going on says so.

    A listener excuses those for whom it is no silence: a meeting is booked, a handoff is under way.
    """

    participants: frozenset[UUID]
    excused: set[UUID] = field(default_factory=set)

    def excuse(self, participants: Iterable[UUID]) -> None:
        """Leave these people out of the list."""
        self.excused.update(participants)
