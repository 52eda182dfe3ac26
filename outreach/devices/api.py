"""Tablets, for programs and for the tablets themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from outreach.accounts import guard, sessions
from outreach.accounts.permissions import (
    ADMINISTER,
    BY_DEVICE,
    HAND_IN,
    IN_PERSON,
    PUBLIC,
    READ_DEVICES,
    SIGNED_IN_OR_LOCKED,
    access,
)
from outreach.accounts.schemas import SignedInSchema
from outreach.devices import door, grants, service, tablet_codes
from outreach.devices.schemas import (
    DeviceCodeSchema,
    DeviceEnrolmentSchema,
    DeviceListSchema,
    DeviceSchema,
    EnrolledDeviceSchema,
    GrantSchema,
    NewDeviceAnswerSchema,
    NewDeviceSchema,
    SwitchSchema,
    TabletCodeSchema,
    TabletUnlockSchema,
)
from outreach.devices.service import CodeNotValid
from outreach.devices.tablet_codes import SwitchRefused
from outreach.foundation.errors import N_, Fault
from outreach.foundation.http import ApiBlueprint, etag
from outreach.foundation.schemas import read

blueprint = ApiBlueprint(
    "devices_api", __name__, url_prefix="/api/v1", description="Tablets, and who is at them."
)
_unlock = TabletUnlockSchema()


@blueprint.route("/devices", methods=["GET"])
@access(READ_DEVICES)
@blueprint.answers(200, DeviceListSchema)
def list_devices() -> dict[str, Any]:
    """List the tablets, revoked ones too: an administrator all, a supervisor those at own sites."""
    return {"items": service.devices(by=guard.actor()), "next": None}


@blueprint.route("/devices", methods=["POST"])
@access(ADMINISTER)
@blueprint.reads(NewDeviceSchema)
@blueprint.also_answers(200, NewDeviceAnswerSchema, description="A repeat: a fresh code.")
@blueprint.answers(201, NewDeviceAnswerSchema)
def create(given: dict[str, Any]) -> Any:
    """Enter a tablet; its one-time code is in this answer and nowhere else."""
    row, created = service.create_device(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("/devices/<uuid:device_id>/code", methods=["POST"])
@access(ADMINISTER)
@blueprint.answers(200, DeviceCodeSchema)
def give_code(device_id: UUID) -> Any:
    """Give the same tablet a new one-time code; using it replaces the tablet's token."""
    return service.give_code(by=guard.actor(), id=device_id)


@blueprint.route("/devices/<uuid:device_id>/revoke", methods=["POST"])
@access(ADMINISTER)
@blueprint.answers(200, DeviceSchema)
def revoke(device_id: UUID) -> Any:
    """Revoke a tablet at once: it may still hand in what it has, and does nothing else."""
    return service.revoke_device(by=guard.actor(), id=device_id)


@blueprint.route("/devices/enrolments", methods=["POST"])
@access(PUBLIC)
@blueprint.reads(DeviceEnrolmentSchema)
@blueprint.answers(201, EnrolledDeviceSchema)
def enrol(given: dict[str, Any]) -> Any:
    """Enrol this tablet with its one-time code; its token is in this answer and nowhere else."""
    guard.require_own_origin()
    with guard.sign_in_tries(CodeNotValid):
        return service.enrol(given=given)


@blueprint.route("/devices/here/grants", methods=["POST"])
@access(HAND_IN)
@blueprint.answers(201, GrantSchema)
def issue_grant() -> dict[str, Any]:
    """Let whoever is signed in at this tablet hand in from it for thirty days."""
    by, device = guard.actor(), door.unrevoked_tablet().id
    issued = grants.issue(by=by, device=device, secret=guard.session_secret())
    return issued | {"has_code": tablet_codes.has_code(user_id=by.id, device=device)}


@blueprint.route("/devices/here/code", methods=["PUT"])
@access(IN_PERSON)
@blueprint.reads(TabletCodeSchema)
@blueprint.answers(204)
def set_code(given: dict[str, Any]) -> None:
    """Give oneself a plattkod on this tablet, for unlocking and for switching back to oneself."""
    tablet_codes.set_code(
        by=guard.actor(),
        secret=guard.session_secret(),
        device=door.unrevoked_tablet().id,
        given=given,
        policy=guard.sign_in_policy(),
    )


@blueprint.route("/session/unlock", methods=["POST"])
@access(SIGNED_IN_OR_LOCKED)
@blueprint.reads(TabletUnlockSchema)
@blueprint.answers(204)
def unlock(given: dict[str, Any]) -> None:
    """Unlock the screen with the same person's password, or on a tablet with their plattkod."""
    wanted = read(_unlock, given, lambda _: _one_proof(given))
    by, secret, policy = guard.actor(), guard.session_secret(), guard.sign_in_policy()
    if "code" in wanted:
        device = door.unrevoked_tablet().id
        tablet_codes.unlock(by=by, secret=secret, device=device, policy=policy, **wanted)
    else:
        sessions.unlock(by=by, secret=secret, policy=policy, **wanted)


def _one_proof(given: Mapping[str, Any]) -> Iterator[Fault]:
    if "password" in given and "code" in given:
        yield Fault("/code", N_("Skicka lösenordet eller plattkoden, inte båda."))
    elif "password" not in given and "code" not in given:
        yield Fault("/password", N_("Fyll i det här."))


@blueprint.route("/session/switch", methods=["POST"])
@access(BY_DEVICE)
@blueprint.reads(SwitchSchema)
@blueprint.answers(201, SignedInSchema)
def switch(given: dict[str, Any]) -> dict[str, Any]:
    """Hand this tablet over to a colleague, who unlocks it with their own plattkod."""
    guard.require_own_origin()
    with guard.sign_in_tries(SwitchRefused):
        actor, secret = tablet_codes.switch(
            device=door.unrevoked_tablet().id,
            given=given,
            policy=guard.sign_in_policy(),
            replacing=guard.session_before(),
        )
    guard.begin_session(secret)
    return {"user": actor, "csrf_token": guard.csrf_token()}
