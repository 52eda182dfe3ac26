"""What the interface about booked meetings reads and writes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from outreach.followups.rules import (
    ASKED_BY,
    AT_A_DISTANCE,
    INTERPRETER_STATES,
    LONGEST,
    LONGEST_TEXT,
    MOST_WORKERS,
    OUTCOMES,
    REMINDERS,
    SHORTEST,
    STATES,
)
from outreach.foundation.schemas import (
    Code,
    Cursor,
    Input,
    UtcDateTime,
    day,
    instant,
    length,
    one_of,
    within,
)


def _text(**more: Any) -> fields.String:
    return fields.String(
        load_default=None, allow_none=True, validate=length(0, LONGEST_TEXT), **more
    )


def _fact(**more: Any) -> fields.Boolean:
    return fields.Boolean(load_default=None, allow_none=True, truthy={True}, falsy={False}, **more)


class BookingSchema(Input):
    """A meeting to be, with the id that its sender made for it (UUIDv7)."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(load_default=None, allow_none=True)
    recognition_code = fields.String(load_default=None, allow_none=True, validate=length(1, 100))
    starts_at = instant(required=True)
    minutes = fields.Integer(required=True, strict=True, validate=within(SHORTEST, LONGEST))
    place = Code("site", required=True)
    purpose = _text()
    language = Code("talk_language", load_default="sv")
    interpreter_needed = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    reminder = fields.String(load_default="none", validate=one_of(*REMINDERS))


class NewFollowupSchema(BookingSchema):
    """A meeting to be, with whoever of the staff is to be there."""

    workers = fields.List(fields.UUID(), required=True, validate=length(1, MOST_WORKERS))
    from_contact = fields.UUID(load_default=None, allow_none=True)


class ImportedFollowupSchema(BookingSchema):
    """A meeting that was booked elsewhere, and what became of it; workers by their usernames."""

    workers = fields.List(
        fields.String(validate=length(1, 200)), required=True, validate=length(1, MOST_WORKERS)
    )
    state = fields.String(load_default="booked", validate=one_of(*STATES))
    attended = _fact()
    happened = _fact()
    why_not = _text()


class FollowupChangeSchema(Input):
    """What may be changed of a meeting that is to be; another time is another meeting."""

    place = Code("site")
    purpose = fields.String(allow_none=True, validate=length(0, LONGEST_TEXT))
    reminder = fields.String(validate=one_of(*REMINDERS))
    interpreter = fields.String(validate=one_of(*INTERPRETER_STATES))


class OutcomeSchema(Input):
    """What became of a meeting: three facts, and what a contact says besides when it was held."""

    state = fields.String(required=True, validate=one_of(*OUTCOMES))
    attended = _fact()
    happened = _fact()
    why_not = _text()
    topics = fields.List(Code("topic"), load_default=None, allow_none=True, validate=length(1, 3))
    contact_type = fields.String(
        load_default=None, allow_none=True, validate=one_of(*AT_A_DISTANCE)
    )


class RescheduleSchema(Input):
    """When it is to be instead; what is not said stays as it was."""

    id = fields.UUID(required=True)
    starts_at = instant(required=True)
    asked_by = fields.String(required=True, validate=one_of(*ASKED_BY))
    why = _text()
    minutes = fields.Integer(strict=True, validate=within(SHORTEST, LONGEST))
    place = Code("site")
    workers = fields.List(fields.UUID(), validate=length(1, MOST_WORKERS))
    interpreter_needed = _fact()


class FollowupQuerySchema(Input):
    """Which meetings a list holds; days are local and both included."""

    first = day(data_key="from")
    last = day(data_key="to")
    worker = fields.UUID()
    cursor = Cursor()
    limit = fields.Integer(load_default=100, validate=within(1, 200))


class SlotQuerySchema(Input):
    """When one or two of the staff could meet somebody on a day."""

    worker = fields.UUID(required=True)
    other = fields.UUID(load_default=None, allow_none=True)
    day = day(required=True)
    minutes = fields.Integer(load_default=30, validate=within(SHORTEST, LONGEST))
    interpreter = fields.Boolean(load_default=False)


