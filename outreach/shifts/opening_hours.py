"""Use cases of opening hours: those on the door, and those that the shifts really gave."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.permissions import SUPERVISOR, require_role, require_site
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, NotFound, Stale
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.shifts import rules
from outreach.shifts.models import OpeningHours, Shift
from outreach.shifts.rules import Interval
from outreach.shifts.schemas import OpeningWeekSchema
from outreach.sites import service as sites
from outreach.sites.models import Site

WEEKDAYS = range(1, 8)

_WEEK = OpeningWeekSchema()
_TABLE = cast("sa.Table", OpeningHours.__table__)

Row = dict[str, Any]
# The hours of each weekday, 1 is Monday; None and None on a day that is closed.
Week = dict[int, tuple[time | None, time | None]]


@dataclass(frozen=True, slots=True)
class OpenHours:
    """How long a site was open: really, by plan alone, and how many shifts nobody can tell of."""

    actual: timedelta
    planned: timedelta
    unknown: int


def opening_hours(*, site: str, on: date | None = None) -> Row:
    """Return a site's hours as they hold on a day (today unless said), and when they change.

    Raises NotFound for a site that has never been.
    """
    if site not in {known.code for known in sites.code_lists().all("site")}:
        raise NotFound
    day = on or clock.today()
    changes = _changes(site)
    valid_from = max((change for change in changes if change <= day), default=None)
    week = _week_from(site, valid_from)
    return {
        "site": site,
        "valid_from": valid_from,
        "days": [
            {"weekday": weekday, "opens": opens, "closes": closes}
            for weekday, (opens, closes) in week.items()
        ],
        "changes": changes,
        "version": _version(site),
    }


def set_opening_hours(*, by: Actor, site: str, expected: int, given: object) -> Row:
    """Set a site's hours from a day on, until the day of a later change if there is one.

    Hours that are already so make no new version. Raises NotYourSite, Stale, RuleBroken.
    """
    require_role(by, SUPERVISOR)
    require_site(by, site)
    with transaction():
        # One at a time for each site, whatever else holds its row.
        held = sa.select(Site.code).where(Site.code == site).with_for_update(key_share=True)
        db.session.execute(held)
        version = _version(site)
        if version != expected:
            raise Stale(current={"version": version})
        data = read(_WEEK, given, _week_faults)
        valid_from = data["valid_from"]
        said = {day["weekday"]: (day["opens"], day["closes"]) for day in data["days"]}
        week: Week = {weekday: said.get(weekday, (None, None)) for weekday in WEEKDAYS}
        if valid_from not in _changes(site) or _week_from(site, valid_from) != week:
            _write(by, site, valid_from, week, version + 1)
            trail.record(
                by=by, action="change", kind="opening_hours", id=site, valid_from=str(valid_from)
            )
    return opening_hours(site=site, on=valid_from)


def door_hours(*, at: Collection[str], days: Collection[date]) -> dict[tuple[str, date], Interval]:
    """Return when the doors of sites are to open and to close, for each day on which they do."""
    rows = db.session.execute(
        sa.select(_TABLE).where(_TABLE.c.site.in_(at)).order_by(_TABLE.c.valid_from)
    ).all()
    # The latest change before a day is the last to be written over the others.
    held = {
        (site, day): (row.opens, row.closes)
        for site in at
        for day in days
        for row in rows
        if (row.site, row.weekday) == (site, day.isoweekday()) and row.valid_from <= day
    }
    return {
        (site, day): (rules.at_the_door(day, opens), rules.at_the_door(day, closes))
        for (site, day), (opens, closes) in held.items()
        if opens is not None
    }


def open_hours(*, site: str, first: date, last: date, activity: str = "open") -> OpenHours:
    """Return how long an activity was open at a site on the local days, both included.

    Two workers at one site are not two open hours: what shifts share counts once. Closed shifts
    count with their actual hours. Others that are not cancelled count as planned where no actual
    hours cover them; one that has begun and says no end is told as unknown.
    """
    bounds = clock.span(first, last)
    actual: list[Interval] = []
    planned: list[Interval] = []
    unknown = 0
    for shift in db.session.scalars(_touching(site, activity, bounds)):
        begin = shift.started_at or shift.starts_at
        end = shift.ended_at or shift.ends_at
        if end is None:
            unknown += bounds[0] <= begin < bounds[1]
        elif shift.closed_at:
            actual.append((begin, end))
        else:
            planned.append((begin, end))
    really = rules.union(rules.within(actual, bounds))
    by_plan = rules.without(rules.within(planned, bounds), really)
    return OpenHours(rules.duration(really), rules.duration(by_plan), unknown)


def _touching(site: str, activity: str, bounds: Interval) -> sa.Select[Shift]:
    """Select the shifts that may touch the bounds.

    A shift really begins within LONGEST of its planned start and lasts no longer than that.
    """
    return sa.select(Shift).where(
        Shift.site == site,
        Shift.activity == activity,
        Shift.cancelled_at.is_(None),
        Shift.starts_at > bounds[0] - 2 * rules.LONGEST,
        Shift.starts_at < bounds[1] + rules.LONGEST,
    )


def _changes(site: str) -> list[date]:
    wanted = sa.select(_TABLE.c.valid_from).where(_TABLE.c.site == site).distinct()
    return list(db.session.scalars(wanted.order_by(_TABLE.c.valid_from)))


def _version(site: str) -> int:
    latest = sa.select(sa.func.max(_TABLE.c.version)).where(_TABLE.c.site == site)
    return db.session.scalar(latest) or 0


def _week_from(site: str, valid_from: date | None) -> Week:
    rows = db.session.execute(
        sa.select(_TABLE.c.weekday, _TABLE.c.opens, _TABLE.c.closes)
        .where(_TABLE.c.site == site, _TABLE.c.valid_from == valid_from)
        .order_by(_TABLE.c.weekday)
    )
    return {row.weekday: (row.opens, row.closes) for row in rows}


def _write(by: Actor, site: str, valid_from: date, week: Week, version: int) -> None:
    rows = [
        {
            "site": site,
            "valid_from": valid_from,
            "weekday": weekday,
            "opens": opens,
            "closes": closes,
            "version": version,
            "set_by": by.id,
            "set_at": clock.now(),
        }
        for weekday, (opens, closes) in week.items()
    ]
    added = insert(_TABLE)
    changed = {
        name: added.excluded[name] for name in ("opens", "closes", "version", "set_by", "set_at")
    }
    db.session.execute(
        added.on_conflict_do_update(constraint=_TABLE.primary_key, set_=changed), rows
    )


def _week_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    seen = set()
    for place, day in enumerate(data.get("days", ())):
        weekday, opens, closes = (day.get(name) for name in ("weekday", "opens", "closes"))
        if weekday is not None and weekday in seen:
            yield Fault(f"/days/{place}/weekday", N_("Veckodagen finns redan."))
        seen.add(weekday)
        if (opens is None) != (closes is None):
            missing = "opens" if opens is None else "closes"
            yield Fault(f"/days/{place}/{missing}", N_("Skriv båda tiderna, eller ingen."))
        elif opens is not None and closes <= opens:
            yield Fault(f"/days/{place}/closes", N_("Stänger ska vara efter öppnar."))
