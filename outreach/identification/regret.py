"""The three doors for regret: undone at once, back to a code, and a request to be erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.permissions import ADMINISTRATOR, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.contacts import linking, recognition_codes
from outreach.enrolments import service as enrolments
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, IdReuse, NotAllowed, NotFound, Stale
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, rules, service, suggestions
from outreach.identification.events import UndoAsked
from outreach.identification.models import CommitteeDoors, ErasureRequest
from outreach.identification.rules import BACK_TO_CODE, DOORS, ERASURE, GRANTED, PARTLY, UNDO
from outreach.identification.schemas import DecisionSchema, DoorsSchema, RegretSchema
from outreach.participants import leaving, reading
from outreach.participants.reading import Person, Row

_REGRET = RegretSchema()
_DECISION = DecisionSchema()
_DOORS = DoorsSchema()
# So many decisions are listed; an older one is asked for by its case.
_MOST_DECIDED = 50

_REQUEST = cast("sa.Table", ErasureRequest.__table__)


class DoorClosed(NotAllowed):
    """The committee has not opened this way back."""

    slug = "door-closed"
    title = N_("Den vägen är inte öppen")
    advice = N_("Nämnden har inte öppnat den vägen. Välj en av de andra.")


class TooLateToUndo(Conflict):
    """More than a day has gone, or something was written that rests on the identification."""

    slug = "too-late-to-undo"
    title = N_("Det går inte att ångra direkt längre")
    advice = N_(
        "Det har gått mer än ett dygn, eller så finns det anteckningar. Personen kan gå tillbaka"
        " till kod, eller begära radering."
    )


class AlreadyRequested(Conflict):
    """One request at a time."""

    slug = "already-requested"
    title = N_("Begäran finns redan")
    advice = N_("Personen har redan begärt radering. Chefen beslutar inom en månad.")


class AlreadyDecided(Conflict):
    """A decision stands; who disagrees appeals."""

    slug = "already-decided"
    title = N_("Begäran är redan avgjord")
    advice = N_("Beslutet ligger fast. Personen kan överklaga, eller begära på nytt.")


def regret(*, by: Actor, id: UUID, given: object) -> Row:
    """Let a person go back by one of the doors; return the receipt.

    `undo` within a day, with nothing written: all is as before, and the identity is destroyed.
    `back_to_code`: the identity is destroyed, the contacts go on in the thread of a new code.
    `erasure`: the request is received; until it is decided nobody uses what is known. With an id
    from the sender a repeat changes nothing and answers the same receipt. Raises as
    `reading.open_person` does, DoorClosed, TooLateToUndo, AlreadyRequested, IdReuse.
    """
    with transaction(by=by):
        try:
            person = reading.open_person(by=by, id=id, lock=True)
        except (NotFound, reading.Restricted):
            # Nobody is known by that id any more; was it this door that was taken?
            if receipt := _receipt_again(by, id, given):
                return receipt
            raise
        said = read(_REGRET, given)
        if not open_doors(person.row.owner_committee)[said["door"]]:
            raise DoorClosed
        told = _WAYS[said["door"]](by, person, said["id"])
        return _receipt(said["door"], clock.now(), person.row.case_number, told)


def _receipt(door: str, at: datetime, case_number: str, told: Row) -> Row:
    nothing = {"recognition_code": None, "code": None, "erasure_request_id": None, "due_on": None}
    return nothing | told | {"door": door, "at": at, "case_number": case_number}


def _receipt_again(by: Actor, id: UUID, given: object) -> Row | None:
    """Return the receipt of a door that was taken by the same sending, None if it was not.

    Two taps are two sendings, and the screen shows the answer to the last: the person must find
    the new code there.
    """
    said = read(_REGRET, given)
    remains = leaving.remains_of(by=by, id=id)
    if said["id"] is None or remains is None:
        return None
    told: Row = {}
    at = remains["removed_at"]
    if said["door"] == ERASURE:
        wanted = sa.select(_REQUEST).where(
            _REQUEST.c.id == said["id"], _REQUEST.c.participant_id == id
        )
        if (asked := db.session.execute(wanted).one_or_none()) is None:
            return None
        told, at = _asked(asked.id, asked.due_on, id), asked.received_at
    elif remains["removed_as"] != _REMOVED_AS[said["door"]]:
        return None
    else:
        told["contacts"] = linking.undone_with(participant=id, xid=remains["changed_xid"])
        if said["door"] == BACK_TO_CODE:
            code = recognition_codes.made_code(id=_code_id(id, said["id"]))
            if code is None:
                return None
            told |= {"recognition_code": code["code"], "code": code}
    return _receipt(said["door"], at, remains["case_number"], told)


def _code_id(person: UUID, sending: UUID) -> UUID:
    """Return the id of the code that a sending makes.

    Nobody keeps the sending: without it there is no way from the person to the code.
    """
    return uuid5(person, str(sending))


def may_undo(person: Person) -> bool:
    """Tell whether the first door is still open for a person."""
    since = service.identified_at(id=person.row.id)
    notes = len(linking.notes_of(person.row.id))
    if since is None or not rules.may_undo(since, clock.now(), notes=notes):
        return False
    asked = UndoAsked(person.row.id)
    events.announce(asked)
    return not asked.hindered


def _undo(by: Actor, person: Person, sending: UUID | None) -> Row:
    del sending
    if not may_undo(person):
        raise TooLateToUndo
    links = linking.links_of([person.row.id])
    linking.unlink(by=by, links=[link["id"] for link in links])
    service.restore_codes(by=by, id=person.row.id)
    _leave(by, person, _REMOVED_AS[UNDO])
    return {"contacts": len(links)}


def _back_to_code(by: Actor, person: Person, sending: UUID | None) -> Row:
    code = recognition_codes.new_code(by=by, id=_code_id(person.row.id, sending or uuid4()))
    links = linking.links_of([person.row.id])
    linking.unlink(by=by, links=[link["id"] for link in links], to=code["id"])
    linking.forget_notes(participant=person.row.id)
    _leave(by, person, _REMOVED_AS[BACK_TO_CODE], code=code["id"])
    return {"contacts": len(links), "recognition_code": code["code"], "code": code}


def _leave(by: Actor, person: Person, removed_as: str, *, code: UUID | None = None) -> None:
    duplicates.part_from_all(by=by, id=person.row.id)
    enrolments.withdraw_enrolments(by=by, participant=person.row.id)
    leaving.remove(by=by, person=person, removed_as=removed_as, code=code)


def _request_erasure(by: Actor, person: Person, sending: UUID | None) -> Row:
    waiting = open_request_of(person.row.id)
    if waiting is not None:
        if waiting["id"] == sending:
            return _asked(waiting["id"], waiting["due_on"], person.row.id)
        raise AlreadyRequested
    request, due_on = sending or uuid4(), rules.due_on(clock.today())
    added = db.session.scalar(
        insert(_REQUEST)
        .values(
            id=request,
            participant_id=person.row.id,
            received_at=clock.now(),
            received_by=by.id,
            due_on=due_on,
        )
        .on_conflict_do_nothing()
        .returning(_REQUEST.c.id)
    )
    if added is None:
        raise IdReuse
    leaving.restrict(by=by, person=person)
    trail.record(by=by, action="create", kind="erasure_request", id=request)
    return _asked(request, due_on, person.row.id)


def _asked(request: UUID, due_on: date, person: UUID) -> Row:
    contacts = len(linking.links_of([person]))
    return {"contacts": contacts, "erasure_request_id": request, "due_on": due_on}


def open_request_of(person: UUID) -> Row | None:
    """Return the request of a person that waits for a decision. Inside a use case."""
    wanted = sa.select(_REQUEST).where(
        _REQUEST.c.participant_id == person, _REQUEST.c.decided_at.is_(None)
    )
    found = db.session.execute(wanted).one_or_none()
    return found._asdict() if found else None


_REMOVED_AS = {UNDO: "undone", BACK_TO_CODE: BACK_TO_CODE}
_WAYS: Mapping[str, Callable[[Actor, Person, UUID | None], Row]] = {
    UNDO: _undo,
    BACK_TO_CODE: _back_to_code,
    ERASURE: _request_erasure,
}


def open_requests(*, by: Actor) -> list[Row]:
    """Return the requests of the actor's committee that wait for a decision, the oldest first."""
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        wanted = sa.select(_REQUEST).where(_REQUEST.c.decided_at.is_(None))
        found = db.session.execute(wanted.order_by(_REQUEST.c.due_on, _REQUEST.c.id))
        return [row._asdict() | {"reason": None} for row in found]


