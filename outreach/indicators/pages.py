"""Figures and nights, for people."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import (
    ADMINISTRATOR,
    READ_FIGURES,
    READ_JOBS,
    RUN_NIGHT,
    SUPERVISOR,
    access,
)
from outreach.foundation.errors import N_, Fault, OutreachError, RuleBroken
from outreach.foundation.forms import refusal_of
from outreach.foundation.periods import Period, period_of
from outreach.foundation.problems import body_of
from outreach.foundation.spreadsheets import csv_file
from outreach.indicators import night, service, wording
from outreach.indicators.api import threshold
from outreach.indicators.figures_file import file_rows
from outreach.indicators.periods import (
    out_of_bounds,
)
from outreach.sites import service as sites

blueprint = Blueprint("indicators_pages", __name__)


@blueprint.get("/siffror")
@access(READ_FIGURES)
def figures() -> Any:
    """Show the figures of a period: the chosen one, else the latest that is settled."""
    by = guard.actor()
    choices = service.open_periods(by=by)
    chosen, answer = choices[0] if choices else None, None
    problem, errors = None, {}
    raw = _wants_raw()
    try:
        chosen = _chosen() or chosen
        if chosen is not None:
            answer = service.figures(by=by, period=chosen, threshold=threshold(), raw=raw)
    except OutreachError as error:
        problem, errors = body_of(error), refusal_of(error).errors
    page = render_template(
        "indicators/figures.html",
        choices=[{"code": str(period), "label": wording.title_of(period)} for period in choices],
        chosen=str(chosen) if chosen else None,
        title=wording.title_of(chosen) if chosen else None,
        given=request.args,
        raw=raw,
        may_see_raw=service.may_see_raw(by),
        errors=errors,
        problem=problem,
        **_content(answer, chosen, raw=raw),
    )
    return page, problem["status"] if problem else 200


def _content(answer: Any, chosen: Period | None, *, raw: bool) -> dict[str, Any]:
    """Return what a page shows of an answer; nothing when there is none."""
    if answer is None or chosen is None:
        return {"answer": None}
    tables = wording.breakdowns_of(answer, sites.code_lists())
    return {
        "answer": answer,
        "as_of": wording.instant(answer["data_as_of"]),
        "figures": wording.figures_of(answer),
        "tables": tables,
        "chart": wording.chart_of(tables),
        "internal": service.is_internal(by=guard.actor(), period=chosen, raw=raw),
        "threshold": threshold(),
    }


@blueprint.get("/siffror.csv")
@access(READ_FIGURES)
def figures_file() -> Response:
    """Hand out the figures of a period as a file."""
    by, raw = guard.actor(), _wants_raw()
    period = _chosen()
    if period is None:
        raise RuleBroken(faults=[Fault("/period", N_("Välj en period."))])
    answer = service.handed_out(by=by, period=period, threshold=threshold(), raw=raw)
    internal = service.is_internal(by=by, period=period, raw=raw)
    rows = list(file_rows(answer, period, sites.code_lists(), internal=internal))
    return csv_file(rows, f"siffror-{period.first}-{period.last}")


def _wants_raw() -> bool:
    return request.args.get("raw") == "true"


def _chosen() -> Period | None:
    """Return the period that the form names, None when it names none. Raises RuleBroken."""
    listed, first, last = (request.args.get(name, "") for name in ("period", "from", "to"))
    if not (listed or first or last):
        return None
    if first or last:
        return _between(first, last)
    try:
        return period_of(listed)
    except ValueError as error:
        raise RuleBroken(faults=[Fault("/period", N_("Välj en period i listan."))]) from error


def _between(first: str, last: str) -> Period:
    days, faults = [], []
    for name, text in (("from", first), ("to", last)):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            faults.append(Fault(f"/{name}", N_("Skriv datum som 2026-01-15.")))
    if faults:
        raise RuleBroken(faults=faults)
    if days[1] < days[0]:
        raise RuleBroken(faults=[Fault("/to", N_("Sista dagen är före den första."))])
    period = Period(*days)
    if faults := [Fault(f"/{end}", told) for end, told in out_of_bounds(period)]:
        raise RuleBroken(faults=faults)
    return period


@blueprint.get("/natten")
@access(READ_JOBS)
def nights() -> Any:
    """Show the latest nights, and the days that were found counted wrong."""
    by = guard.actor()
    return render_template(
        "indicators/nights.html",
        runs=night.runs(by=by),
        faults=night.faults(by=by) if by.has(SUPERVISOR) else [],
        may_order=by.has(ADMINISTRATOR),
        day=wording.day,
        instant=wording.instant,
        states={
            "running": gettext("Pågår"),
            "done": gettext("Klar"),
            "failed": gettext("Avbruten"),
        },
    )


@blueprint.post("/natten")
@access(RUN_NIGHT)
def order_night() -> Any:
    """Order a night now."""
    night.order(by=guard.actor())
    flash(gettext("Beställt. Räkningen syns i listan när den har börjat."), "success")
    return redirect(url_for("indicators_pages.nights"), 303)
