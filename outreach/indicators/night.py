"""The night: the daily counts are brought up to date with the contacts.

A night looks for the days, old and new, of every contact, link and person written since the last
finished night began, and counts those days anew, each in a transaction of its own. Nothing is
marked anywhere: what a killed night did not reach is found again by the next one, and a contact
that is saved while a night runs belongs to the next. Counting a day twice gives the same rows.

One process may do a whole night (`run`), or the queue does it a day at a time (`begin_queued`,
then `continue_queued` until nothing remains).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog

from outreach.accounts.permissions import ADMINISTRATOR, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, RuleBroken
from outreach.foundation.queue import NIGHTLY, NIGHTLY_STEP, enqueue
from outreach.foundation.transaction import transaction
from outreach.indicators import cube
from outreach.indicators.cube import NightRunning
from outreach.indicators.models import CountFault, JobRun

log = structlog.get_logger(__name__)

NAME = "nightly"

# Never between two and three: that hour comes twice, or not at all, when the clocks change.
STARTS_AT = time(3, 30)

# A night that has not ended so long after it was to begin is too late to wait for in silence.
_LATE = timedelta(hours=3)

# A night in the queue that has not moved for so long has lost its task.
_STILL = timedelta(minutes=10)

_SHOWN = 50


class NightOverdue(LookupError):
    """The night that was to be done by now has not ended."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which days a night is to count: what has changed, from a day to a day, or everything."""

    first: date | None = None
    last: date | None = None
    full: bool = False

    @property
    def name(self) -> str:
        """The scope as the run's row says it."""
        if self.full:
            return "full"
        return "range" if self.first or self.last else "changed"

    def faults(self) -> Iterable[Fault]:
        """Yield what makes the scope meaningless."""
        if self.full and (self.first or self.last):
            yield Fault("/full", N_("Allt, eller från en dag till en dag: inte båda."))
        if self.first and self.last and self.last < self.first:
            yield Fault("/to", N_("Sista dagen är före den första."))


def run(*, by: Actor, scope: Scope | None = None) -> JobRun:
    """Do a whole night in this process; return its finished run.

    Raises NightRunning when another is at work, RuleBroken for a scope that means nothing. A run
    that fails is kept with the kind of its error, and what it left is done by the next.
    """
    require_role(by, "system")
    wanted = scope or Scope()
    if faults := list(wanted.faults()):
        raise RuleBroken(faults=faults)
    with cube.only_night():
        run_id = _begin(by, wanted, uuid4(), queued=False)
        with _failing(run_id):
            while not _step(by, run_id):
                pass
            return _finish(by, run_id)


def order(*, by: Actor) -> UUID:
    """Ask the worker for a night now; return the id that its run will have."""
    require_role(by, ADMINISTRATOR)
    run_id = uuid4()
    with transaction():
        enqueue(NIGHTLY, str(run_id))
        trail.record(by=by, action="order", kind="night", id=run_id)
    return run_id


def begin_queued(*, by: Actor, id: UUID | None = None) -> UUID | None:
    """Begin a night whose days are tasks; return its id, None when another night is at work.

    A second call with the same id begins nothing: the run goes on where it was.
    """
    require_role(by, "system")
    try:
        with cube.only_night(), transaction() as session:
            known = session.get(JobRun, id) if id else None
            if known is not None or _moving_in_queue():
                run_id = id if known is not None and known.state == "running" else None
            else:
                run_id = _begin(by, Scope(), id or uuid4(), queued=True)
            if run_id is not None:
                enqueue(NIGHTLY_STEP, str(run_id))
    except NightRunning:
        return None
    return run_id


def continue_queued(*, by: Actor, id: UUID) -> bool:
    """Do the next day of a night in the queue and order the one after; tell whether it ended.

    A repeat, or a run that is over, does nothing. Runs of one night wait for each other.
    """
    require_role(by, "system")
    with _failing(id):
        if _step(by, id):
            _finish(by, id)
            return True
        with transaction():
            enqueue(NIGHTLY_STEP, str(id))
    return False


def queue_what_was_missed(*, by: Actor) -> bool:
    """Order what should have been done and was not; tell whether anything was.

    For a worker that starts: a night that stopped half way goes on, and when the latest night
    never began it begins now.
    """
    require_role(by, "system")
    with transaction() as session:
        waiting = session.scalars(
            sa.select(JobRun.id).where(JobRun.state == "running", JobRun.queued)
        ).first()
        if waiting is not None:
            enqueue(NIGHTLY_STEP, str(waiting))
            return True
        last = last_night()
        if last is not None and last.started_at >= _latest_start(clock.now()):
            return False
        enqueue(NIGHTLY)
    return True


def require_counted() -> None:
    """Raise NightOverdue when a night is late and there is something that it should have counted.

    For `/ready`: whoever watches the product is to know before a committee does.
    """
    due = _latest_start(clock.now() - _LATE)
    last = last_night()
    if last is not None and last.started_at >= due:
        return
    waiting = sa.select(sa.exists().where(Contact.received_at < due))
    if db.session.scalar(waiting):
        raise NightOverdue


def _latest_start(now: datetime) -> datetime:
    """Return the latest instant at which a night was to begin."""
    today = clock.local(now).date()
    starts = [
        datetime.combine(day, STARTS_AT, clock.STOCKHOLM)
        for day in (today, today - timedelta(days=1))
    ]
    return next(start for start in starts if start <= now)


def last_night() -> JobRun | None:
    """Return the latest finished night that looked at everything that had changed."""
    return db.session.scalars(
        sa.select(JobRun)
        .where(JobRun.name == NAME, JobRun.state == "done", JobRun.scope != "range")
        .order_by(JobRun.started_at.desc())
        .limit(1)
    ).one_or_none()


