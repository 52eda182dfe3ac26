"""Use cases of what is done with a handoff: each side's acts, in the order that the table allows.

Every act goes the same way: whose it is to do, whether it can be done as things stand, and only
then what was sent with it. What the receiver is told is put together here, at sending.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema

from outreach.accounts.permissions import CASEWORKER, RECEIVER, SUPERVISOR, require_role
from outreach.consents import service as consents
from outreach.contacts import service as contacts
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, IdReuse, NotAllowed, NotFound, RuleBroken
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.handoffs import (
    lifecycle,
    reading,
    recording,
    rules,
    snapshots,
    standing,
    telling,
)
from outreach.handoffs.lifecycle import Action, Side, Standing
from outreach.handoffs.recording import Row
from outreach.handoffs.schemas import (
    CompletionSchema,
    DeclineSchema,
    FirstMeetingSchema,
    HandoffChangeSchema,
    NewMessageSchema,
    NotCompletedSchema,
    NothingSchema,
    ReturnSchema,
    WithdrawalSchema,
)
from outreach.handoffs.standing import ConsentMissing, HandoffSettled
from outreach.participants.reading import Person


@dataclass(frozen=True, slots=True)
class _Act:
    """An act under way: by whom, on which side, with what, from where it leads where."""

    by: Actor
    row: Any
    side: Side
    action: Action
    to: Standing
    # Opened for the sender; the receiver never has the person's own row.
    person: Person | None
    given: Any

    def move(self, **values: Any) -> None:
        """Let the handoff stand as the act leaves it."""
        recording.move(self.by, self.row, side=self.side, action=self.action, to=self.to, **values)
        # What has come about is told as far as its sender may know of it.
        now = reading.row_of(self.row.id)
        known = now is not None and now.waits_for_sender
        telling.tell([self.row], action=self.action, for_the_sender=known)


def act(*, by: Actor, id: UUID, action: Action, given: object, expected: int | None = None) -> Row:
    """Do something with a handoff; return it as the actor may then see it.

    `expected` is the version that it was read at, if that was said. Raises NotFound, NotAllowed for
    what is the other side's to do, HandoffSettled for what cannot be done as it stands, Stale,
    RuleBroken, ConsentMissing and ConsentExpired where no more may be told, and for the sender as
    `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR, RECEIVER)
    with transaction(by=by):
        doing, sides = _begin(by, id, action, given, expected)
        _DO[action](doing)
        right = doing.person.right if doing.person else "team"
        standing.note(by, action, doing.row, right=right)
        return standing.shown(by, reading.row_of(id), sides)


def _begin(
    by: Actor, id: UUID, action: Action, given: object, expected: int | None
) -> tuple[_Act, Collection[Side]]:
    row, sides = standing.found(by, id)
    if not lifecycle.may_ever(action, sides):
        raise NotAllowed
    # A withdrawal takes what goes along with it, too: it waits for whoever acts on any of that.
    alone = action == "withdraw"
    person = standing.opened(by, row, hold=True, alone=alone) if "sender" in sides else None
    if action in ("send", "withdraw"):
        # Held before the handoff is, as one that is taken back is: neither waits for the other.
        standing.hold_consents(row, to_change=action == "withdraw")
    row = reading.row_of(id, lock=True)
    if row is None:
        raise NotFound
    now = reading.standing_of(row)
    to = lifecycle.after(now, action)
    if to is None:
        raise HandoffSettled
    standing.require_version(by, row, sides, expected)
    if row.direction == "out" and row.told_by is None and _tells(action, sides):
        # It came from elsewhere, and no yes is known here.
        raise ConsentMissing(members={"missing": []})
    data = read(_READS.get(action, NothingSchema()), given, _faults(action, row))
    side: Side = "sender" if "sender" in _sides_for(action, sides) else "receiver"
    return _Act(by, row, side, action, to, person, data), sides


def _tells(action: Action, sides: Collection[Side]) -> bool:
    """Tell whether an act says something across: all of a team's do, and every message."""
    return action == "message" or "sender" not in sides


def _sides_for(action: Action, sides: Collection[Side]) -> set[Side]:
    return set(sides) & set(lifecycle.STEPS[action].by)


def _faults(action: Action, row: Any) -> Callable[[Mapping[str, Any]], Any]:
    def faults(facts: Mapping[str, Any]) -> Any:
        if action == "decline":
            yield from rules.decline_faults(facts, row.team)
        elif action == "message" and not (facts.get("text") or "?").strip():
            yield Fault("/text", N_("Skriv något."))
        elif action == "first-meeting":
            stands = (row.first_meeting, row.first_meeting_at)
            yield from rules.first_meeting_faults(
                facts, stands=stands, sent=row.sent_at, now=clock.now()
            )

    return faults


def _send(doing: _Act) -> None:
    if doing.row.direction == "in":
        # What was missing has come: nothing is told of anybody.
        doing.move()
        return
    row, person = doing.row, doing.person
    assert person is not None  # noqa: S101 - only a sender gets here
    fields = rules.in_order(doing.given.get("fields", row.fields))
    note_ids = doing.given.get("note_ids", row.note_ids)
    if faults := list(_unsendable(person, fields, note_ids)):
        raise RuleBroken(faults=faults)
    chosen = doing.given.get("consent_id", row.consent_id)
    rests_on, not_agreed = standing.consent_for(row, fields=fields, chosen=chosen)
    if rests_on is None or not_agreed:
        raise ConsentMissing(members={"missing": not_agreed})
    told = snapshots.taken(doing.by, person, fields=fields, note_ids=note_ids)
    # Of whoever is protected no free text goes: it may tell who it is.
    hidden = person.row.protected
    purpose = None if hidden else consents.purpose_of(person, rests_on["id"])
    recording.keep_snapshot(
        {
            "handoff_id": row.id,
            "consent_id": rests_on["id"],
            "sealed": snapshots.sealed(person.key, told, purpose=purpose),
            "back": rests_on["back"],
            "valid_to": rests_on["valid_to"],
            "made_at": clock.now(),
            "made_by": doing.by.id,
        }
    )
    doing.move(
        sent_at=clock.now(), seen_at=None, fields=fields, note_ids=note_ids,
        consent_id=rests_on["id"], missing=[],
    )  # fmt: skip
    if row.from_contact:
        contacts.set_result(by=doing.by, id=row.from_contact, result="handoff_started")


def _unsendable(person: Person, fields: list[str], note_ids: list[UUID]) -> Any:
    yield from rules.field_faults({"fields": fields, "note_ids": note_ids})
    if person.row.protected:
        yield from rules.protected_faults(fields)
    elif not fields:
        yield Fault(
            "/fields", N_("Kryssa för minst en uppgift. Annars vet teamet inte vem det är.")
        )


def _withdraw(doing: _Act) -> None:
    reason = doing.given["reason"]
    now = reading.standing_of(doing.row)
    if lifecycle.after(now, "withdraw", reason=reason) is None:
        raise HandoffSettled
    if reason == "consent":
        rests_on = doing.row.told_by or doing.row.consent_id
        if rests_on is None:
            raise HandoffSettled(N_("Den vilar inte på något ja som kan tas tillbaka."))
        # What rests on the consent stops with it, and this does.
        consents.withdraw(by=doing.by, id=rests_on)
        return
    doing.move(reason=reason)


def _first_meeting(doing: _Act) -> None:
    if doing.side == "sender":
        standing.require_unexpired(doing.row)
    row, (state, when) = doing.row, _said_of_meeting(doing)
    if (state, when) == (row.first_meeting, row.first_meeting_at):
        return
    ours_is_booked = row.meeting_id is not None and row.first_meeting == "booked"
    if ours_is_booked and state in (None, "booked"):
        raise HandoffSettled(
            N_("Mötet står i kalendern. Den som lämnar över bokar om det eller av det där.")
        )
    # What is written by hand of another meeting does not follow one of ours any more.
    followed = row.meeting_id if ours_is_booked else None
    doing.move(
        first_meeting=state, first_meeting_at=when, first_meeting_by=doing.side,
        meeting_id=followed,
    )  # fmt: skip


def _said_of_meeting(doing: _Act) -> tuple[str | None, datetime | None]:
    """Return how it goes with the first meeting, and when it is or was."""
    state, at = doing.given["state"], doing.given["at"]
    now, before = clock.now(), doing.row.first_meeting_at
    if state == lifecycle.NOT_BOOKED:
        return None, None
    if at and before and at == before.replace(second=0, microsecond=0):
        # A form says minutes: it is the same time.
        at = before
    if state == "held":
        # Where no time is said: as it was booked, or now if that is still to come.
        at = at or (before if before and before <= now else now)
        if at > now:
            raise RuleBroken(faults=[Fault("/at", N_("Mötet har inte varit än."))])
    return state, at


def _message(doing: _Act) -> None:
    row = doing.row
    standing.require_unexpired(row)
    key = doing.person.key if doing.person else _key_of(row)
    written = {
        "id": doing.given["id"],
        "handoff_id": row.id,
        "side": doing.side,
        "written_by": doing.by.id,
        "written_at": clock.now(),
        "sealed": key.seal("handoff message", doing.given["text"].strip()),
    }
    if recording.add_message(written):
        recording.note(doing.by, row.id, side=doing.side, action="message", to=doing.to)
    elif not _is_repeat(doing):
        raise IdReuse


def _is_repeat(doing: _Act) -> bool:
    """Tell whether the writer has sent this very message of this handoff before."""
    kept = reading.message_of(doing.row.id, doing.given["id"])
    key = doing.person.key if doing.person else _key_of(doing.row)
    return (
        kept is not None
        and kept.written_by == doing.by.id
        and reading.text_of(kept, key) == doing.given["text"].strip()
    )


def _key_of(row: Any) -> vault.DataKey:
    """Return the person's key for the team, while there is one. Raises NotFound."""
    keys = vault.keys_of([row.participant_id])
    if row.participant_id not in keys or row.shielded:
        raise NotFound
    return keys[row.participant_id]


_READS: Mapping[Action, Schema] = {
    "send": HandoffChangeSchema(),
    "return": ReturnSchema(),
    "decline": DeclineSchema(),
    "complete": CompletionSchema(),
    "not-complete": NotCompletedSchema(),
    "withdraw": WithdrawalSchema(),
    "first-meeting": FirstMeetingSchema(),
    "message": NewMessageSchema(),
}
_DO: Mapping[Action, Callable[[_Act], None]] = {
    "send": _send,
    "return": lambda doing: doing.move(missing=rules.in_order(doing.given["missing"])),
    "accept": lambda doing: doing.move(),
    "decline": lambda doing: doing.move(reason=doing.given["reason"]),
    "start": lambda doing: doing.move(),
    "complete": lambda doing: doing.move(outcome=doing.given["outcome"]),
    "not-complete": lambda doing: doing.move(reason=doing.given["reason"]),
    "withdraw": _withdraw,
    "first-meeting": _first_meeting,
    "message": _message,
}
