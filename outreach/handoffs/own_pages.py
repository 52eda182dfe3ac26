"""The receivers' own pages: OSA by the nearest day, and what each team follows of a handoff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import FOLLOW_RECEIVED, access
from outreach.foundation import ics
from outreach.foundation.errors import Fault, OutreachError
from outreach.foundation.forms import refusal_of, typed, version_read, without_blanks
from outreach.handoffs import own_facts, wording
from outreach.handoffs.pages import page

blueprint = Blueprint("handoffs_own_pages", __name__)

Row = dict[str, Any]

_OSA = ("training_from", "employed_from", "ended_on")
_IPS = (
    "specialist_id", "first_employer_contact_on", "employer_yes_on", "employer_yes_withdrawn_on",
)  # fmt: skip


@blueprint.get("/overlamningar/osa")
@access(FOLLOW_RECEIVED)
def osa() -> str:
    """Show everybody whom OSA follows, by the day that comes next."""
    rows = own_facts.osa_table(by=guard.actor())
    lines = [
        row
        | {
            "who": row["name"] or row["case_number"],
            "next": wording.deadline(row["next"]),
            "words": wording.osa(row["osa"]),
            "meeting": wording.meeting(row["first_meeting"]),
            "state_label": wording.state(row, "receiver"),
        }
        for row in rows
    ]
    has_dates = any(row["osa"]["deadlines"] for row in rows)
    return render_template("handoffs/osa.html", rows=lines, has_dates=has_dates)


@blueprint.get("/overlamningar/osa.ics")
@access(FOLLOW_RECEIVED)
def osa_file() -> Response:
    """Hand out the dates of everybody whom OSA follows as a calendar; the file names no team."""
    events = [wording.calendar_event(row) for row in own_facts.osa_dates(by=guard.actor())]
    return Response(
        ics.calendar_file(gettext("Nästa datum"), events),
        content_type=ics.CONTENT_TYPE,
        headers={"Content-Disposition": 'attachment; filename="datum.ics"'},
    )


@blueprint.post("/overlamningar/<uuid:handoff_id>/osa")
@access(FOLLOW_RECEIVED)
def set_osa(handoff_id: UUID) -> Any:
    """Keep what OSA follows of somebody: the form says all of it."""
    form = typed(_OSA)
    given: Row = {name: form[name] or None for name in _OSA}
    given["decisions"] = _rows("decision", ("from", "to", "answer"))
    given["pauses"] = _rows("pause", ("from", "to"))
    return _keep(handoff_id, given, own_facts.set_osa, wording.osa_faults)


def _rows(prefix: str, names: tuple[str, ...]) -> list[Row]:
    """Return the rows of a form that say anything: each column is a list of its own."""
    columns = [request.form.getlist(f"{prefix}_{name}") for name in names]
    found = [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=False)]
    return [
        {name: said for name, said in row.items() if said}
        for row in found
        if row["from"] or row["to"]
    ]


@blueprint.post("/overlamningar/<uuid:handoff_id>/stod")
@access(FOLLOW_RECEIVED)
def set_ips(handoff_id: UUID) -> Any:
    """Keep what Jobbteamet follows of somebody."""
    form = typed(_IPS)
    return _keep(handoff_id, {name: form[name] or None for name in _IPS}, own_facts.set_ips)


_Named = Callable[[Iterable[Fault]], tuple[dict[str, str], dict[str, str]]]


def _keep(
    handoff_id: UUID,
    given: Mapping[str, Any],
    keep: Callable[..., Row],
    named: _Named | None = None,
) -> Any:
    """Keep what was typed, or ask again with all of it; `named`: at which fields faults stand."""
    try:
        keep(by=guard.actor(), id=handoff_id, expected=version_read(), given=given)
    except OutreachError as error:
        refusal = refusal_of(error)
        if not refusal.errors and not refusal.message:
            raise
        labels: dict[str, str] = {}
        if named is not None and error.faults:
            errors, labels = named(error.faults)
            refusal = replace(refusal, errors=errors)
        return page(handoff_id, given, refusal, labels), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("handoffs_pages.show", handoff_id=handoff_id), 303)


# A longer number is none of those that are asked for.
_MOST_DIGITS = 4


def _number(said: str) -> int | str:
    return int(said) if said.isdecimal() and len(said) <= _MOST_DIGITS else said


@blueprint.post("/overlamningar/ovriga")
@access(FOLLOW_RECEIVED)
def count_elsewhere() -> Any:
    """Keep how many one supports who never came through here."""
    given = without_blanks(typed(("active", "percent")))
    numbers = {name: _number(said) for name, said in given.items()}
    try:
        own_facts.count_elsewhere(by=guard.actor(), given=numbers)
    except OutreachError as error:
        refusal = refusal_of(error)
        if not refusal.errors:
            raise
        flash(next(iter(refusal.errors.values())), "warning")
    else:
        flash(gettext("Sparat."), "success")
    return redirect(url_for("handoffs_pages.boxes"), 303)
