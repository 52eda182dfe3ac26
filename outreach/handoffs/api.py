"""Handoffs, for programs: begun, sent, answered, and all that follows, by whose turn it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import (
    CHANGE_PARTICIPANTS,
    FOLLOW_RECEIVED,
    HAND_OVER,
    READ_HANDOFFS,
    READ_PARTICIPANTS,
    access,
)
from outreach.foundation.http import ApiBlueprint, cursor_at, etag, expected_version, instant_and_id
from outreach.handoffs import acting, own_facts, service, worklists
from outreach.handoffs.lifecycle import Action
from outreach.handoffs.schemas import (
    CompletionSchema,
    DeclineSchema,
    FirstMeetingSchema,
    HandoffChangeSchema,
    HandoffListSchema,
    HandoffPreviewSchema,
    HandoffQuerySchema,
    HandoffSchema,
    IpsSchema,
    NewHandoffSchema,
    NewMessageSchema,
    NotCompletedSchema,
    NothingSchema,
    OsaSchema,
    ReceivedHandoffSchema,
    ReturnSchema,
    WithdrawalSchema,
)

blueprint = ApiBlueprint(
    "handoffs_api",
    __name__,
    url_prefix="/api/v1/handoffs",
    description="People who go on to another team, or come from one.",
)


@blueprint.route("", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(NewHandoffSchema)
@blueprint.also_answers(200, HandoffSchema, description="A repeat: the handoff as it stands.")
@blueprint.answers(201, HandoffSchema)
def create(given: dict[str, Any]) -> Any:
    """Begin a handoff: a draft, or of somebody who comes to us, one that waits for our answer."""
    row, created = service.begin(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("", methods=["GET"])
@access(READ_HANDOFFS)
@blueprint.reads(HandoffQuerySchema, location="query")
@blueprint.answers(200, HandoffListSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List what comes (`in`) or goes (`out`), the one that has waited longest first."""
    cursor, box = query.pop("cursor", None), query.pop("box")
    after = instant_and_id(cursor) if cursor else None
    listing = worklists.coming if box == "in" else worklists.going
    rows = listing(by=guard.actor(), after=after, **query)
    last = rows[-1] if len(rows) == query["limit"] else None
    onward = cursor_at(last["place"], last["id"]) if last else None
    return {"items": rows, "next": onward}


@blueprint.route("/<uuid:handoff_id>", methods=["GET"])
@access(READ_HANDOFFS)
@blueprint.answers(200, ReceivedHandoffSchema)
def show(handoff_id: UUID) -> Any:
    """Answer one handoff, as far as the reader may know."""
    row = service.handoff(by=guard.actor(), id=handoff_id)
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:handoff_id>", methods=["PATCH"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(HandoffChangeSchema)
@blueprint.answers(200, HandoffSchema)
def change(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Change what is to be sent, before it is. Needs If-Match."""
    row = service.change(
        by=guard.actor(), id=handoff_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:handoff_id>/preview", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, HandoffPreviewSchema)
def preview(handoff_id: UUID) -> Any:
    """Answer what would be sent now, and what stands against it."""
    row = service.preview(by=guard.actor(), id=handoff_id)
    return row, 200, etag(row["version"])


def _do(handoff_id: UUID, action: Action, given: dict[str, Any]) -> Any:
    row = acting.act(
        by=guard.actor(),
        id=handoff_id,
        action=action,
        given=given,
        expected=expected_version(required=False),
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:handoff_id>/send", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(HandoffChangeSchema)
@blueprint.answers(200, HandoffSchema)
def send(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Send it. What the person has not said yes to is 409 `consent-missing`."""
    return _do(handoff_id, "send", given)


@blueprint.route("/<uuid:handoff_id>/return", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(ReturnSchema)
@blueprint.answers(200, HandoffSchema)
def send_back(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Send it back for what is missing."""
    return _do(handoff_id, "return", given)


@blueprint.route("/<uuid:handoff_id>/accept", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(NothingSchema)
@blueprint.answers(200, HandoffSchema)
def accept(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Say yes: the team takes the person on."""
    return _do(handoff_id, "accept", given)


@blueprint.route("/<uuid:handoff_id>/decline", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(DeclineSchema)
@blueprint.answers(200, HandoffSchema)
def decline(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Say no, and why."""
    return _do(handoff_id, "decline", given)


@blueprint.route("/<uuid:handoff_id>/start", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(NothingSchema)
@blueprint.answers(200, HandoffSchema)
def start(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Say that it has begun."""
    return _do(handoff_id, "start", given)


@blueprint.route("/<uuid:handoff_id>/first-meeting", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(FirstMeetingSchema)
@blueprint.answers(200, HandoffSchema)
def first_meeting(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Say how it goes with the first meeting of all three."""
    return _do(handoff_id, "first-meeting", given)


@blueprint.route("/<uuid:handoff_id>/complete", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(CompletionSchema)
@blueprint.answers(200, HandoffSchema)
def complete(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Say what came of it."""
    return _do(handoff_id, "complete", given)


@blueprint.route("/<uuid:handoff_id>/not-complete", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(NotCompletedSchema)
@blueprint.answers(200, HandoffSchema)
def not_complete(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Say why it ended without what it was for."""
    return _do(handoff_id, "not-complete", given)


@blueprint.route("/<uuid:handoff_id>/withdraw", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(WithdrawalSchema)
@blueprint.answers(200, HandoffSchema)
def withdraw(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Take it back: the team sees no more than that it was withdrawn."""
    return _do(handoff_id, "withdraw", given)


@blueprint.route("/<uuid:handoff_id>/take-in", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(NothingSchema)
@blueprint.answers(200, HandoffSchema)
def take_in(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Say that it is seen to: nothing more is needed, or the team knows that it was taken back."""
    del given
    row = service.take_in(by=guard.actor(), id=handoff_id)
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:handoff_id>/osa", methods=["PATCH"])
@access(FOLLOW_RECEIVED)
@blueprint.reads(OsaSchema)
@blueprint.answers(200, ReceivedHandoffSchema)
def set_osa(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Write what OSA follows: decisions, pauses, employment. Needs If-Match."""
    row = own_facts.set_osa(
        by=guard.actor(), id=handoff_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:handoff_id>/ips", methods=["PATCH"])
@access(FOLLOW_RECEIVED)
@blueprint.reads(IpsSchema)
@blueprint.answers(200, ReceivedHandoffSchema)
def set_ips(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Write what Jobbteamet follows: the specialist, the first employer. Needs If-Match."""
    row = own_facts.set_ips(
        by=guard.actor(), id=handoff_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:handoff_id>/messages", methods=["POST"])
@access(HAND_OVER)
@blueprint.reads(NewMessageSchema)
@blueprint.answers(200, HandoffSchema)
def write(given: dict[str, Any], handoff_id: UUID) -> Any:
    """Write to the other side; a repeat of the same message is harmless."""
    return _do(handoff_id, "message", given)
