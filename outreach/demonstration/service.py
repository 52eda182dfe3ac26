"""Loading the demonstration: each step through the ordinary use cases, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from outreach.accounts import factors
from outreach.accounts import service as accounts
from outreach.accounts.permissions import needs_second_factor, require_role
from outreach.consents import service as consents
from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.contacts.recording import Outcome
from outreach.demonstration import threads, year
from outreach.demonstration.handing_over import HANDED_OVER
from outreach.demonstration.known import KNOWN, Known
from outreach.demonstration.people import STAFF, UNITS, Person, id_of
from outreach.directory import service as directory
from outreach.enrolments import checks, outcomes
from outreach.enrolments import reading as enrolled
from outreach.enrolments import service as enrolments
from outreach.followups import booking, slots
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Conflict
from outreach.foundation.transaction import transaction
from outreach.handoffs import acting
from outreach.handoffs import service as handoffs
from outreach.identification import service as identification
from outreach.participants import next_steps
from outreach.participants import service as participants
from outreach.shifts import opening_hours
from outreach.shifts import service as shifts
from outreach.staff import service as staff
from outreach.staff import units

# Shifts are kept for so long back; a year of them would double the time that loading takes.
_SHIFTS_KEPT = timedelta(days=60)

# Where there are doors, and who leads those who work there.
_DOORS = frozenset({"hagalund", "solna_centrum", "bagartorp"})
_CHIEF = "eva.chef"
# Somebody is met again within so many days.
_BOOKED_WITHIN = 14

# Who came so often, and so lately, may well want to be known.
_LONG_THREAD = 3
_RECENTLY = timedelta(days=240)


class NotInProduction(Conflict):
    """Invented people, with passwords that everybody knows, among real ones."""

    slug = "not-in-production"
    title = N_("Demonstrationen går inte att ladda här")
    advice = N_("Den har påhittade personer och kända lösenord och laddas aldrig i skarp drift.")


@dataclass(frozen=True, slots=True)
class Loading:
    """What every step is given: who loads, when it is, and what hashing a password may cost.

    `second_factor` are the roles that sign in with a code besides the password.
    """

    by: Actor
    now: datetime
    cost: tuple[int, int, int]
    second_factor: Collection[str] = ()
    # The codes that were handed out, by whom: some who have one become known.
    codes: dict[UUID, tuple[str, str]] = field(default_factory=dict)


def is_loaded() -> bool:
    """Tell whether the demonstration's staff are there."""
    usernames = {person.username for person in STAFF}
    return accounts.staff_ids(usernames).keys() == usernames


def sign_ins(*, by: Actor) -> list[dict[str, Any]]:
    """Return what somebody needs to know to sign in as each of the invented staff."""
    return [person.as_told() | _second_factor(by, person) for person in STAFF]


def _second_factor(by: Actor, person: Person) -> dict[str, str]:
    secret = person.totp_secret
    user_id = UUID(id_of(person.username))
    holds = factors.has_secret(by=by, user_id=user_id, secret=secret)
    return {"totp_secret": secret} if holds else {}


def load(
    *,
    by: Actor,
    production: bool,
    cost: tuple[int, int, int],
    only_if_empty: bool = False,
    second_factor: Collection[str] = (),
) -> bool:
    """Load the demonstration, whole; return whether it was loaded now.

    Nothing happens when it is there already, or, with `only_if_empty`, when anybody is on the
    staff. Whoever has one of the roles in `second_factor` gets one. Raises NotInProduction.
    """
    require_role(by, "system")
    if production:
        raise NotInProduction
    with transaction():
        if is_loaded() or (only_if_empty and staff.users(by=by)):
            return False
        loading = Loading(by, clock.now(), cost, second_factor)
        for step in STEPS:
            step(loading)
    return True


def _organise(loading: Loading) -> None:
    for unit in UNITS:
        units.create_unit(by=loading.by, given=unit)


def _employ(loading: Loading) -> None:
    for person in STAFF:
        user = staff.create_user(by=loading.by, given=person.as_given(), cost=loading.cost)
        if needs_second_factor(user.roles, loading.second_factor):
            factors.enrol_for_demo(by=loading.by, user_id=user.id, secret=person.totp_secret)


def _fill_in_directory(loading: Loading) -> None:
    directory.fill_in_for_demo(by=loading.by)


def _open_doors(loading: Loading) -> None:
    """Let the three places be open on weekdays, since a year ago."""
    days = [{"weekday": day, "opens": "10:00", "closes": "16:00"} for day in range(1, 6)]
    since = clock.local(loading.now - timedelta(days=365)).date()
    by = accounts.actor_named(_CHIEF)
    for site in sorted(by.sites & _DOORS):
        given = {"valid_from": since.isoformat(), "days": days}
        opening_hours.set_opening_hours(by=by, site=site, expected=0, given=given)


