"""Use cases of enrolments: open, fill in, give to somebody else, close, take in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.enrolments import checks, reading, recording, rules
from outreach.enrolments.events import EnrolmentClosed
from outreach.enrolments.models import Enrolment
from outreach.enrolments.recording import Enrolled
from outreach.enrolments.schemas import (
    EnrolmentChangeSchema,
    EnrolmentClosingSchema,
    EnrolmentSchema,
    ImportedEnrolmentSchema,
    NewEnrolmentSchema,
    ResponsibleSchema,
)
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import (
    N_,
    Conflict,
    Fault,
    NotAllowed,
    OutreachError,
)
from outreach.foundation.schemas import ids_said, read
from outreach.foundation.transaction import transaction
from outreach.participants import reading as participants
from outreach.participants import responsibilities
from outreach.participants.events import DetailsForgotten
from outreach.participants.reading import Person, ReasonRequired
from outreach.sites import service as sites

_NEW = NewEnrolmentSchema()
_CHANGE = EnrolmentChangeSchema()
_CLOSING = EnrolmentClosingSchema()
_IMPORTED = ImportedEnrolmentSchema()
_RESPONSIBLE = ResponsibleSchema()
_SHOWN = EnrolmentSchema()
_TABLE = cast("sa.Table", Enrolment.__table__)

Row = dict[str, Any]


class AlreadyClosed(Conflict):
    """It has ended; what came of it can be corrected, no more."""

    slug = "enrolment-closed"
    title = N_("Stödperioden är redan avslutad")
    advice = N_("Det som står om avslutet går att rätta. Börja en ny om personen är tillbaka.")


def opening_faults(facts: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with how an enrolment opens (`OpeningSchema`); a rule for `read`."""
    return list(rules.opening_faults(facts, sites.code_lists(), clock.today()))


def open_enrolment(*, by: Actor, participant: UUID, facts: Mapping[str, Any]) -> UUID:
    """Let a person's time here begin; return the enrolment's id. A repeat changes nothing.

    For the use cases above, inside their `transaction(by=by)`, which ask whether the actor may.
    `facts` are an `OpeningSchema` without faults. Raises AlreadyEnrolled while another one is
    open, IdReuse for a known id with another content.
    """
    said = {name: facts.get(name) for name in recording.SAID}
    said |= {"id": facts.get("enrolment_id") or uuid4(), "participant_id": participant}
    _open(by, said)
    return cast("UUID", said["id"])


