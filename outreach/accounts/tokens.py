"""Use cases of machines' tokens: making, listing, revoking."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import passwords, service
from outreach.accounts.models import Token, User
from outreach.accounts.permissions import ADMINISTRATOR, PERSONAL_SCOPES, require_role
from outreach.accounts.schemas import NewTokenSchema
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, IdReuse, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import at_once, transaction

# So that a token is known for what it is wherever it turns up.
_MARK = "or_"
# What a tablet is known by; never a machine's token.
TABLET_MARK = "od_"

_TOKENS = sa.select(
    Token.id, Token.name, User.username, Token.scopes, Token.created_at, Token.expires_at,
    Token.revoked_at,
).join(User, User.id == Token.user_id)  # fmt: skip

_TOKEN = Token.__table__.c
_BY_TOKEN = (
    service.WHO.add_columns(_TOKEN.id.label("token_id"), _TOKEN.scopes)
    .join(Token.__table__, _TOKEN.user_id == User.__table__.c.id)
    .where(_TOKEN.digest == sa.bindparam("digest"), _TOKEN.revoked_at.is_(None))
    .where(sa.or_(_TOKEN.expires_at.is_(None), _TOKEN.expires_at > sa.bindparam("now")))
)


def standing_of_token(secret: str) -> service.Standing | None:
    """Return which user a machine's token acts as, None when it is unknown, over or revoked."""
    rows = at_once(_BY_TOKEN, {"digest": passwords.digest(secret), "now": clock.now()})
    if not rows:
        return None
    row = rows[0]
    return service.Standing(service.actor_of(row, scopes=frozenset(row.scopes), token=row.token_id))


def create_token(*, by: Actor, given: object) -> tuple[dict[str, Any], str]:
    """Make a machine's token; return it with its secret, which is shown once and never kept.

    Raises RuleBroken, also for a username that nobody has, and IdReuse.
    """
    require_role(by, ADMINISTRATOR, "system")
    secret = _MARK + secrets.token_urlsafe(32)
    with transaction() as session:
        data = read(NewTokenSchema(), given, _token_faults, lambda data: _scope_faults(by, data))
        if session.get(Token, data["id"]) is not None:
            raise IdReuse
        user = service.actor_named(data.pop("username"))
        token = Token(
            digest=passwords.digest(secret), user_id=user.id, created_at=clock.now(), **data
        )
        session.add(token)
        trail.record(
            by=by, action="create", kind="token", id=token.id, scopes=token.scopes,
            acts_as=str(user.id),
        )  # fmt: skip
        return _token(token.id), secret


def _scope_faults(by: Actor, data: Any) -> Iterator[Fault]:
    """An administrator never reads a person, and so hands out no key that does."""
    if not by.has("system") and PERSONAL_SCOPES & {*data.get("scopes", ())}:
        detail = N_("Nycklar till deltagare görs vid konsolen, av den som driver systemet.")
        yield Fault("/scopes", detail)


def _token_faults(data: Any) -> Iterator[Fault]:
    username, expires_at = data.get("username"), data.get("expires_at")
    if username is not None:
        try:
            service.actor_named(username)
        except NotFound:
            yield Fault("/username", N_("Ingen i personalen har det användarnamnet."))
    if expires_at is not None and expires_at <= clock.now():
        yield Fault("/expires_at", N_("Den tiden har redan varit."))


def tokens(*, by: Actor) -> list[dict[str, Any]]:
    """Return every token with the username it acts as, newest first, revoked ones too."""
    require_role(by, ADMINISTRATOR, "system")
    rows = db.session.execute(_TOKENS.order_by(Token.created_at.desc(), Token.id))
    return [row._asdict() for row in rows]


def revoke_token(*, by: Actor, id: UUID) -> dict[str, Any]:
    """Revoke a token at once and return it; a second call changes nothing. Raises NotFound."""
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        token = session.get(Token, id)
        if token is None:
            raise NotFound
        if token.revoked_at is None:
            token.revoked_at = clock.now()
            trail.record(by=by, action="revoke", kind="token", id=token.id)
        return _token(id)


def _token(id: UUID) -> dict[str, Any]:
    return db.session.execute(_TOKENS.where(Token.id == id)).one()._asdict()
