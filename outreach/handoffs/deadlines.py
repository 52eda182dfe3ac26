"""The days that an OSA coordinator must not miss, as plain functions over what is written of one.

The Employment Service decides for at most twelve months at a time, and the city's employment ends
after two years of employed days. Each deadline is told early enough to do something about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from outreach.foundation import clock

Kind = Literal["decision", "cap", "followup"]

# A decision is to be renewed so long before its end.
DECISION_NOTICE = timedelta(days=90)
# The employment ends after two years; it is told half a year before, and again.
CAP_YEARS = 2
CAP_NOTICES = (timedelta(days=180), timedelta(days=90))
FOLLOWUP_MONTHS = (3, 6, 12)
LONGEST_DECISION_MONTHS = 12

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day on which something is to be done: what it is about, and the day that it is before."""

    kind: Kind
    on: date
    about: date


def deadlines(osa: Facts, *, pauses_count: bool) -> list[Deadline]:
    """Return every deadline of somebody's time in OSA, the first day first.

    None once it is over. `pauses_count`: the two years run on while the person is away.
    """
    if osa["ended_on"] is not None:
        return []
    found = [*_of_decisions(osa["decisions"]), *_of_employment(osa, pauses_count=pauses_count)]
    return sorted(found, key=lambda each: (each.on, each.kind))


def next_deadline(osa: Facts, *, today: date, pauses_count: bool) -> Deadline | None:
    """Return the deadline that comes next, or has passed and whose day it is before has not."""
    left = [each for each in deadlines(osa, pauses_count=pauses_count) if each.about >= today]
    return left[0] if left else None


def _of_decisions(decisions: Sequence[Facts]) -> Iterator[Deadline]:
    """Yield when the last decision that stands must be renewed."""
    ends = [each["to"] for each in decisions if each["answer"] == "yes"]
    if ends:
        last = max(ends)
        yield Deadline("decision", last - DECISION_NOTICE, last)


def _of_employment(osa: Facts, *, pauses_count: bool) -> Iterator[Deadline]:
    employed = osa["employed_from"]
    if employed is None:
        return
    end = cap(employed, osa["pauses"], pauses_count=pauses_count)
    for notice in CAP_NOTICES:
        yield Deadline("cap", end - notice, end)
    for count in FOLLOWUP_MONTHS:
        on = clock.months_after(employed, count)
        yield Deadline("followup", on, on)


def cap(employed_from: date, pauses: Sequence[Facts], *, pauses_count: bool) -> date:
    """Return the last day of the two years; each day of a pause moves it, unless pauses count."""
    end = clock.months_after(employed_from, 12 * CAP_YEARS) - timedelta(days=1)
    if pauses_count:
        return end
    for pause in sorted(pauses, key=lambda each: each["from"]):
        # A pause that begins after the end, as it has become, moves nothing.
        first = max(pause["from"], employed_from)
        if first <= end and pause["to"] >= first:
            end += timedelta(days=(pause["to"] - first).days + 1)
    return end
