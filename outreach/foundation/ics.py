"""Calendar files (RFC 5545): what is when and where, as phones and offices' calendars read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Timezone, vDuration, vText
from icalendar import Event as Component
from icalendar.enums import CLASS, STATUS, TRANSP

from outreach.foundation import clock

CONTENT_TYPE = "text/calendar; charset=utf-8"
# Whoever follows a calendar is asked to look for changes no more often than this.
_LOOK_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is in a calendar: between two instants, or on whole days where both are days.

    `ends` is no longer a part of it. What comes with the same `uid` and a higher `sequence` takes
    its place. `stamp` is since when it is told so; `modified` when it was last changed, where that
    is known. Whole days and what is cancelled take nobody's time.
    """

    uid: str
    summary: str
    begins: date
    ends: date
    stamp: datetime
    sequence: int = 0
    location: str | None = None
    modified: datetime | None = None
    cancelled: bool = False

    @property
    def takes_time(self) -> bool:
        """Whether somebody is not free meanwhile."""
        return isinstance(self.begins, datetime) and not self.cancelled


def calendar_file(name: str, events: Iterable[Event]) -> bytes:
    """Return a calendar as a file; the same events make the same bytes.

    All times are in UTC, so that no program has to know when Sweden changes its clocks.
    """
    calendar = Calendar()
    calendar.add("PRODID", "-//Outreach//Outreach//SV")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    for property_name in ("NAME", "X-WR-CALNAME"):
        calendar.add(property_name, vText(name))
    calendar.add("REFRESH-INTERVAL", _LOOK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    # The same for programs that are older than RFC 7986.
    calendar.add("X-PUBLISHED-TTL", vDuration(_LOOK_AGAIN_AFTER))
    for event in events:
        calendar.add_component(_component(event))
    if not calendar.subcomponents:
        calendar.add_component(_time_zone())
    written: bytes = calendar.to_ical()
    return written


def _component(event: Event) -> Component:
    return Component.new(
        uid=event.uid,
        summary=event.summary,
        start=_in_utc(event.begins),
        end=_in_utc(event.ends),
        location=event.location,
        sequence=event.sequence,
        stamp=event.stamp,
        last_modified=event.modified,
        status=STATUS.CANCELLED if event.cancelled else STATUS.CONFIRMED,
        transparency=TRANSP.OPAQUE if event.takes_time else TRANSP.TRANSPARENT,
        # What a shared calendar shows others of it is that somebody is taken.
        classification=CLASS.PRIVATE,
    )


def _in_utc(when: date) -> date:
    return when.astimezone(UTC) if isinstance(when, datetime) else when


def _time_zone() -> Timezone:
    """Return what a calendar with nothing in it holds: it must hold something."""
    first = date(clock.today().year, 1, 1)
    return Timezone.from_tzid(
        str(clock.STOCKHOLM), first_date=first, last_date=clock.months_after(first, 12)
    )
