"""Meetings from elsewhere: each judged by itself, all good ones kept once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import require_role
from outreach.audit import trail
from outreach.contacts import recognition_codes
from outreach.contacts.judging import said as said_in
from outreach.followups import reading, recording, reminders, rules, scheduling, standing
from outreach.followups.recording import Row, SlotTaken, Whose
from outreach.followups.schemas import ImportedFollowupSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, IdReuse, OutreachError
from outreach.foundation.schemas import ids_said, read
from outreach.foundation.transaction import transaction
from outreach.participants import reading as people
from outreach.participants.reading import Person
from outreach.sites import service as sites

_IMPORTED = ImportedFollowupSchema()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line."""

    created: bool = False
    error: OutreachError | None = None


def import_followups(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Take in meetings that were booked elsewhere, whenever they were and whatever became of them.

    One that was held makes no contact: that is a line of its own. A repeat is harmless. Refused
    besides what booking refuses: nobody who is not here, workers without an account, and what is
    to be at a time that is taken.
    """
    require_role(by, "system")
    with transaction(by=by):
        known, recorder = _Known.of(by, items), accounts.recorder_id(by)
        outcomes, made = [], []
        for item in items:
            try:
                taken_in, created = _take_in(item, known, recorder)
            except OutreachError as error:
                outcomes.append(Outcome(error=error))
                continue
            outcomes.append(Outcome(created=created))
            made += [taken_in] if created else []
        trail.record_many(by=by, action="create", kind="followup", ids=made)
        return outcomes


@dataclass(frozen=True, slots=True)
class _Known:
    """What the lines name: people and their keys, staff, codes."""

    people: Mapping[UUID, Person]
    staff: Mapping[str, Actor]
    codes: recognition_codes.KnownCodes

    @classmethod
    def of(cls, by: Actor, items: Sequence[object]) -> _Known:
        """Ask once for all; people stay as they are, and nobody else books these workers."""
        named = ids_said(items, "participant_id")
        opened = people.open_people(by=by, ids=named, hold=True) if named else {}
        ids = accounts.staff_ids(_workers_said(items))
        codes = recognition_codes.known_codes(said_in(items, "recognition_code"))
        by_code = {each.id for each in codes.by_typed.values() if not isinstance(each, Fault)}
        recording.wait_for_whom({*named, *by_code})
        recording.wait_for(set(ids.values()))
        there = {each: accounts.anybody(each) for each in set(ids.values())}
        return cls(
            {who: each for who, each in opened.items() if isinstance(each, Person)},
            {username: there[who] for username, who in ids.items()},
            codes,
        )

    def faults(self, facts: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield whom a line names that is not here, or not to be booked."""
        person = facts.get("participant_id")
        if person is not None and person not in self.people:
            yield Fault("/participant_id", N_("Ingen deltagare har det id:t."))
        yield from self._worker_faults(facts)
        yield from self.codes.faults({**facts, "occurred_at": facts.get("starts_at")})

    def _worker_faults(self, facts: Mapping[str, Any]) -> Iterator[Fault]:
        seen: set[UUID] = set()
        for place, username in enumerate(facts.get("workers") or []):
            worker = self.staff.get(username)
            if worker is None:
                detail = N_("Ingen i personalen har det användarnamnet.")
                yield Fault(f"/workers/{place}", detail)
            elif worker.id in seen:
                yield Fault(f"/workers/{place}", N_("Samma person två gånger."))
            elif not self._may_meet(worker, facts):
                detail = N_("Välj någon i samma nämnd som arbetar här.")
                yield Fault(f"/workers/{place}", detail)
            seen |= {worker.id} if worker else set()

    def _may_meet(self, worker: Actor, facts: Mapping[str, Any]) -> bool:
        """Tell whether a worker is of the committee, and of what is still to be, at work here."""
        committee = self.committee(facts)
        if worker.committee is None or committee not in (None, worker.committee):
            return False
        return not _is_ahead(facts) or worker.id in accounts.colleagues(committee=worker.committee)

    def committee(self, facts: Mapping[str, Any]) -> str | None:
        """Return whose meeting a line tells of: the participant's, else its first worker's."""
        person = self.people.get(facts.get("participant_id"))  # type: ignore[arg-type]
        if person is not None:
            return str(person.row.owner_committee)
        named = (self.staff.get(each) for each in facts.get("workers") or [])
        return next((each.committee for each in named if each), None)


def _workers_said(items: Sequence[object]) -> set[str]:
    return {
        each
        for item in items
        if isinstance(item, Mapping) and isinstance(item.get("workers"), list)
        for each in item["workers"]
        if isinstance(each, str)
    }


def _is_ahead(facts: Mapping[str, Any]) -> bool:
    starts_at = facts.get("starts_at")
    return (
        facts.get("state", rules.BOOKED) == rules.BOOKED
        and starts_at is not None
        and starts_at > clock.now()
    )


def _take_in(item: object, known: _Known, recorder: UUID) -> tuple[UUID, bool]:
    facts = known.codes.resolved(read(_IMPORTED, item, known.faults, _faults))
    person = known.people.get(facts["participant_id"]) if facts["participant_id"] else None
    row = _row(facts, known, person, recorder)
    if (there := reading.row_of(facts["id"])) is not None:
        if there.sameness != row["sameness"]:
            raise IdReuse
        return facts["id"], False
    when = {"starts_at": row["starts_at"], "ends_at": row["ends_at"]}
    whose = Whose(row["participant_id"], row["recognition_code_id"])
    if _is_ahead(facts) and (
        recording.is_taken(workers=row["workers"], **when)
        or recording.met(whose, begin=row["starts_at"], end=row["ends_at"])
    ):
        raise SlotTaken
    if not recording.add(row):
        raise IdReuse
    if _is_ahead(facts):
        recording.take_time(followup=row["id"], whose=whose, workers=row["workers"], **when)
        reminders.plan(reading.row_of(row["id"]), person)
    return row["id"], True


def _faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with a line, whenever its meeting was."""
    timeless = {name: value for name, value in facts.items() if name != "starts_at"}
    now, lists = clock.now(), sites.code_lists()
    anonymous = not facts.get("participant_id")
    yield from rules.booking_faults(facts if _is_ahead(facts) else timeless, now=now)
    yield from rules.code_faults(facts, lists, now=now)
    yield from standing.word_faults(facts, anonymous=anonymous)
    yield from standing.reminder_faults(facts, anonymous=anonymous)
    starts_at = facts.get("starts_at")
    if starts_at is not None:
        yield from rules.may_come(facts, starts_at=starts_at, now=now)


_SAID = (
    "id", "participant_id", "recognition_code_id", "starts_at", "minutes", "place", "language",
    "reminder", "state",
)  # fmt: skip


def _row(facts: Row, known: _Known, person: Person | None, recorder: UUID) -> Row:
    """Return the row of a faultless line."""
    interpreted, is_open = facts["interpreter_needed"], facts["state"] == rules.BOOKED
    ends_at = facts["starts_at"] + scheduling.length(facts["minutes"], interpreted=interpreted)
    key, committee = person.key if person else None, str(known.committee(facts))
    return {name: facts[name] for name in _SAID} | {
        "committee": committee,
        "workers": [known.staff[each].id for each in facts["workers"]],
        "ends_at": ends_at,
        "interpreter": "not_booked" if interpreted else None,
        "created_at": clock.now(),
        "created_by": recorder,
        "outcome_at": None if is_open else ends_at,
        "outcome_by": None if is_open else recorder,
        "sameness": recording.digest(facts, key, committee),
        **_became(facts),
        **recording.written(facts, key),
    }


def _became(facts: Row) -> Row:
    """Return what a line says came of its meeting: nothing, of what is to be or was moved."""
    if facts["state"] not in rules.OUTCOMES:
        return {"attended": None, "happened": None}
    return rules.happened(facts)._asdict()
