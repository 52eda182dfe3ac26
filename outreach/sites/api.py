"""Places and code lists, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import ADMINISTER, READ_SITES, access
from outreach.foundation.http import ApiBlueprint, etag, expected_version
from outreach.sites import lists, places, service
from outreach.sites.schemas import (
    ChoiceChangeSchema,
    ChoiceSchema,
    CodesSchema,
    DutyEndSchema,
    DutyIdentitySchema,
    DutyListSchema,
    DutySchema,
    NewChoiceSchema,
    NewDutySchema,
    SiteListSchema,
)

blueprint = ApiBlueprint(
    "sites_api", __name__, url_prefix="/api/v1", description="Places, shifts and code lists."
)


@blueprint.route("/codes", methods=["GET"])
@access(READ_SITES)
@blueprint.answers(200, CodesSchema)
def codes() -> dict[str, Any]:
    """Answer every code list, retired codes too, with Swedish and English labels."""
    kept = service.code_lists()
    return {
        "revision": kept.revision,
        "lists": {name: kept.all(name) for name in kept.names},
    }


@blueprint.route("/codes/<list_name>", methods=["POST"])
@access(ADMINISTER)
@blueprint.reads(NewChoiceSchema)
@blueprint.also_answers(200, ChoiceSchema, description="A repeat: the code as it stands.")
@blueprint.answers(201, ChoiceSchema)
def add_code(given: dict[str, Any], list_name: str) -> Any:
    """Add a code to a list; a new site is a code of the list `site`."""
    row, created = lists.add_code(by=guard.actor(), list=list_name, given=given)
    return row, 201 if created else 200, etag(lists.revision())


@blueprint.route("/codes/<list_name>/<code>", methods=["PATCH"])
@access(ADMINISTER)
@blueprint.reads(ChoiceChangeSchema)
@blueprint.answers(200, ChoiceSchema)
def change_code(given: dict[str, Any], list_name: str, code: str) -> Any:
    """Change a code's labels or days; `If-Match` is the revision of `GET codes`."""
    row = lists.change_code(
        by=guard.actor(), list=list_name, code=code, expected=expected_version(), given=given
    )
    return row, 200, etag(lists.revision())


@blueprint.route("/sites", methods=["GET"])
@access(READ_SITES)
@blueprint.answers(200, SiteListSchema)
def sites() -> dict[str, Any]:
    """Answer every site and what is done there."""
    return {"items": service.sites(), "next": None}


@blueprint.route("/duties", methods=["GET"])
@access(ADMINISTER)
@blueprint.answers(200, DutyListSchema)
def list_duties() -> dict[str, Any]:
    """List which committee answers for which activity at which site, and when."""
    return {"items": places.duties(by=guard.actor()), "next": None}


@blueprint.route("/duties", methods=["POST"])
@access(ADMINISTER)
@blueprint.reads(NewDutySchema)
@blueprint.also_answers(200, DutySchema, description="A repeat: the duty as it stands.")
@blueprint.answers(201, DutySchema)
def add_duty(given: dict[str, Any]) -> Any:
    """Let a committee answer for an activity at a site."""
    duty, created = places.add_duty(by=guard.actor(), given=given)
    return duty, 201 if created else 200


@blueprint.route("/duties/<uuid:duty_id>/end", methods=["POST"])
@access(ADMINISTER)
@blueprint.reads(DutyEndSchema)
@blueprint.answers(200, DutySchema)
def end_duty(given: dict[str, Any], duty_id: UUID) -> Any:
    """Set a duty's last day, or none."""
    return places.end_duty(by=guard.actor(), id=duty_id, given=given)


@blueprint.route("/duties/<uuid:duty_id>/identity", methods=["POST"])
@access(ADMINISTER)
@blueprint.reads(DutyIdentitySchema)
@blueprint.answers(200, DutySchema)
def decide_identity(given: dict[str, Any], duty_id: UUID) -> Any:
    """Say whether people may be written down by name in an activity, as its committee decided."""
    return places.decide_identity(by=guard.actor(), id=duty_id, given=given)
