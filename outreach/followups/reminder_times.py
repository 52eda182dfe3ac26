"""When somebody is reminded of a meeting: a plain function over the clock in Solna."""

from __future__ import annotations

from datetime import datetime, timedelta

from outreach.foundation import clock
from outreach.participants.safe_hours import Hours

# Later than so long before, a reminder is of no use.
LATEST = timedelta(hours=1)
# It is not promised so near to that that the least delay would be too much.
_ROOM = timedelta(minutes=15)
# The day before; where nobody may be reached then, so many days before at the most.
_DAYS_BEFORE = 3


def remind_at(starts_at: datetime, *, now: datetime, hours: Hours) -> datetime | None:
    """Return when to remind of a meeting: the day before at the same hour, within the hours.

    Where that has been or cannot be: a day or two earlier, else the same morning. None where it
    was booked too late for any of these, or nobody may be reached in time.
    """
    meeting = clock.local(starts_at)
    wanted = meeting.hour * 60 + meeting.minute
    for days in range(1, _DAYS_BEFORE + 1):
        at = hours.on(meeting.date() - timedelta(days=days), wanted)
        if at is not None and at >= now:
            return at
    at = hours.on(meeting.date(), 0)
    if at is not None and now <= at <= starts_at - LATEST - _ROOM:
        return at
    return None
