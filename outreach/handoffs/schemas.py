"""What the interface about handoffs reads and writes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from outreach.consents.rules import CATEGORIES
from outreach.foundation.schemas import (
    Code,
    Cursor,
    Input,
    UtcDateTime,
    day,
    instant,
    length,
    one_of,
    some_of,
    within,
)
from outreach.handoffs.lifecycle import MEETING_STATES, NOT_BOOKED, REASONS, STATES
from outreach.handoffs.rules import (
    ANSWERS,
    DECLINE_REASONS,
    DIRECTIONS,
    LONGEST_MESSAGE,
    MOST_NOTES,
    MOST_ROWS,
    NOT_COMPLETED_REASONS,
    OUTCOMES,
)
from outreach.participants.schemas import StaffSchema


def _fields(**more: Any) -> fields.List[Any]:
    return fields.List(
        fields.String(validate=one_of(*CATEGORIES)), validate=length(0, len(CATEGORIES)), **more
    )


def _notes(**more: Any) -> fields.List[Any]:
    return fields.List(fields.UUID(), validate=length(0, MOST_NOTES), **more)


class NewHandoffSchema(Input):
    """A handoff to be, with the id that its sender made for it (UUIDv7)."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    direction = fields.String(load_default="out", validate=one_of(*DIRECTIONS))
    team = Code("target", load_default=None, allow_none=True)
    origin = Code("origin", load_default=None, allow_none=True)
    consent_id = fields.UUID(load_default=None, allow_none=True)
    fields_ = _fields(data_key="fields", attribute="fields", load_default=list)
    note_ids = _notes(load_default=list)
    from_contact = fields.UUID(load_default=None, allow_none=True)


