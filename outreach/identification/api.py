"""Becoming known and taking it back, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import (
    ADMINISTER_IN_PERSON,
    CHANGE_PARTICIPANTS,
    DECIDE_ERASURES,
    READ_PARTICIPANTS,
    access,
)
from outreach.foundation.http import ApiBlueprint, etag, expected_version
from outreach.identification import duplicates, later, regret, service
from outreach.identification.schemas import (
    CommitteeDoorsSchema,
    DecisionSchema,
    DoorsListSchema,
    DoorsSchema,
    ErasureRequestListSchema,
    ErasureRequestSchema,
    IdentifiedSchema,
    JoinListSchema,
    JoinSchema,
    LaterLinkListSchema,
    LatestListSchema,
    LinkListSchema,
    NewIdentificationSchema,
    NewJoinSchema,
    NewLinksSchema,
    RegretReceiptSchema,
    RegretSchema,
    SuggestionListSchema,
    WaitingListSchema,
)

blueprint = ApiBlueprint(
    "identification_api",
    __name__,
    url_prefix="/api/v1",
    description="Becoming known by one's own choice, and the ways back.",
)


@blueprint.route("/participants", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(NewIdentificationSchema)
@blueprint.also_answers(200, IdentifiedSchema, description="A repeat: the person as they stand.")
@blueprint.answers(201, IdentifiedSchema)
def identify(given: dict[str, Any]) -> Any:
    """Let a person be known, with the earlier contacts that they chose; opens an enrolment."""
    row, created = service.identify(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("/participants/latest", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, LatestListSchema)
def latest() -> dict[str, Any]:
    """List those of one's own people whom somebody met last, at most twelve."""
    return {"items": service.latest_people(by=guard.actor())}


@blueprint.route("/participants/suggestions", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, WaitingListSchema)
def waiting() -> dict[str, Any]:
    """Count the contacts that wait to be linked to one's own people."""
    return {"items": service.waiting(by=guard.actor())}


@blueprint.route("/participants/later", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, LaterLinkListSchema)
def listed_later() -> dict[str, Any]:
    """List one's own contacts whose person is written down and not known yet, without names."""
    return {"items": later.listed(by=guard.actor())}


@blueprint.route("/participants/<uuid:participant_id>/links", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(NewLinksSchema)
@blueprint.answers(201, LinkListSchema)
def link(given: dict[str, Any], participant_id: UUID) -> dict[str, Any]:
    """Link earlier contacts that the person chose."""
    items = service.link_contacts(by=guard.actor(), id=participant_id, given=given)
    return {"items": items}


@blueprint.route("/participants/<uuid:participant_id>/links/<uuid:link_id>", methods=["DELETE"])
@access(CHANGE_PARTICIPANTS)
@blueprint.answers(204)
def unlink(participant_id: UUID, link_id: UUID) -> None:
    """Let one contact be nobody's again."""
    service.unlink_contact(by=guard.actor(), id=participant_id, link_id=link_id)


@blueprint.route("/participants/<uuid:participant_id>/suggestions", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, SuggestionListSchema)
def suggestions(participant_id: UUID) -> dict[str, Any]:
    """List contacts that may be the person's, and participants who may be the same."""
    return {"items": service.suggestions_for(by=guard.actor(), id=participant_id)}


@blueprint.route(
    "/participants/<uuid:participant_id>/suggestions/<uuid:suggestion_id>/reject",
    methods=["POST"],
)
@access(CHANGE_PARTICIPANTS)
@blueprint.answers(204)
def reject(participant_id: UUID, suggestion_id: UUID) -> None:
    """Turn a suggestion down for good."""
    service.reject_suggestion(by=guard.actor(), id=participant_id, suggestion_id=suggestion_id)


@blueprint.route("/participants/<uuid:participant_id>/same-as", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, JoinListSchema)
def joins(participant_id: UUID) -> dict[str, Any]:
    """List the participants who are the same person."""
    return {"items": duplicates.joins_of(by=guard.actor(), id=participant_id)}


@blueprint.route("/participants/<uuid:participant_id>/same-as", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(NewJoinSchema)
@blueprint.also_answers(200, JoinSchema, description="A repeat: the join as it stands.")
@blueprint.answers(201, JoinSchema)
def join(given: dict[str, Any], participant_id: UUID) -> Any:
    """Say that two participants are one person; nothing of theirs is moved."""
    row, created = duplicates.join(by=guard.actor(), id=participant_id, given=given)
    return row, 201 if created else 200


@blueprint.route("/participants/<uuid:participant_id>/same-as/<uuid:join_id>", methods=["DELETE"])
@access(CHANGE_PARTICIPANTS)
@blueprint.answers(204)
def unjoin(participant_id: UUID, join_id: UUID) -> None:
    """Part two participants again; each is as before."""
    duplicates.unjoin(by=guard.actor(), id=participant_id, join_id=join_id)


@blueprint.route("/participants/<uuid:participant_id>/regret", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(RegretSchema)
@blueprint.answers(200, RegretReceiptSchema)
def go_back(given: dict[str, Any], participant_id: UUID) -> dict[str, Any]:
    """Let the person go back: undo at once, back to a code, or a request to be erased."""
    return regret.regret(by=guard.actor(), id=participant_id, given=given)


@blueprint.route("/erasure-requests", methods=["GET"])
@access(DECIDE_ERASURES)
@blueprint.answers(200, ErasureRequestListSchema)
def requests() -> dict[str, Any]:
    """List the requests of one's committee that wait for a decision, the oldest first."""
    return {"items": regret.open_requests(by=guard.actor())}


@blueprint.route("/erasure-requests/<uuid:request_id>", methods=["GET"])
@access(DECIDE_ERASURES)
@blueprint.answers(200, ErasureRequestSchema)
def request(request_id: UUID) -> Any:
    """Answer one request."""
    row = regret.request(by=guard.actor(), id=request_id)
    return row, 200, etag(row["version"])


@blueprint.route("/erasure-requests/<uuid:request_id>/decide", methods=["POST"])
@access(DECIDE_ERASURES)
@blueprint.reads(DecisionSchema)
@blueprint.answers(200, ErasureRequestSchema)
def decide(given: dict[str, Any], request_id: UUID) -> Any:
    """Decide about a request: granted, partly or refused, with the reason."""
    row = regret.decide(
        by=guard.actor(),
        id=request_id,
        given=given,
        expected=expected_version(required=False),
    )
    return row, 200, etag(row["version"])


@blueprint.route("/doors", methods=["GET"])
@access(ADMINISTER_IN_PERSON)
@blueprint.answers(200, DoorsListSchema)
def doors() -> dict[str, Any]:
    """List which ways back each committee has opened."""
    return {"items": regret.all_doors(by=guard.actor())}


@blueprint.route("/doors/<committee>", methods=["PUT"])
@access(ADMINISTER_IN_PERSON)
@blueprint.reads(DoorsSchema)
@blueprint.answers(200, CommitteeDoorsSchema)
def set_doors(given: dict[str, Any], committee: str) -> Any:
    """Write down which ways back a committee has decided to open. Needs If-Match."""
    row = regret.set_doors(
        by=guard.actor(), committee=committee, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])
