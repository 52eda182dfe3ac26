"""When something was captured, by a tablet's clock that may be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A tablet's clock may run a little ahead of ours, or behind.
AHEAD = timedelta(minutes=5)

# Nothing waits longer on a tablet: what says so was written by a clock that had lost its date.
OLDEST = timedelta(days=90)

# What a column of whole seconds holds.
_MOST_SECONDS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Capture:
    """When something was captured, as well as anybody can tell.

    `moved` is how far that is from what the tablet said: every time that the tablet told of it is
    moved as far. `skew_seconds` is how far the tablet's clock was behind ours when it sent.
    """

    at: datetime
    moved: timedelta
    skew_seconds: int
    clock_wrong: bool


def captured(at: datetime, *, client_now: datetime, server_now: datetime) -> Capture:
    """Return when that was which the tablet says to have captured `at`.

    As it said, when that can be. Else moved by what its clock is wrong now; else, when that cannot
    be either because the clock has jumped meanwhile, the time of receipt. The clock was wrong when
    the time had to be moved, and when it is wrong now.
    """
    skew = server_now - client_now
    seconds = max(-_MOST_SECONDS, min(_MOST_SECONDS, round(skew.total_seconds())))
    if _can_be(at, server_now):
        return Capture(at, timedelta(), seconds, clock_wrong=abs(skew) > AHEAD)
    true = _moved(at, skew)
    if true is None or not _can_be(true, server_now):
        true = server_now
    return Capture(true, true - at, seconds, clock_wrong=True)


def _can_be(at: datetime, now: datetime) -> bool:
    return now - OLDEST <= at <= now + AHEAD


def _moved(at: datetime, by: timedelta) -> datetime | None:
    try:
        return at + by
    except OverflowError:
        return None
