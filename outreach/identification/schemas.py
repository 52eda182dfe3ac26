"""What the interface of identification reads and writes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from outreach.contacts.schemas import typed_code
from outreach.enrolments.schemas import OpeningSchema
from outreach.foundation.schemas import Code, Input, UtcDateTime, instant, length, one_of
from outreach.identification.rules import DECISIONS, DOORS
from outreach.participants.schemas import (
    LONGEST_NAME,
    NewParticipantSchema,
    ParticipantSchema,
)

MOST_LINKED = 200
# What is written of whom a contact was with, beside the name.
LONGEST_LATER_NOTE = 140


def _contacts() -> fields.List[Any]:
    return fields.List(
        fields.UUID(), load_default=None, allow_none=True, validate=length(0, MOST_LINKED)
    )


class NewIdentificationSchema(NewParticipantSchema, OpeningSchema):
    """Somebody who wants to be known, and which earlier contacts are to be theirs.

    With a code and a list only the listed contacts are linked; with the code alone its thread.
    `information_*` say what the person was told first, in which language, through whom.
    """

    recognition_code = typed_code(load_default=None, allow_none=True)
    contact_ids = _contacts()
    information_version = fields.String(load_default=None, allow_none=True, validate=length(1, 20))
    information_language = Code("talk_language", load_default=None, allow_none=True)
    information_interpreter = Code("interpreter", load_default=None, allow_none=True)


class NewLinksSchema(Input):
    """Earlier contacts that the person chose: those of a code, or listed ones."""

    recognition_code = typed_code(load_default=None, allow_none=True)
    contact_ids = _contacts()


class NewLaterLinkSchema(Input):
    """Who a contact was with, to be let be known later: what to be called is all that is needed."""

    contact_id = fields.UUID(required=True)
    given_name = fields.String(required=True, validate=length(1, LONGEST_NAME))
    family_name = fields.String(
        load_default=None, allow_none=True, validate=length(0, LONGEST_NAME)
    )
    note = fields.String(load_default=None, allow_none=True, validate=length(0, LONGEST_LATER_NOTE))


class ThreadSchema(Input):
    """A code, as it was typed or scanned; or the contact that was just logged; or both."""

    recognition_code = typed_code(load_default=None, allow_none=True)
    contact_id = fields.UUID(load_default=None, allow_none=True)


class NewJoinSchema(Input):
    """Another participant who is the same person."""

    id = fields.UUID(required=True)
    other_id = fields.UUID(required=True)


class ImportedLinkSchema(Input):
    """A contact that was somebody's elsewhere, from when, and until when if it was undone."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)
    linked_at = instant(required=True)
    undone_at = instant(load_default=None, allow_none=True)


class ImportedJoinSchema(Input):
    """Two participants who were one person elsewhere, from when and until when."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    other_id = fields.UUID(required=True)
    joined_at = instant(required=True)
    undone_at = instant(load_default=None, allow_none=True)


class RegretSchema(Input):
    """Which door the person takes.

    With an `id` that the sender made, a repeat answers the same receipt.
    """

    door = fields.String(required=True, validate=one_of(*DOORS))
    id = fields.UUID(load_default=None, allow_none=True)


class DoorsSchema(Input):
    """Which doors a committee has decided to open."""

    undo = fields.Boolean(required=True, truthy={True}, falsy={False})
    back_to_code = fields.Boolean(required=True, truthy={True}, falsy={False})
    erasure = fields.Boolean(required=True, truthy={True}, falsy={False})


class DecisionSchema(Input):
    """What was decided about a request to be erased, and why."""

    decision = fields.String(required=True, validate=one_of(*DECISIONS))
    reason = fields.String(required=True, validate=length(1, 2000))


class LinkSchema(Schema):
    """A contact that is a participant's."""

    id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)


class LinkListSchema(Schema):
    """The contacts that were linked."""

    items = fields.List(fields.Nested(LinkSchema), required=True)


