"""When one can be booked: the time that is left of everybody's who is to be there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.followups import recording, rules, scheduling
from outreach.followups.recording import Whose
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, RuleBroken
from outreach.foundation.transaction import transaction
from outreach.shifts import at_work

# So far ahead other times are looked for when the one that was wanted is taken.
_DAYS_AHEAD = 14

Row = dict[str, Any]


def free_slots(
    *,
    by: Actor,
    worker: UUID,
    day: date,
    minutes: int,
    other: UUID | None = None,
    interpreter: bool = False,
) -> list[Row]:
    """Return when one or two of the staff could meet somebody on a local day, in order of time.

    Each has `starts_at`, `minutes` as asked, and `workers`; with an interpreter there is room for
    twice the minutes. Nothing that has been is offered. Raises RuleBroken for whom one may not
    book.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    workers = [worker] if other in (None, worker) else [worker, other]
    if faults := list(worker_faults(by, workers)):
        names = {"/workers/0": "/worker", "/workers/1": "/other"}
        raise RuleBroken(faults=[Fault(names[each.pointer], each.detail) for each in faults])
    lasting = scheduling.length(minutes, interpreted=interpreter)
    found = free(workers=workers, days=[day], lasting=lasting)
    return [{"starts_at": start, "minutes": minutes, "workers": workers} for start in found]


def free_days(
    *,
    by: Actor,
    workers: Sequence[UUID],
    first: date,
    count: int,
    minutes: int,
    interpreter: bool = False,
    also: Collection[UUID] = (),
    whose: Whose | None = None,
) -> list[tuple[date, list[datetime]]]:
    """Return so many local days from the first on, each with its free times (see `free_slots`).

    `also`: whom one may book besides one's colleagues, for features above that know why. `whose`:
    who is to be met, and not where they are at another meeting. Raises RuleBroken for whom one may
    not book.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    if faults := list(worker_faults(by, workers, also=also)):
        raise RuleBroken(faults=faults)
    days = [first + timedelta(days=number) for number in range(count)]
    lasting = scheduling.length(minutes, interpreted=interpreter)
    found: dict[date, list[datetime]] = {day: [] for day in days}
    with transaction(by=by):
        for start in free(workers=workers, days=days, lasting=lasting, whose=whose):
            found[clock.local(start).date()].append(start)
    return list(found.items())


def bookable(*, by: Actor) -> dict[UUID, str]:
    """Return the names of those whom the actor may book, by id, in Swedish order."""
    require_role(by, CASEWORKER, SUPERVISOR)
    return accounts.colleagues(committee=by.committee) if by.committee else {}


def at_ones_sites(*, by: Actor) -> dict[UUID, str]:
    """Return the names of one's colleagues at one's own places, by id, in Swedish order."""
    require_role(by, CASEWORKER, SUPERVISOR)
    return accounts.colleagues(committee=by.committee, at=by.sites) if by.committee else {}


def worker_faults(
    by: Actor, workers: Sequence[UUID], *, also: Collection[UUID] = ()
) -> Iterator[Fault]:
    """Yield who of the workers cannot be booked by the actor: a colleague can, and oneself."""
    may = {*bookable(by=by), *also}
    for place, worker in enumerate(workers):
        if worker != by.id and worker not in may:
            detail = N_("Välj någon i samma nämnd som arbetar här.")
            yield Fault(f"/workers/{place}", detail)


def free(
    *,
    workers: Collection[UUID],
    days: Collection[date],
    lasting: timedelta,
    whose: Whose | None = None,
) -> list[datetime]:
    """Return from when on everybody is at work and free for so long, on any of the days."""
    known = at_work.at_work(workers=workers, days=days)
    calendars = [[part for day in days for part in known[worker, day].hours] for worker in workers]
    together = scheduling.shared(calendars)
    if not together:
        return []
    # A shift may go on past midnight.
    within = {"begin": together[0][0], "end": together[-1][1]}
    busy = recording.taken(workers=workers, **within)
    taken = [part for parts in busy.values() for part in parts]
    if whose is not None:
        taken += [(row.starts_at, row.ends_at) for row in recording.met(whose, **within)]
    return scheduling.starts(together, taken, lasting=lasting, after=clock.now() - rules.AGO)


def alternatives(
    *, workers: Collection[UUID], whose: Whose, wanted: datetime, lasting: timedelta
) -> list[datetime]:
    """Return the few free times that lie nearest to the one that was wanted, in order."""
    first = max(clock.local(wanted).date(), clock.today())
    days = [first + timedelta(days=number) for number in range(_DAYS_AHEAD)]
    found = free(workers=workers, days=days, lasting=lasting, whose=whose)
    return scheduling.nearest(found, wanted)


def warnings(*, workers: Sequence[UUID], starts_at: datetime, ends_at: datetime) -> list[str]:
    """Return what stands against a time that was booked all the same, each once.

    `absent`, `holiday`, `closed`, `no_shift`, or `outside_hours`.
    """
    day = clock.local(starts_at).date()
    known = at_work.at_work(workers=workers, days=[day])
    found: list[str] = []
    for worker in workers:
        work = known[worker, day]
        if work.why_not:
            found.append(work.why_not)
        elif not any(begin <= starts_at and ends_at <= end for begin, end in work.hours):
            found.append("outside_hours")
    return sorted(set(found))
