"""What tablets hand in and are answered, and what is decided about it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from outreach.devices.schemas import PublicKeySchema
from outreach.foundation.errors import N_
from outreach.foundation.schemas import Cursor, Input, UtcDateTime, length, one_of, within

MOST_OPERATIONS = 50
CODES = (
    "applied", "merged", "duplicate", "conflict", "held", "needs_review", "gone", "id_reuse",
)  # fmt: skip
_MOST_PENDING = 1_000_000
_MOST_SEQ = 2**53 - 1
_MOST_KEY = 2**31 - 1
_SHA256 = re.compile("[0-9a-f]{64}")


class Sealed(fields.Field[bytes]):
    """Bytes as base64, in either alphabet, with or without padding."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bytes:
        if not isinstance(value, str) or not value.isascii():
            raise ValidationError(N_("Det är ingen giltig base64."))
        plain = value.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except binascii.Error as error:
            raise ValidationError(N_("Det är ingen giltig base64.")) from error


class Digest(fields.Field[bytes]):
    """A SHA-256 as 64 signs of lower hexadecimal."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bytes:
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise ValidationError(N_("Skriv 64 tecken, 0–9 och a–f."))
        return bytes.fromhex(value)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else bytes(value).hex()


def _digest(**more: Any) -> Digest:
    return Digest(metadata={"type": "string", "pattern": "^[0-9a-f]{64}$"}, **more)


class SyncItemSchema(Input):
    """One operation at its place in the tablet's line; `lost` when the tablet has it no more."""

    seq = fields.Integer(strict=True, required=True, validate=within(1, _MOST_SEQ))
    op_id = fields.UUID(required=True, allow_none=True)
    lost = fields.Boolean(load_default=False)
    key_id = fields.Integer(strict=True, load_default=None, validate=within(1, _MOST_KEY))
    sealed = Sealed(load_default=None, metadata={"type": "string", "format": "byte"})
    sealed_sha256 = _digest(load_default=None)


class SyncWipeSchema(Input):
    """How far the tablet believes that the server has all of it, and in which of its lives."""

    last_seq = fields.Integer(strict=True, required=True, validate=within(0, 2**63 - 1))
    server_generation = fields.Integer(strict=True, required=True, validate=within(0, 2**31 - 1))


class SyncSendingSchema(Input):
    """What a tablet hands in: up to 50 operations, in the order in which they were done."""

    proto = fields.Integer(strict=True, required=True, validate=within(1, 1))
    batch_id = fields.UUID(required=True)
    epoch = fields.UUID(required=True)
    app_version = fields.String(required=True, validate=length(1, 100))
    client_now = UtcDateTime(required=True)
    pending_count = fields.Integer(strict=True, required=True, validate=within(0, _MOST_PENDING))
    oldest_pending_s = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=within(0, 2**31 - 1)
    )
    storage_persisted = fields.Boolean(load_default=None, allow_none=True)
    # A revoked tablet on which nothing waits, and nothing is written any more, asks to forget all.
    wipe = fields.Nested(SyncWipeSchema, load_default=None, allow_none=True)
    ops = fields.List(fields.Nested(SyncItemSchema), required=True)


class SyncProblemSchema(Schema):
    """Why an operation was not simply saved."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Dict())


class SyncResultSchema(Schema):
    """What became of one operation; whatever it is, it is durably received."""

    seq = fields.Integer(required=True)
    op_id = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True, validate=validate.OneOf(CODES))
    sealed_sha256 = _digest(required=True, allow_none=True)
    server_seq = fields.Integer(required=True, allow_none=True)
    entity_rev = fields.Integer(required=True, allow_none=True)
    problem = fields.Nested(SyncProblemSchema)


class SyncReceiptSchema(Schema):
    """What became of what a tablet handed in, in the order sent."""

    proto = fields.Integer(required=True)
    batch_id = fields.UUID(required=True)
    server_generation = fields.Integer(required=True)
    server_now = UtcDateTime(required=True)
    last_seq = fields.Integer(required=True)
    key = fields.Nested(PublicKeySchema, required=True)
    # All that the tablet may hand out; the same until they are handed out.
    codes = fields.List(fields.String(), required=True)
    # Revoked for good: the tablet writes nothing from here on, and sends what it has.
    revoked = fields.Boolean(required=True)
    # It asked, and may forget all that it has.
    wiped = fields.Boolean(required=True)
    results = fields.List(fields.Nested(SyncResultSchema), required=True)


class SyncDecisionSchema(Input):
    """What is decided: to apply, with changes of what was said if need be, or to discard."""

    decision = fields.String(required=True, validate=one_of("apply", "discard"))
    changes = fields.Dict(keys=fields.String(), load_default=None, allow_none=True)


class SyncWhoSchema(Schema):
    """Somebody, or a tablet, by name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class SideSchema(Schema):
    """One thing that two have told differently, in the reader's words."""

    label = fields.String(required=True)
    said = fields.String(required=True)
    now = fields.String(required=True)


