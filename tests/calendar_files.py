"""A calendar file read as other programs read it, and held against the standard on the way."""

from __future__ import annotations

from typing import Any

from icalendar import Calendar

# What RFC 5545 asks of an event, and what we promise besides.
_ALWAYS = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS", "CLASS", "TRANSP")
_LONGEST_LINE = 75


def calendar_in(content: bytes) -> Any:
    """Return what a file holds; fails where the standard would not have it so."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    for line in content.removesuffix(b"\r\n").split(b"\r\n"):
        assert 0 < len(line) <= _LONGEST_LINE
        assert not {b"\r", b"\n"} & {line[at : at + 1] for at in range(len(line))}
        # No letter is cut in two where a line is folded.
        line.decode()
    found: Any = Calendar.from_ical(content)
    found.validate()
    assert (found.errors, str(found["VERSION"]), str(found["CALSCALE"])) == ([], "2.0", "GREGORIAN")
    assert found["PRODID"]
    assert not found.get_missing_tzids()
    return found


def events_in(content: bytes) -> list[Any]:
    """Return the events of a file in their order; as `calendar_in`."""
    events: list[Any] = calendar_in(content).events
    for event in events:
        assert event.errors == []
        assert [name for name in _ALWAYS if name not in event] == []
    assert len({str(event["UID"]) for event in events}) == len(events)
    return events
