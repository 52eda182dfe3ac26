"""Signing in, for programs and scripts."""

from __future__ import annotations

from typing import Any

from outreach.accounts import guard, sessions, tokens
from outreach.accounts.permissions import (
    ADMINISTER,
    ADMINISTER_IN_PERSON,
    IN_PERSON,
    PUBLIC,
    SIGNED_IN,
    SIGNED_IN_OR_LOCKED,
    access,
)
from outreach.accounts.schemas import (
    MeSchema,
    NewTokenAnswerSchema,
    NewTokenSchema,
    OwnPasswordSchema,
    SignedInSchema,
    SignInSchema,
    TokenListSchema,
    TokenSchema,
)
from outreach.foundation.http import ApiBlueprint
from outreach.foundation.schemas import read

blueprint = ApiBlueprint(
    "accounts_api", __name__, url_prefix="/api/v1", description="Signing in and machines' tokens."
)
_sign_in = SignInSchema()


@blueprint.route("/session", methods=["POST"])
@access(PUBLIC)
@blueprint.reads(SignInSchema)
@blueprint.answers(201, SignedInSchema)
def begin(given: dict[str, Any]) -> dict[str, Any]:
    """Sign in; the answer sets the session's cookie and says the token that writes need."""
    guard.require_own_origin()
    wanted = read(_sign_in, given)
    with guard.sign_in_tries():
        actor, secret = sessions.sign_in(
            **wanted, policy=guard.sign_in_policy(), replacing=guard.session_before()
        )
    guard.begin_session(secret)
    return {"user": actor, "csrf_token": guard.csrf_token()}


@blueprint.route("/session", methods=["DELETE"])
@access(SIGNED_IN_OR_LOCKED)
@blueprint.answers(204)
def end() -> None:
    """Sign out."""
    sessions.sign_out(by=guard.actor(), secret=guard.session_secret())
    guard.end_session()


@blueprint.route("/session/lock", methods=["POST"])
@access(SIGNED_IN_OR_LOCKED)
@blueprint.answers(204)
def lock() -> None:
    """Lock the screen; a second call changes nothing."""
    sessions.lock(by=guard.actor(), secret=guard.session_secret())


@blueprint.route("/me", methods=["GET"])
@access(SIGNED_IN)
@blueprint.answers(200, MeSchema)
def me() -> dict[str, Any]:
    """Tell who is signed in."""
    return {"user": guard.actor(), "csrf_token": guard.csrf_token(), "locked": guard.is_locked()}


@blueprint.route("/me/password", methods=["POST"])
@access(IN_PERSON)
@blueprint.reads(OwnPasswordSchema)
@blueprint.answers(204)
def change_own_password(given: dict[str, Any]) -> None:
    """Change one's own password; one's other sessions end at once."""
    sessions.change_own_password(
        by=guard.actor(),
        secret=guard.session_secret(),
        given=given,
        policy=guard.sign_in_policy(),
    )


@blueprint.route("/tokens", methods=["GET"])
@access(ADMINISTER)
@blueprint.answers(200, TokenListSchema)
def list_tokens() -> dict[str, Any]:
    """List machines' tokens, newest first, revoked ones too."""
    return {"items": tokens.tokens(by=guard.actor()), "next": None}


@blueprint.route("/tokens", methods=["POST"])
@access(ADMINISTER_IN_PERSON)
@blueprint.reads(NewTokenSchema)
@blueprint.answers(201, NewTokenAnswerSchema)
def create_token(given: dict[str, Any]) -> dict[str, Any]:
    """Make a token; its secret is in this answer and nowhere else."""
    token, secret = tokens.create_token(by=guard.actor(), given=given)
    return {**token, "token": secret}


@blueprint.route("/tokens/<uuid:token_id>/revoke", methods=["POST"])
@access(ADMINISTER)
@blueprint.answers(200, TokenSchema)
def revoke_token(token_id: Any) -> Any:
    """Revoke a token at once."""
    return tokens.revoke_token(by=guard.actor(), id=token_id)