def waiting(*, by: Actor) -> int:
    """Return how many requests of the actor's committee wait for a decision."""
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        wanted = sa.select(sa.func.count()).where(_REQUEST.c.decided_at.is_(None))
        return db.session.scalars(wanted).one()


def decided_requests(*, by: Actor) -> list[Row]:
    """Return the latest decided requests of the actor's committee, without their reasons."""
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        wanted = sa.select(_REQUEST).where(_REQUEST.c.decided_at.is_not(None))
        latest = wanted.order_by(_REQUEST.c.decided_at.desc()).limit(_MOST_DECIDED)
        return [row._asdict() | {"reason": None} for row in db.session.execute(latest)]


def request(*, by: Actor, id: UUID) -> Row:
    """Return a request of the actor's committee, with the reason of its decision. Or NotFound.

    The reading is on the person's trail.
    """
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        row = standing_request(by=by, id=id)
        if row["decided_at"] is None:
            whose = row["participant_id"]
            trail.record(by=by, action="read", kind="participant", id=whose, part="erasure_request")
        return row


def standing_request(*, by: Actor, id: UUID) -> Row:
    """Return a request as `request` does, inside a use case.

    Only the reading of a decision's reason is on the trail.
    """
    return _opened(by, _found(id))


def _found(id: UUID, *, lock: bool = False) -> Any:
    wanted = sa.select(_REQUEST).where(_REQUEST.c.id == id)
    found = db.session.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def _opened(by: Actor, found: Any) -> Row:
    """Return a request as it is shown; of whom all was erased, the reason is gone too."""
    reason = None
    if found.reason is not None:
        person = reading.open_for_decision(by=by, id=found.participant_id)
        reason = person and person.key.open("decision", found.reason)
    return {**found._asdict(), "reason": reason}


