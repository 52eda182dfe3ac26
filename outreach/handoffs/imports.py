"""Handoffs from elsewhere: each judged by itself, all good ones kept once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, IdReuse, OutreachError
from outreach.foundation.sameness import sameness
from outreach.foundation.schemas import ids_said, read
from outreach.foundation.transaction import transaction
from outreach.handoffs import lifecycle, reading, recording, rules
from outreach.handoffs.lifecycle import Standing
from outreach.handoffs.recording import Row
from outreach.handoffs.schemas import ImportedHandoffSchema
from outreach.participants import reading as people
from outreach.participants.reading import Person
from outreach.sites import service as sites

_IMPORTED = ImportedHandoffSchema()
_STANDINGS: Mapping[str, Standing] = {
    "draft": lifecycle.DRAFT, "sent": lifecycle.SENT, "accepted": lifecycle.ACCEPTED,
    "declined": lifecycle.DECLINED, "in_progress": lifecycle.IN_PROGRESS,
    "completed": lifecycle.COMPLETED, "not_completed": lifecycle.NOT_COMPLETED,
    "withdrawn": lifecycle.WITHDRAWN,
}  # fmt: skip
# A line tells of days: what happened on one is kept as if at noon.
_NOON = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line."""

    created: bool = False
    error: OutreachError | None = None


def import_handoffs(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Take in handoffs that were made elsewhere, however far they have come. A repeat is harmless.

    What was told with them is not here, and rests on no consent of ours: a team that has one sees
    the case number and how it stands. Refused are lines about nobody who is here.
    """
    require_role(by, "system")
    with transaction(by=by):
        named = ids_said(items, "participant_id")
        opened = people.open_people(by=by, ids=named, hold=True) if named else {}
        known = {who: each for who, each in opened.items() if isinstance(each, Person)}
        outcomes, made = [], []
        for item in items:
            try:
                taken_in, created = _take_in(by, item, known)
            except OutreachError as error:
                outcomes.append(Outcome(error=error))
                continue
            outcomes.append(Outcome(created=created))
            made += [taken_in] if created else []
        trail.record_many(by=by, action="create", kind="handoff", ids=made)
        return outcomes


def _take_in(by: Actor, item: object, known: Mapping[UUID, Person]) -> tuple[UUID, bool]:
    def person_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
        named = facts.get("participant_id")
        if named is not None and named not in known:
            yield Fault("/participant_id", N_("Ingen deltagare har det id:t."))

    facts = read(_IMPORTED, item, person_faults, _faults)
    person = known[facts["participant_id"]]
    said = person.key.digest(sameness(facts))
    if (there := reading.row_of(facts["id"])) is not None:
        if there.sameness != said:
            raise IdReuse
        return facts["id"], False
    if not recording.add(_row(by, person, facts, said)):
        raise IdReuse
    standing = _STANDINGS[facts["state"]]
    recording.note(by, facts["id"], side="sender", action="create", to=standing)
    return facts["id"], True


def _faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    day = facts.get("sent_on") or clock.today()
    yield from rules.new_faults(facts, lists=sites.code_lists(), today=day)
    yield from rules.imported_day_faults(facts, today=clock.today())


def _at(day: date | None) -> datetime | None:
    return clock.start_of(day) + _NOON if day else None


def _row(by: Actor, person: Person, facts: Row, said: bytes) -> Row:
    """Return the row of a faultless line."""
    state = facts["state"]
    sent, decided, started = (_at(facts[name]) for name in ("sent_on", "decided_on", "started_on"))
    latest = max(filter(None, (sent, decided, started)), default=clock.now())
    standing = _STANDINGS[state]
    return {
        "id": facts["id"],
        "participant_id": person.row.id,
        "case_number": person.row.case_number,
        "direction": facts["direction"],
        "committee": person.row.owner_committee,
        "team": facts["team"],
        "origin": facts["origin"],
        "fields": [],
        "note_ids": [],
        "state": state,
        "turn": standing.turn,
        "turn_since": latest,
        "sent_at": sent,
        "decided_at": decided,
        "started_at": started,
        "ended_at": latest if state in ("completed", "not_completed", "withdrawn") else None,
        # What came of it was decided where it was kept until now.
        "settled_at": latest if state in ("declined", "not_completed") else None,
        "created_at": sent or clock.now(),
        "created_by": accounts.recorder_id(by),
        "sameness": said,
    }
