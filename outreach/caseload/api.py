"""Caseloads, for programs."""

from __future__ import annotations

from typing import Any

from outreach.accounts import guard
from outreach.accounts.permissions import READ_PARTICIPANTS, access
from outreach.caseload import worklists
from outreach.caseload.schemas import CaseloadQuerySchema, CaseloadSchema
from outreach.foundation.http import ApiBlueprint

blueprint = ApiBlueprint(
    "caseload_api",
    __name__,
    url_prefix="/api/v1/caseload",
    description="Whom somebody is responsible for, and what waits.",
)


@blueprint.route("", methods=["GET"])
@access(READ_PARTICIPANTS)
@blueprint.reads(CaseloadQuerySchema, location="query")
@blueprint.answers(200, CaseloadSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List a caseload: one's own, or that of a worker whose supervisor one is."""
    items, more = worklists.caseload(by=guard.actor(), worker=query.get("worker"))
    return {"items": items, "more": more}
