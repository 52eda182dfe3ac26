"""Periods: whole local days, both ends included (rule R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

_SEPARATOR = ".."
_DECEMBER = 12


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From a day to a day in Stockholm, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends before it begins")

    def __str__(self) -> str:
        return f"{self.first}{_SEPARATOR}{self.last}"

    @property
    def day_after(self) -> date:
        """The first day on which the whole period is over."""
        return self.last + timedelta(days=1)

    @property
    def months(self) -> tuple[str, ...]:
        """The months that the period touches, as `2026-01`."""
        first = self.first.year * _DECEMBER + self.first.month - 1
        last = self.last.year * _DECEMBER + self.last.month - 1
        return tuple(
            f"{number // _DECEMBER:04}-{number % _DECEMBER + 1:02}"
            for number in range(first, last + 1)
        )

    def is_over(self, today: date) -> bool:
        """Tell whether the period's last day has passed."""
        return today > self.last


def is_a_year(period: Period) -> bool:
    """Tell whether a period is a whole calendar year."""
    year = period.first.year
    return period == Period(date(year, 1, 1), date(year, 12, 31))


def period_of(text: str) -> Period:
    """Return the period that `2026-01-01..2026-08-31` names. Raises ValueError."""
    first, separator, last = text.partition(_SEPARATOR)
    if not separator:
        raise ValueError("a period is two dates with .. between")
    return Period(date.fromisoformat(first), date.fromisoformat(last))
