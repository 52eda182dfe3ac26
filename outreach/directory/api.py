"""The directory, for programs and tablets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import ADMINISTER, SIGNED_IN, access
from outreach.directory import service
from outreach.directory.schemas import (
    DirectoryQuerySchema,
    EntryChangeSchema,
    EntryListSchema,
    EntrySchema,
    NewEntrySchema,
    RetirementSchema,
)
from outreach.foundation.http import ApiBlueprint, etag, expected_version

blueprint = ApiBlueprint(
    "directory_api",
    __name__,
    url_prefix="/api/v1/directory",
    description="Teams and places to send people to.",
)


@blueprint.route("", methods=["GET"])
@access(SIGNED_IN)
@blueprint.reads(DirectoryQuerySchema, location="query")
@blueprint.answers(200, EntryListSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List what is shown today, or what helps with one need."""
    return {"items": service.entries(need=query.get("need")), "next": None}


@blueprint.route("/<uuid:entry_id>", methods=["GET"])
@access(SIGNED_IN)
@blueprint.answers(200, EntrySchema)
def show(entry_id: UUID) -> Any:
    """Answer one entry, also a retired one."""
    row = service.entry(id=entry_id)
    return row, 200, etag(row["version"])


@blueprint.route("", methods=["POST"])
@access(ADMINISTER)
@blueprint.reads(NewEntrySchema)
@blueprint.also_answers(200, EntrySchema, description="A repeat: the entry as it stands.")
@blueprint.answers(201, EntrySchema)
def create(given: dict[str, Any]) -> Any:
    """Add an entry, checked today."""
    row, created = service.create_entry(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("/<uuid:entry_id>", methods=["PATCH"])
@access(ADMINISTER)
@blueprint.reads(EntryChangeSchema)
@blueprint.answers(200, EntrySchema)
def change(given: dict[str, Any], entry_id: UUID) -> Any:
    """Change what an entry says. Needs If-Match."""
    row = service.change_entry(
        by=guard.actor(), id=entry_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:entry_id>/check", methods=["POST"])
@access(ADMINISTER)
@blueprint.answers(200, EntrySchema)
def check(entry_id: UUID) -> Any:
    """Say that all of an entry was checked today."""
    row = service.check_entry(
        by=guard.actor(), id=entry_id, expected=expected_version(required=False)
    )
    return row, 200, etag(row["version"])


@blueprint.route("/<uuid:entry_id>/retire", methods=["POST"])
@access(ADMINISTER)
@blueprint.reads(RetirementSchema)
@blueprint.answers(200, EntrySchema)
def retire(given: dict[str, Any], entry_id: UUID) -> Any:
    """Set the last day on which an entry is shown."""
    row = service.retire_entry(
        by=guard.actor(),
        id=entry_id,
        given=given,
        expected=expected_version(required=False),
    )
    return row, 200, etag(row["version"])
