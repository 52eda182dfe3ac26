"""Closings: how those went on whose enrolment ended in a period, everybody once (SN4).

A closing that was registered in error never was. Of each person the last one in the period counts;
when it says that they have died they are left out. Who was to begin more than thirty days after
it is not known to have gone on: that closing counts as `other`. Of several on one day the one that
went furthest counts, by what each then counts as.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from outreach.enrolments.rules import IN_ERROR, group_of
from outreach.foundation.periods import Period
from outreach.indicators.persons import who_is_who
from outreach.indicators.shares import Share

# What each closing counts as, what went furthest first.
PARTS = ("work", "education", "placement", "osa", "handed_off", "other")
# Those who have gone on.
GONE_ON = frozenset({"work", "education", "placement"})

_HANDED_OFF = "handed_off"
_OUT = "excluded"
_FURTHEST_FIRST = (*PARTS, _OUT)
_BEGINS_WITHIN = timedelta(days=30)
_A_MONTH_OF_WORK = "yes"
_WITH_MEANS = "studies_funded"


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of an enrolment: whose, by the key that tells nothing else, and what came of it."""

    key: UUID
    id: UUID
    closed_on: date
    result: str
    # None: the day it was closed.
    start_date: date | None = None
    funded: bool | None = None
    lasted_one_month: str | None = None

    @property
    def part(self) -> str:
        """What it counts as."""
        part = group_of(self.result)
        begins = self.start_date or self.closed_on
        return "other" if part in GONE_ON and begins > self.closed_on + _BEGINS_WITHIN else part

    @property
    def is_comparable(self) -> bool:
        """Whether the municipalities' common measure counts it: work that lasted, paid studies."""
        if self.part == "work":
            return self.lasted_one_month == _A_MONTH_OF_WORK
        return self.part == "education" and (self.result == _WITH_MEANS or bool(self.funded))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of everybody whose enrolment ended in a period: the closing that counts of each."""

    last: Mapping[UUID, Closing]
    # Those who had been handed off at an earlier closing.
    handed_off_before: frozenset[UUID] = frozenset()

    @property
    def gone_on(self) -> frozenset[UUID]:
        """Who went on to work, a placement or education."""
        return frozenset(key for key, closing in self.last.items() if closing.part in GONE_ON)

    @property
    def share(self) -> Share:
        """How many of them went on."""
        return Share(len(self.gone_on), len(self.last))

    def among(self, participants: Collection[UUID]) -> Share:
        """Return how many of those who took part in the period went on (variant B)."""
        return Share(len(self.gone_on.intersection(participants)), len(participants))

    @property
    def comparable(self) -> Share:
        """How many went on as the municipalities' common measure has it (variant C)."""
        counted = sum(closing.is_comparable for closing in self.last.values())
        return Share(counted, len(self.last))

    @property
    def parts(self) -> dict[str, int]:
        """How many went each way."""
        found = Counter(closing.part for closing in self.last.values())
        return {part: found[part] for part in PARTS}

    @property
    def later(self) -> int:
        """How many of those who were handed off earlier have gone on in this period."""
        return len(self.gone_on & self.handed_off_before)


def outcomes_of(
    closings: Iterable[Closing], period: Period, joins: Iterable[tuple[UUID, UUID]] = ()
) -> Outcomes:
    """Return what came of everybody in a period, from all closings up to its last day.

    `joins` are the standing ones: participants who are joined are one person.
    """
    same = who_is_who(joins)
    last: dict[UUID, Closing] = {}
    handed_off: dict[UUID, date] = {}
    kept = [each for each in closings if each.result != IN_ERROR and each.closed_on <= period.last]
    for closing in sorted(kept, key=_order):
        person = same.get(closing.key, closing.key)
        last[person] = closing
        if closing.part == _HANDED_OFF:
            handed_off.setdefault(person, closing.closed_on)
    counted = {
        person: closing
        for person, closing in last.items()
        if closing.closed_on >= period.first and closing.part != _OUT
    }
    before = (person for person, day in handed_off.items() if day < last[person].closed_on)
    return Outcomes(counted, frozenset(before) & counted.keys())


def _order(closing: Closing) -> tuple[date, int, UUID]:
    """Return by what closings are laid in order: the one that counts of a day comes last."""
    return closing.closed_on, -_FURTHEST_FIRST.index(closing.part), closing.id
