"""Days on which most people in Sweden are free, by name: public holidays and their eves."""

from __future__ import annotations

import functools
from datetime import date

from holidays import DE_FACTO, PUBLIC, HolidayBase, country_holidays


def holiday(day: date, language: str) -> str | None:
    """Return what the day is called, None for an ordinary day; in Swedish unless English is asked.

    Sundays are not counted. Nothing closes by itself on such a day: a supervisor decides.
    """
    return _calendar(language).get(day)


@functools.cache
def _calendar(language: str) -> HolidayBase:
    """Return the calendar in a language; it works out each year when it is first asked about it."""
    named = "en_US" if language == "en" else "sv"
    return country_holidays("SE", categories=(PUBLIC, DE_FACTO), language=named)
