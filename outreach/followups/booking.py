"""Use cases of booking: a meeting is booked, or moved to another time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.followups import (
    holding,
    reading,
    recording,
    reminders,
    rules,
    scheduling,
    slots,
    standing,
)
from outreach.followups.events import MeetingChanged
from outreach.followups.recording import Row, SlotTaken, Whose
from outreach.followups.schemas import NewFollowupSchema, RescheduleSchema
from outreach.followups.standing import FollowupSettled
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, IdReuse, NotAllowed, RuleBroken
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants.reading import Person
from outreach.sites import service as sites

_NEW = NewFollowupSchema()
_MOVE = RescheduleSchema()
# What a meeting that is moved keeps where nothing else is said.
_KEPT = (
    "participant_id", "recognition_code_id", "workers", "minutes", "place", "language", "reminder",
    "from_contact",
)  # fmt: skip


def book(*, by: Actor, given: object, also: Collection[UUID] = ()) -> tuple[Row, bool]:
    """Book a meeting with a participant, or with whoever holds a code; tell whether it is new.

    It takes the time of all of them, the person's too. One outside the hours is booked all the
    same, with `warnings`. Booked from a contact, that contact says that a meeting was booked.
    `also`: whom one may book besides one's colleagues, for features above that know why. A repeat
    changes nothing. Raises RuleBroken with every fault, SlotTaken with `alternatives`,
    IdReuse, and as `reading.open_person` does for whoever the actor may not read.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    if by.committee is None:
        raise NotAllowed
    with transaction(by=by):
        facts = _read_booking(by, given, also)
        person = standing.opened(by, facts["participant_id"], hold=True)
        said = _digest(by, person, facts)
        if reading.row_of(facts["id"]) is not None:
            return _repeated(by, facts["id"], said), False
        if facts["recognition_code_id"]:
            recognition_codes.hold(id=facts["recognition_code_id"])
        if facts["from_contact"]:
            contacts.hold(id=facts["from_contact"])
        # Of two sendings at once the second waits here, and is then a repeat.
        if not _add(by, person, facts, said):
            return _repeated(by, facts["id"], said), False
        standing.note(by, "create", facts["id"], person)
        if facts["from_contact"]:
            contacts.set_result(by=by, id=facts["from_contact"], result="meeting_booked")
        return standing.told(facts["id"], person), True


def _digest(by: Actor, person: Person | None, facts: Row, **more: Any) -> bytes:
    said = {name: value for name, value in facts.items() if name != "interpreter"} | more
    return recording.digest(said, person.key if person else None, str(by.committee))


def _add(by: Actor, person: Person | None, facts: Row, said: bytes, **more: Any) -> bool:
    """Write a meeting and take its time; tell whether its id is new. Raises SlotTaken."""
    lasting = scheduling.length(facts["minutes"], interpreted=facts["interpreter"] is not None)
    row = {
        **{name: facts[name] for name in ("id", "starts_at", "interpreter", *_KEPT)},
        "committee": by.committee,
        "ends_at": facts["starts_at"] + lasting,
        "created_at": clock.now(),
        "created_by": by.id,
        "sameness": said,
        **recording.written(facts, person.key if person else None),
        **more,
    }
    if not recording.add(row):
        return False
    take_time(row)
    reminders.plan(reading.row_of(row["id"]), person)
    return True


def take_time(row: Mapping[str, Any]) -> None:
    """Let a meeting take the time of all who are there, as its row says.

    Raises SlotTaken with the nearest `alternatives`, where a worker or the person is met then.
    """
    whose = Whose(row["participant_id"], row["recognition_code_id"])
    begin, end, workers = row["starts_at"], row["ends_at"], row["workers"]
    try:
        recording.take_time(
            followup=row["id"], whose=whose, workers=workers, starts_at=begin, ends_at=end
        )
    except SlotTaken as taken:
        others = slots.alternatives(workers=workers, whose=whose, wanted=begin, lasting=end - begin)
        members = {"alternatives": [_instant(each) for each in others]}
        raise SlotTaken(taken.detail, members=members) from taken


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _read_booking(by: Actor, given: object, also: Collection[UUID]) -> Row:
    now, lists = clock.now(), sites.code_lists()
    typed = given.get("recognition_code") if isinstance(given, Mapping) else None
    codes = recognition_codes.known_codes([typed] if isinstance(typed, str) else [])

    def faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
        # A known id is a repeat or a mistake, whatever time it has become.
        if "id" in facts and reading.row_of(facts["id"]) is not None:
            return
        known = bool(facts.get("participant_id"))
        yield from rules.booking_faults(facts, now=now)
        yield from rules.code_faults(facts, lists, now=now)
        yield from holding.place_faults(facts, known=known)
        yield from slots.worker_faults(by, facts.get("workers") or [], also=also)
        yield from standing.word_faults(facts, anonymous=not known)
        yield from standing.reminder_faults(facts, anonymous=not known)
        # It must still be good when they meet.
        yield from codes.faults({**facts, "occurred_at": facts.get("starts_at")})
        yield from _origin_faults(by, facts, codes)

    facts = codes.resolved(read(_NEW, given, faults))
    facts["interpreter"] = "not_booked" if facts["interpreter_needed"] else None
    return facts