def try_decision(*, by: Actor, id: UUID, given: object) -> Row:
    """Return what would be decided, and decide nothing; raises as `decide` does."""
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        if _found(id).decided_at is not None:
            raise AlreadyDecided
        return read(_DECISION, given)


def decide(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Decide about a request to be erased; return it as it then stands.

    Granted: the key is destroyed, here and in every backup of the database; the contacts stay in
    every figure as one person whom nobody can name. Partly: name, birth date and number stay, all
    else that was known goes. Refused: everything stays and may be used again. The reason is told
    to the person; unless it was granted it is kept, sealed. By a supervisor of the committee who
    may know of the person. Raises NotAllowed, NotFound, Stale, AlreadyDecided, RuleBroken.
    """
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        found = _found(id, lock=True)
        if found.decided_at is not None:
            raise AlreadyDecided
        if expected is not None and found.version != expected:
            raise Stale
        data = read(_DECISION, given)
        person = reading.open_for_decision(by=by, id=found.participant_id, lock=True)
        if person is None:
            raise NotFound
        granted = data["decision"] == GRANTED
        change = {
            "decision": data["decision"],
            "reason": None if granted else person.key.seal("decision", data["reason"]),
            "decided_at": clock.now(),
            "decided_by": by.id,
            "version": found.version + 1,
        }
        db.session.execute(sa.update(_REQUEST).where(_REQUEST.c.id == id).values(**change))
        trail.record(
            by=by, action="decide", kind="erasure_request", id=id, decision=data["decision"]
        )
        if granted:
            linking.forget_notes(participant=person.row.id)
            linking.forget_threads(participant=person.row.id)
            recognition_codes.forget_choices(acts=suggestions.acts_of(person.row.id))
            leaving.remove(by=by, person=person, removed_as="erased")
        else:
            if data["decision"] == PARTLY:
                linking.forget_notes(participant=person.row.id)
                leaving.forget_details(by=by, person=person)
            leaving.lift_restriction(by=by, person=person)
        return {**found._asdict(), **change, "reason": data["reason"]}


def open_doors(committee: str) -> dict[str, bool]:
    """Return which doors a committee has opened."""
    row = db.session.get_one(CommitteeDoors, committee)
    return {door: getattr(row, door) for door in DOORS}


def all_doors(*, by: Actor) -> list[Row]:
    """Return every committee's doors and their version, for the administrator."""
    require_role(by, ADMINISTRATOR)
    rows = db.session.scalars(sa.select(CommitteeDoors).order_by(CommitteeDoors.committee))
    return [_doors(row) for row in rows]


def _doors(row: CommitteeDoors) -> Row:
    opened = {door: getattr(row, door) for door in DOORS}
    return {"committee": row.committee, "version": row.version, **opened}


def set_doors(*, by: Actor, committee: str, expected: int, given: object) -> Row:
    """Write down which doors a committee has opened. Raises NotFound, Stale, RuleBroken."""
    require_role(by, ADMINISTRATOR)
    with transaction() as session:
        row = session.get(CommitteeDoors, committee, with_for_update=True, populate_existing=True)
        if row is None:
            raise NotFound
        if row.version != expected:
            raise Stale(current=_doors(row))
        data = read(_DOORS, given)
        for door, is_open in data.items():
            setattr(row, door, is_open)
        row.version += 1
        trail.record(by=by, action="change", kind="committee_doors", id=committee, **data)
        return _doors(row)