def _live_a_year(loading: Loading) -> None:
    """Let the year happen, each act at its own time and by whoever would have done it."""
    workers = {duty.username: accounts.actor_named(duty.username) for duty in year.DUTIES}
    codes = loading.codes
    for shift in year.shifts(loading.now):
        by = workers[shift.username]
        if shift.starts_at > loading.now - _SHIFTS_KEPT:
            _staff_a_shift(by, shift, loading.now)
        known = threads.met(shift)
        with clock.pretending(shift.entered_at):
            _hand_out(by, codes, known.values())
            for contact in shift.contacts:
                if contact["id"] in known:
                    contact["recognition_code"] = codes[known[contact["id"]]][1]
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


def _hand_out(by: Actor, codes: dict[UUID, tuple[str, str]], threads: Iterable[UUID]) -> None:
    """Give a code to whoever has none yet."""
    for thread in threads:
        if thread not in codes:
            row, _ = recognition_codes.make_code(by=by, given={"id": str(thread)})
            codes[thread] = (by.username, row["code"])


def _let_some_be_known(loading: Loading) -> None:
    """Let people who had a code say who they are, each soon after they came the last time."""
    own: dict[str, Iterator[tuple[str, datetime]]] = {}
    for person in KNOWN:
        by = accounts.actor_named(person.worker)
        threads_left = own.setdefault(person.worker, _threads_of(loading, person.worker))
        code, last = next(threads_left)
        with clock.pretending(min(last + timedelta(minutes=20), loading.now)):
            identification.identify(by=by, given=person.as_given(code, clock.today()))
        _accompany(by, person, loading.now)


def _threads_of(loading: Loading, worker: str) -> Iterator[tuple[str, datetime]]:
    """Yield a worker's codes that were used three times or more, the latest used first."""
    found = []
    for thread_id, (username, code) in loading.codes.items():
        thread = recognition_codes.code_thread(id=thread_id) if username == worker else []
        if len(thread) >= _LONG_THREAD and thread[0]["occurred_at"] > loading.now - _RECENTLY:
            found.append((thread[0]["occurred_at"], code))
    yield from ((code, last) for last, code in sorted(found, reverse=True))


def _accompany(by: Actor, person: Known, now: datetime) -> None:
    """Let what came after somebody was identified happen."""
    who = UUID(person.id)
    version = participants.participant(by=by, id=who)["version"]
    if person.next_step:
        text, turn, days = person.next_step
        due = clock.local(now + timedelta(days=days)).date().isoformat()
        given = {"text": text, "turn": turn, "due_on": due}
        next_steps.set_next_step(by=by, id=who, expected=version, given=given)
    if person.consents_to:
        consents.give_consent(by=by, given=person.as_consent(clock.local(now).date()))
    if not person.closing:
        _book(by, who, now)
    if person.closing:
        (period,) = enrolled.enrolments_of(by=by, participant=who, state="open")
        ending = person.as_closing(clock.local(now).date())
        enrolments.close_enrolment(by=by, id=period["id"], given=ending)
        if person.worked:
            _ask_after_a_month(by, who, person.worked[1])


def _ask_after_a_month(by: Actor, who: UUID, answer: str) -> None:
    """Let somebody's first month of work have been asked about; the next question waits."""
    with transaction(by=by):
        first = checks.of_people([who])[0]
    outcomes.answer(by=by, id=first["id"], given={"answer": answer})


def _book(by: Actor, who: UUID, now: datetime) -> None:
    """Book somebody at their worker's next free time, at the place where the worker mostly is."""
    first = clock.local(now).date() + timedelta(days=1)
    days = slots.free_days(by=by, workers=[by.id], first=first, count=_BOOKED_WITHIN, minutes=30)
    free = next((start for _, starts in days for start in starts), None)
    if free is None:
        return
    given = {
        "id": str(uuid5(who, "followup")),
        "participant_id": str(who),
        "workers": [str(by.id)],
        "starts_at": free.isoformat(),
        "minutes": 30,
        "place": min(by.sites & _DOORS),
    }
    booking.book(by=by, given=given)


def _hand_over(loading: Loading) -> None:
    """Let some be handed over, each act on its own day; never before the person was known."""
    for handing in HANDED_OVER:
        sender = accounts.actor_named(handing.person.worker)
        who = UUID(handing.person.id)
        known_since = participants.participant(by=sender, id=who)["registered_at"]

        def at(days_ago: int, since: datetime = known_since) -> datetime:
            return max(since, loading.now - timedelta(days=days_ago))

        with clock.pretending(at(handing.days_ago)):
            if handing.origin is None and handing.acts:
                given = handing.as_consent(clock.today()) | {"from_committee": sender.committee}
                consents.give_consent(by=sender, given=given)
            handoffs.begin(by=sender, given=handing.as_given())
        for act in handing.acts:
            by = accounts.actor_named(act.by) if act.by else sender
            with clock.pretending(at(act.days_ago)):
                acting.act(by=by, id=UUID(handing.id), action=act.action, given=act.given)


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
    _open_doors,
    _live_a_year,
    _let_some_be_known,
    _hand_over,
)
