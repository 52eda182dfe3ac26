"""Time as the product knows it: instants in UTC, days in Stockholm.

Every other module asks here, so that a test that moves time moves it for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")


_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return _pretended.get() or datetime.now(UTC)


@contextmanager
def pretending(instant: datetime) -> Iterator[None]:
    """Let it be another instant inside the block, for this thread alone.

    For the demonstration's invented history only: what it makes has come about through the same
    use cases, and the same rules, as if it had happened then. A test holds all others from it.
    """
    before = _pretended.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _pretended.reset(before)


def local(instant: datetime) -> datetime:
    """Return the same instant as the clock on the wall in Solna shows it."""
    return instant.astimezone(STOCKHOLM)


def today() -> date:
    """Return the date in Solna."""
    return local(now()).date()


def start_of(day: date) -> datetime:
    """Return the first instant of a local day, in UTC; a day may be 23 or 25 hours long."""
    return datetime.combine(day, time(), STOCKHOLM).astimezone(UTC)


def span(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the half-open instants of the local days `first` to `last`, both days included."""
    return start_of(first), start_of(last + timedelta(days=1))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of that month where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    for last in range(day.day, 27, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, day.day)