def begin_enrolment(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Let somebody who was here before begin again; return the enrolment and whether it is new.

    Whoever begins it is responsible, unless somebody is. By an opening alone: with somebody who is
    there, or on the phone, while nobody is responsible. Raises as `participants.open_person` does,
    NotAllowed, RuleBroken, AlreadyEnrolled, IdReuse.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        facts = read(_NEW, given, opening_faults)
        person = participants.open_person(by=by, id=facts["participant_id"], lock=True)
        if why_not := reading.why_not_begin(by, person):
            raise NotAllowed(why_not)
        created = _open(by, facts)
        if created and person.row.responsible_id is None:
            responsibilities.give_responsibility(
                by=by, id=person.row.id, worker=by.id, reason="enrolled"
            )
        return reading.one_shown(by, facts["id"]), created


def _open(by: Actor, facts: Mapping[str, Any]) -> bool:
    """Add one enrolment; return whether it is new."""
    (outcome,) = recording.record_all(recorder=by.id, items=[facts])
    if outcome.error:
        raise outcome.error
    if outcome.created:
        _record(by, "enrol", facts, route_in=facts["route_in"])
    return outcome.created


def import_enrolments(*, by: Actor, items: Sequence[object]) -> list[Enrolled]:
    """Take in enrolments from elsewhere, open and closed; each is judged by itself.

    All good ones are kept, in one transaction. Nobody becomes responsible. A repeat is harmless.
    """
    require_role(by, "system")
    with transaction(by=by):
        people = participants.committees_of(ids_said(items, "participant_id"))
        judged = [_judged(item, people) for item in items]
        good = [facts for facts in judged if not isinstance(facts, OutreachError)]
        outcomes = recording.record_all(recorder=accounts.recorder_id(by), items=good)
        pairs = zip(good, outcomes, strict=True)
        made = [facts for facts, outcome in pairs if outcome.created]
        # What was to be asked before this day, somebody has asked elsewhere, or nobody will.
        checks.book(rows=made, recorder=accounts.recorder_id(by), since=clock.today())
        ids = [facts["participant_id"] for facts in made]
        trail.record_many(by=by, action="enrol", kind="participant", ids=ids)
        each = iter(outcomes)
        return [
            Enrolled(None, error=facts) if isinstance(facts, OutreachError) else next(each)
            for facts in judged
        ]


def _judged(item: object, people: Collection[UUID]) -> Row | OutreachError:
    def person_faults(facts: Mapping[str, Any]) -> list[Fault]:
        named = facts.get("participant_id")
        if named is None or named in people:
            return []
        return [Fault("/participant_id", N_("Ingen deltagare har det id:t."))]

    def faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
        return rules.imported_faults(facts, sites.code_lists(), clock.today())

    try:
        return read(_IMPORTED, item, person_faults, faults)
    except OutreachError as error:
        return error


def change_enrolment(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Fill in or correct what is said of an enrolment; return it as it then stands.

    What was before at any time; what came of it once it is closed. How and when it ended is
    corrected by whoever closed it or a supervisor; what the new result has no use for goes. A
    change that changes nothing makes no version. Raises as `reading.enrolment` does, Stale with the
    current state, NotAllowed, RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, _ = reading.opened(by, id, lock=True)
        _require_version(by, row, expected)
        before, today, lists = recording.as_facts(row), clock.today(), sites.code_lists()

        def faults(change: Mapping[str, Any]) -> Iterator[Fault]:
            return rules.change_faults(change, before, _changed(before, change), lists, today)

        change = read(_CHANGE, given, faults)
        after = _changed(before, change)
        if recording.as_columns(after) == recording.as_columns(before):
            return reading.shown(by, [row])[0]
        _require_closer(by, row, before, after)
        recording.write(row, recording.as_columns(after))
        checks.follow(by=by, before=row, after=row | after)
        _record(by, "change", row, fields=sorted(change))
        return reading.one_shown(by, id)


def _changed(before: Row, change: Mapping[str, Any]) -> Row:
    """Return the facts after a change, without what another result has no use for."""
    result = change.get("closing_result", before["closing_result"])
    if result is None or change.keys().isdisjoint(rules.CLOSING):
        return before | dict(change)
    return rules.without_strays(before, result) | dict(change)


def _require_closer(by: Actor, row: Row, before: Row, after: Row) -> None:
    ends = ("closing_result", "closed_on")
    if all(before[name] == after[name] for name in ends):
        return
    if row["closed_by"] != by.id and not by.has(SUPERVISOR):
        raise NotAllowed(N_("Bara den som avslutade, eller chefen, kan ändra hur det slutade."))


def close_enrolment(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Close an enrolment with what came of it; nobody is responsible for the person any more.

    For whoever reads the person by duty: an opening ends nobody's time here. Whether work lasted a
    month is pending until somebody answers: that is asked 30 days after it began, and how it goes
    after 90. Return the enrolment as it then stands. Raises as `reading.enrolment` does,
    AlreadyClosed, NotAllowed, Stale, RuleBroken with every fault.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, person = _opened_still_open(by, id)
        if why_not := reading.why_not_close(person):
            raise NotAllowed(why_not)
        if expected is not None:
            _require_version(by, row, expected)
        today, lists = clock.today(), sites.code_lists()
        said = read(
            _CLOSING,
            given,
            lambda facts: rules.closing_faults(facts, row["opened_on"], lists, today),
        )
        if rules.group_of(said["closing_result"]) == "work" and said["lasted_one_month"] is None:
            said["lasted_one_month"] = "pending"
        said = rules.without_strays(said, said["closing_result"])
        _close(by, row, said)
        return reading.one_shown(by, id)


def withdraw_enrolments(*, by: Actor, participant: UUID) -> None:
    """Close the open enrolment of somebody who should not have been written in; no one is there.

    For the undoing of an identification, inside its `transaction(by=by)`. Without an open one
    only the responsibility ends. A repeat changes nothing.
    """
    with transaction(by=by):
        wanted = reading.ROW.where(
            _TABLE.c.participant_id == participant, _TABLE.c.closed_on.is_(None)
        )
        row = db.session.execute(wanted.with_for_update()).one_or_none()
        if row is None:
            responsibilities.end_responsibility(by=by, id=participant)
            return
        _close(by, row._asdict(), {"closing_result": rules.IN_ERROR, "closed_on": clock.today()})


def forget_situations(event: DetailsForgotten) -> None:
    """Let nothing stand of what a person did and lived on, before and after; the periods stay."""
    with transaction(by=event.by):
        said = (*recording.OCCUPATIONS, *recording.INCOMES)
        emptied = (
            sa.update(_TABLE)
            .where(_TABLE.c.participant_id == event.participant)
            .values(
                **recording.as_columns(dict.fromkeys(said)),
                version=_TABLE.c.version + 1,
                changed_xid=sa.text("pg_current_xact_id()"),
            )
            .returning(_TABLE.c.id, _TABLE.c.participant_id)
        )
        for row in db.session.execute(emptied).all():
            _record(event.by, "forget", row._asdict())


def _close(by: Actor, row: Row, said: Row) -> None:
    recording.write(row, recording.as_columns(said) | {"closed_by": by.id})
    checks.follow(by=by, before=row, after=row | said)
    responsibilities.end_responsibility(by=by, id=row["participant_id"])
    _record(by, "close", row, result=said["closing_result"])
    events.announce(
        EnrolmentClosed(row["id"], row["participant_id"], said["closing_result"], said["closed_on"])
    )


def give_to(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Let another worker be responsible for the person of an open enrolment; return the latter.

    For whoever reads the person by duty; by an opening alone only while nobody is responsible.
    Giving to whom it is already changes nothing. Raises as `reading.enrolment` does, AlreadyClosed,
    NotAllowed, Stale, RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, person = _opened_still_open(by, id)
        if not reading.may_give(person):
            raise NotAllowed(N_("Bara den som är ansvarig, eller chefen, kan låta någon ta över."))
        _require_version(by, row, expected)
        said = read(_RESPONSIBLE, given, lambda said: _worker_faults(said, person))
        if said["worker"] != person.row.responsible_id:
            responsibilities.give_responsibility(
                by=by, id=person.row.id, worker=said["worker"], reason=said["reason"]
            )
            recording.write(row, {})
        return reading.one_shown(by, id)


def _worker_faults(said: Mapping[str, Any], person: Person) -> list[Fault]:
    worker = said.get("worker")
    if worker is None or not person.row.protected or worker in person.row.named_workers:
        return []
    return [Fault("/worker", N_("Personen har skydd. Välj någon av dem som är namngivna."))]


def _opened_still_open(by: Actor, id: UUID) -> tuple[Row, Person]:
    """Return an open enrolment and its person, opened and held. Raises AlreadyClosed.

    Whoever closed it is told so, also when they may not read the person any more.
    """
    try:
        row, person = reading.opened(by, id, lock=True)
    except ReasonRequired:
        if reading.find(id)["closed_by"] == by.id:
            raise AlreadyClosed from None
        raise
    if row["closed_on"] is not None:
        raise AlreadyClosed
    return row, person


def _require_version(by: Actor, row: Row, expected: int) -> None:
    if row["version"] != expected:
        current, whose = _SHOWN.dump(reading.shown(by, [row])[0]), row["participant_id"]
        raise participants.stale(by=by, id=whose, current=current, part="enrolments")


def _record(by: Actor, action: str, row: Mapping[str, Any], **codes: Any) -> None:
    trail.record(
        by=by,
        action=action,
        kind="participant",
        id=row["participant_id"],
        enrolment=str(row["id"]),
        **codes,
    )