class SlotSchema(Schema):
    """A time at which everybody asked about is at work and free."""

    starts_at = UtcDateTime(required=True)
    minutes = fields.Integer(required=True)
    workers = fields.List(fields.UUID(), required=True)


class SlotListSchema(Schema):
    """Free times in order."""

    items = fields.List(fields.Nested(SlotSchema), required=True)
    next = fields.Constant(None, required=True)


class MeetingWorkerSchema(Schema):
    """One of the staff."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ListedFollowupSchema(Schema):
    """A meeting as a list shows it: when and where, and of whom as much as the reader may see."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(allow_none=True, required=True)
    case_number = fields.String(allow_none=True, required=True)
    name = fields.String(allow_none=True, required=True)
    recognition_code = fields.String(allow_none=True, required=True)
    workers = fields.List(fields.Nested(MeetingWorkerSchema), required=True)
    starts_at = UtcDateTime(required=True)
    minutes = fields.Integer(required=True)
    ends_at = UtcDateTime(required=True)
    place = fields.String(required=True)
    language = fields.String(required=True)
    interpreter_needed = fields.Boolean(required=True)
    # not_booked, booked or cancelled; null where nobody needs one.
    interpreter = fields.String(allow_none=True, required=True)
    reminder = fields.String(required=True)
    state = fields.String(required=True)
    attended = fields.Boolean(allow_none=True, required=True)
    happened = fields.Boolean(allow_none=True, required=True)
    # It should have been, and nobody has said what became of it.
    needs_outcome = fields.Boolean(required=True)
    contact_id = fields.UUID(allow_none=True, required=True)
    supersedes = fields.UUID(allow_none=True, required=True)
    superseded_by = fields.UUID(allow_none=True, required=True)
    asked_by = fields.String(allow_none=True, required=True)
    version = fields.Integer(required=True)


class ReminderSchema(Schema):
    """A reminder of a meeting: waiting, handed_over, sent, not_sent or uncertain, and why."""

    channel = fields.String(required=True)
    state = fields.String(required=True)
    due_at = UtcDateTime(required=True)
    ended_at = UtcDateTime(allow_none=True, required=True)
    why = fields.String(allow_none=True, required=True)


class FollowupSchema(ListedFollowupSchema):
    """A meeting as those see it who may read the person."""

    purpose = fields.String(allow_none=True, required=True)
    why_not = fields.String(allow_none=True, required=True)
    why = fields.String(allow_none=True, required=True)
    from_contact = fields.UUID(allow_none=True, required=True)
    outcome_at = UtcDateTime(allow_none=True, required=True)
    outcome_by = fields.Nested(MeetingWorkerSchema, allow_none=True, required=True)
    created_by = fields.Nested(MeetingWorkerSchema, required=True)
    created_at = UtcDateTime(required=True)
    # What became of its reminders, the oldest first.
    reminders = fields.List(fields.Nested(ReminderSchema), required=True)
    # outside_hours, closed, holiday, absent, no_shift: booked all the same.
    warnings = fields.List(fields.String())


class FollowupListSchema(Schema):
    """Meetings in the order in which they begin."""

    items = fields.List(fields.Nested(ListedFollowupSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class NewCalendarSchema(Input):
    """A calendar of one's own: there is nothing to say of it."""

    id = fields.UUID(load_default=None)


class CalendarSchema(Schema):
    """One's calendar as it is listed: never its address."""

    id = fields.UUID(required=True)
    created_at = UtcDateTime(required=True)
    last_fetched_on = fields.Date(
        allow_none=True,
        required=True,
        metadata={"description": "The last day on which the address was asked for"},
    )


class NewCalendarAnswerSchema(CalendarSchema):
    """A new calendar: the only answer that ever holds its address."""

    token = fields.String(required=True)
    url = fields.String(required=True, metadata={"format": "uri"})


class CalendarListSchema(Schema):
    """One's calendar, or none."""

    items = fields.List(fields.Nested(CalendarSchema), required=True)
    next = fields.Constant(None, required=True)
