"""Contacts, for programs and tablets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_CONTACTS, LOG_CONTACTS, READ_CONTACTS, access
from outreach.contacts import service
from outreach.contacts.recording import Outcome
from outreach.contacts.schemas import (
    BatchAnswerSchema,
    BatchSchema,
    ContactListSchema,
    ContactQuerySchema,
    ContactSchema,
    CorrectionSchema,
    NewContactSchema,
    VoidSchema,
)
from outreach.foundation.http import (
    ApiBlueprint,
    cursor_at,
    etag,
    expected_version,
    instant_and_id,
)
from outreach.foundation.problems import body_of
from outreach.foundation.schemas import read

blueprint = ApiBlueprint(
    "contacts_api",
    __name__,
    url_prefix="/api/v1/contacts",
    description="One encounter at one time and place; nobody is named.",
)
_batch = BatchSchema()


@blueprint.route("", methods=["POST"])
@access(LOG_CONTACTS)
@blueprint.reads(NewContactSchema)
@blueprint.also_answers(200, ContactSchema, description="A repeat: the contact as it stands.")
@blueprint.answers(201, ContactSchema)
def create(given: dict[str, Any]) -> Any:
    """Record a contact. A repeat with the same id is answered 200 with the row as it stands."""
    row, created = service.record_contact(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("/batch", methods=["POST"])
@access(LOG_CONTACTS)
@blueprint.reads(BatchSchema)
@blueprint.answers(200, BatchAnswerSchema)
def create_batch(given: dict[str, Any]) -> dict[str, Any]:
    """Record up to 200 contacts; the answer says of each, in order, what became of it."""
    items = read(_batch, given)["items"]
    outcomes = service.record_contacts(by=guard.actor(), items=items)
    return {"items": [_batch_item(outcome) for outcome in outcomes]}


def _batch_item(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        problem = body_of(outcome.error)
        return {"id": outcome.id, "status": problem["status"], "problem": problem}
    status = 201 if outcome.created else 200
    return {"id": outcome.id, "status": status, "version": outcome.version}


@blueprint.route("", methods=["GET"])
@access(READ_CONTACTS)
@blueprint.reads(ContactQuerySchema, location="query")
@blueprint.answers(200, ContactListSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the contacts of one's sites, latest first."""
    cursor = query.pop("cursor", None)
    after = instant_and_id(cursor) if cursor else None
    rows = service.contacts(by=guard.actor(), after=after, **query)
    last = rows[-1] if len(rows) == query["limit"] else None
    onward = cursor_at(last["occurred_at"], last["id"]) if last else None
    return {"items": rows, "next": onward}


@blueprint.route("/<uuid:contact_id>", methods=["GET"])
@access(READ_CONTACTS)
@blueprint.answers(200, ContactSchema)
def show(contact_id: UUID) -> Any:
    """Answer one contact."""
    row = service.contact(by=guard.actor(), id=contact_id)
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:contact_id>", methods=["PATCH"])
@access(CHANGE_CONTACTS)
@blueprint.reads(CorrectionSchema)
@blueprint.answers(200, ContactSchema)
def correct(given: dict[str, Any], contact_id: UUID) -> Any:
    """Correct a contact; the version before is kept. Needs If-Match."""
    row = service.correct_contact(
        by=guard.actor(), id=contact_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:contact_id>/void", methods=["POST"])
@access(CHANGE_CONTACTS)
@blueprint.reads(VoidSchema)
@blueprint.answers(200, ContactSchema)
def void(given: dict[str, Any], contact_id: UUID) -> Any:
    """Take a contact out of every count; it is kept and shown as voided."""
    row = service.void_contact(
        by=guard.actor(),
        id=contact_id,
        given=given,
        expected=expected_version(required=False),
    )
    return row, 200, etag(row["version"])