def runs(*, by: Actor) -> list[JobRun]:
    """Return the latest runs, newest first."""
    require_role(by, ADMINISTRATOR, SUPERVISOR)
    newest = sa.select(JobRun).order_by(JobRun.started_at.desc()).limit(_SHOWN)
    return list(db.session.scalars(newest))


def faults(*, by: Actor) -> list[CountFault]:
    """Return the latest days that were found counted wrong, newest first."""
    require_role(by, SUPERVISOR)
    newest = sa.select(CountFault).order_by(CountFault.found_at.desc(), CountFault.local_day)
    return list(db.session.scalars(newest.limit(_SHOWN)))


def _moving_in_queue() -> bool:
    """Tell whether a night in the queue is on its way."""
    moving = sa.select(JobRun.id).where(
        JobRun.state == "running", JobRun.queued, JobRun.stepped_at > clock.now() - _STILL
    )
    return db.session.scalars(moving).first() is not None


def _begin(by: Actor, scope: Scope, id: UUID, *, queued: bool) -> UUID:
    """Write the run and what it is to count. Whatever run was under way is dead, and said so."""
    with transaction(by=by) as session:
        cube.take_time()
        _bury()
        before = last_night()
        # First how far everything is over, then what has changed: never the other way round.
        horizon = cube.horizon()
        if scope.name == "changed" and (before is None or before.cluster != horizon.cluster):
            scope = Scope(full=True)
        if scope.name == "changed" and before is not None:
            days = cube.changed_days(str(before.snapshot_xmin))
        elif scope.full:
            days = cube.history()
        else:
            days = cube.days_between(scope.first, scope.last)
        now = clock.now()
        session.add(
            JobRun(
                id=id,
                name=NAME,
                scope=scope.name,
                queued=queued,
                state="running",
                started_at=now,
                stepped_at=now,
                days=days,
                remaining=days,
                snapshot_xmin=horizon.xmin,
                cluster=horizon.cluster,
            )
        )
    return id


def _bury() -> None:
    """Mark runs that never ended: their process is gone, or this night takes over from them."""
    db.session.execute(
        sa.update(JobRun)
        .where(JobRun.state == "running")
        .values(state="failed", error="interrupted", ended_at=clock.now())
    )


def _step(by: Actor, id: UUID) -> bool:
    """Count the next day of a run, or everything at once; tell whether nothing remains."""
    with transaction(by=by):
        run = _locked(id)
        if run is None or not run.remaining:
            return True
        cube.take_time()
        if run.scope == "full":
            _count_everything(run)
        else:
            run.rows += cube.rebuild_day(run.remaining[0])
            run.remaining = run.remaining[1:]
        run.stepped_at = clock.now()
        return not run.remaining


def _locked(id: UUID) -> JobRun | None:
    """Return the run, held for this transaction, None when it is over."""
    return db.session.scalars(
        sa.select(JobRun)
        .where(JobRun.id == id, JobRun.state == "running")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _count_everything(run: JobRun) -> None:
    """Count all days anew, and tell of days that had been counted wrong before."""
    before = last_night()
    known = before is not None and before.cluster == run.cluster
    counted = cube.digests() if known else {}
    run.rows = cube.rebuild_everything()
    run.days, run.remaining = cube.counted_days(), []
    if before is not None and known:
        said = cube.digests()
        differing = {day for day in {*counted, *said} if counted.get(day) != said.get(day)}
        _tell(run, differing.difference(cube.changed_days(str(before.snapshot_xmin))))


def _finish(by: Actor, id: UUID) -> JobRun:
    """Check what was counted and the days whose turn it is; end the run."""
    with transaction(by=by) as session:
        run = _locked(id)
        if run is None:
            return session.get_one(JobRun, id)
        cube.take_time()
        wrong = _wrong_days(run)
        for day in wrong:
            run.rows += cube.rebuild_day(day)
        _tell(run, wrong)
        run.state, run.ended_at = "done", clock.now()
        trail.record(by=by, action="run", kind="night", id=id, scope=run.scope, days=len(run.days))
    log.info("night_done", run=str(id), days=len(run.days), rows=run.rows, faults=len(wrong))
    return run


def _wrong_days(run: JobRun) -> list[date]:
    """Return the days, of those to be checked this night, that are not counted right."""
    if run.scope == "full":
        return []  # everything was held against the contacts when it was counted
    if run.scope == "changed":
        checked = {*run.days, *cube.days_in_turn(clock.today())}
        return cube.wrong_days(sorted(checked), str(run.snapshot_xmin))
    # What has changed on those days since the last night is not wrong: the next counts it.
    before = last_night()
    return cube.wrong_days(run.days, str(before.snapshot_xmin) if before else "0")


def _tell(run: JobRun, days: Iterable[date]) -> None:
    """Keep the days that were found wrong, for the supervisors' page."""
    now = clock.now()
    db.session.add_all(CountFault(run_id=run.id, local_day=day, found_at=now) for day in days)


@contextmanager
def _failing(id: UUID) -> Iterator[None]:
    """Mark the run failed, with the kind of the error and no more, when the block fails.

    A process that is told to stop leaves its run as it is; the next night tells that it is dead.
    """
    try:
        yield
    except Exception as error:
        with transaction() as session:
            session.execute(
                sa.update(JobRun)
                .where(JobRun.id == id, JobRun.state == "running")
                .values(state="failed", error=type(error).__name__, ended_at=clock.now())
            )
        raise
