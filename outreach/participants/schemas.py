"""What the participants' interface reads and writes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from outreach.accounts.permissions import COMMITTEES
from outreach.foundation.schemas import (
    Code,
    Input,
    UtcDateTime,
    day,
    length,
    one_of,
    some_of,
    within,
)
from outreach.participants.rules import REASONS, TURNS, YES_NO

LONGEST_NAME = 100
LONGEST_STEP = 140


def _answer() -> fields.String:
    return fields.String(load_default="unknown", validate=one_of(*YES_NO))


def _consent() -> fields.Boolean:
    # What nobody was asked about is not allowed.
    return fields.Boolean(load_default=False, truthy={True}, falsy={False})


class ContactPreferenceSchema(Input):
    """How a person may be reached; what was not asked is no."""

    sms = _answer()
    call = _answer()
    email = _answer()
    leave_message = _consent()
    say_where_from = _consent()
    shared_phone = _consent()
    safe_hours = fields.String(load_default=None, allow_none=True, validate=length(0, 80))


_NOT_ASKED = ContactPreferenceSchema().load({})


class IdentitySchema(Input):
    """Who somebody is. Only a name, or what to be called, is needed."""

    given_name = fields.String(required=True, validate=length(1, LONGEST_NAME))
    family_name = fields.String(
        load_default=None, allow_none=True, validate=length(0, LONGEST_NAME)
    )
    birth_date = fields.Date(load_default=None, allow_none=True)
    number = fields.String(load_default=None, allow_none=True, validate=length(0, 60))
    phone = fields.String(load_default=None, allow_none=True, validate=length(0, 60))
    email = fields.String(load_default=None, allow_none=True, validate=length(0, 254))
    language = Code("talk_language", load_default=None, allow_none=True)
    interpreter = Code("interpreter", load_default=None, allow_none=True)
    contact_preference = fields.Nested(
        ContactPreferenceSchema, load_default=lambda: dict(_NOT_ASKED)
    )


class NewParticipantSchema(IdentitySchema):
    """A participant, with the id that its sender made for it (UUIDv7)."""

    id = fields.UUID(required=True)
    protected = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    committee = fields.String(load_default=None, allow_none=True, validate=one_of(*COMMITTEES))


class OccupationSchema(Input):
    """What somebody does for a living, and how much of a full time."""

    code = Code(required=True)
    extent = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=within(0, 100)
    )


class ImportedParticipantSchema(NewParticipantSchema):
    """A line of an import: a new participant.

    What it may also say of how the person came belongs to an enrolment, which has lines of its
    own: it is held to its shape here, and kept from there.
    """

    route_in = Code("route_in", load_default=None, allow_none=True)
    origin = Code("origin", load_default=None, allow_none=True)
    occupation_before = fields.Nested(OccupationSchema, load_default=None, allow_none=True)
    income_before = fields.List(Code(), load_default=list)
    enrolment_id = fields.UUID(load_default=None, allow_none=True)
    opened_on = day(load_default=None, allow_none=True)


ENROLMENT_FIELDS = ImportedParticipantSchema().fields.keys() - NewParticipantSchema().fields.keys()


class ParticipantChangeSchema(IdentitySchema):
    """What a change says; what it does not name stays as it is.

    `named_workers` are who alone may know of a protected person.
    """

    protected = fields.Boolean(truthy={True}, falsy={False})
    named_workers = fields.List(fields.UUID(), validate=some_of(20))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(partial=True, **kwargs)


class SearchSchema(Input):
    """One thing to search by."""

    number = fields.String(validate=length(1, 60))
    name = fields.String(validate=length(1, 2 * LONGEST_NAME))
    case_number = fields.String(validate=length(1, 40))


class NewOpeningSchema(Input):
    """Why somebody outside the caseload is read."""

    reason = fields.String(required=True, validate=one_of(*REASONS))
    note = fields.String(load_default=None, allow_none=True, validate=length(0, 500))


class NewNextStepSchema(Input):
    """What happens next, in one sentence; whose turn it is, and by when."""

    text = fields.String(required=True, validate=length(1, LONGEST_STEP))
    turn = fields.String(required=True, validate=one_of(*TURNS))
    due_on = day(load_default=None, allow_none=True)


class StaffSchema(Schema):
    """One of the staff."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class NextStepSchema(Schema):
    """What happens next."""

    text = fields.String(required=True)
    turn = fields.String(required=True)
    due_on = fields.Date(allow_none=True, required=True)
    set_at = UtcDateTime(required=True)
    set_by = fields.Nested(StaffSchema, required=True)
    done_at = UtcDateTime(allow_none=True, required=True)


class ParticipantSchema(Schema):
    """A participant as those see it who may read it."""

    id = fields.UUID(required=True)
    case_number = fields.String(required=True)
    committee = fields.String(attribute="owner_committee", required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(allow_none=True, required=True)
    birth_date = fields.Date(allow_none=True, required=True)
    number = fields.String(allow_none=True, required=True)
    phone = fields.String(allow_none=True, required=True)
    email = fields.String(allow_none=True, required=True)
    language = fields.String(allow_none=True, required=True)
    interpreter = fields.String(allow_none=True, required=True)
    contact_preference = fields.Nested(ContactPreferenceSchema, required=True)
    protected = fields.Boolean(required=True)
    responsible = fields.Nested(StaffSchema, allow_none=True, required=True)
    next_step = fields.Nested(NextStepSchema, allow_none=True, required=True)
    # By what right the reader reads: caseload, named, unit, opening.
    right = fields.String(required=True)
    registered_at = UtcDateTime(required=True)
    restricted_at = UtcDateTime(allow_none=True, required=True)
    version = fields.Integer(required=True)
    warnings = fields.List(fields.String())


class FoundSchema(Schema):
    """Somebody whom a search found; the name only for those who may read the person already."""

    id = fields.UUID(required=True)
    case_number = fields.String(required=True)
    birth_year = fields.Integer(allow_none=True, required=True)
    name = fields.String(allow_none=True, required=True)
    # Whether a reason is needed before the person can be read.
    reason_required = fields.Boolean(required=True)


class FoundListSchema(Schema):
    """Whom a search found, at most 100; `more` tells that there were others."""

    items = fields.List(fields.Nested(FoundSchema), required=True)
    next = fields.Constant(None, required=True)
    more = fields.Boolean(required=True)


class OpeningSchema(Schema):
    """How long somebody may be read."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    opened_at = UtcDateTime(required=True)
    ends_at = UtcDateTime(required=True)


class AccessSchema(Schema):
    """Somebody looked at, or changed, what is recorded about a person."""

    at = UtcDateTime(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    reason = fields.String(allow_none=True, required=True)


class AccessListSchema(Schema):
    """Who looked, latest first."""

    items = fields.List(fields.Nested(AccessSchema), required=True)
    next = fields.String(allow_none=True, required=True)
