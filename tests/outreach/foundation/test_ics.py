"""What is written as a calendar is what another program reads, whatever the words are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from outreach.foundation import clock, ics
from outreach.foundation.ics import Event
from tests.calendar_files import calendar_in, events_in

BEGINS = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def _event(**said: Any) -> Event:
    given: dict[str, Any] = {
        "uid": "1",
        "summary": "Bokat möte",
        "begins": BEGINS,
        "ends": BEGINS + timedelta(minutes=30),
        "stamp": BEGINS - timedelta(days=7),
    }
    return Event(**given | said)


def test_an_event_is_read_as_it_was_written() -> None:
    written = _event(
        location="Hagalund", sequence=3, modified=BEGINS - timedelta(days=2), uid="abc"
    )

    [read] = events_in(ics.calendar_file("Bokade möten", [written]))

    assert (read.start, read.end) == (BEGINS, BEGINS + timedelta(minutes=30))
    assert (str(read["UID"]), int(read["SEQUENCE"])) == ("abc", 3)
    assert (str(read["SUMMARY"]), str(read["LOCATION"])) == ("Bokat möte", "Hagalund")
    assert read["DTSTAMP"].dt == BEGINS - timedelta(days=7)
    assert read["LAST-MODIFIED"].dt == BEGINS - timedelta(days=2)
    assert [str(read[name]) for name in ("STATUS", "CLASS", "TRANSP")] == [
        "CONFIRMED",
        "PRIVATE",
        "OPAQUE",
    ]


def test_times_are_written_in_utc_whatever_zone_they_came_in() -> None:
    begins = datetime(2026, 7, 1, 10, 0, tzinfo=clock.STOCKHOLM)

    written = ics.calendar_file("x", [_event(begins=begins, ends=begins + timedelta(hours=1))])

    assert b"DTSTART:20260701T080000Z" in written
    assert b"DTEND:20260701T090000Z" in written
    assert b"TZID" not in written


def test_what_is_cancelled_takes_nobodys_time_and_neither_does_a_whole_day() -> None:
    day = date(2026, 12, 24)
    written = [_event(cancelled=True), _event(uid="2", begins=day, ends=day + timedelta(days=1))]

    cancelled, whole_day = events_in(ics.calendar_file("x", written))

    assert (str(cancelled["STATUS"]), str(cancelled["TRANSP"])) == ("CANCELLED", "TRANSPARENT")
    assert (str(whole_day["STATUS"]), str(whole_day["TRANSP"])) == ("CONFIRMED", "TRANSPARENT")
    assert (whole_day.start, whole_day.end) == (day, date(2026, 12, 25))


@pytest.mark.parametrize(
    "said",
    [
        "Å" * 200,
        "Möte; plats, tid \\ kväll",
        "Hörnet\nDTSTART:20000101T000000Z",
        "🐱" * 60,
        "x" * 74,
        "x" * 75,
    ],
)
def test_no_word_breaks_the_file_or_becomes_another_line_of_it(said: str) -> None:
    [read] = events_in(ics.calendar_file(said, [_event(summary=said, location=said)]))

    assert (str(read["SUMMARY"]), str(read["LOCATION"]), read.start) == (said, said, BEGINS)


def test_whoever_follows_it_is_told_its_name_and_when_to_look_again() -> None:
    read = calendar_in(ics.calendar_file("Bokade möten", [_event()]))

    assert (str(read["NAME"]), str(read["X-WR-CALNAME"])) == ("Bokade möten", "Bokade möten")
    assert read["REFRESH-INTERVAL"].params == {"VALUE": "DURATION"}
    assert read["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert str(read["X-PUBLISHED-TTL"]) == "PT1H"
    assert "METHOD" not in read


def test_a_calendar_with_nothing_in_it_is_one_all_the_same() -> None:
    assert events_in(ics.calendar_file("Bokade möten", [])) == []


def test_the_same_events_make_the_same_bytes() -> None:
    events = [_event(), _event(uid="2", cancelled=True)]

    assert ics.calendar_file("x", events) == ics.calendar_file("x", events)
    assert ics.calendar_file("x", []) == ics.calendar_file("x", [])
