"""Frozen reports, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from outreach.accounts import guard
from outreach.accounts.permissions import FREEZE_FIGURES, READ_FIGURES, access
from outreach.foundation.http import ApiBlueprint
from outreach.indicators.api import threshold
from outreach.publications import service
from outreach.publications.schemas import (
    NewPublicationSchema,
    PublicationListSchema,
    PublicationSchema,
)

blueprint = ApiBlueprint(
    "publications_api",
    __name__,
    url_prefix="/api/v1/publications",
    description="Reports that are frozen: the figures of a period, for good.",
)

KINDS = {"json": "application/json", "csv": "text/csv"}


@blueprint.route("", methods=["GET"])
@access(READ_FIGURES)
@blueprint.answers(200, PublicationListSchema)
def index() -> dict[str, Any]:
    """List the frozen reports, the latest first."""
    return {"items": service.publications(by=guard.actor()), "next": None}


@blueprint.route("", methods=["POST"])
@access(FREEZE_FIGURES)
@blueprint.reads(NewPublicationSchema)
@blueprint.also_answers(200, PublicationSchema, description="A repeat: the report as it stands.")
@blueprint.answers(201, PublicationSchema)
def create(given: dict[str, Any]) -> Any:
    """Freeze a listed period that is over; once more is another version of what has changed."""
    row, created = service.freeze(by=guard.actor(), given=given, threshold=threshold())
    return row, 201 if created else 200


@blueprint.route("/<uuid:publication_id>.json", methods=["GET"])
@access(READ_FIGURES)
@blueprint.response(200, content_type="application/json")
def as_json(publication_id: UUID) -> Response:
    """Answer a frozen report as a document, the same bytes for ever."""
    return file_response(publication_id, "json")


@blueprint.route("/<uuid:publication_id>.csv", methods=["GET"])
@access(READ_FIGURES)
@blueprint.response(200, content_type="text/csv")
def as_csv(publication_id: UUID) -> Response:
    """Answer a frozen report as a table, the same bytes for ever."""
    return file_response(publication_id, "csv")


def file_response(publication_id: UUID, kind: str) -> Response:
    """Return a frozen report's file as an answer to keep."""
    row, held = service.file_of(by=guard.actor(), id=publication_id, kind=kind)
    name = f"siffror-{row['period'].first}-{row['period'].last}-v{row['version']}.{kind}"
    return Response(
        held,
        mimetype=KINDS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
