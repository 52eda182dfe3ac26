"""Use cases of outcomes: what became of a meeting is said, and taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.contacts import service as contacts
from outreach.followups import booking, holding, reading, recording, reminders, rules, standing
from outreach.followups.events import MeetingChanged
from outreach.followups.recording import FOLLOWUP, Row
from outreach.followups.schemas import OutcomeSchema
from outreach.followups.standing import FollowupSettled
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, RuleBroken, Stale
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants.reading import Person, ReasonRequired

_OUTCOME = OutcomeSchema()


def set_outcome(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Say what became of a meeting: held, nobody came, cancelled and by whom, or booked in error.

    Held, it becomes a contact in the same transaction. By whoever may read the person, or is to be
    there. A repeat changes nothing. Raises as `standing.held_for_whoever_is_there` does,
    FollowupSettled, Stale, RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, person = standing.held_for_whoever_is_there(by, id)
        if row.state != rules.BOOKED:
            if _said_before(row, person, given):
                return standing.shown(row, person)
            raise FollowupSettled
        standing.require_version(by, row, person, expected)
        data = read(
            _OUTCOME,
            given,
            lambda facts: rules.may_come(facts, starts_at=row.starts_at, now=clock.now()),
            lambda facts: standing.word_faults(facts, anonymous=row.participant_id is None),
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
            values |= _with_why_not(row, person, data["why_not"])
        if data["state"] == rules.HELD:
            values["contact_id"] = holding.record(by=by, row=row, said=data)
        if data["state"] in rules.CALLED_OFF:
            recording.give_back_time([id])
        recording.change(id, values)
        if data["state"] == rules.MISTAKEN and row.from_contact is not None:
            _unsay_booking(by, row)
        reminders.drop([id])
        events.announce(MeetingChanged(by, id, data["state"], row.starts_at))
        standing.note(by, "outcome", id, person, outcome=data["state"])
        return standing.shown(reading.row_of(id), person)


def _unsay_booking(by: Actor, row: Any) -> None:
    """Let the contact that a meeting was booked from say so no more, unless another one was."""
    no_more = (rules.MISTAKEN, rules.RESCHEDULED)
    another = sa.exists().where(
        FOLLOWUP.c.from_contact == row.from_contact,
        FOLLOWUP.c.id != row.id,
        FOLLOWUP.c.state.not_in(no_more),
    )
    if not db.session.scalar(sa.select(another)):
        contacts.unset_result(by=by, id=row.from_contact, result="meeting_booked")


def _with_why_not(row: Any, person: Person | None, said: str) -> Row:
    """Return the columns with why not; of whom one may not read, nothing is written."""
    if row.participant_id is not None and person is None:
        raise ReasonRequired
    key = person.key if person else None
    return recording.written(recording.texts_of(row, key) | {"why_not": said}, key, row)


def _said_before(row: Any, person: Person | None, given: object) -> bool:
    """Tell whether the same was said of a meeting before, as far as one may read it."""
    try:
        data = read(_OUTCOME, given)
    except RuleBroken:
        return False
    if (row.state, row.attended, row.happened) != (data["state"], *rules.happened(data)):
        return False
    why_not = recording.texts_of(row, person.key if person else None)["why_not"]
    return (data["why_not"] or None) in (why_not, None)


def undo_outcome(*, by: Actor, id: UUID, expected: int | None = None) -> Row:
    """Take back what was said of a meeting: it is open again, and its contact is voided.

    A repeat changes nothing. One that was moved stays moved. Raises as `set_outcome` does, and
    SlotTaken where a cancelled one's time was given to another, and FollowupSettled where what it
    was called off for still holds.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        contact = standing.found(id).contact_id
        row, person = standing.held_for_whoever_is_there(by, id)
        if row.state == rules.RESCHEDULED:
            raise FollowupSettled
        if row.state != rules.BOOKED:
            standing.require_version(by, row, person, expected)
            if row.contact_id != contact:
                # It was said meanwhile that it was held: that contact is not held still.
                raise Stale
            _open_again(by, row)
            reminders.plan(reading.row_of(id), person)
        return standing.shown(reading.row_of(id), person)


def _open_again(by: Actor, row: Any) -> None:
    if row.contact_id is None:
        if row.state in rules.CALLED_OFF:
            if row.id in reading.stopped_among([row]):
                raise FollowupSettled(
                    N_("Det som ställde in mötet gäller fortfarande. Boka ett nytt möte i stället.")
                )
            booking.take_time(row._asdict())
        holding.reopen(by=by, ids=[row.id])
        if row.state == rules.MISTAKEN and row.from_contact is not None:
            contacts.set_result(by=by, id=row.from_contact, result="meeting_booked")
    else:
        # The contact tells it to whoever listens: the meeting opens by that.
        contacts.void_contact(by=by, id=row.contact_id, given={"reason": "mistap"})
