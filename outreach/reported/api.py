"""Figures that are counted elsewhere, for programs."""

from __future__ import annotations

from typing import Any

from outreach.accounts import guard
from outreach.accounts.permissions import REPORT_FIGURES, access
from outreach.foundation.http import ApiBlueprint
from outreach.reported import figures
from outreach.reported.schemas import NewReportedFigureSchema, ReportedFigureSchema

blueprint = ApiBlueprint(
    "reported_api",
    __name__,
    url_prefix="/api/v1/indicators",
    description="Values of figures that are counted elsewhere.",
)


@blueprint.route("", methods=["POST"])
@access(REPORT_FIGURES)
@blueprint.reads(NewReportedFigureSchema)
@blueprint.also_answers(200, ReportedFigureSchema, description="A repeat: the value as it stands.")
@blueprint.answers(201, ReportedFigureSchema)
def create(given: dict[str, Any]) -> Any:
    """Take in one value: a share's numerator and denominator, or a value."""
    row, created = figures.report(by=guard.actor(), given=given)
    return row, 201 if created else 200
