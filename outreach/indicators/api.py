"""Figures and nights, for programs."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import READ_FIGURES, READ_JOBS, RUN_NIGHT, access
from outreach.foundation.http import ApiBlueprint
from outreach.indicators import night, service
from outreach.indicators.schemas import (
    FiguresQuerySchema,
    FiguresSchema,
    JobListSchema,
    OrderedSchema,
)

blueprint = ApiBlueprint(
    "indicators_api",
    __name__,
    url_prefix="/api/v1",
    description="Figures after the disclosure gate, and the nights that count them.",
)


@blueprint.route("/figures", methods=["GET"])
@access(READ_FIGURES)
@blueprint.reads(FiguresQuerySchema, location="query")
@blueprint.answers(200, FiguresSchema)
def figures(query: dict[str, Any]) -> Any:
    """Answer the figures and tables of a period; with `raw=true` nothing is hidden.

    A count that is not 0 is hidden when it is small or would help to work out a small one. Where
    nothing of a table is shown but the total of all, it is withheld, and its zeros are hidden too.
    The header X-Distribution says whether the answer may be passed on (`open`) or is for the
    house alone (`internal`).
    """
    by = guard.actor()
    answer = service.figures(by=by, threshold=threshold(), **query)
    internal = service.is_internal(by=by, **query)
    titled = [_titled(table) for table in answer["tables"]]
    marked = {"X-Distribution": "internal" if internal else "open"}
    return {**answer, "tables": titled}, 200, marked


@blueprint.route("/jobs", methods=["GET"])
@access(READ_JOBS)
@blueprint.answers(200, JobListSchema)
def jobs() -> dict[str, Any]:
    """List the latest runs, newest first."""
    return {"items": night.runs(by=guard.actor()), "next": None}


@blueprint.route("/jobs/nightly", methods=["POST"])
@access(RUN_NIGHT)
@blueprint.answers(202, OrderedSchema)
def order() -> dict[str, Any]:
    """Order a night now; the run appears in the list under this id once the worker begins it.

    When a night is at work already it counts what is there, and no other begins.
    """
    return {"id": night.order(by=guard.actor())}


def _titled(table: dict[str, Any]) -> dict[str, Any]:
    # The title has a name of its own here: whoever gathers texts takes every string in the call.
    title = table["title"]
    return {**table, "title": gettext(title)}


def threshold() -> int:
    """Return below which number a count is hidden."""
    return int(current_app.config["DISCLOSURE_THRESHOLD"])
