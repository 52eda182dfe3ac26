"""What the caseload's interface reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.foundation.schemas import Input
from outreach.participants.schemas import NextStepSchema


class CaseloadQuerySchema(Input):
    """Whose caseload is wanted; one's own when nobody is named."""

    worker = fields.UUID()


class CaseloadItemSchema(Schema):
    """One participant of a caseload. Of the protected, only that there is one."""

    participant_id = fields.UUID(required=True)
    case_number = fields.String(required=True)
    name = fields.String(allow_none=True, required=True)
    next_step = fields.Nested(NextStepSchema, allow_none=True, required=True)
    # Whether the day of the next step has passed.
    overdue = fields.Boolean(required=True)
    last_contact_on = fields.Date(allow_none=True, required=True)
    next_followup_at = fields.Constant(None, required=True)
    # Since when the person's enrolment has been open.
    since = fields.Date(allow_none=True, required=True)
    # What has not been asked yet and should have been.
    missing = fields.List(fields.String(), required=True)
    # Nobody has met the person for 90 days.
    silent = fields.Boolean(required=True)


class CaseloadSchema(Schema):
    """A caseload, what waits longest first, at most 200; `more` tells that there are others."""

    items = fields.List(fields.Nested(CaseloadItemSchema), required=True)
    next = fields.Constant(None, required=True)
    more = fields.Boolean(required=True)
