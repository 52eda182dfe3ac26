"""What the contacts' interface reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.foundation.schemas import Code, Cursor, Input, UtcDateTime, day, length, within


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
    """A contact, with the id that its sender made for it (UUIDv7)."""

    id = fields.UUID(required=True)


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
    # Everybody met is anonymous until participants can be written in.
    identity = fields.Constant("anonymous")
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
