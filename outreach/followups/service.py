"""Use cases of booked meetings: book, read, change, move, and say what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.followups import holding, reading, recording, rules, scheduling, slots
from outreach.followups.recording import FOLLOWUP, Row, SlotTaken
from outreach.followups.schemas import (
    FollowupChangeSchema,
    FollowupSchema,
    NewFollowupSchema,
    OutcomeSchema,
    RescheduleSchema,
)
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import (
    N_,
    Conflict,
    Fault,
    IdReuse,
    NotFound,
    RuleBroken,
    Stale,
)
from outreach.foundation.sameness import sameness
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import reading as people
from outreach.participants.contact_details import looks_personal
from outreach.participants.reading import Person
from outreach.sites import service as sites

_NEW = NewFollowupSchema()
_CHANGE = FollowupChangeSchema()
_OUTCOME = OutcomeSchema()
_MOVE = RescheduleSchema()
_SHOWN = FollowupSchema()
_KIND = "followup"


class FollowupSettled(Conflict):
    """What became of a meeting was said, or it was moved: that stands."""

    slug = "followup-settled"
    title = N_("Mötet är redan avslutat")
    advice = N_("Det är redan sagt vad som blev av mötet. Ångra det först om det blev fel.")


def book(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Book a meeting with a participant, or with whoever holds a code; tell whether it is new.

    It takes its workers' time from then on. One outside their hours is booked all the same, with
    `warnings`. Booked from a contact, that contact's result becomes that a meeting was booked. A
    repeat changes nothing. Raises RuleBroken with every fault, SlotTaken with `alternatives`,
    IdReuse, and as `reading.open_person` does for whoever the actor may not read.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        facts = _read_booking(by, given)
        person = _opened(by, facts["participant_id"])
        said = _sameness(person, facts)
        # Of two sendings at once the second waits here, and is then a repeat.
        if not _add(by, person, facts, said):
            return _repeated(facts["id"], person, said), False
        _note(by, "create", facts["id"], person)
        if facts["from_contact"]:
            contacts.set_result(by=by, id=facts["from_contact"], result="meeting_booked")
        return _booked(facts["id"], person), True


def _add(by: Actor, person: Person | None, facts: Row, said: bytes, **more: Any) -> bool:
    """Write a meeting and take its time; tell whether its id is new. Raises SlotTaken."""
    lasting = scheduling.length(facts["minutes"], interpreted=facts["interpreter"] is not None)
    ends_at = facts["starts_at"] + lasting
    row = {
        "id": facts["id"],
        "participant_id": facts["participant_id"],
        "recognition_code_id": facts["recognition_code_id"],
        "workers": facts["workers"],
        "starts_at": facts["starts_at"],
        "minutes": facts["minutes"],
        "ends_at": ends_at,
        "place": facts["place"],
        "language": facts["language"],
        "interpreter": facts["interpreter"],
        "reminder": facts["reminder"],
        "from_contact": facts["from_contact"],
        "created_at": clock.now(),
        "created_by": by.id,
        "sameness": said,
        **recording.written(facts, person.key if person else None),
        **more,
    }
    if not recording.add(row):
        return False
    _take_time(facts["id"], facts["workers"], facts["starts_at"], ends_at)
    return True


def _take_time(id: UUID, workers: Sequence[UUID], starts_at: datetime, ends_at: datetime) -> None:
    try:
        recording.take_time(followup=id, workers=workers, starts_at=starts_at, ends_at=ends_at)
    except SlotTaken as taken:
        lasting = ends_at - starts_at
        others = slots.alternatives(workers=workers, wanted=starts_at, lasting=lasting)
        raise SlotTaken(members={"alternatives": [_instant(each) for each in others]}) from taken


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _read_booking(by: Actor, given: object) -> Row:
    now, lists = clock.now(), sites.code_lists()
    typed = given.get("recognition_code") if isinstance(given, Mapping) else None
    codes = recognition_codes.known_codes([typed] if isinstance(typed, str) else [])

    def faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
        # A known id is a repeat or a mistake, whatever time it has become.
        if "id" in facts and reading.row_of(facts["id"]) is not None:
            return
        yield from rules.booking_faults(facts, now=now)
        yield from rules.code_faults(facts, lists, now=now)
        yield from slots.worker_faults(by, facts.get("workers") or [])
        yield from _word_faults(facts, anonymous=not facts.get("participant_id"))
        yield from codes.faults(facts)

    facts = codes.resolved(read(_NEW, given, faults, lambda facts: _origin_faults(by, facts)))
    facts["interpreter"] = "not_booked" if facts["interpreter_needed"] else None
    if facts["recognition_code_id"] and facts["reminder"] != "none":
        detail = N_("Den som har en kod har varken telefon eller e-post här.")
        raise RuleBroken(faults=[Fault("/reminder", detail)])
    return facts


def _origin_faults(by: Actor, facts: Mapping[str, Any]) -> Iterator[Fault]:
    origin = facts.get("from_contact")
    if origin is not None and contacts.contact_if_told(by=by, id=origin) is None:
        yield Fault("/from_contact", N_("Den kontakten finns inte, eller är inte din att se."))


def _word_faults(facts: Mapping[str, Any], *, anonymous: bool) -> Iterator[Fault]:
    """Nothing is written of whoever is not known that could tell who it is."""
    if not anonymous:
        return
    for name in recording.TEXTS:
        if looks_personal(facts.get(name) or ""):
            detail = N_("Skriv inget som visar vem det är: personen har bara en kod.")
            yield Fault(f"/{name}", detail)


def _opened(by: Actor, participant: UUID | None) -> Person | None:
    return people.open_person(by=by, id=participant) if participant else None


def _sameness(person: Person | None, facts: Row, **more: Any) -> bytes:
    """Return what tells a repeat: a participant's under their own key."""
    said = sameness({name: value for name, value in facts.items() if name != "interpreter"} | more)
    return person.key.digest(said) if person else said


