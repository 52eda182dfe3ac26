"""Staff and units, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app

from outreach.accounts import guard
from outreach.accounts.permissions import ADMINISTER, ADMINISTER_IN_PERSON, access
from outreach.accounts.schemas import NewUserSchema
from outreach.foundation.http import ApiBlueprint, etag, expected_version
from outreach.staff import service, units
from outreach.staff.schemas import (
    NewPasswordSchema,
    NewUnitSchema,
    UnitChangeSchema,
    UnitListSchema,
    UnitSchema,
    UserChangeSchema,
    UserListSchema,
    UserQuerySchema,
    UserSchema,
)

blueprint = ApiBlueprint(
    "staff_api", __name__, url_prefix="/api/v1", description="Staff and the units they belong to."
)


@blueprint.route("/users", methods=["GET"])
@access(ADMINISTER)
@blueprint.reads(UserQuerySchema, location="query")
@blueprint.answers(200, UserListSchema)
def list_users(query: dict[str, Any]) -> dict[str, Any]:
    """List the staff, or with `closed` those who have left."""
    return {"items": service.users(by=guard.actor(), **query), "next": None}


@blueprint.route("/users", methods=["POST"])
@access(ADMINISTER_IN_PERSON)
@blueprint.reads(NewUserSchema)
@blueprint.answers(201, UserSchema)
def create_user(given: dict[str, Any]) -> Any:
    """Add one of the staff. A repeat is refused: a password is never compared."""
    user = service.create_user(by=guard.actor(), given=given, cost=current_app.config["ARGON2"])
    return user, 201, etag(user.version)


@blueprint.route("/users/<uuid:user_id>", methods=["GET"])
@access(ADMINISTER)
@blueprint.answers(200, UserSchema)
def show_user(user_id: UUID) -> Any:
    """Answer one of the staff."""
    user = service.user(by=guard.actor(), id=user_id)
    return user, 200, etag(user.version)


@blueprint.route("/users/<uuid:user_id>", methods=["PATCH"])
@access(ADMINISTER_IN_PERSON)
@blueprint.reads(UserChangeSchema)
@blueprint.answers(200, UserSchema)
def change_user(given: dict[str, Any], user_id: UUID) -> Any:
    """Change a person's name, roles or places, from their next request on. Needs If-Match."""
    user = service.change_user(
        by=guard.actor(), id=user_id, expected=expected_version() or 0, given=given
    )
    return user, 200, etag(user.version)


@blueprint.route("/users/<uuid:user_id>/close", methods=["POST"])
@access(ADMINISTER)
@blueprint.answers(200, UserSchema)
def close_user(user_id: UUID) -> Any:
    """Close an account: its sessions and tokens end at once."""
    user = service.close_user(by=guard.actor(), id=user_id)
    return user, 200, etag(user.version)


@blueprint.route("/users/<uuid:user_id>/end-sessions", methods=["POST"])
@access(ADMINISTER)
@blueprint.answers(204)
def end_sessions(user_id: UUID) -> None:
    """Sign a person out everywhere."""
    service.end_sessions(by=guard.actor(), id=user_id)


@blueprint.route("/users/<uuid:user_id>/reset-tries", methods=["POST"])
@access(ADMINISTER)
@blueprint.answers(204)
def reset_tries(user_id: UUID) -> None:
    """Let a person who typed wrong too often try again now."""
    service.reset_tries(by=guard.actor(), id=user_id)


@blueprint.route("/users/<uuid:user_id>/reset-second-factor", methods=["POST"])
@access(ADMINISTER_IN_PERSON)
@blueprint.answers(204)
def reset_second_factor(user_id: UUID) -> None:
    """Remove a person's second factor, never one's own; their sessions end at once."""
    service.reset_second_factor(by=guard.actor(), id=user_id)


@blueprint.route("/users/<uuid:user_id>/password", methods=["PUT"])
@access(ADMINISTER_IN_PERSON)
@blueprint.reads(NewPasswordSchema)
@blueprint.answers(204)
def set_password(given: dict[str, Any], user_id: UUID) -> None:
    """Give a person a new password; their sessions end at once."""
    service.set_password(
        by=guard.actor(), id=user_id, given=given, cost=current_app.config["ARGON2"]
    )


@blueprint.route("/units", methods=["GET"])
@access(ADMINISTER)
@blueprint.answers(200, UnitListSchema)
def list_units() -> dict[str, Any]:
    """List the units."""
    return {"items": units.units(by=guard.actor()), "next": None}


@blueprint.route("/units", methods=["POST"])
@access(ADMINISTER)
@blueprint.reads(NewUnitSchema)
@blueprint.also_answers(200, UnitSchema, description="A repeat: the unit as it stands.")
@blueprint.answers(201, UnitSchema)
def create_unit(given: dict[str, Any]) -> Any:
    """Add a unit."""
    unit, created = units.create_unit(by=guard.actor(), given=given)
    return unit, 201 if created else 200, etag(unit.version)


@blueprint.route("/units/<uuid:unit_id>", methods=["PATCH"])
@access(ADMINISTER)
@blueprint.reads(UnitChangeSchema)
@blueprint.answers(200, UnitSchema)
def change_unit(given: dict[str, Any], unit_id: UUID) -> Any:
    """Change a unit. Needs If-Match."""
    unit = units.change_unit(
        by=guard.actor(), id=unit_id, expected=expected_version() or 0, given=given
    )
    return unit, 200, etag(unit.version)
