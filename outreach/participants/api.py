"""Participants, for programs: found, opened, read, changed; no address names anybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.foundation.http import ApiBlueprint, etag, expected_version
from outreach.participants import next_steps, openings, searching, service
from outreach.participants.schemas import (
    AccessListSchema,
    FoundListSchema,
    NewNextStepSchema,
    NewOpeningSchema,
    OpeningSchema,
    ParticipantChangeSchema,
    ParticipantSchema,
    SearchSchema,
)

blueprint = ApiBlueprint(
    "participants_api",
    __name__,
    url_prefix="/api/v1/participants",
    description="People who chose to be known, of one's own committee.",
)


@blueprint.route("/search", methods=["POST"])
@access(READ_PARTICIPANTS)
@blueprint.reads(SearchSchema)
@blueprint.answers(200, FoundListSchema)
def search(given: dict[str, Any]) -> dict[str, Any]:
    """Find people by number, name or case number: case numbers and years of birth."""
    items, more = searching.search(by=guard.actor(), given=given)
    return {"items": items, "more": more}


@blueprint.route("/<uuid:participant_id>", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, ParticipantSchema)
def show(participant_id: UUID) -> Any:
    """Answer a participant. 403 `reason-required`: open the person first, and say why."""
    row = service.participant(by=guard.actor(), id=participant_id)
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:participant_id>", methods=["PATCH"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(ParticipantChangeSchema)
@blueprint.answers(200, ParticipantSchema)
def change(given: dict[str, Any], participant_id: UUID) -> Any:
    """Change who somebody is or how they are reached. Needs If-Match."""
    row = service.change_participant(
        by=guard.actor(), id=participant_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:participant_id>/openings", methods=["POST"])
@access(READ_PARTICIPANTS)
@blueprint.reads(NewOpeningSchema)
@blueprint.answers(201, OpeningSchema)
def open_(given: dict[str, Any], participant_id: UUID) -> dict[str, Any]:
    """Open somebody outside one's caseload, and say why."""
    return openings.open_participant(by=guard.actor(), id=participant_id, given=given)


@blueprint.route("/<uuid:participant_id>/next-step", methods=["PUT"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(NewNextStepSchema)
@blueprint.answers(200, ParticipantSchema)
def plan(given: dict[str, Any], participant_id: UUID) -> Any:
    """Say what happens next. Needs If-Match with the participant's version."""
    row = next_steps.set_next_step(
        by=guard.actor(), id=participant_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:participant_id>/next-step/done", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.answers(200, ParticipantSchema)
def finish(participant_id: UUID) -> Any:
    """Say that the next step is done. If-Match is checked when it is sent."""
    row = next_steps.finish_next_step(
        by=guard.actor(), id=participant_id, expected=expected_version(required=False)
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:participant_id>/accesses", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, AccessListSchema)
def accesses(participant_id: UUID) -> dict[str, Any]:
    """List who has looked at a participant or changed something, latest first, at most 200."""
    rows = openings.accesses(by=guard.actor(), id=participant_id)
    return {"items": rows, "next": None}
