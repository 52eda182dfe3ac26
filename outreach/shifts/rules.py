"""The rules of a shift, as plain functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from outreach.foundation import clock
from outreach.foundation.errors import N_, Fault

# Nobody is at work longer; what is left open longer was forgotten.
LONGEST = timedelta(hours=16)

# A shift that begins within a quarter of an hour is beginning, not being planned.
SOON = timedelta(minutes=15)

# A tablet's clock may run a little ahead of ours.
AHEAD = timedelta(minutes=5)

FARTHEST = timedelta(days=366)

# From this hour on, an end before the start on the wall clock means the next morning.
EVENING = 16

_CLOCK_TIME = re.compile("[0-9]{1,2}:[0-9]{2}")

Facts = Mapping[str, Any]
# From an instant until, but without, another.
Interval = tuple[datetime, datetime]
State = Literal["planned", "running", "closed", "cancelled", "forgotten", "missed"]


_SATURDAY = 5
_OFFICE = ("09:00", "16:00")


def is_planning(starts_at: datetime, now: datetime) -> bool:
    """Tell whether the shift lies ahead, so that it is planned rather than begun."""
    return starts_at > now + SOON


def hour_faults(facts: Facts, now: datetime) -> Iterator[Fault]:
    """The planned end comes after the start and within a working day, the start within a year."""
    starts_at, ends_at = facts.get("starts_at"), facts.get("ends_at")
    if starts_at is not None and starts_at > now + FARTHEST:
        yield Fault("/starts_at", N_("Planera högst ett år framåt."))
    if starts_at is None or ends_at is None:
        return
    if ends_at <= starts_at:
        yield Fault("/ends_at", N_("Slutet ska vara efter starten."))
    elif ends_at - starts_at > LONGEST:
        yield Fault("/ends_at", N_("Ett pass är högst 16 timmar."))


def closing_faults(shift: Facts, actual: Interval, now: datetime) -> Iterator[Fault]:
    """What is closed has been, about when it was to be, and was no longer than a working day."""
    started_at, ended_at = actual
    if abs(started_at - (shift["started_at"] or shift["starts_at"])) > LONGEST:
        yield Fault("/started_at", N_("Passet började en annan dag. Skriv när det började."))
    if ended_at <= started_at:
        yield Fault("/ended_at", N_("Slutet ska vara efter starten."))
    elif ended_at > now + AHEAD:
        yield Fault("/ended_at", N_("Passet kan inte sluta längre fram än nu."))
    elif ended_at - started_at > LONGEST:
        yield Fault("/ended_at", N_("Ett pass är högst 16 timmar. Skriv när det slutade."))


def may_begin(starts_at: datetime, now: datetime) -> bool:
    """Tell whether a planned shift may begin now: not days before or after its time."""
    return abs(now - starts_at) <= LONGEST


def is_forgotten(started_at: datetime, now: datetime) -> bool:
    """Tell whether a shift that nobody has closed has been open for longer than anybody works."""
    return started_at <= now - LONGEST


def state_of(shift: Facts, now: datetime) -> State:
    """Return what has become of a shift.

    `forgotten`: begun and never closed; `missed`: its time is over and nobody began it.
    """
    if shift["cancelled_at"]:
        return "cancelled"
    if shift["closed_at"]:
        return "closed"
    if shift["started_at"]:
        return "forgotten" if is_forgotten(shift["started_at"], now) else "running"
    over = _planned(shift)[1] <= now
    return "missed" if over else "planned"


def doubled(shift: Facts, others: Iterable[Facts]) -> bool:
    """Tell whether somebody who works on the shift works on another one at the same time."""
    who = {worker["username"] for worker in shift["workers"]}
    return any(
        other["id"] != shift["id"]
        and not other["cancelled_at"]
        and within([_planned(other)], _planned(shift))
        and who & {worker["username"] for worker in other["workers"]}
        for other in others
    )


def _planned(shift: Facts) -> Interval:
    return shift["starts_at"], shift["ends_at"] or shift["starts_at"] + LONGEST


def week_of(day: date) -> tuple[date, ...]:
    """Return the seven days of the week that holds the day, Monday first."""
    monday = day - timedelta(days=day.weekday())
    return tuple(monday + timedelta(days=number) for number in range(7))


def on_the_wall(day: date, clock_time: str) -> datetime:
    """Return the instant of a wall clock's time in Solna on a day; `24:00` is not a time.

    In the hour that a spring night skips, the time after the gap; in the hour that an autumn
    night repeats, the first one. Raises ValueError for what is no time.
    """
    if not _CLOCK_TIME.fullmatch(clock_time):
        message = "hours and minutes are two numbers with a colon between"
        raise ValueError(message)
    hour, minute = (int(part) for part in clock_time.split(":"))
    return at_the_door(day, time(hour, minute))


def at_the_door(day: date, at: time) -> datetime:
    """Return the instant of a time on the wall on a day (see `on_the_wall`)."""
    return datetime.combine(day, at, clock.STOCKHOLM).astimezone(UTC)


def wall_hours(day: date, starts: str, ends: str) -> Interval:
    """Return the instants of two times on the wall, the first one on the day given.

    An end before the start is the next morning's when the shift began in the evening and is then
    no longer than a working day; otherwise it stays before the start, for the rules to refuse.
    Raises ValueError for what is no time.
    """
    first, last = on_the_wall(day, starts), on_the_wall(day, ends)
    if last < first and clock.local(first).hour >= EVENING:
        next_morning = on_the_wall(day + timedelta(days=1), ends)
        if next_morning - first <= LONGEST:
            return first, next_morning
    return first, last


def office_hours(day: date) -> list[Interval]:
    """Return when offices are open on a local day: none on a Saturday or a Sunday."""
    if day.weekday() >= _SATURDAY:
        return []
    return [wall_hours(day, *_OFFICE)]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same time without overlaps, in order; what only touches is joined."""
    joined: list[Interval] = []
    for begin, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined


def within(intervals: Iterable[Interval], bounds: Interval) -> list[Interval]:
    """Return the part of each interval that lies inside the bounds."""
    first, last = bounds
    clipped = ((max(begin, first), min(end, last)) for begin, end in intervals)
    return [(begin, end) for begin, end in clipped if begin < end]


def without(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return the time of the intervals that is in none of those taken, in order."""
    left = union(intervals)
    for begin, end in union(taken):
        left = [
            part
            for first, last in left
            for part in ((first, min(last, begin)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return left


def duration(intervals: Iterable[Interval]) -> timedelta:
    """Return how long the intervals are together, counting time that several share once."""
    return sum((end - begin for begin, end in union(intervals)), timedelta())
