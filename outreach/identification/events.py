"""What identification tells the features above it, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from outreach.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class UndoAsked:
    """Can becoming known be undone at once? Whoever knows of something against it names it."""

    participant: UUID
    hindered: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class CodeTaken:
    """Whoever holds a code is known from now on: what waits under the code is that person's."""

    by: Actor
    code: UUID
    participant: UUID


@dataclass(frozen=True, slots=True)
class CodesRestored:
    """Codes are good again for somebody who is not known: what was under them goes back."""

    by: Actor
    codes: tuple[UUID, ...]
