"""What a carrier of messages is asked, and what it can answer: those of SMS and e-mail alike."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What is handed over. Shows nothing of itself when printed."""

    to: str
    text: str
    # An SMS has none.
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has it, and knows it by the receipt."""

    receipt: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier will never deliver this message: the address is none, say."""

    # By which it knows it, where it has taken it first.
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """The carrier has surely not taken it; it may take it another time."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nobody can say whether the carrier has it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Asked afterwards, the carrier knows of no such message."""


# Returns which of a carrier's receipts are those of other messages.
Known = Callable[[Collection[str]], set[str]]


class Carrier(Protocol):
    """A way out of here. Neither method raises for what a network or a server may do."""

    @property
    def remembers(self) -> bool:
        """Whether it can be asked afterwards what it has taken."""

    def send(self, id: UUID, message: Message) -> Accepted | Refused | Busy | NoAnswer:
        """Hand a message over, once."""

    def look_for(
        self, to: str, *, since: datetime, known: Known
    ) -> Accepted | Refused | Missing | NoAnswer:
        """Ask whether a message was taken since it was handed over, for which no answer came."""
