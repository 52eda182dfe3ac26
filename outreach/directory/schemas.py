"""What the directory's interface reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.directory.rules import OLDEST, YOUNGEST
from outreach.foundation.schemas import Code, Input, length, within


class RequirementsSchema(Input):
    """What is asked of whoever is sent there; what is not named is not asked."""

    min_age = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=within(YOUNGEST, OLDEST)
    )
    max_age = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=within(YOUNGEST, OLDEST)
    )
    resident = fields.Boolean(load_default=False)
    af_registered = fields.Boolean(load_default=False)
    af_decision = fields.Boolean(load_default=False)


class FactsSchema(Input):
    """What an entry says; a change may be about any of it."""

    target = Code("target", required=True)
    name = fields.String(required=True, validate=length(1, 120))
    for_whom = fields.String(required=True, validate=length(1, 500))
    requirements = fields.Nested(
        RequirementsSchema, load_default=lambda: RequirementsSchema().load({})
    )
    bring = fields.String(load_default=None, allow_none=True, validate=length(0, 500))
    phone = fields.String(load_default=None, allow_none=True, validate=length(0, 26))
    address = fields.String(load_default=None, allow_none=True, validate=length(0, 200))
    hours = fields.String(load_default=None, allow_none=True, validate=length(0, 500))
    languages = fields.List(Code("talk_language"), load_default=list, validate=length(0, 30))
    needs = fields.List(Code("topic"), load_default=list, validate=length(0, 30))
    url = fields.String(load_default=None, allow_none=True, validate=length(0, 300))
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)


class NewEntrySchema(FactsSchema):
    """An entry, with the id that its sender made for it."""

    id = fields.UUID(required=True)


class EntryChangeSchema(FactsSchema):
    """What a change says; what it does not name stays as it is."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(partial=True, **kwargs)  # type: ignore[arg-type]


class RetirementSchema(Input):
    """The last day on which an entry is shown; today when nothing is said."""

    valid_to = fields.Date()


class DirectoryQuerySchema(Input):
    """Which entries a list holds: those that help with a need, or all that are shown today."""

    need = Code("topic")


class EntrySchema(Schema):
    """An entry as it stands."""

    id = fields.UUID(required=True)
    target = fields.String(required=True)
    name = fields.String(required=True)
    for_whom = fields.String(required=True)
    requirements = fields.Nested(RequirementsSchema, required=True)
    bring = fields.String(allow_none=True, required=True)
    phone = fields.String(allow_none=True, required=True)
    address = fields.String(allow_none=True, required=True)
    hours = fields.String(allow_none=True, required=True)
    languages = fields.List(fields.String(), required=True)
    needs = fields.List(fields.String(), required=True)
    url = fields.String(allow_none=True, required=True)
    checked_on = fields.Date(allow_none=True, required=True)
    checked_by = fields.UUID(allow_none=True, required=True)
    stale = fields.Boolean(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(allow_none=True, required=True)
    version = fields.Integer(required=True)


class EntryListSchema(Schema):
    """Entries in Swedish order of their names."""

    items = fields.List(fields.Nested(EntrySchema), required=True)
    next = fields.String(allow_none=True, required=True)
