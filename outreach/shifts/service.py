"""Use cases of shifts: begin, plan, change, close, cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.events import UserClosed
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role, require_site
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import (
    N_,
    Conflict,
    Fault,
    IdReuse,
    NotAllowed,
    NotFound,
    RuleBroken,
    Stale,
)
from outreach.foundation.sameness import sameness
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.shifts import rules, staffing
from outreach.shifts.models import Shift
from outreach.shifts.schemas import ClosingSchema, NewShiftSchema, ShiftChangeSchema, ShiftSchema
from outreach.sites import service as sites

_NEW = NewShiftSchema()
_CHANGE = ShiftChangeSchema()
_CLOSING = ClosingSchema()
_SHOWN = ShiftSchema()
# What tells where and when a shift is planned.
_PLACED = ("site", "activity", "starts_at", "ends_at")

Row = dict[str, Any]


class ShiftClosed(Conflict):
    """A closed or cancelled shift stays as it is."""

    slug = "shift-closed"
    title = N_("Passet är redan avslutat")
    advice = N_("Ett stängt eller inställt pass ändras inte mer.")


class ShiftBegun(Conflict):
    """What has begun can be closed, no longer cancelled."""

    slug = "shift-begun"
    title = N_("Passet har redan börjat")
    advice = N_("Stäng det i stället, med de tider som det hade.")


class NotItsDay(Conflict):
    """A planned shift is begun about when it was planned."""

    slug = "shift-not-its-day"
    title = N_("Passet är en annan dag")
    advice = N_("Starta ett pass nu i stället.")


def open_shift(
    *, by: Actor, given: object, captured_at: datetime | None = None
) -> tuple[Row, bool]:
    """Begin a shift on the spot, or plan one ahead; return it and whether it is new.

    A caseworker begins their own shift, now or up to 16 hours ago; a supervisor plans for others.
    A repeat (same person, id and content) changes nothing. What waited for a network is judged as
    when it was `captured_at`. Raises NotYourSite, NotAllowed, RuleBroken, IdReuse.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    now = captured_at or clock.now()
    with transaction() as session:
        facts = read(_NEW, given, lambda data: rules.hour_faults(data, now), _activity_faults)
        require_site(by, facts["site"])
        said = sameness(facts)
        # Before what depends on the hour: a repeat that comes late is still a repeat.
        if known := session.get(Shift, facts["id"]):
            return _repeated(by, known, said), False
        starts_at = facts["starts_at"] or now
        if faults := list(rules.hour_faults({**facts, "starts_at": starts_at}, now)):
            raise RuleBroken(faults=faults)
        begins = not rules.is_planning(starts_at, now)
        _require_may_open(by, facts, begins=begins, ago=now - starts_at)
        row = {
            "id": facts["id"],
            "site": facts["site"],
            "activity": facts["activity"],
            "workers": _workers(by, facts),
            "starts_at": starts_at,
            "ends_at": facts["ends_at"],
            "started_at": starts_at if begins and facts["workers"] is None else None,
            "created_by": by.id,
            "sameness": said,
        }
        adding = insert(Shift).values(row).on_conflict_do_nothing(index_elements=["id"])
        added = session.execute(adding.returning(Shift.id)).first()
        shift = _get(facts["id"])
        if added is None:
            return _repeated(by, shift, said), False
        action = "begin" if row["started_at"] else "plan"
        trail.record(by=by, action=action, kind="shift", id=shift.id, site=shift.site)
        return view(shift), True


def _repeated(by: Actor, known: Shift, said: bytes) -> Row:
    """Return the shift that has the id already. Raises IdReuse when something else is meant."""
    if (known.created_by, known.sameness) != (by.id, said):
        raise IdReuse
    return view(known)


def _workers(by: Actor, facts: Row) -> list[UUID]:
    if facts["workers"] is None:
        return [by.id]
    return staffing.ids_of(facts["workers"], site=facts["site"], known={by.id})


def _require_may_open(by: Actor, facts: Row, *, begins: bool, ago: timedelta) -> None:
    if by.has(SUPERVISOR):
        return
    if facts["workers"] is not None or not begins:
        raise NotAllowed(N_("Din chef planerar pass. Du kan starta ett pass nu."))
    if ago > rules.LONGEST:
        detail = N_("Ett pass kan startas högst 16 timmar i efterhand.")
        raise RuleBroken(faults=[Fault("/starts_at", detail)])


