"""What the interface about places and code lists reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.accounts.permissions import COMMITTEES
from outreach.foundation.schemas import Code, Input, length, one_of, within
from outreach.sites.codelists import ACTIVITIES


class ChoiceSchema(Schema):
    """One code with its Swedish and English labels, and from when to when it may be chosen."""

    code = fields.String(required=True)
    label_sv = fields.String(required=True)
    label_en = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(allow_none=True)


class CodesSchema(Schema):
    """Every code list, by name."""

    revision = fields.Integer(required=True)
    lists = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Nested(ChoiceSchema)), required=True
    )


class SiteSchema(ChoiceSchema):
    """A site, and what is done there today."""

    activities = fields.List(fields.String(), required=True)


class SiteListSchema(Schema):
    """All sites, in the order in which they are shown."""

    items = fields.List(fields.Nested(SiteSchema), required=True)
    next = fields.String(allow_none=True)


class ChoiceChangeSchema(Input):
    """What of a code may be changed: never the code itself, which old rows hold."""

    label_sv = fields.String(required=True, validate=length(1, 80))
    label_en = fields.String(required=True, validate=length(1, 80))
    position = fields.Integer(validate=within(0, 999))
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(allow_none=True, load_default=None)


class NewChoiceSchema(ChoiceChangeSchema):
    """A code with its labels; without a position it comes last."""

    code = Code(required=True)


class DutySchema(Schema):
    """Which committee answers for an activity at a site, and when."""

    id = fields.UUID(required=True)
    site = fields.String(required=True)
    activity = fields.String(required=True)
    committee = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(allow_none=True, required=True)
    # Whether people may be written down by name there, if they choose to be.
    identity_recorded = fields.Boolean(required=True)


class DutyListSchema(Schema):
    """Every duty, past ones too."""

    items = fields.List(fields.Nested(DutySchema), required=True)
    next = fields.String(allow_none=True, required=True)


class NewDutySchema(Input):
    """An activity that a committee answers for at a site from a day on."""

    id = fields.UUID(required=True)
    site = Code("site", required=True)
    activity = fields.String(required=True, validate=one_of(*ACTIVITIES))
    committee = fields.String(required=True, validate=one_of(*COMMITTEES))
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(allow_none=True, load_default=None)
    identity_recorded = fields.Boolean(load_default=True, truthy={True}, falsy={False})


class DutyEndSchema(Input):
    """The last day of a duty; none: until further notice."""

    valid_to = fields.Date(required=True, allow_none=True)


class DutyIdentitySchema(Input):
    """What the committee has decided: whether people may be written down by name there."""

    identity_recorded = fields.Boolean(required=True, truthy={True}, falsy={False})
