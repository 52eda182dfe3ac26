"""Frozen reports, for people: the list, freezing, and a report as a page."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import FREEZE_FIGURES, READ_FIGURES, SUPERVISOR, access
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks
from outreach.indicators import wording
from outreach.indicators.api import threshold
from outreach.publications import service
from outreach.publications.api import file_response
from outreach.publications.tables_file import FrozenLabels

blueprint = Blueprint("publications_pages", __name__)

_FIELDS = ("id", "period", "dnr", "note")


@blueprint.get("/siffror/faststallda")
@access(READ_FIGURES)
def index() -> str:
    """Show every frozen report, and to those who may the form that freezes another."""
    return _list({"id": str(uuid4())})


@blueprint.post("/siffror/faststallda")
@access(FREEZE_FIGURES)
def freeze() -> Any:
    """Freeze a period."""
    given = typed(_FIELDS)
    try:
        row, _ = service.freeze(
            by=guard.actor(), given=without_blanks(given), threshold=threshold()
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        return _list(given, refusal), refusal.status
    flash(gettext("Fastställt. Siffrorna ändras inte mer."), "success")
    return redirect(url_for("publications_pages.show", publication_id=row["id"]), 303)


@blueprint.get("/siffror/faststallda/<uuid:publication_id>")
@access(READ_FIGURES)
def show(publication_id: UUID) -> str:
    """Show a frozen report."""
    row, document, labels = service.publication(by=guard.actor(), id=publication_id)
    tables = wording.breakdowns_of(document, FrozenLabels(labels))
    return render_template(
        "publications/publication.html",
        publication=row,
        title=wording.title_of(row["period"]),
        document=document,
        as_of=wording.instant(document["data_as_of"]),
        frozen_at=wording.instant(row["frozen_at"]),
        figures=wording.figures_of(document),
        tables=tables,
        chart=wording.chart_of(tables),
        threshold=document["disclosure"]["k"],
        internal=False,
    )


@blueprint.get("/siffror/faststallda/<uuid:publication_id>.json")
@access(READ_FIGURES)
def as_json(publication_id: UUID) -> Response:
    """Hand out a frozen report as a document."""
    return file_response(publication_id, "json")


@blueprint.get("/siffror/faststallda/<uuid:publication_id>.csv")
@access(READ_FIGURES)
def as_csv(publication_id: UUID) -> Response:
    """Hand out a frozen report as a table."""
    return file_response(publication_id, "csv")


def _list(given: dict[str, Any], refusal: Refusal | None = None) -> str:
    by = guard.actor()
    may_freeze = by.has(SUPERVISOR)
    return render_template(
        "publications/publications.html",
        publications=service.publications(by=by),
        may_freeze=may_freeze,
        choices=[
            {"code": str(period), "label": wording.title_of(period)}
            for period in (service.periods_to_freeze(by=by) if may_freeze else ())
        ],
        given=given,
        errors=refusal.errors if refusal else {},
        message=refusal.message if refusal else None,
        title_of=wording.title_of,
        instant=wording.instant,
    )
