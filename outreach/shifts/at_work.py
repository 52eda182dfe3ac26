"""When each of the staff is at work and can be met: by their shifts, the doors and the calendar."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.models import User
from outreach.accounts.permissions import RECEIVER
from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.shifts import absences, closures, opening_hours, public_holidays, rules
from outreach.shifts.models import Shift
from outreach.shifts.rules import Interval

WhyNot = Literal["absent", "holiday", "closed", "no_shift"]
Place = tuple[str, date]


@dataclass(frozen=True, slots=True)
class AtWork:
    """When somebody can be met on a day, in order; where that is never, why not."""

    hours: tuple[Interval, ...] = ()
    why_not: WhyNot | None = None


def at_work(
    *, workers: Collection[UUID], days: Collection[date]
) -> dict[tuple[UUID, date], AtWork]:
    """Return when each of the workers can be met on each of the local days.

    In their shifts, as far as the doors are open then; where no shift is planned at any of their
    sites yet, while those sites' doors are open. Whoever receives for a team and belongs to no site
    keeps office hours: what else is in their calendars, nobody here knows. Nobody is met who is
    away, where it is closed, or on a public holiday or its eve; that something is booked by hand
    all the same is theirs to say.
    """
    if not workers or not days:
        return {}
    known = _Known.of(workers, days)
    return {(worker, day): known.of_one(worker, day) for worker in workers for day in days}


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tables say of some workers and days."""

    sites: Mapping[UUID, list[str]]
    in_offices: frozenset[UUID]
    shifts: Mapping[date, list[Shift]]
    doors: Mapping[Place, Interval]
    closed: frozenset[Place]
    away: set[tuple[UUID, date]]

    @classmethod
    def of(cls, workers: Collection[UUID], days: Collection[date]) -> _Known:
        first, last = min(days), max(days)
        who = sa.select(User.id, User.sites, User.roles).where(User.id.in_(workers))
        found = db.session.execute(who).all()
        sites = {row.id: row.sites for row in found}
        in_offices = {row.id for row in found if RECEIVER in row.roles and not row.sites}
        at = {site for each in sites.values() for site in each}
        shifts = _shifts(workers, at, first, last)
        at |= {shift.site for each in shifts.values() for shift in each}
        return cls(
            sites,
            frozenset(in_offices),
            shifts,
            opening_hours.door_hours(at=at, days=days),
            _closed(at, first, last),
            absences.away(workers=workers, first=first, last=last),
        )

    def of_one(self, worker: UUID, day: date) -> AtWork:
        if (worker, day) in self.away:
            return AtWork(why_not="absent")
        if public_holidays.holiday(day, "sv"):
            return AtWork(why_not="holiday")
        if worker in self.in_offices:
            hours = rules.office_hours(day)
            return AtWork(tuple(hours), None if hours else "closed")
        planned = self.shifts.get(day, [])
        own = [shift for shift in planned if worker in shift.workers]
        at = {shift.site for shift in own} or set(self.sites.get(worker, ()))
        if not own and any(shift.site in at for shift in planned):
            return AtWork(why_not="no_shift")
        open_at = {site for site in at if (site, day) not in self.closed}
        hours = (
            [part for shift in own if shift.site in open_at for part in self._of(shift, day)]
            if own
            else [self.doors[site, day] for site in open_at if (site, day) in self.doors]
        )
        return AtWork(tuple(rules.union(hours)), None if hours else "closed")

    def _of(self, shift: Shift, day: date) -> Iterable[Interval]:
        """Yield when a shift can be met: as planned, or as far as the door says."""
        door = self.doors.get((shift.site, day))
        begin, end = shift.started_at or shift.starts_at, shift.ended_at or shift.ends_at
        if end is None:
            return [(begin, door[1])] if door and door[1] > begin else []
        return rules.within([(begin, end)], door) if door else [(begin, end)]


def _shifts(
    workers: Collection[UUID], sites: Collection[str], first: date, last: date
) -> dict[date, list[Shift]]:
    begin, end = clock.span(first, last)
    wanted = sa.select(Shift).where(
        Shift.starts_at >= begin,
        Shift.starts_at < end,
        Shift.cancelled_at.is_(None),
        sa.or_(Shift.workers.overlap(list(workers)), Shift.site.in_(sites)),
    )
    found: dict[date, list[Shift]] = {}
    for shift in db.session.scalars(wanted):
        found.setdefault(clock.local(shift.starts_at).date(), []).append(shift)
    return found


def _closed(sites: Collection[str], first: date, last: date) -> frozenset[Place]:
    return frozenset(
        (closure.site, date.fromordinal(day))
        for closure in closures.closures(sites=sorted(sites), first=first, last=last)
        for day in range(
            max(closure.first_day, first).toordinal(), min(closure.last_day, last).toordinal() + 1
        )
    )
