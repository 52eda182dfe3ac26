"""The shape of a definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Example(Protocol):
    """A definition worked on paper: a test works it, and `told` says it in words."""

    @property
    def told(self) -> str:
        """What was met, and what it comes to and why."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure: all that has to be agreed upon before its number means anything."""

    code: str
    version: int
    title: str
    question: str
    unit: str
    population: str
    counted: str
    denominator: str
    rules: tuple[str, ...]
    example: Example