class SuggestionSchema(Schema):
    """What may be the person's: a contact with a code of theirs, or another participant."""

    id = fields.UUID(required=True)
    # contact or participant.
    kind = fields.String(required=True)
    # code, number or name: what it rests on.
    basis = fields.String(required=True)
    date = fields.Date(allow_none=True)
    site = fields.String(allow_none=True)
    contact_type = fields.String(allow_none=True)


class SuggestionListSchema(Schema):
    """What may be the person's and was not turned down."""

    items = fields.List(fields.Nested(SuggestionSchema), required=True)
    next = fields.Constant(None, required=True)


class LaterLinkSchema(Schema):
    """A contact of one's own whose person one has written down, without who it is."""

    id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)
    occurred_at = UtcDateTime(required=True)
    site = fields.String(required=True)
    # The day by which it is erased, unless the person is known before.
    erased_on = fields.Date(required=True)


class LaterLinkListSchema(Schema):
    """What waits for oneself alone to be linked."""

    items = fields.List(fields.Nested(LaterLinkSchema), required=True)
    next = fields.Constant(None, required=True)


class WaitingSchema(Schema):
    """How many contacts wait to be linked to a participant."""

    participant_id = fields.UUID(required=True)
    count = fields.Integer(required=True)


class WaitingListSchema(Schema):
    """For whom something waits, of one's own people."""

    items = fields.List(fields.Nested(WaitingSchema), required=True)
    next = fields.Constant(None, required=True)


class LatestSchema(Schema):
    """One of one's own people, and when they were met last."""

    id = fields.UUID(required=True)
    case_number = fields.String(required=True)
    name = fields.String(allow_none=True, required=True)
    last_contact_on = fields.Date(allow_none=True, required=True)


class LatestListSchema(Schema):
    """One's own people, the one who was met last first."""

    items = fields.List(fields.Nested(LatestSchema), required=True)
    next = fields.Constant(None, required=True)


class IdentifiedSchema(ParticipantSchema):
    """A participant who was just identified, with what was linked and whom it may be twice."""

    enrolment_id = fields.UUID(allow_none=True, required=True)
    links = fields.List(fields.Nested(LinkSchema), required=True)
    suggestions = fields.List(fields.Nested(SuggestionSchema), required=True)


class JoinSchema(Schema):
    """Two participants who are one person."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    other_id = fields.UUID(required=True)
    joined_at = UtcDateTime(required=True)


class RegretReceiptSchema(Schema):
    """What became of it, for the person to take home."""

    door = fields.String(required=True)
    at = UtcDateTime(required=True)
    case_number = fields.String(required=True)
    # Only after "back to code": what the person is recognised by from now on.
    recognition_code = fields.String(allow_none=True, required=True)
    # Only after a request to be erased.
    erasure_request_id = fields.UUID(allow_none=True, required=True)
    due_on = fields.Date(allow_none=True, required=True)
    contacts = fields.Integer(required=True)


class ErasureRequestSchema(Schema):
    """A request to be erased, and what was decided."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    received_at = UtcDateTime(required=True)
    due_on = fields.Date(required=True)
    decision = fields.String(allow_none=True, required=True)
    reason = fields.String(allow_none=True, required=True)
    decided_at = UtcDateTime(allow_none=True, required=True)
    version = fields.Integer(required=True)


class ErasureRequestListSchema(Schema):
    """Requests that wait for a decision."""

    items = fields.List(fields.Nested(ErasureRequestSchema), required=True)
    next = fields.Constant(None, required=True)


class JoinListSchema(Schema):
    """The joins in which a participant stands."""

    items = fields.List(fields.Nested(JoinSchema), required=True)
    next = fields.Constant(None, required=True)


class CommitteeDoorsSchema(Schema):
    """A committee, and the ways back that it has opened."""

    committee = fields.String(required=True)
    undo = fields.Boolean(required=True)
    back_to_code = fields.Boolean(required=True)
    erasure = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class DoorsListSchema(Schema):
    """Every committee's doors."""

    items = fields.List(fields.Nested(CommitteeDoorsSchema), required=True)
