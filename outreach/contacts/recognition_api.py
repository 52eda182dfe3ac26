"""Recognition codes, for programs and tablets."""

from __future__ import annotations

from typing import Any

from outreach.accounts import guard
from outreach.accounts.permissions import LOG_CONTACTS, READ_THREADS, access
from outreach.contacts import recognition_codes
from outreach.contacts.schemas import CodeSchema, LookupSchema, NewCodeSchema, ThreadSchema
from outreach.foundation.http import ApiBlueprint, etag

blueprint = ApiBlueprint(
    "recognition_api",
    __name__,
    url_prefix="/api/v1/recognition-codes",
    description="Words that let a visitor without a name be recognised; nothing in them is theirs.",
)


@blueprint.route("", methods=["POST"])
@access(LOG_CONTACTS)
@blueprint.reads(NewCodeSchema)
@blueprint.also_answers(200, CodeSchema, description="A repeat: the same code.")
@blueprint.answers(201, CodeSchema)
def create(given: dict[str, Any]) -> Any:
    """Make a code to hand out. A repeat with the same id is answered 200 with the same code."""
    row, made = recognition_codes.make_code(by=guard.actor(), given=given)
    return row, 201 if made else 200, etag(row["version"])


@blueprint.route("/lookup", methods=["POST"])
@access(READ_THREADS)
@blueprint.reads(LookupSchema)
@blueprint.answers(200, ThreadSchema)
def look_up(given: dict[str, Any]) -> dict[str, Any]:
    """Answer a code's thread; the code is sent in the body, so that no address holds it."""
    return recognition_codes.look_up(by=guard.actor(), given=given)