class ImportedHandoffSchema(Input):
    """A handoff that was made elsewhere: when it was sent, answered, begun; how it stands."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    direction = fields.String(required=True, validate=one_of(*DIRECTIONS))
    team = Code("target", load_default=None, allow_none=True)
    origin = Code("origin", load_default=None, allow_none=True)
    sent_on = day(load_default=None, allow_none=True)
    state = fields.String(required=True, validate=one_of(*STATES))
    decided_on = day(load_default=None, allow_none=True)
    started_on = day(load_default=None, allow_none=True)


class HandoffChangeSchema(Input):
    """What is to be sent, while it can still be said."""

    consent_id = fields.UUID(allow_none=True)
    fields_ = _fields(data_key="fields", attribute="fields")
    note_ids = _notes()


class NothingSchema(Input):
    """An act that needs no word."""


class ReturnSchema(Input):
    """What the receiver misses."""

    missing = fields.List(
        fields.String(validate=one_of(*CATEGORIES)),
        required=True,
        validate=some_of(len(CATEGORIES)),
    )


class DeclineSchema(Input):
    """Why the team cannot take the person on."""

    reason = fields.String(required=True, validate=one_of(*DECLINE_REASONS))


class NotCompletedSchema(Input):
    """Why it ended without what it was for."""

    reason = fields.String(required=True, validate=one_of(*NOT_COMPLETED_REASONS))


class CompletionSchema(Input):
    """What came of it."""

    outcome = fields.String(required=True, validate=one_of(*OUTCOMES))


class WithdrawalSchema(Input):
    """Who no longer wants it: the person, the sender; or the consent is taken back."""

    reason = fields.String(required=True, validate=one_of(*REASONS))


class FirstMeetingSchema(Input):
    """How it goes with the first meeting of all three, and when it is or was."""

    state = fields.String(required=True, validate=one_of(*MEETING_STATES, NOT_BOOKED))
    at = instant(load_default=None, allow_none=True)


class NewMessageSchema(Input):
    """A message to the other side, with the id that its writer made for it (UUIDv7)."""

    id = fields.UUID(required=True)
    text = fields.String(required=True, validate=length(1, LONGEST_MESSAGE))


class OsaSpanSchema(Input):
    """Days, both included."""

    from_ = day(data_key="from", attribute="from", required=True)
    to = day(required=True)


class OsaDecisionSchema(OsaSpanSchema):
    """A decision by the Employment Service, or the wait for one."""

    answer = fields.String(required=True, validate=one_of(*ANSWERS))


class OsaSchema(Input):
    """What OSA follows of somebody; the lists are said whole."""

    training_from = day(allow_none=True)
    employed_from = day(allow_none=True)
    ended_on = day(allow_none=True)
    decisions = fields.List(fields.Nested(OsaDecisionSchema), validate=length(0, MOST_ROWS))
    pauses = fields.List(fields.Nested(OsaSpanSchema), validate=length(0, MOST_ROWS))


class IpsSchema(Input):
    """What Jobbteamet follows of somebody."""

    specialist_id = fields.UUID(allow_none=True)
    first_employer_contact_on = day(allow_none=True)
    # That an employer may be told: a yes of its own.
    employer_yes_on = day(allow_none=True)
    employer_yes_withdrawn_on = day(allow_none=True)


class ClientsElsewhereSchema(Input):
    """How many a specialist supports who never came through here, and how much they work."""

    active = fields.Integer(required=True, strict=True, validate=within(0, 100))
    percent = fields.Integer(load_default=100, strict=True, validate=within(1, 100))


class HandoffQuerySchema(Input):
    """Which handoffs a list holds: those that come (`in`) or those that go (`out`)."""

    box = fields.String(load_default="in", validate=one_of("in", "out"))
    over = fields.Boolean(load_default=False)
    cursor = Cursor()
    limit = fields.Integer(load_default=100, validate=within(1, 200))


class FirstMeetingStateSchema(Schema):
    """How it goes with the first meeting."""

    state = fields.String(required=True)
    at = UtcDateTime(allow_none=True, required=True)


class HandoffMessageSchema(Schema):
    """A message between the two sides."""

    id = fields.UUID(required=True)
    side = fields.String(required=True)
    written_by = fields.Nested(StaffSchema, required=True)
    written_at = UtcDateTime(required=True)
    text = fields.String(required=True)


class HandoffEventSchema(Schema):
    """One thing that was done with a handoff, and how it stood after it."""

    at = UtcDateTime(required=True)
    by = fields.Nested(StaffSchema, required=True)
    side = fields.String(required=True)
    action = fields.String(required=True)
    state = fields.String(required=True)
    turn = fields.String(allow_none=True, required=True)


class ListedHandoffSchema(Schema):
    """A handoff as a list shows it: never to whom, for that may tell of somebody's health."""

    id = fields.UUID(required=True)
    direction = fields.String(required=True)
    case_number = fields.String(required=True)
    name = fields.String(allow_none=True, required=True)
    state = fields.String(required=True)
    # Whose turn it is: sender or receiver; null when it is over.
    turn = fields.String(allow_none=True, required=True)
    turn_since = UtcDateTime(required=True)
    sent_at = UtcDateTime(allow_none=True, required=True)
    # When somebody of the receiving team first looked.
    seen_at = UtcDateTime(allow_none=True, required=True)
    # The receiver has not answered in the days that were agreed on.
    overdue = fields.Boolean(required=True)
    first_meeting = fields.Nested(FirstMeetingStateSchema, allow_none=True, required=True)
    # The reader has something to do with it, or to take in, also when it is over.
    waits = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class HandoffListSchema(Schema):
    """Handoffs, the one that has waited longest first."""

    items = fields.List(fields.Nested(ListedHandoffSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class HandoffSchema(ListedHandoffSchema):
    """A handoff in full, as far as the reader may know."""

    # Null for the receiver, for whom the person's own row is not there.
    participant_id = fields.UUID(allow_none=True, required=True)
    # Of which committee it is: the sender's, or for somebody who comes to us ours.
    committee = fields.String(required=True)
    team = fields.String(allow_none=True, required=True)
    origin = fields.String(allow_none=True, required=True)
    consent_id = fields.UUID(allow_none=True, required=True)
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields", required=True)
    note_ids = fields.List(fields.UUID(), required=True)
    # What the person agreed to its being used for, as it was sent.
    purpose = fields.String(allow_none=True, required=True)
    # Who sent it; null before it was, and for the receiver after a withdrawal.
    sent_by = fields.Nested(StaffSchema, allow_none=True, required=True)
    # What may be told back to the sender, and the last day on which anything may.
    back = fields.List(fields.String(), required=True)
    valid_to = fields.Date(allow_none=True, required=True)
    # What the receiver missed when it was last returned.
    missing = fields.List(fields.String(), required=True)
    decided_at = UtcDateTime(allow_none=True, required=True)
    started_at = UtcDateTime(allow_none=True, required=True)
    ended_at = UtcDateTime(allow_none=True, required=True)
    reason = fields.String(allow_none=True, required=True)
    outcome = fields.String(allow_none=True, required=True)
    # What was sent, by field; null before it was, and for the receiver after a withdrawal.
    snapshot = fields.Dict(keys=fields.String(), allow_none=True, required=True)
    messages = fields.List(fields.Nested(HandoffMessageSchema), required=True)
    history = fields.List(fields.Nested(HandoffEventSchema), required=True)
    # What the reader may do with it now.
    can = fields.List(fields.String(), required=True)
    created_at = UtcDateTime(required=True)
    created_by = fields.Nested(StaffSchema, required=True)


class OsaDeadlineSchema(Schema):
    """A day on which something is to be done: a decision renewed, the end prepared, a follow-up."""

    kind = fields.String(required=True)
    on = fields.Date(required=True)
    # The day that it is before; the same for a follow-up.
    about = fields.Date(required=True)


class ShownOsaSchema(OsaSchema):
    """What OSA follows of somebody, with the days that follow from it."""

    cap_on = fields.Date(allow_none=True, required=True)
    deadlines = fields.List(fields.Nested(OsaDeadlineSchema), required=True)


class ShownIpsSchema(IpsSchema):
    """What Jobbteamet follows of somebody."""

    specialist = fields.String(allow_none=True, required=True)
    # From the answer to the first contact with an employer, and by when it should be.
    days_to_employer = fields.Integer(allow_none=True, required=True)
    mark_on = fields.Date(allow_none=True, required=True)


class ReceivedHandoffSchema(HandoffSchema):
    """A handoff as its receiver sees it, with what the team follows of it."""

    osa = fields.Nested(ShownOsaSchema)
    ips = fields.Nested(ShownIpsSchema)


class HandoffRequirementSchema(Schema):
    """What a team asks of whoever comes, and whether it is so; null: ask the person."""

    code = fields.String(required=True)
    met = fields.Boolean(allow_none=True, required=True)


class HandoffPreviewSchema(Schema):
    """What would be sent now, and what stands against it."""

    sends = fields.Dict(keys=fields.String(), required=True)
    # What is known and could be chosen, and is not.
    holds_back = fields.List(fields.String(), required=True)
    # The consent that it would rest on; null: the person has to be asked first.
    consent_id = fields.UUID(allow_none=True, required=True)
    # What the person has said yes to that this team may be told today.
    agreed = fields.List(fields.String(), required=True)
    # What is chosen and the person has not said yes to.
    not_agreed = fields.List(fields.String(), required=True)
    requirements = fields.List(fields.Nested(HandoffRequirementSchema), required=True)
    version = fields.Integer(required=True)
