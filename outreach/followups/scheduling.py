"""When a meeting can be: plain functions over intervals of time, whoever's they are.

All is told in instants, so that a day of 23 or 25 hours is as long as it really is; only where a
meeting may begin goes by the clock on the wall.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from outreach.foundation import clock
from outreach.shifts.rules import Interval, union, within, without

# A meeting begins on the quarter.
STEP = timedelta(minutes=15)
# With an interpreter everything is said twice.
INTERPRETED = 2
# So many other times are named when the one that was asked for is taken.
ALTERNATIVES = 5


def length(minutes: int, *, interpreted: bool) -> timedelta:
    """Return how much of the day a meeting takes: with an interpreter, twice its minutes."""
    return timedelta(minutes=minutes * (INTERPRETED if interpreted else 1))


def shared(calendars: Sequence[Iterable[Interval]]) -> list[Interval]:
    """Return the time that is in every one of the calendars, in order; of none, no time."""
    if not calendars:
        return []
    first, *others = calendars
    left = union(first)
    for other in others:
        left = [part for bounds in union(other) for part in within(left, bounds)]
    return left


def starts(
    free: Iterable[Interval], taken: Iterable[Interval], *, lasting: timedelta, after: datetime
) -> list[datetime]:
    """Return every quarter on the wall from which a meeting fits into free time, from `after` on.

    It fits where nothing of what is taken touches it; meetings may follow on one another.
    """
    return [
        start
        for begin, end in without(free, taken)
        for start in _quarters(max(begin, after), end - lasting)
    ]


def _quarters(first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the quarters from the first that is not before `first`, up to `last`."""
    # Solna's clock has always been whole quarters from UTC, so that a quarter is one in both.
    past = (first - first.replace(minute=0, second=0, microsecond=0)) % STEP
    start = first if not past else first - past + STEP
    while start <= last:
        yield start
        start += STEP


def nearest(found: Iterable[datetime], wanted: datetime) -> list[datetime]:
    """Return the few that lie nearest to when it was wanted, in order of time.

    The same day comes before any other, for that is when the person could come.
    """
    day = clock.local(wanted).date()
    order = sorted(
        found, key=lambda start: (clock.local(start).date() != day, abs(start - wanted), start)
    )
    return sorted(order[:ALTERNATIVES])
