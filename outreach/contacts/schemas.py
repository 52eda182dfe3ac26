"""What the contacts' interface reads and writes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from outreach.foundation.schemas import Code, Cursor, Input, UtcDateTime, day, length, within


def typed_code(**more: Any) -> fields.String:
    """Return a field for a recognition code as somebody typed or scanned it."""
    return fields.String(validate=length(1, 200), **more)


class FactsSchema(Input):
    """What a contact says; a correction may change any of it."""

    site = Code("site", required=True)
    activity = Code("activity", required=True)
    contact_type = Code("contact_type", required=True)
    occurred_at = UtcDateTime(required=True)
    headcount = fields.Integer(strict=True, load_default=1, validate=within(1, 500))
    age_band = Code("age_band", required=True)
    gender = Code("gender", required=True)
    first_time = Code("first_time", required=True)
    topics = fields.List(Code("topic"), required=True)
    result = Code("contact_result", required=True)
    signposted_to = fields.List(Code("target"), load_default=list)
    talk_language = Code("talk_language", load_default="sv")
    interpreter = Code("interpreter", load_default="none")
    group_id = fields.UUID(load_default=None, allow_none=True)
    minutes = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=within(0, 600)
    )


class NewContactSchema(FactsSchema):
    """A contact, with the id that its sender made for it (UUIDv7), and with whom it was.

    A visitor has a code of their own, a participant is known; a note is about a participant
    alone. With whom it was is said once: a correction changes what happened.
    """

    id = fields.UUID(required=True)
    recognition_code = typed_code(load_default=None, allow_none=True)
    participant_id = fields.UUID(load_default=None, allow_none=True)
    note = fields.String(load_default=None, allow_none=True, validate=length(0, 4000))


class ImportedContactSchema(NewContactSchema):
    """A contact from elsewhere, with the username of whoever recorded it."""

    recorded_by = fields.String(load_default=None, validate=length(1, 200))


class CorrectionSchema(FactsSchema):
    """What a correction changes; what it does not name stays as it is."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(partial=True, **kwargs)  # type: ignore[arg-type]


class BatchSchema(Input):
    """Up to 200 contacts; each is judged by itself."""

    items = fields.List(fields.Dict(), required=True, validate=length(1, 200))


class SheetSchema(Input):
    """A shift that was counted in strokes on paper: where, when, and how many of each.

    `counts` has a number for each tile and topic, named as `woman-30-44-cv`.
    """

    id = fields.UUID(required=True)
    site = Code("site", required=True)
    activity = Code("activity", required=True)
    date = day(required=True)
    starts = fields.Time(format="%H:%M", required=True)
    ends = fields.Time(format="%H:%M", required=True)
    counts = fields.Dict(keys=fields.String(), load_default=dict)
    brief = fields.Raw(load_default=0)
    refused = fields.Raw(load_default=0)


class VoidSchema(Input):
    """Why a contact does not count."""

    reason = Code("void_reason", required=True)


class ContactFileSchema(Input):
    """Which contacts a file holds; days are local and both included."""

    site = Code("site")
    first = day(data_key="from")
    last = day(data_key="to")


class ContactQuerySchema(ContactFileSchema):
    """Which contacts a page of the list holds."""

    cursor = Cursor()
    limit = fields.Integer(load_default=50, validate=within(1, 200))


class RecorderSchema(Schema):
    """Who logged the contact."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ContactSchema(Schema):
    """A contact as it stands."""

    id = fields.UUID(required=True)
    site = fields.String(required=True)
    activity = fields.String(required=True)
    committee = fields.String(required=True)
    contact_type = fields.String(required=True)
    occurred_at = UtcDateTime(required=True)
    headcount = fields.Integer(required=True)
    age_band = fields.String(required=True)
    gender = fields.String(required=True)
    first_time = fields.String(required=True)
    topics = fields.List(fields.String(), required=True)
    result = fields.String(required=True)
    signposted_to = fields.List(fields.String(), required=True)
    talk_language = fields.String(required=True)
    interpreter = fields.String(required=True)
    group_id = fields.UUID(allow_none=True, required=True)
    minutes = fields.Integer(allow_none=True, required=True)
    recognition_code = fields.String(allow_none=True, required=True)
    # anonymous, identified or protected, as far as the reader may know.
    identity = fields.String(required=True)
    participant_id = fields.UUID(allow_none=True, required=True)
    # What the note of a new contact seems to hold that should be elsewhere.
    warnings = fields.List(fields.String())
    recorded_by = fields.Nested(RecorderSchema, required=True)
    received_at = UtcDateTime(required=True)
    version = fields.Integer(required=True)
    voided_at = UtcDateTime(allow_none=True, required=True)
    void_reason = fields.String(allow_none=True, required=True)


class ContactListSchema(Schema):
    """Contacts, latest first."""

    items = fields.List(fields.Nested(ContactSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class BatchItemSchema(Schema):
    """What became of one contact of a batch: 201, 200, 403, 409 or 422."""

    id = fields.String(allow_none=True, required=True)
    status = fields.Integer(required=True)
    version = fields.Integer()
    problem = fields.Dict()


class BatchAnswerSchema(Schema):
    """What became of each contact of a batch, in the order sent."""

    items = fields.List(fields.Nested(BatchItemSchema), required=True)


class NewCodeSchema(Input):
    """A code to hand out, by the id that its sender made for it (UUIDv7)."""

    id = fields.UUID(required=True)


class NewCardsSchema(Input):
    """A sheet of codes to print, before anybody has got one."""

    id = fields.UUID(required=True)
    count = fields.Integer(strict=True, required=True, validate=within(1, 100))


class LookupSchema(Input):
    """A code as somebody typed or scanned it."""

    code = typed_code(required=True)


class WordSchema(Schema):
    """One of a code's words, with its picture."""

    word = fields.String(required=True)
    emoji = fields.String(required=True)


class CodeSchema(Schema):
    """A code: its words and digits say the same; after `expires_on` it is good no more."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    digits = fields.String(required=True)
    words = fields.List(fields.Nested(WordSchema), required=True)
    expires_on = fields.Date(required=True)
    version = fields.Integer(required=True)


class ThreadContactSchema(Schema):
    """One contact of a thread, as much as every caseworker may see of it."""

    id = fields.UUID(required=True)
    date = fields.Date(required=True)
    site = fields.String(required=True)
    contact_type = fields.String(required=True)


class ThreadSchema(Schema):
    """A code's contacts, the latest first, and what the last of them says of the visitor."""

    id = fields.UUID(required=True)
    age_band = fields.String(allow_none=True, required=True)
    gender = fields.String(allow_none=True, required=True)
    talk_language = fields.String(allow_none=True, required=True)
    contacts = fields.List(fields.Nested(ThreadContactSchema), required=True)
