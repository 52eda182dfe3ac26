"""What the accounts' interface reads and writes."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from outreach.accounts.permissions import COMMITTEES, ROLES, SCOPES
from outreach.foundation.errors import N_
from outreach.foundation.schemas import Code, Input, UtcDateTime, instant, length, one_of, some_of

# No quotes and no comments: what mail servers of today take.
_ADDRESS = r"(?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?"
_IS_ADDRESS = validate.Regexp(
    rf"^{_ADDRESS}\Z", error=N_("E-postadressen ska se ut så här: namn@example.se.")
)


class SignInSchema(Input):
    """A person's name and secret."""

    username = fields.String(required=True, validate=length(1, 200))
    password = fields.String(required=True, validate=length(1, 1000), load_only=True)
    otp = fields.String(
        validate=length(0, 100),
        allow_none=True,
        load_only=True,
        metadata={"description": "A code of the person's app, or one of their recovery codes"},
    )


class OtpSchema(Input):
    """A one-time code alone."""

    otp = fields.String(required=True, validate=length(1, 100), load_only=True)


class ProofSchema(Input):
    """That it is really the person: the password, and a code where there is a second factor."""

    password = fields.String(required=True, validate=length(1, 1000), load_only=True)
    otp = fields.String(validate=length(1, 100), load_only=True)


class NoticeEmailSchema(Input):
    """Where one wishes to be told by e-mail that something waits; empty for nowhere."""

    email = fields.String(
        load_default=None, allow_none=True, validate=[length(0, 254), _IS_ADDRESS]
    )


class UnlockSchema(Input):
    """The secret alone: whose it is, the locked session knows."""

    password = fields.String(required=True, validate=length(1, 1000), load_only=True)


class ActorSchema(Schema):
    """Who is signed in."""

    id = fields.UUID(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    roles = fields.Method("_roles", metadata={"type": "array", "items": {"type": "string"}})
    sites = fields.Method("_sites", metadata={"type": "array", "items": {"type": "string"}})
    committee = fields.String(allow_none=True)
    team = fields.String(allow_none=True)

    def _roles(self, actor: object) -> list[str]:
        return sorted(actor.roles)  # type: ignore[attr-defined]

    def _sites(self, actor: object) -> list[str]:
        return sorted(actor.sites)  # type: ignore[attr-defined]


class SignedInSchema(Schema):
    """The answer to a sign-in."""

    user = fields.Nested(ActorSchema, required=True)
    csrf_token = fields.String(required=True)


class MeSchema(SignedInSchema):
    """Who I am, and whether my screen is locked."""

    locked = fields.Boolean(required=True)


class NewUserSchema(Input):
    """One of the staff, as the administrator enters them."""

    id = fields.UUID(required=True)
    username = fields.String(
        required=True,
        validate=validate.Regexp(
            r"^[\w.@+\-]{1,100}(?!\n)$",
            error=N_("Använd bara bokstäver, siffror och tecknen . _ - @ + i användarnamnet."),
        ),
    )
    name = fields.String(required=True, validate=length(1, 200))
    password = fields.String(required=True, load_only=True)
    roles = fields.List(
        fields.String(validate=one_of(*ROLES)), required=True, validate=some_of(len(ROLES))
    )
    sites = fields.List(Code("site"), load_default=list, validate=length(0, 50))
    committee = fields.String(validate=one_of(*COMMITTEES), allow_none=True, load_default=None)
    unit_id = fields.UUID(allow_none=True, load_default=None)
    team = Code("target", allow_none=True, load_default=None)


class OwnPasswordSchema(Input):
    """A person's own new password, with the present one as proof; typed twice where a page asks."""

    current = fields.String(required=True, validate=length(1, 1000), load_only=True)
    password = fields.String(required=True, load_only=True)
    repeated = fields.String(load_only=True)


class NewTokenSchema(Input):
    """A machine's key."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, validate=length(1, 200))
    username = fields.String(required=True)
    scopes = fields.List(
        fields.String(validate=one_of(*SCOPES)), required=True, validate=some_of(len(SCOPES))
    )
    expires_at = instant(allow_none=True, load_default=None)


class TokenSchema(Schema):
    """A machine's key as listed: never the key itself."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    username = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_at = UtcDateTime(required=True)
    expires_at = UtcDateTime(allow_none=True)
    revoked_at = UtcDateTime(allow_none=True)


class NewTokenAnswerSchema(TokenSchema):
    """A machine's new key: the only answer that ever holds it."""

    token = fields.String(required=True)


class TokenListSchema(Schema):
    """Machines' keys, newest first."""

    items = fields.List(fields.Nested(TokenSchema), required=True)
    next = fields.String(allow_none=True, required=True)
