"""What contacts tell the features above them, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from outreach.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class ContactTakenBack:
    """A contact counts no more: whatever waited to be done with it has no reason to wait."""

    by: Actor
    contact: UUID
