"""What participants tell the features above them, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from outreach.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class ParticipantRemoved:
    """Somebody is no longer known: `undone`, `back_to_code` or `erased` (see `rules.REMOVALS`).

    Whoever went back to a code has that `code` from now on. A listener that cannot let the person
    go raises a Conflict, and nothing has happened.
    """

    by: Actor
    participant: UUID
    removed_as: str
    code: UUID | None = None


@dataclass(frozen=True, slots=True)
class ParticipantRestricted:
    """Somebody asked to be erased: what is known is not to be used until that is decided."""

    by: Actor
    participant: UUID


@dataclass(frozen=True, slots=True)
class DetailsForgotten:
    """Of somebody the name, the birth date and the number stay; all else that was told is to go."""

    by: Actor
    participant: UUID


@dataclass(frozen=True, slots=True)
class ProtectionChanged:
    """Somebody is protected from now on, or no more."""

    by: Actor
    participant: UUID
    protected: bool


@dataclass(frozen=True, slots=True)
class ReachChanged:
    """Somebody may be reached otherwise from now on: a number, an address, or what they wish."""

    by: Actor
    participant: UUID
