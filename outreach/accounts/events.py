"""What accounts tell the features above them (see `foundation/events.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UserClosed:
    """One of the staff has left: whoever holds something in their name must pass it on."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class SignedOutEverywhere:
    """One of the staff has another password, or was signed out: no older proof lets them in."""

    user_id: UUID
