"""Days on which most people in Sweden are free, by name: public holidays and their eves."""

from __future__ import annotations

import functools
from datetime import date, timedelta

from holidays import DE_FACTO, PUBLIC, HolidayBase, country_holidays

_SATURDAY = 5


def holiday(day: date, language: str) -> str | None:
    """Return what the day is called, None for an ordinary day; in Swedish unless English is asked.

    Sundays are not counted. Nothing closes by itself on such a day: a supervisor decides.
    """
    return _calendar(language).get(day)


def is_off(day: date) -> bool:
    """Tell whether most people are free on a day: a weekend, or a holiday or its eve."""
    return day.weekday() >= _SATURDAY or holiday(day, "sv") is not None


def working_day_from(day: date) -> date:
    """Return the day, or the first working day after it."""
    return _working_day(day, timedelta(days=1))


def working_day_until(day: date) -> date:
    """Return the day, or the last working day before it."""
    return _working_day(day, timedelta(days=-1))


def _working_day(day: date, step: timedelta) -> date:
    while is_off(day):
        day += step
    return day


@functools.cache
def _calendar(language: str) -> HolidayBase:
    """Return the calendar in a language; it works out each year when it is first asked about it."""
    named = "en_US" if language == "en" else "sv"
    return country_holidays("SE", categories=(PUBLIC, DE_FACTO), language=named)
