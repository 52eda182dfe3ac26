"""Checks of how work goes, for programs: listed, answered, taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.enrolments import outcomes, worklists
from outreach.enrolments.schemas import (
    CheckAnswerSchema,
    CheckListSchema,
    CheckQuerySchema,
    CheckSchema,
)
from outreach.foundation.http import ApiBlueprint, etag, expected_version

blueprint = ApiBlueprint(
    "checks_api",
    __name__,
    url_prefix="/api/v1/checks",
    description="How work goes, 30 and 90 days after it began: asked because of how it ended here.",
)


@blueprint.route("", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.reads(CheckQuerySchema, location="query")
@blueprint.answers(200, CheckListSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List a participant's checks, or those of one's own caseload or unit that are due by a day."""
    actor = guard.actor()
    if "participant" in query:
        items = worklists.checks_of(by=actor, participant=query["participant"])
        return {"items": items, "more": False}
    items, more = worklists.due_checks(by=actor, on=query.get("due"))
    return {"items": items, "more": more}


@blueprint.route("/<uuid:check_id>/answer", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(CheckAnswerSchema)
@blueprint.answers(200, CheckSchema)
def answer(given: dict[str, Any], check_id: UUID) -> Any:
    """Say how work goes; at day 30 it is whether the work lasted a month. A repeat is harmless."""
    row = outcomes.answer(
        by=guard.actor(), id=check_id, given=given, expected=expected_version(required=False)
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:check_id>/answer", methods=["DELETE"])
@access(CHANGE_PARTICIPANTS)
@blueprint.answers(200, CheckSchema)
def take_back(check_id: UUID) -> Any:
    """Take back an answer, and that nobody was reached today. A repeat is harmless."""
    row = outcomes.take_back(
        by=guard.actor(), id=check_id, expected=expected_version(required=False)
    )
    return row, 200, etag(row["version"])
