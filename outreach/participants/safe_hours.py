"""Which hours somebody may be reached in, as they said it in a few words.

People say it in many ways; what cannot be read for certain is never guessed at: whoever reaches
for the phone reads the words, and nothing is sent by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from outreach.foundation import clock, typed
from outreach.foundation.errors import N_
from outreach.foundation.typed import Unreadable

UNREADABLE = N_("Skriv tiderna som ”9–15”, ”efter 15” eller ”vardagar 9–15”.")

_DAY = 24 * 60
_WORKDAYS = frozenset(range(5))
_WEEKEND = frozenset({5, 6})
_DAYS = {
    "vardagar": _WORKDAYS,
    "vardag": _WORKDAYS,
    "mån-fre": _WORKDAYS,
    "måndag-fredag": _WORKDAYS,
    "weekdays": _WORKDAYS,
    "helger": _WEEKEND,
    "helg": _WEEKEND,
    "weekends": _WEEKEND,
}
_PARTS = {
    "förmiddag": (8, 12), "förmiddagar": (8, 12), "mornings": (8, 12),
    "eftermiddag": (12, 17), "eftermiddagar": (12, 17), "afternoons": (12, 17),
    "kväll": (17, 22), "kvällar": (17, 22), "kvällstid": (17, 22), "evenings": (17, 22),
    "dagtid": (8, 17), "daytime": (8, 17),
    "alltid": (0, 24), "när som helst": (0, 24), "any time": (0, 24), "anytime": (0, 24),
}  # fmt: skip
_TIME = r"([01]?[0-9]|2[0-4])(?:[:.]([0-5][0-9]))?"
_FROM = re.compile(rf"(?:efter|från|after|from) {_TIME}")
_UNTIL = re.compile(rf"(?:före|innan|till|before|until) {_TIME}")
_BETWEEN = re.compile(rf"(?:mellan |from |between |från )?{_TIME} ?(?:-|till|och|to|and) ?{_TIME}")
_CLOCK = re.compile(r"\b(?:kl\.?|klockan)(?=[ 0-9])")


@dataclass(frozen=True, slots=True)
class Hours:
    """From which minute of the day until which, on which days of the week (Monday is 0)."""

    begin: int = 0
    end: int = _DAY
    weekdays: frozenset[int] = frozenset(range(7))

    def within(self, other: Hours) -> Hours:
        """Return the hours that are in both."""
        return Hours(
            max(self.begin, other.begin),
            min(self.end, other.end),
            self.weekdays & other.weekdays,
        )

    def next_from(self, now: datetime, *, until: datetime) -> datetime | None:
        """Return from when on somebody may be reached: now, or when the hours next begin.

        None where that is not before `until`.
        """
        today = clock.local(now)
        minute = today.hour * 60 + today.minute
        if not self.is_none and today.weekday() in self.weekdays and self._holds(minute):
            return now
        for days in range((until - now).days + 2):
            at = self.on(today.date() + timedelta(days=days), self.begin)
            if at is not None and at >= now:
                return at if at < until else None
        return None

    def on(self, day: date, minute: int) -> datetime | None:
        """Return a day's minute, or the nearest to it within the hours; None: not that day."""
        if self.is_none or day.weekday() not in self.weekdays:
            return None
        nearest = max(self.begin, min(minute, self.end - 1))
        wall = datetime.combine(day, time(nearest // 60, nearest % 60), clock.STOCKHOLM)
        return wall.astimezone(UTC)

    def _holds(self, minute: int) -> bool:
        return self.begin <= minute < self.end

    @property
    def is_none(self) -> bool:
        """Whether there is no time left at all."""
        return self.begin >= self.end or not self.weekdays


def read(text: str | None) -> Hours:
    """Return the hours that were meant; all of them where nothing was said. Raises Unreadable."""
    said = " ".join(_CLOCK.sub(" ", _plain(text or "")).split())
    if not said:
        return Hours()
    days, rest = _days(said)
    begin, end = _part(rest) if rest else (0, _DAY)
    if begin >= end or end > _DAY:
        raise Unreadable(UNREADABLE)
    return Hours(begin, end, days)


def _plain(text: str) -> str:
    signs = ("-" if sign in typed.DASHES else sign for sign in typed.visible(text).lower())
    return "".join(signs).replace(",", " ").strip(" .")


def _days(said: str) -> tuple[frozenset[int], str]:
    for word, days in _DAYS.items():
        if said == word or said.startswith(f"{word} "):
            return days, said.removeprefix(word).strip()
    return frozenset(range(7)), said


def _part(said: str) -> tuple[int, int]:
    if said in _PARTS:
        first, last = _PARTS[said]
        return first * 60, last * 60
    if match := _BETWEEN.fullmatch(said):
        return _minutes(match[1], match[2], sure=8), _minutes(match[3], match[4], sure=8)
    if match := _FROM.fullmatch(said):
        return _minutes(match[1], match[2], sure=12), _DAY
    if match := _UNTIL.fullmatch(said):
        return 0, _minutes(match[1], match[2], sure=8)
    raise Unreadable(UNREADABLE)


def _minutes(hour: str, minute: str | None, *, sure: int) -> int:
    """Return the minute of the day. Raises Unreadable for what may be meant in the evening.

    "After 5" is when he has left, not at dawn: below `sure` an hour needs its minutes or a zero.
    """
    if minute is None and not hour.startswith("0") and int(hour) < sure:
        raise Unreadable(UNREADABLE)
    return int(hour) * 60 + int(minute or 0)