def _repeated(id: UUID, person: Person | None, said: bytes) -> Row:
    """Return the meeting that has the id. Raises IdReuse where it says something else."""
    known = reading.row_of(id)
    if known is None or known.sameness != said:
        raise IdReuse
    return _booked(id, person)


def _booked(id: UUID, person: Person | None) -> Row:
    row = reading.row_of(id)
    told = slots.warnings(workers=row.workers, starts_at=row.starts_at, ends_at=row.ends_at)
    told += _cannot_be_reminded(row.reminder, person)
    return reading.in_full(row, person) | {"warnings": told}


def _cannot_be_reminded(reminder: str, person: Person | None) -> list[str]:
    """Return why no reminder will go, as things are now: what was not asked is no."""
    if person is None or reminder == "none":
        return []
    known = person.identity
    if person.row.protected:
        return ["no_reminder_protected"]
    if not (known.phone if reminder == "sms" else known.email):
        return ["no_reminder_address"]
    return [] if known.contact_preference.get(reminder) == "yes" else ["no_reminder_not_asked"]


def followup(*, by: Actor, id: UUID) -> Row:
    """Return a meeting in full; a participant's for one who may read them, and it is on the trail.

    Raises NotFound, and as `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = _found(id)
        person = _opened(by, row.participant_id)
        _note(by, "read", id, person)
        return reading.in_full(row, person)


def participant_of(*, by: Actor, id: UUID) -> UUID | None:
    """Return whose a meeting is, None where it is a code's; nobody is read. Raises NotFound."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        return _found(id).participant_id  # type: ignore[no-any-return]


