"""The labour market unit's own enrolments, as it hands them over: SN1 and SN2.

They come without names: each row says whose it is by a key that only the unit can read. So nobody
here knows whether one of theirs is one of ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.foundation.periods import Period

# Results after which somebody earns their living.
SELF_SUPPORTING = frozenset(
    {"work_unsupported", "work_supported", "own_business", "studies_funded"}
)
# What is no answer to what somebody lives on.
_UNKNOWN_INCOME = frozenset({"unknown", "declined"})
_ON_ASSISTANCE = "financial_assistance"
_BACK_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Stay:
    """One enrolment at the unit, from its first day to its last; no last day: it goes on."""

    person: str
    start: date
    end: date | None = None
    unit: str = "arbetsmarknadsgruppen"
    exit_result: str | None = None
    main_income_after: str | None = None
    # Whether financial assistance is paid on top of the income.
    supplement: bool = False

    def overlaps(self, period: Period) -> bool:
        """Tell whether a day of it lies in the period."""
        return self.start <= period.last and (self.end is None or self.end >= period.first)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """SN1: who was enrolled on some day of a period."""

    persons: int
    enrolments: int
    # Who was not enrolled on the day before it began.
    new: int


@dataclass(frozen=True, slots=True)
class Discharged:
    """SN2: who left in a period and supports themselves, among all who left."""

    persons: int
    left: int
    # Whose income is not known: they are among those who left alone.
    unknown: int


def enrolled_in(
    stays: Iterable[Stay], period: Period, *, units: Collection[str] | None = None
) -> Enrolled:
    """Return who was enrolled in a period; `units`: at one of these, None: at any."""
    kept = [each for each in _at(stays, units) if each.overlaps(period)]
    there_before = {each.person for each in kept if each.start < period.first}
    persons = {each.person for each in kept}
    return Enrolled(len(persons), len(kept), len(persons - there_before))


def discharged_in(
    stays: Iterable[Stay],
    period: Period,
    *,
    units: Collection[str] | None = None,
    back_is_no_exit: bool = True,
) -> Discharged:
    """Return who left in a period, by their last exit in it, and how they live.

    Who was enrolled still, or again within thirty days, has not left (`back_is_no_exit`).
    """
    by_person: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in _at(stays, units):
        by_person[stay.person].append(stay)
    exits = [
        last
        for own in by_person.values()
        if (last := _last_exit(own, period)) is not None
        and not (back_is_no_exit and _is_there_after(own, last))
    ]
    able = [each for each in exits if each.exit_result in SELF_SUPPORTING]
    unknown = [each for each in able if _has_unknown_income(each)]
    living = [
        each
        for each in able
        if each not in unknown and each.main_income_after != _ON_ASSISTANCE and not each.supplement
    ]
    return Discharged(len(living), len(exits), len(unknown))


def _at(stays: Iterable[Stay], units: Collection[str] | None) -> list[Stay]:
    return [each for each in stays if units is None or each.unit in units]


def _last_exit(own: Iterable[Stay], period: Period) -> Stay | None:
    """Return the exit that counts: the latest; of one day the one that began last."""
    exits = [
        each for each in own if each.end is not None and period.first <= each.end <= period.last
    ]
    return max(exits, key=lambda each: (each.end, each.start, each.exit_result or ""), default=None)


def _is_there_after(own: Iterable[Stay], last: Stay) -> bool:
    """Tell whether the person was enrolled after an exit, or came back soon."""
    if last.end is None:
        return True
    return any(
        each.start <= last.end + _BACK_WITHIN and (each.end is None or each.end > last.end)
        for each in own
        if each is not last
    )


def _has_unknown_income(stay: Stay) -> bool:
    income = stay.main_income_after
    return (income is None or income in _UNKNOWN_INCOME) and not stay.supplement