def begin_shift(*, by: Actor, id: UUID, captured_at: datetime | None = None) -> Row:
    """Begin a planned shift that one is staffed on; a second call changes nothing.

    It begins now, or `captured_at` when that had to wait for a network. Raises NotFound for
    another's, ShiftClosed, NotItsDay.
    """
    require_role(by, CASEWORKER)
    with transaction():
        shift = _get(id, lock=True)
        if by.id not in shift.workers:
            raise NotFound
        if shift.closed_at or shift.cancelled_at:
            raise ShiftClosed
        if shift.started_at is None:
            now = captured_at or clock.now()
            if not rules.may_begin(shift.starts_at, now):
                raise NotItsDay
            shift.started_at = now
            shift.version += 1
            trail.record(by=by, action="begin", kind="shift", id=id)
        return view(shift)


def close_shift(*, by: Actor, id: UUID, given: object, captured_at: datetime | None = None) -> Row:
    """Close a shift with the hours that it really had: by its staff, or by the supervisor.

    A second closing that says nothing else changes nothing. Without an end it ends now, or
    `captured_at` when that had to wait for a network. Raises NotFound, NotAllowed, ShiftClosed,
    RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction():
        shift = _get(id, lock=True)
        _require_own(by, shift)
        data = read(_CLOSING, given)
        if shift.closed_at or shift.cancelled_at:
            said = {name: value for name, value in data.items() if value is not None}
            if shift.cancelled_at or any(getattr(shift, name) != said[name] for name in said):
                raise ShiftClosed
            return view(shift)
        now = clock.now()
        started_at = data["started_at"] or shift.started_at or shift.starts_at
        ended_at = data["ended_at"] or captured_at or now
        known = {"starts_at": shift.starts_at, "started_at": shift.started_at}
        if faults := list(rules.closing_faults(known, (started_at, ended_at), now)):
            raise RuleBroken(faults=faults)
        shift.started_at, shift.ended_at = started_at, ended_at
        shift.closed_at, shift.closed_by = now, by.id
        shift.version += 1
        trail.record(by=by, action="close", kind="shift", id=id)
        return view(shift)


def change_shift(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Change an open shift's planned hours or staff; what changes nothing makes no version.

    Raises NotFound, Stale, ShiftClosed, RuleBroken.
    """
    require_role(by, SUPERVISOR)
    with transaction():
        shift = _changeable(by, id, expected)
        now, whole = clock.now(), {name: getattr(shift, name) for name in _PLACED}
        data = read(
            _CHANGE,
            given,
            lambda data: rules.hour_faults({**whole, **data}, now),
            lambda data: _day_faults({**whole, **data}),
        )
        if "workers" in data:
            kept = set(shift.workers)
            data["workers"] = staffing.ids_of(data["workers"], site=shift.site, known=kept)
        changed = {name: value for name, value in data.items() if value != getattr(shift, name)}
        if changed:
            for name, value in changed.items():
                setattr(shift, name, value)
            shift.version += 1
            trail.record(by=by, action="change", kind="shift", id=id, fields=sorted(changed))
        return view(shift)


def cancel_shift(*, by: Actor, id: UUID, expected: int) -> Row:
    """Cancel a planned shift; it is kept and shown as cancelled.

    Raises NotFound, Stale, ShiftClosed, ShiftBegun.
    """
    require_role(by, SUPERVISOR)
    with transaction():
        shift = _changeable(by, id, expected)
        if shift.started_at:
            raise ShiftBegun
        shift.cancelled_at = clock.now()
        shift.version += 1
        trail.record(by=by, action="cancel", kind="shift", id=id)
        return view(shift)


def _changeable(by: Actor, id: UUID, expected: int) -> Shift:
    shift = _get(id, lock=True)
    _require_own(by, shift)
    if shift.closed_at or shift.cancelled_at:
        raise ShiftClosed
    if shift.version != expected:
        raise Stale(current=_SHOWN.dump(view(shift)))
    return shift


def shift(*, by: Actor, id: UUID) -> Row:
    """Return a shift that is one's own or at one's site. Raises NotFound."""
    require_role(by, CASEWORKER, SUPERVISOR)
    found = _get(id)
    if found.site not in by.sites and by.id not in found.workers:
        raise NotFound
    return view(found)


def site_of(id: UUID) -> str | None:
    """Return where a shift is, None for one that is not there."""
    return db.session.scalar(sa.select(Shift.site).where(Shift.id == id))


