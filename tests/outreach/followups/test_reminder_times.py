"""When somebody is reminded: the day before, in their hours, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outreach.followups.reminder_times import remind_at
from outreach.foundation import clock
from outreach.foundation.clock import STOCKHOLM
from outreach.participants.safe_hours import read


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


# 2026-12-02 is a Wednesday.
@pytest.mark.parametrize(
    ("hours", "booked", "meeting", "wanted"),
    [
        ("8-20", "2026-11-25 10:00", "2026-12-02 13:00", "2026-12-01 13:00"),
        # Before anybody may be reached, or after: as near to it as they may.
        ("8-20", "2026-11-25 10:00", "2026-12-02 07:00", "2026-12-01 08:00"),
        ("8-20", "2026-11-25 10:00", "2026-12-02 21:00", "2026-12-01 19:59"),
        ("15-20", "2026-11-25 10:00", "2026-12-02 13:00", "2026-12-01 15:00"),
        # Booked the afternoon before: in the morning.
        ("8-20", "2026-12-01 15:00", "2026-12-02 13:00", "2026-12-02 08:00"),
        # Nobody may be reached at the weekend: on the Friday.
        ("vardagar 8-20", "2026-11-25 10:00", "2026-12-07 13:00", "2026-12-04 13:00"),
        # Booked too late for any of it.
        ("8-20", "2026-12-01 15:00", "2026-12-02 08:30", None),
        # Due in the very minute when it is too late.
        ("8-20", "2026-12-01 15:00", "2026-12-02 09:00", None),
        ("8-20", "2026-12-02 09:00", "2026-12-02 15:00", None),
        ("helger 8-20", "2026-11-30 09:00", "2026-12-03 15:00", None),
        ("15-20", "2026-12-01 21:00", "2026-12-02 15:30", None),
    ],
)
def test_it_goes_the_day_before_or_as_the_hours_allow(
    hours: str, booked: str, meeting: str, wanted: str | None
) -> None:
    found = remind_at(_at(meeting), now=_at(booked), hours=read(hours))

    assert found == (wanted and _at(wanted))


@pytest.mark.parametrize("meeting", ["2026-03-29 10:00", "2026-10-25 10:00"])
def test_it_is_the_same_hour_on_the_wall_when_the_clock_is_changed_between(meeting: str) -> None:
    starts_at = _at(meeting)

    found = remind_at(starts_at, now=starts_at - timedelta(days=9), hours=read("8-20"))

    assert found is not None
    assert clock.local(found).hour == 10
    assert starts_at.astimezone(UTC) - found in {timedelta(hours=23), timedelta(hours=25)}
