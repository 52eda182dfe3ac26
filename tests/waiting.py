"""Waiting for another process, with a deadline: the only place of the suite that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE_SECONDS = 0.02


def until(told: Callable[[], T], *, seconds: float = 60) -> T:
    """Return what `told` says as soon as it is true; fail when it has not become so in time."""
    deadline = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(_PAUSE_SECONDS)
    return found