def followups(
    *,
    by: Actor,
    first: date | None = None,
    last: date | None = None,
    worker: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> list[Row]:
    """Return meetings that begin on the local days, both included, in the order of their times.

    Of one worker; else one's own and those at one's sites. Without a first day from today on.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    begin = clock.start_of(first or clock.today())
    wanted = reading.ROW.where(FOLLOWUP.c.starts_at >= begin)
    if last is not None:
        wanted = wanted.where(FOLLOWUP.c.starts_at < clock.span(last, last)[1])
    if after is not None:
        wanted = wanted.where(sa.tuple_(FOLLOWUP.c.starts_at, FOLLOWUP.c.id) > sa.tuple_(*after))
    own = FOLLOWUP.c.workers.contains([worker or by.id])
    here = FOLLOWUP.c.place.in_(sorted(by.sites))
    wanted = wanted.where(own if worker else sa.or_(own, here))
    wanted = wanted.order_by(FOLLOWUP.c.starts_at, FOLLOWUP.c.id).limit(limit)
    with transaction(by=by):
        return reading.listed(by, db.session.execute(wanted).all())


def change(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Change where a meeting is to be, what for, its reminder or its interpreter's booking.

    Raises as `followup` does, Stale, FollowupSettled, RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = _found(id, lock=True)
        person = _opened(by, row.participant_id)
        _require_version(row, person, expected)
        _require_booked(row)
        on = {"starts_at": row.starts_at}
        data = read(
            _CHANGE,
            given,
            lambda facts: rules.code_faults(on | dict(facts), sites.code_lists(), now=clock.now()),
            lambda facts: _word_faults(facts, anonymous=person is None),
            lambda facts: _interpreter_faults(row, facts),
        )
        texts = recording.texts_of(row, person.key if person else None)
        if "purpose" in data:
            texts["purpose"] = data.pop("purpose")
        words = recording.written(texts, person.key if person else None)
        same = all(getattr(row, name) == value for name, value in data.items())
        if not same or texts != recording.texts_of(row, person.key if person else None):
            recording.change(id, {**data, **words})
            _note(by, "change", id, person)
        return _booked(id, person)


def _interpreter_faults(row: Any, facts: Mapping[str, Any]) -> Iterator[Fault]:
    if "interpreter" in facts and row.interpreter is None:
        yield Fault("/interpreter", N_("Mötet är bokat utan tolk. Boka om det i stället."))


def reschedule(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Move a meeting to another time: a new one comes in its place, and the old one stays as moved.

    Who asked for it and why are kept. A repeat answers the new one as it stands. Raises as `book`
    does, FollowupSettled, Stale.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = _found(id, lock=True)
        person = _opened(by, row.participant_id)
        if row.state == rules.RESCHEDULED and (again := _moved_before(row, person, given)):
            return again
        _require_booked(row)
        _require_version(row, person, expected)
        facts = _read_move(by, row, person, given)
        recording.give_back_time([id])
        now = {"outcome_at": clock.now(), "outcome_by": by.id}
        recording.change(id, {"state": rules.RESCHEDULED, **now})
        said = _sameness(person, facts, supersedes=str(id))
        more = {"supersedes": id, "asked_by": facts["asked_by"]}
        if not _add(by, person, facts, said, **more):
            raise IdReuse
        _note(by, "reschedule", id, person)
        _note(by, "create", facts["id"], person)
        return _booked(facts["id"], person)


def _read_move(by: Actor, row: Any, person: Person | None, given: object) -> Row:
    now, lists = clock.now(), sites.code_lists()
    data = read(
        _MOVE,
        given,
        lambda facts: rules.booking_faults(facts, now=now),
        lambda facts: rules.code_faults(facts, lists, now=now),
        lambda facts: slots.worker_faults(by, facts.get("workers") or []),
        lambda facts: _word_faults(facts, anonymous=person is None),
    )
    kept = {
        name: getattr(row, name)
        for name in (
            "participant_id", "recognition_code_id", "workers", "minutes", "place", "language",
            "interpreter", "reminder", "from_contact",
        )
    }  # fmt: skip
    purpose = recording.texts_of(row, person.key if person else None)["purpose"]
    return kept | {"purpose": purpose} | data


def _moved_before(row: Any, person: Person | None, given: object) -> Row | None:
    """Return the meeting that came in place of one, when the same sending asked for it."""
    sent = given.get("id") if isinstance(given, Mapping) else None
    if row.superseded_by is None or str(row.superseded_by) != str(sent).lower():
        return None
    return _booked(row.superseded_by, person)


def set_outcome(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Say what became of a meeting: held, nobody came, or cancelled and by whom.

    Held, it becomes a contact in the same transaction. By whoever may read the person, or is to be
    there. A repeat changes nothing. Raises as `followup` does, FollowupSettled, Stale, RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, person = _to_act_on(by, id)
        if row.state != rules.BOOKED:
            if _said_before(row, given):
                return reading.in_full(row, person)
            raise FollowupSettled
        _require_version(row, person, expected)
        data = read(
            _OUTCOME,
            given,
            lambda facts: rules.may_come(facts, starts_at=row.starts_at, now=clock.now()),
            lambda facts: _word_faults(facts, anonymous=row.participant_id is None),
        )
        became = rules.happened(data)
        values: Row = {
            "state": data["state"],
            "attended": became.attended,
            "happened": became.happened,
            "outcome_at": clock.now(),
            "outcome_by": by.id,
        }
        if data["why_not"]:
            values |= _with_word(row, person, "why_not", data["why_not"])
        if data["state"] == rules.HELD:
            values["contact_id"] = holding.record(by=by, row=row, said=data)
        if data["state"] in rules.CANCELLED:
            recording.give_back_time([id])
        recording.change(id, values)
        _note(by, "outcome", id, person, outcome=data["state"])
        return reading.in_full(reading.row_of(id), person)


def _with_word(row: Any, person: Person | None, name: str, said: str) -> Row:
    """Return the columns with one more thing said; of whom one may not read, none is written."""
    if row.participant_id is not None and person is None:
        raise people.ReasonRequired
    key = person.key if person else None
    return recording.written(recording.texts_of(row, key) | {name: said}, key)


def _said_before(row: Any, given: object) -> bool:
    """Tell whether the same was said of a meeting before."""
    try:
        data = read(_OUTCOME, given)
    except RuleBroken:
        return False
    became = rules.happened(data)
    return (row.state, row.attended, row.happened) == (data["state"], *became)


def undo_outcome(*, by: Actor, id: UUID, expected: int | None = None) -> Row:
    """Take back what was said of a meeting: it is open again, and its contact is voided.

    A repeat changes nothing. One that was moved stays moved. Raises as `set_outcome` does, and
    SlotTaken where a cancelled one's time was given to another.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, person = _to_act_on(by, id)
        if row.state == rules.RESCHEDULED:
            raise FollowupSettled
        if row.state != rules.BOOKED:
            _require_version(row, person, expected)
            if row.contact_id is not None:
                # The contact tells it to whoever listens: the meeting opens by that.
                contacts.void_contact(by=by, id=row.contact_id, given={"reason": "mistap"})
            else:
                if row.state in rules.CANCELLED:
                    _take_time(id, row.workers, row.starts_at, row.ends_at)
                holding.reopen(by=by, ids=[id])
        return reading.in_full(reading.row_of(id), person)


def _to_act_on(by: Actor, id: UUID) -> tuple[Any, Person | None]:
    """Return a meeting, held, and its person where the actor may read them.

    Who is to be there may say what became of it without reading anybody. Raises as `followup`.
    """
    row = _found(id, lock=True)
    if row.participant_id is None:
        return row, None
    found = people.opened_one(by, row.participant_id)
    if isinstance(found, Person):
        return row, found
    if by.id in row.workers and isinstance(found, people.ReasonRequired):
        return row, None
    raise found


def _found(id: UUID, *, lock: bool = False) -> Any:
    row = reading.row_of(id, lock=lock)
    if row is None:
        raise NotFound
    return row


def _require_booked(row: Any) -> None:
    if row.state != rules.BOOKED:
        raise FollowupSettled


def _require_version(row: Any, person: Person | None, expected: int | None) -> None:
    if expected is not None and row.version != expected:
        raise Stale(current=_SHOWN.dump(reading.in_full(row, person)))


def _note(by: Actor, action: str, id: UUID, person: Person | None, **more: str) -> None:
    """Leave an entry about the meeting, and one about the person: who looked is asked of them."""
    trail.record(by=by, action=action, kind=_KIND, id=id, **more)
    if person is not None:
        trail.record(
            by=by, action="read" if action == "read" else "change", kind="participant",
            id=person.row.id, right=person.right, part="followups",
        )  # fmt: skip