def _origin_faults(
    by: Actor, facts: Mapping[str, Any], codes: recognition_codes.KnownCodes
) -> Iterator[Fault]:
    """Yield that a meeting is booked from a contact with somebody else, or with nobody."""
    origin = facts.get("from_contact")
    if origin is None:
        return
    contact = contacts.contact_if_told(by=by, id=origin)
    if contact is None:
        yield Fault("/from_contact", N_("Den kontakten finns inte, eller är inte din att se."))
        return
    code = codes.by_typed.get(facts.get("recognition_code") or "")
    same_code = not isinstance(code, Fault | None) and contact["recognition_code_id"] == code.id
    person = facts.get("participant_id")
    if not (same_code or (person is not None and contact["participant_id"] == person)):
        yield Fault("/from_contact", N_("Den kontakten var med någon annan."))


def _repeated(by: Actor, id: UUID, said: bytes) -> Row:
    """Return the meeting that has the id, to whoever may read it. Raises IdReuse for another."""
    known = reading.row_of(id)
    if known is None or known.sameness != said:
        raise IdReuse
    return standing.told(id, standing.opened(by, known.participant_id))


def reschedule(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Move a meeting to another time: a new one comes in its place, and the old one stays as moved.

    Who asked for it and why are kept; whoever interprets must be booked anew. A repeat answers the
    new one as it stands. Raises as `book` does, FollowupSettled, Stale.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, person = standing.held_for(by, id)
        if row.state == rules.RESCHEDULED and (again := _moved_before(by, row, person, given)):
            return again
        standing.require_booked(row)
        standing.require_version(by, row, person, expected)
        facts = _moved(row, person, _read_move(by, row, person, given))
        recording.give_back_time([id])
        now = {"outcome_at": clock.now(), "outcome_by": by.id}
        recording.change(id, {"state": rules.RESCHEDULED, **now})
        reminders.drop([id])
        said = _digest(by, person, facts, supersedes=str(id))
        more = {"supersedes": id, "asked_by": facts["asked_by"]}
        if not _add(by, person, facts, said, **more):
            raise IdReuse
        events.announce(MeetingChanged(by, id, rules.RESCHEDULED, facts["starts_at"], facts["id"]))
        standing.note(by, "reschedule", id, person)
        standing.note(by, "create", facts["id"], person)
        return standing.told(facts["id"], person)


def _read_move(by: Actor, row: Any, person: Person | None, given: object) -> Row:
    now, lists = clock.now(), sites.code_lists()

    def faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
        whole = {"place": row.place, "workers": row.workers} | dict(facts)
        yield from rules.booking_faults(facts, now=now)
        yield from rules.code_faults(facts, lists, now=now)
        yield from holding.place_faults(whole, known=person is not None)
        # Whoever has left since cannot be booked again; another team's receiver stays in it.
        also = accounts.receivers_among(row.workers)
        yield from slots.worker_faults(by, whole["workers"] or [], also=also)
        yield from standing.word_faults(facts, anonymous=person is None)

    return read(_MOVE, given, faults)


def _moved(row: Any, person: Person | None, data: Row) -> Row:
    """Return what the new meeting says: what was asked for, and for the rest as the old one."""
    needed = data.get("interpreter_needed")
    needed = row.interpreter is not None if needed is None else needed
    purpose = recording.texts_of(row, person.key if person else None)["purpose"]
    kept = {name: getattr(row, name) for name in _KEPT}
    return kept | {"purpose": purpose} | data | {"interpreter": "not_booked" if needed else None}


def _moved_before(by: Actor, row: Any, person: Person | None, given: object) -> Row | None:
    """Return the meeting that came in place of one, when the same was asked for before."""
    later = reading.row_of(row.superseded_by) if row.superseded_by else None
    try:
        data = read(_MOVE, given)
    except RuleBroken:
        raise FollowupSettled from None
    if later is None or data["id"] != later.id:
        return None
    said = _digest(by, person, _moved(row, person, data), supersedes=str(row.id))
    return standing.told(later.id, person) if said == later.sameness else None