def shifts(
    *,
    by: Actor,
    site: str | None = None,
    first: date | None = None,
    last: date | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Return the shifts at one's sites that start on the local days, in order, cancelled ones too.

    Without a first day: from Monday of this week. `after` is the start and id of the last row
    seen. Raises NotYourSite for another site.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    if site is not None:
        require_site(by, site)
    first = first or rules.week_of(clock.today())[0]
    wanted = (
        sa.select(Shift)
        .where(Shift.site.in_([site] if site else sorted(by.sites)))
        .where(Shift.starts_at >= clock.start_of(first))
        .order_by(Shift.starts_at, Shift.id)
        .limit(limit)
    )
    if last is not None:
        wanted = wanted.where(Shift.starts_at < clock.span(last, last)[1])
    if after is not None:
        wanted = wanted.where(sa.tuple_(Shift.starts_at, Shift.id) > sa.tuple_(*after))
    return _views(list(db.session.scalars(wanted)))


def running_shift(*, by: Actor) -> Row | None:
    """Return the shift that one is in the middle of: begun last, not closed, not forgotten."""
    found = db.session.scalars(
        _open_of(by)
        .where(Shift.started_at > clock.now() - rules.LONGEST)
        .order_by(Shift.started_at.desc())
        .limit(1)
    ).one_or_none()
    return view(found) if found else None


def forgotten_shifts(*, by: Actor) -> list[Row]:
    """Return the shifts that one has begun and never closed, oldest first."""
    wanted = _open_of(by).where(Shift.started_at <= clock.now() - rules.LONGEST)
    return _views(list(db.session.scalars(wanted.order_by(Shift.started_at).limit(20))))


def planned_shifts(*, by: Actor) -> list[Row]:
    """Return the shifts planned for one today that have not begun."""
    begin, end = clock.span(clock.today(), clock.today())
    wanted = (
        sa.select(Shift)
        .where(Shift.workers.any_() == by.id)
        .where(Shift.started_at.is_(None), Shift.closed_at.is_(None), Shift.cancelled_at.is_(None))
        .where(Shift.starts_at >= begin, Shift.starts_at < end)
        .order_by(Shift.starts_at)
    )
    return _views(list(db.session.scalars(wanted)))


def leave_shifts(event: UserClosed) -> None:
    """Take one who left out of every shift ahead; a shift left with nobody is cancelled."""
    user_id, by = event.user_id, system("shifts")
    with transaction() as session:
        ahead = sa.select(Shift).where(
            Shift.workers.any_() == user_id,
            Shift.starts_at > clock.now(),
            Shift.cancelled_at.is_(None),
        )
        locked = ahead.with_for_update().execution_options(populate_existing=True)
        for found in session.scalars(locked):
            others = [worker for worker in found.workers if worker != user_id]
            if others:
                found.workers = others
            else:
                found.cancelled_at = clock.now()
            found.version += 1
            trail.record(by=by, action="leave", kind="shift", id=found.id)


def _open_of(by: Actor) -> sa.Select[Any]:
    return sa.select(Shift).where(
        Shift.workers.any_() == by.id,
        Shift.started_at.is_not(None),
        Shift.closed_at.is_(None),
        Shift.cancelled_at.is_(None),
    )


def _get(id: UUID, *, lock: bool = False) -> Shift:
    found = db.session.get(Shift, id, with_for_update=lock or None, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def _require_own(by: Actor, found: Shift) -> None:
    """Raise NotFound unless one is staffed on the shift, or supervises its site."""
    if by.id in found.workers or (by.has(SUPERVISOR) and found.site in by.sites):
        return
    if found.site in by.sites:
        raise NotAllowed(N_("Bara de som arbetar på passet, eller chefen, kan stänga det."))
    raise NotFound


def _activity_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    """The site is there on the shift's day, and the activity is held at it."""
    site, activity = facts.get("site"), facts.get("activity")
    on = clock.local(facts.get("starts_at") or clock.now()).date()
    lists = sites.code_lists()
    if site is not None and not lists.has("site", site, on):
        yield Fault("/site", N_("Den platsen finns inte den dagen."))
    elif site and activity and lists.committee(site, activity, on) is None:
        yield Fault("/activity", N_("Den verksamheten finns inte på platsen den dagen."))


def _day_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    """The same, told at the day: where nothing else can be changed."""
    return (Fault("/starts_at", fault.detail) for fault in _activity_faults(facts))


def view(found: Shift) -> Row:
    """Return a shift as it is shown."""
    return _views([found])[0]


def _views(found: list[Shift]) -> list[Row]:
    names = staffing.named(worker for shift in found for worker in shift.workers)
    columns = [column.name for column in Shift.__table__.columns if column.name != "workers"]
    return [
        {name: getattr(shift, name) for name in columns}
        | {"workers": [names[worker] for worker in shift.workers]}
        for shift in found
    ]
