"""What the interface of frozen reports reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.foundation.schemas import Input, PeriodField, UtcDateTime, length


class NewPublicationSchema(Input):
    """Which period is to be frozen, and what is said with it."""

    id = fields.UUID(required=True)
    period = PeriodField(required=True)
    dnr = fields.String(load_default=None, allow_none=True, validate=length(1, 60))
    note = fields.String(load_default=None, allow_none=True, validate=length(1, 1000))


class PublicationSchema(Schema):
    """One frozen report; its figures are in its files."""

    id = fields.UUID(required=True)
    period = fields.String(required=True)
    version = fields.Integer(required=True)
    supersedes = fields.UUID(allow_none=True, required=True)
    frozen_at = UtcDateTime(required=True)
    frozen_by = fields.String(required=True)
    dnr = fields.String(allow_none=True, required=True)
    note = fields.String(allow_none=True, required=True)
    checksum = fields.String(required=True)


class PublicationListSchema(Schema):
    """Every frozen report, the latest first."""

    items = fields.List(fields.Nested(PublicationSchema), required=True)
    next = fields.String(allow_none=True)
