"""Enrolments, for programs: listed, filled in, given to somebody else, closed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.enrolments import reading, service, worklists
from outreach.enrolments.schemas import (
    EnrolmentChangeSchema,
    EnrolmentClosingSchema,
    EnrolmentListSchema,
    EnrolmentQuerySchema,
    EnrolmentSchema,
    MonthCheckListSchema,
    NewEnrolmentSchema,
    ResponsibleSchema,
    SilentListSchema,
)
from outreach.foundation.http import ApiBlueprint, etag, expected_version

blueprint = ApiBlueprint(
    "enrolments_api",
    __name__,
    url_prefix="/api/v1/enrolments",
    description="A participant's time here: from a day to a day, with a way in and a result.",
)


@blueprint.route("", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.reads(EnrolmentQuerySchema, location="query")
@blueprint.answers(200, EnrolmentListSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List a participant's enrolments, or those of one's own caseload or unit; latest first."""
    actor, state = guard.actor(), query.get("state")
    if "participant" not in query:
        items, more = reading.enrolments(by=actor, state=state)
        return {"items": items, "more": more}
    items = reading.enrolments_of(by=actor, participant=query["participant"], state=state)
    return {"items": items, "more": False}


@blueprint.route("", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(NewEnrolmentSchema)
@blueprint.also_answers(200, EnrolmentSchema, description="A repeat: the enrolment as it stands.")
@blueprint.answers(201, EnrolmentSchema)
def create(given: dict[str, Any]) -> Any:
    """Let somebody who was here before begin again. The first enrolment comes with the person."""
    row, created = service.begin_enrolment(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("/without-contact", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, SilentListSchema)
def without_contact() -> dict[str, Any]:
    """List whom nobody has met for 90 days, of one's own caseload or unit."""
    items, more = worklists.without_contact(by=guard.actor())
    return {"items": items, "more": more}


@blueprint.route("/month-checks", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, MonthCheckListSchema)
def month_checks() -> dict[str, Any]:
    """List who began work more than a month ago: somebody is to ask whether it lasted."""
    items, more = worklists.month_checks(by=guard.actor())
    return {"items": items, "more": more}


@blueprint.route("/<uuid:enrolment_id>", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, EnrolmentSchema)
def show(enrolment_id: UUID) -> Any:
    """Answer an enrolment. 403 `reason-required`: open the person first, and say why."""
    row = reading.enrolment(by=guard.actor(), id=enrolment_id)
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:enrolment_id>", methods=["PATCH"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(EnrolmentChangeSchema)
@blueprint.answers(200, EnrolmentSchema)
def change(given: dict[str, Any], enrolment_id: UUID) -> Any:
    """Fill in what was before, or correct what came of it once it is closed. Needs If-Match."""
    row = service.change_enrolment(
        by=guard.actor(), id=enrolment_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:enrolment_id>/responsible", methods=["PUT"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(ResponsibleSchema)
@blueprint.answers(200, EnrolmentSchema)
def give(given: dict[str, Any], enrolment_id: UUID) -> Any:
    """Let another worker be responsible for the person. Needs If-Match."""
    row = service.give_to(
        by=guard.actor(), id=enrolment_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:enrolment_id>/close", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(EnrolmentClosingSchema)
@blueprint.answers(200, EnrolmentSchema)
def close(given: dict[str, Any], enrolment_id: UUID) -> Any:
    """Close an enrolment with what came of it; nobody is responsible for the person any more."""
    row = service.close_enrolment(
        by=guard.actor(),
        id=enrolment_id,
        given=given,
        expected=expected_version(required=False),
    )
    return row, 200, etag(row["version"])
