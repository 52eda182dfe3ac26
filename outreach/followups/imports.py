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
from outreach.followups import reading, recording, rules, scheduling
from outreach.followups.recording import Row, SlotTaken
from outreach.followups.schemas import ImportedFollowupSchema
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, IdReuse, OutreachError
from outreach.foundation.sameness import sameness
from outreach.foundation.schemas import ids_said, read
from outreach.foundation.transaction import transaction
from outreach.foundation.vault import DataKey
from outreach.participants import reading as people
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
        known = _Known.of(items)
        outcomes, made = [], []
        for item in items:
            try:
                taken_in, created = _take_in(by, item, known)
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

    keys: Mapping[UUID, DataKey]
    staff: Mapping[str, UUID]
    codes: recognition_codes.KnownCodes

    @classmethod
    def of(cls, items: Sequence[object]) -> _Known:
        there = people.committees_of(ids_said(items, "participant_id"))
        workers = {
            each
            for item in items
            if isinstance(item, Mapping) and isinstance(item.get("workers"), list)
            for each in item["workers"]
            if isinstance(each, str)
        }
        return cls(
            vault.keys_of(there),
            accounts.staff_ids(workers),
            recognition_codes.known_codes(said_in(items, "recognition_code")),
        )

    def faults(self, facts: Mapping[str, Any]) -> Iterator[Fault]:
        named = facts.get("participant_id")
        if named is not None and named not in self.keys:
            yield Fault("/participant_id", N_("Ingen deltagare har det id:t."))
        for place, username in enumerate(facts.get("workers") or []):
            if username not in self.staff:
                detail = N_("Ingen i personalen har det användarnamnet.")
                yield Fault(f"/workers/{place}", detail)
        yield from self.codes.faults({**facts, "occurred_at": facts.get("starts_at")})


def _take_in(by: Actor, item: object, known: _Known) -> tuple[UUID, bool]:
    facts = read(_IMPORTED, item, known.faults, _faults)
    facts = known.codes.resolved(facts)
    key = known.keys[facts["participant_id"]] if facts["participant_id"] else None
    said = sameness(facts)
    said = key.digest(said) if key else said
    if (row := reading.row_of(facts["id"])) is not None:
        if row.sameness != said:
            raise IdReuse
        return facts["id"], False
    row = _row(by, facts, known, key, said)
    ahead = row["state"] == rules.BOOKED and row["ends_at"] > clock.now()
    when = {"starts_at": row["starts_at"], "ends_at": row["ends_at"]}
    if ahead and recording.is_taken(workers=row["workers"], **when):
        raise SlotTaken
    if not recording.add(row):
        raise IdReuse
    if ahead:
        recording.take_time(followup=row["id"], workers=row["workers"], **when)
    return row["id"], True


def _faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with a line, whenever its meeting was."""
    timeless = {name: value for name, value in facts.items() if name != "starts_at"}
    now, lists = clock.now(), sites.code_lists()
    yield from rules.booking_faults(timeless, now=now)
    yield from rules.code_faults(facts, lists, now=now)
    starts_at = facts.get("starts_at")
    if starts_at is not None:
        yield from rules.may_come(facts, starts_at=starts_at, now=now)


def _row(by: Actor, facts: Row, known: _Known, key: DataKey | None, said: bytes) -> Row:
    """Return the row of a faultless line."""
    interpreted = facts["interpreter_needed"]
    ends_at = facts["starts_at"] + scheduling.length(facts["minutes"], interpreted=interpreted)
    recorder, open_ = accounts.recorder_id(by), facts["state"] == rules.BOOKED
    row = {
        name: facts[name]
        for name in (
            "id", "participant_id", "recognition_code_id", "starts_at", "minutes", "place",
            "language", "reminder", "state",
        )
    }  # fmt: skip
    return row | {
        "workers": [known.staff[each] for each in facts["workers"]],
        "ends_at": ends_at,
        "interpreter": "not_booked" if interpreted else None,
        "created_at": clock.now(),
        "created_by": recorder,
        "outcome_at": None if open_ else ends_at,
        "outcome_by": None if open_ else recorder,
        "sameness": said,
        **_became(facts),
        **recording.written(facts, key),
    }


def _became(facts: Row) -> Row:
    """Return what a line says came of its meeting: nothing, of what is to be or was moved."""
    if facts["state"] not in rules.OUTCOMES:
        return {"attended": None, "happened": None}
    return rules.happened(facts)._asdict()
