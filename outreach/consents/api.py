"""Secrecy consents, for programs: given, read, taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.consents import service
from outreach.consents.schemas import (
    ConsentListSchema,
    ConsentQuerySchema,
    ConsentSchema,
    NewConsentSchema,
    WithdrawnConsentSchema,
)
from outreach.foundation.http import ApiBlueprint, etag, expected_version

blueprint = ApiBlueprint(
    "consents_api",
    __name__,
    url_prefix="/api/v1/consents",
    description="What may be told about a person, by which committee to which team, until when.",
)


@blueprint.route("", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.reads(ConsentQuerySchema, location="query")
@blueprint.answers(200, ConsentListSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List every consent of a participant, the latest first, also those taken back."""
    return {"items": service.consents_of(by=guard.actor(), **query)}


@blueprint.route("", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.reads(NewConsentSchema)
@blueprint.also_answers(200, ConsentSchema, description="A repeat: the consent as it stands.")
@blueprint.answers(201, ConsentSchema)
def give(given: dict[str, Any]) -> Any:
    """Write down a participant's consent."""
    row, created = service.give_consent(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("/<uuid:consent_id>", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.answers(200, ConsentSchema)
def show(consent_id: UUID) -> Any:
    """Answer one consent."""
    row = service.consent(by=guard.actor(), id=consent_id)
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:consent_id>/withdraw", methods=["POST"])
@access(CHANGE_PARTICIPANTS)
@blueprint.answers(200, WithdrawnConsentSchema)
def withdraw(consent_id: UUID) -> Any:
    """Take a consent back, with the person's receipt; no reason is asked. A repeat is harmless."""
    row = service.withdraw(
        by=guard.actor(), id=consent_id, expected=expected_version(required=False)
    )
    return row, 200, etag(row["version"])
