"""Who of the invented year comes back with a code: people in threads of a few meetings.

As in `year.py`, plain functions of the day: a quarter of a year has the same threads whenever the
demonstration is loaded.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from outreach.demonstration import year
from outreach.demonstration.people import id_of
from outreach.demonstration.year import DUTIES, Duty, Shift
from outreach.foundation import clock

# So many people are given a code in a quarter, and so often do they come.
_THREADS = 44
_MEETINGS = (2, 2, 2, 3, 3, 4, 5, 6)
_DAYS_BETWEEN = (3, 16)

# Where somebody sat down for a talk; a greeting is no time to show a code.
_TALKS = frozenset({"drop_in", "booked", "outreach", "phone", "digital"})
# Most come back to where they were.
_ELSEWHERE = 0.2

_Place = tuple[date, str, str, str]


@dataclass(frozen=True, slots=True)
class Meeting:
    """One of the times that somebody comes: whose thread it is of, and what is said of them."""

    thread: UUID
    said: Mapping[str, Any]


def met(shift: Shift) -> dict[str, UUID]:
    """Let people with a code be among those whom a shift met; return which thread each is of.

    The contacts that become theirs are changed to be about them.
    """
    mended = {str(mending.contact_id) for mending in shift.mendings}
    free = [
        contact
        for contact in shift.contacts
        if contact["contact_type"] in _TALKS and contact["id"] not in mended
    ]
    day = clock.local(shift.starts_at).date()
    threads = {}
    for meeting in _of_quarter(day.year, (day.month - 1) // 3)[
        (day, shift.username, shift.site, shift.activity)
    ]:
        if free:
            contact = free.pop(Random(f"{meeting.thread} {day}").randrange(len(free)))  # noqa: S311 - invented
            contact.update(meeting.said)
            threads[contact["id"]] = meeting.thread
    return threads


@functools.cache
def _of_quarter(in_year: int, quarter: int) -> Mapping[_Place, list[Meeting]]:
    found: dict[_Place, list[Meeting]] = defaultdict(list)
    begin = date(in_year, 3 * quarter + 1, 1)
    for number in range(_THREADS):
        word = f"thread {begin} {number}"
        chance = Random(word)  # noqa: S311 - invented
        home, day = chance.choice(DUTIES), begin + timedelta(days=chance.randrange(70))
        person = year.somebody(chance)
        for place in range(chance.choice(_MEETINGS)):
            duty = chance.choice(DUTIES) if chance.random() < _ELSEWHERE else home
            day = _next_day_of(duty, day)
            if (day.year, (day.month - 1) // 3) == (in_year, quarter):
                first = "yes" if place == 0 else "no"
                found[day, duty.username, duty.site, duty.activity].append(
                    Meeting(UUID(id_of(word)), person | {"first_time": first})
                )
            day += timedelta(days=chance.randint(*_DAYS_BETWEEN))
    return found


def _next_day_of(duty: Duty, day: date) -> date:
    while day.weekday() not in duty.weekdays:
        day += timedelta(days=1)
    return day
