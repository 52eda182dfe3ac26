"""When what is done by itself: each row is read as it would be said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery.schedules import crontab

from outreach.foundation.clock import STOCKHOLM
from outreach.foundation.queue import (
    DELIVER,
    ERASE_LATER,
    KEEP_UP_TABLETS,
    NIGHTLY,
    SEAL_AUDIT,
    SWEEP_KEYS,
    TELL_OF_OVERDUE,
)
from outreach.indicators.night import STARTS_AT

ZONE = STOCKHOLM.key


@dataclass(frozen=True, slots=True)
class Row:
    """What is done, when by the clock in Solna, and how late it may still begin."""

    name: str
    task: str
    when: crontab
    until: timedelta


TIMETABLE: tuple[Row, ...] = (
    # Each night at half past three the figures are brought up to date.
    Row(
        "figures",
        NIGHTLY,
        crontab(hour=STARTS_AT.hour, minute=STARTS_AT.minute),
        until=timedelta(hours=12),
    ),
    # Each night at half past four, who was to be linked later and was not for a week is erased.
    Row("erase-later", ERASE_LATER, crontab(hour=4, minute=30), until=timedelta(hours=12)),
    # Each night at a quarter to five, keys of people who never came to be are swept.
    Row("key-sweep", SWEEP_KEYS, crontab(hour=4, minute=45), until=timedelta(hours=12)),
    # Each night at five, what tablets seal to is renewed when a month has gone, and old keys go.
    Row("tablets", KEEP_UP_TABLETS, crontab(hour=5, minute=0), until=timedelta(hours=12)),
    # Each morning supervisors are told of what nobody has answered in time.
    Row("overdue", TELL_OF_OVERDUE, crontab(hour=7, minute=15), until=timedelta(hours=8)),
    # Each minute the SMS and e-mail that are due are handed over.
    Row("deliver", DELIVER, crontab(), until=timedelta(seconds=55)),
    # Each minute the audit trail is sealed; one that waits is as good as ten.
    Row("audit-seal", SEAL_AUDIT, crontab(), until=timedelta(seconds=55)),
)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the timetable as Celery reads it."""
    return {
        row.name: {
            "task": row.task,
            "schedule": row.when,
            "options": {"expires": row.until.total_seconds()},
        }
        for row in TIMETABLE
    }
