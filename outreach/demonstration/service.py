"""Loading the demonstration: each step through the ordinary use cases, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from outreach.accounts import service as accounts
from outreach.accounts.permissions import require_role
from outreach.contacts import service as contacts
from outreach.contacts.recording import Outcome
from outreach.demonstration import year
from outreach.demonstration.people import STAFF, UNITS
from outreach.directory import service as directory
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Conflict
from outreach.foundation.transaction import transaction
from outreach.shifts import service as shifts
from outreach.staff import service as staff
from outreach.staff import units

# Shifts are kept for so long back; a year of them would double the time that loading takes.
_SHIFTS_KEPT = timedelta(days=60)


class NotInProduction(Conflict):
    """Invented people, with passwords that everybody knows, among real ones."""

    slug = "not-in-production"
    title = N_("Demonstrationen går inte att ladda här")
    advice = N_("Den har påhittade personer och kända lösenord och laddas aldrig i skarp drift.")


@dataclass(frozen=True, slots=True)
class Loading:
    """What every step is given: who loads, when it is, and what hashing a password may cost."""

    by: Actor
    now: datetime
    cost: tuple[int, int, int]


def is_loaded() -> bool:
    """Tell whether the demonstration's staff are there."""
    usernames = {person.username for person in STAFF}
    return accounts.staff_ids(usernames).keys() == usernames


def sign_ins() -> list[dict[str, Any]]:
    """Return what somebody needs to know to sign in as each of the invented staff."""
    return [person.as_told() for person in STAFF]


def load(
    *, by: Actor, production: bool, cost: tuple[int, int, int], only_if_empty: bool = False
) -> bool:
    """Load the demonstration, whole; return whether it was loaded now.

    Nothing happens when it is there already, or, with `only_if_empty`, when anybody is on the
    staff. Raises NotInProduction.
    """
    require_role(by, "system")
    if production:
        raise NotInProduction
    with transaction():
        if is_loaded() or (only_if_empty and staff.users(by=by)):
            return False
        loading = Loading(by, clock.now(), cost)
        for step in STEPS:
            step(loading)
    return True


def _organise(loading: Loading) -> None:
    for unit in UNITS:
        units.create_unit(by=loading.by, given=unit)


def _employ(loading: Loading) -> None:
    for person in STAFF:
        staff.create_user(by=loading.by, given=person.as_given(), cost=loading.cost)


def _fill_in_directory(loading: Loading) -> None:
    directory.fill_in_for_demo(by=loading.by)


def _live_a_year(loading: Loading) -> None:
    """Let the year happen, each act at its own time and by whoever would have done it."""
    workers = {duty.username: accounts.actor_named(duty.username) for duty in year.DUTIES}
    for shift in year.shifts(loading.now):
        by = workers[shift.username]
        if shift.starts_at > loading.now - _SHIFTS_KEPT:
            _staff_a_shift(by, shift, loading.now)
        with clock.pretending(shift.entered_at):
            _require_all(contacts.record_contacts(by=by, items=shift.contacts))
        for mending in shift.mendings:
            with clock.pretending(mending.at):
                _mend(by, mending)


def _staff_a_shift(by: Actor, shift: year.Shift, now: datetime) -> None:
    given = {
        "id": str(shift.id),
        "site": shift.site,
        "activity": shift.activity,
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
    }
    with clock.pretending(shift.starts_at):
        shifts.open_shift(by=by, given=given)
    if shift.ends_at <= now:
        with clock.pretending(shift.ends_at):
            shifts.close_shift(by=by, id=shift.id, given={})


def _mend(by: Actor, mending: year.Mending) -> None:
    if mending.correction is None:
        contacts.void_contact(by=by, id=mending.contact_id, given={"reason": mending.void_reason})
    else:
        contacts.correct_contact(by=by, id=mending.contact_id, expected=1, given=mending.correction)


def _require_all(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error


# What the demonstration is made of, in order. A feature adds its own step here.
STEPS: tuple[Callable[[Loading], None], ...] = (
    _organise,
    _employ,
    _fill_in_directory,
    _live_a_year,
)
