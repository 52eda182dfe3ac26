"""What the consents' interface reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.accounts.permissions import COMMITTEES
from outreach.consents.rules import BACK, CATEGORIES, FORMS, LONGEST_PURPOSE
from outreach.foundation.schemas import Code, Input, UtcDateTime, day, length, one_of, some_of


class NewConsentSchema(Input):
    """A person's yes, with the id that its sender made for it (UUIDv7)."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    from_committee = fields.String(required=True, validate=one_of(*COMMITTEES))
    to_team = Code("target", required=True)
    categories = fields.List(
        fields.String(validate=one_of(*CATEGORIES)),
        required=True,
        validate=some_of(len(CATEGORIES)),
    )
    back = fields.List(
        fields.String(validate=one_of(*BACK)), load_default=list, validate=length(0, len(BACK))
    )
    purpose = fields.String(required=True, validate=length(1, LONGEST_PURPOSE))
    valid_from = day(required=True)
    valid_to = day(required=True)
    form = fields.String(required=True, validate=one_of(*FORMS))
    text_version = Code(required=True)
    language = Code(required=True)


class ConsentQuerySchema(Schema):
    """Whose consents are wanted."""

    participant = fields.UUID(required=True)


class TakerSchema(Schema):
    """One of the staff."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ConsentSchema(Schema):
    """A consent as those see it who may read the person."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    from_committee = fields.String(required=True)
    to_team = fields.String(required=True)
    categories = fields.List(fields.String(), required=True)
    back = fields.List(fields.String(), required=True)
    purpose = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True)
    form = fields.String(required=True)
    text_version = fields.String(required=True)
    language = fields.String(required=True)
    # coming, valid, expired or withdrawn.
    state = fields.String(required=True)
    given_at = UtcDateTime(required=True)
    taken_by = fields.Nested(TakerSchema, required=True)
    withdrawn_at = UtcDateTime(allow_none=True, required=True)
    withdrawn_by = fields.Nested(TakerSchema, allow_none=True, required=True)
    version = fields.Integer(required=True)


class ConsentListSchema(Schema):
    """Every consent of a person, the latest first."""

    items = fields.List(fields.Nested(ConsentSchema), required=True)
    next = fields.Constant(None, required=True)


class ReceiptSchema(Schema):
    """What the person is told when it is taken back, in the language that it was given in."""

    language = fields.String(required=True)
    title = fields.String(required=True)
    lines = fields.List(fields.String(), required=True)


class WithdrawnConsentSchema(ConsentSchema):
    """A consent that was taken back, with the person's receipt."""

    receipt = fields.Nested(ReceiptSchema, required=True)