class KeptSchema(Schema):
    """Something from a tablet that somebody must look at."""

    id = fields.UUID(required=True)
    op_id = fields.UUID(required=True)
    # needs_review, conflict, held, id_reuse or quarantine
    kind = fields.String(required=True)
    reason = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Dict(), required=True)
    type = fields.String(allow_none=True, required=True)
    # When it was captured, as well as can be told.
    at = UtcDateTime(allow_none=True, required=True)
    received_at = UtcDateTime(required=True)
    site = fields.String(required=True)
    author = fields.Nested(SyncWhoSchema, allow_none=True, required=True)
    device = fields.Nested(SyncWhoSchema, required=True)
    # What the tablet said, and what there is now where two have changed the same.
    facts = fields.Dict(allow_none=True, required=True)
    current = fields.Dict(allow_none=True, required=True)
    sides = fields.List(fields.Nested(SideSchema), required=True)
    decision = fields.String(allow_none=True, required=True)
    decided_at = UtcDateTime(allow_none=True, required=True)
    version = fields.Integer(required=True)


class KeptListSchema(Schema):
    """What somebody must look at, the oldest first."""

    items = fields.List(fields.Nested(KeptSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class ReviewQuerySchema(Input):
    """How far the list has been read."""

    cursor = Cursor()


class ChangesQuerySchema(Input):
    """How far the tablet has read."""

    cursor = Cursor()


class TabletContactSchema(Schema):
    """A contact as a tablet may hold it: whole when it is anonymous, else that it was."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    occurred_at = UtcDateTime(required=True)
    site = fields.String(required=True)
    activity = fields.String(required=True)
    contact_type = fields.String(required=True)
    identity = fields.String(required=True)
    voided_at = UtcDateTime(allow_none=True, required=True)
    headcount = fields.Integer()
    age_band = fields.String()
    gender = fields.String()
    topics = fields.List(fields.String())
    result = fields.String()
    signposted_to = fields.List(fields.String())
    first_time = fields.String()
    talk_language = fields.String()
    interpreter = fields.String()
    minutes = fields.Integer(allow_none=True)
    recognition_code = fields.String(allow_none=True)
    captured_locked = fields.Boolean()
    clock_wrong = fields.Boolean()


class ChangeSchema(Schema):
    """One thing that has changed; `gone`: it is there no more for whoever reads."""

    kind = fields.String(required=True)
    id = fields.UUID(required=True)
    gone = fields.Boolean(required=True)
    contact = fields.Nested(TabletContactSchema)


class TabletShiftSchema(Schema):
    """A shift as the tablet shows it."""

    id = fields.UUID(required=True)
    site = fields.String(required=True)
    site_label = fields.String(required=True)
    activity = fields.String(required=True)
    starts_at = UtcDateTime(required=True)
    ends_at = UtcDateTime(allow_none=True, required=True)
    started_at = UtcDateTime(allow_none=True, required=True)


class SyncCountsSchema(Schema):
    """How many contacts count today: one's own, and those of the shift that runs."""

    own = fields.Integer(required=True)
    shift = fields.Integer(required=True)


class AttentionSchema(KeptSchema):
    """Something of one's own that somebody must look at."""

    class Meta:  # noqa: D106 - marshmallow's own way of options
        fields = (
            "id", "op_id", "kind", "reason", "title", "detail", "errors", "at", "type", "facts",
            "current", "sides",
        )  # fmt: skip


class ChangesSchema(Schema):
    """What has changed of one's day, and how it stands."""

    items = fields.List(fields.Nested(ChangeSchema), required=True)
    next = fields.String(required=True)
    more = fields.Boolean(required=True)
    server_generation = fields.Integer(required=True)
    server_now = UtcDateTime(required=True)
    csrf_token = fields.String(required=True)
    user = fields.Nested(SyncWhoSchema, required=True)
    sites = fields.List(fields.String(), required=True)
    shift = fields.Nested(TabletShiftSchema, allow_none=True, required=True)
    planned_shifts = fields.List(fields.Nested(TabletShiftSchema), required=True)
    counts = fields.Nested(SyncCountsSchema, required=True)
    unconfirmed = fields.List(fields.UUID(), required=True)
    attention = fields.List(fields.Nested(AttentionSchema), required=True)
