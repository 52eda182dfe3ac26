"""What the interface about staff and units reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.accounts.permissions import COMMITTEES, ROLES
from outreach.foundation.schemas import Code, Input, UtcDateTime, length, one_of, some_of


class UserChangeSchema(Input):
    """What of a person may be changed; the username is for ever, because the audit names it."""

    name = fields.String(validate=length(1, 200))
    roles = fields.List(fields.String(validate=one_of(*ROLES)), validate=some_of(len(ROLES)))
    sites = fields.List(Code("site"), validate=length(0, 50))
    committee = fields.String(validate=one_of(*COMMITTEES), allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    team = Code("target", allow_none=True)


class NewPasswordSchema(Input):
    """A new password that the administrator gives somebody."""

    password = fields.String(required=True, load_only=True)


class UserQuerySchema(Input):
    """Which of the staff a list holds."""

    search = fields.String(load_default="", validate=length(0, 200))
    closed = fields.Boolean(load_default=False)


class UserSchema(Schema):
    """One of the staff: never the password, never its digest."""

    id = fields.UUID(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    sites = fields.List(fields.String(), required=True)
    committee = fields.String(allow_none=True, required=True)
    unit_id = fields.UUID(allow_none=True, required=True)
    team = fields.String(allow_none=True, required=True)
    version = fields.Integer(required=True)
    created_at = UtcDateTime(required=True)
    closed_at = UtcDateTime(allow_none=True, required=True)
    resting_until = UtcDateTime(allow_none=True, required=True)


class UserListSchema(Schema):
    """Staff in Swedish order of their names."""

    items = fields.List(fields.Nested(UserSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class UnitChangeSchema(Input):
    """What of a unit may be changed."""

    name = fields.String(required=True, validate=length(1, 200))
    committee = fields.String(required=True, validate=one_of(*COMMITTEES))
    sites = fields.List(Code("site"), load_default=list, validate=length(0, 50))
    parent_id = fields.UUID(allow_none=True, load_default=None)


class NewUnitSchema(UnitChangeSchema):
    """A part of the organisation, with the id that its sender made for it."""

    id = fields.UUID(required=True)


class UnitSchema(Schema):
    """A part of the organisation."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    committee = fields.String(required=True)
    sites = fields.List(fields.String(), required=True)
    parent_id = fields.UUID(allow_none=True, required=True)
    version = fields.Integer(required=True)


class UnitListSchema(Schema):
    """Units in Swedish order of their names."""

    items = fields.List(fields.Nested(UnitSchema), required=True)
    next = fields.String(allow_none=True, required=True)
