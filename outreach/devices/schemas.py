"""What the interface about tablets reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.foundation.errors import N_
from outreach.foundation.schemas import Code, Input, UtcDateTime, length, some_of


class NewDeviceSchema(Input):
    """A tablet, as the administrator enters it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, validate=length(1, 80))
    site = Code("site", required=True)


# No sheet of codes is longer; all of them are to be used within the hour.
MOST_AT_ONCE = 50


class NewDevicesSchema(Input):
    """Tablets of one place, as the administrator enters several at once."""

    id = fields.UUID(required=True)
    site = Code("site", required=True)
    names = fields.List(
        fields.String(validate=length(1, 80)), required=True, validate=some_of(MOST_AT_ONCE)
    )


class DeviceSchema(Schema):
    """A tablet, and what it last told of itself."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    site = fields.String(required=True)
    enrolled_at = UtcDateTime(required=True, allow_none=True)
    revoked_at = UtcDateTime(required=True, allow_none=True)
    app_version = fields.String(required=True, allow_none=True)
    last_seen_at = UtcDateTime(required=True, allow_none=True)
    pending_count = fields.Integer(
        required=True, metadata={"description": "How many operations it has not sent yet"}
    )
    oldest_pending_at = UtcDateTime(required=True, allow_none=True)
    storage_persisted = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Whether its browser has promised to keep the storage"},
    )


class DeviceListSchema(Schema):
    """Tablets by place and name, revoked ones too."""

    items = fields.List(fields.Nested(DeviceSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class DeviceCodeSchema(Schema):
    """A one-time code: this answer is the only place that ever holds it."""

    code = fields.String(required=True)
    code_expires_at = UtcDateTime(required=True)


class NewDeviceAnswerSchema(DeviceCodeSchema):
    """A tablet, and the code that enrols it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    site = fields.String(required=True)
    version = fields.Integer(required=True)


class DeviceEnrolmentSchema(Input):
    """The code that somebody typed or scanned on the tablet."""

    code = fields.String(
        required=True, validate=length(1, 40), load_only=True,
        error_messages={"required": N_("Skriv plattans engångskod.")},
    )  # fmt: skip
    device_id = fields.UUID(
        metadata={
            "description": "Which tablet this storage is already, if any: then no other's code is"
            " taken"
        },
    )


class AuthorSchema(Schema):
    """Whose operations carry the grant."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class GrantSchema(Schema):
    """The right to hand in from this tablet: this answer is the only place that ever holds it."""

    grant = fields.String(required=True)
    expires_at = UtcDateTime(required=True)
    user = fields.Nested(AuthorSchema, required=True)
    has_code = fields.Boolean(
        required=True, metadata={"description": "Whether the person has a plattkod here"}
    )


class TabletCodeSchema(Input):
    """One's new plattkod, and the password unless that was given a moment ago."""

    code = fields.String(
        required=True,
        load_only=True,
        metadata={"description": "6–12 digits, neither all the same nor in a row"},
    )
    password = fields.String(validate=length(1, 1000), load_only=True)


class TabletUnlockSchema(Input):
    """The password, or on a tablet one's plattkod there; whose it is, the session knows."""

    password = fields.String(validate=length(1, 1000), load_only=True)
    code = fields.String(validate=length(1, 100), load_only=True)


class SwitchSchema(Input):
    """Which colleague takes over the tablet, and their plattkod there."""

    user_id = fields.UUID(required=True)
    code = fields.String(required=True, validate=length(1, 100), load_only=True)


class PublicKeySchema(Schema):
    """What tablets seal to: the key's number and its point, 65 bytes in base64url."""

    id = fields.Integer(required=True)
    public = fields.String(required=True)


class EnrolledDeviceSchema(Schema):
    """What a tablet keeps of its enrolment: the only answer that ever holds its token."""

    device_id = fields.UUID(required=True)
    token = fields.String(required=True)
    name = fields.String(required=True)
    site = fields.String(required=True)
    server_generation = fields.Integer(required=True)
    key = fields.Nested(PublicKeySchema, required=True)
