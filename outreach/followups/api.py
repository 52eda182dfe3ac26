"""Booked meetings, for programs and tablets: free times, booking, moving, what became of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.followups import booking, outcomes, service, slots
from outreach.followups.schemas import (
    FollowupChangeSchema,
    FollowupListSchema,
    FollowupQuerySchema,
    FollowupSchema,
    NewFollowupSchema,
    OutcomeSchema,
    RescheduleSchema,
    SlotListSchema,
    SlotQuerySchema,
)
from outreach.foundation.http import ApiBlueprint, cursor_at, etag, expected_version, instant_and_id

blueprint = ApiBlueprint(
    "followups_api",
    __name__,
    url_prefix="/api/v1/followups",
    description="Booked meetings with participants, and with whoever holds a code.",
)


@blueprint.route("", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(NewFollowupSchema)
@blueprint.also_answers(200, FollowupSchema, description="A repeat: the meeting as it stands.")
@blueprint.answers(201, FollowupSchema)
def create(given: dict[str, Any]) -> Any:
    """Book a meeting. A taken time is 409 `slot-taken`, with `alternatives`."""
    row, created = booking.book(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.reads(FollowupQuerySchema, location="query")
@blueprint.answers(200, FollowupListSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List meetings as they begin: one worker's, or one's own and those at one's sites."""
    cursor = query.pop("cursor", None)
    after = instant_and_id(cursor) if cursor else None
    rows = service.followups(by=guard.actor(), after=after, **query)
    last = rows[-1] if len(rows) == query["limit"] else None
    onward = cursor_at(last["starts_at"], last["id"]) if last else None
    return {"items": rows, "next": onward}


@blueprint.route("/slots", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.reads(SlotQuerySchema, location="query")
@blueprint.answers(200, SlotListSchema)
def free_slots(query: dict[str, Any]) -> dict[str, Any]:
    """List when one or two of the staff are at work and free on a day."""
    return {"items": slots.free_slots(by=guard.actor(), **query)}


@blueprint.route("/<uuid:followup_id>", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, FollowupSchema)
def show(followup_id: UUID) -> Any:
    """Answer one meeting."""
    row = service.followup(by=guard.actor(), id=followup_id)
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:followup_id>", methods=["PATCH"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(FollowupChangeSchema)
@blueprint.answers(200, FollowupSchema)
def change(given: dict[str, Any], followup_id: UUID) -> Any:
    """Change where a meeting is to be, what for, its reminder or interpreter. Needs If-Match."""
    row = service.change(
        by=guard.actor(), id=followup_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:followup_id>/reschedule", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(RescheduleSchema)
@blueprint.answers(200, FollowupSchema)
def reschedule(given: dict[str, Any], followup_id: UUID) -> Any:
    """Move a meeting; answers the new one, which says what it `supersedes`."""
    row = booking.reschedule(
        by=guard.actor(), id=followup_id, given=given, expected=expected_version(required=False)
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:followup_id>/outcome", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(OutcomeSchema)
@blueprint.answers(200, FollowupSchema)
def set_outcome(given: dict[str, Any], followup_id: UUID) -> Any:
    """Say what became of a meeting; one that was held becomes a contact. A repeat is harmless."""
    row = outcomes.set_outcome(
        by=guard.actor(), id=followup_id, given=given, expected=expected_version(required=False)
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:followup_id>/outcome", methods=["DELETE"])
@access(CHANGE_PARTICIPANTS)
@blueprint.answers(200, FollowupSchema)
def undo_outcome(followup_id: UUID) -> Any:
    """Take back what was said of a meeting; its contact is voided. A repeat is harmless."""
    row = outcomes.undo_outcome(
        by=guard.actor(), id=followup_id, expected=expected_version(required=False)
    )
    return row, 200, etag(row["version"])
