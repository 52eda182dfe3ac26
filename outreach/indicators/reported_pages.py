"""What others count for the committees' figures (`/siffror/underlag`): typed, pasted, fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from outreach.accounts import guard
from outreach.accounts.permissions import REPORT_FIGURES, access
from outreach.foundation import clock
from outreach.foundation.errors import N_, Fault, NotFound, OutreachError, RuleBroken
from outreach.foundation.forms import refusal_of
from outreach.foundation.periods import Period, is_a_year
from outreach.foundation.problems import body_of
from outreach.indicators import periods, wording
from outreach.indicators.definitions import DEFINITIONS
from outreach.reported import fetching, figures
from outreach.reported.measures import FIGURES
from outreach.reported.pasted import COLUMNS, MOST_ROWS, NAMES, rows_of

blueprint = Blueprint("reported_pages", __name__)

# Before the activity began there are whole years alone, for comparing over time.
_EARLIEST_YEAR = 2010
# How an Excel file begins: it is a ZIP archive.
_ZIP = b"PK\x03\x04"


@dataclass(slots=True)
class FormRow:
    """One row of the form: its id, what was typed in it, and what is wrong with that."""

    id: str
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, str]:
        """What the row says, as a service reads it: an empty field says nothing."""
        return {"id": self.id, **{name: text for name, text in self.typed.items() if text}}


@blueprint.get("/siffror/underlag")
@access(REPORT_FIGURES)
def given() -> Any:
    """Show what has been given, and the forms for more."""
    return _page([_empty_row()])


@blueprint.post("/siffror/underlag")
@access(REPORT_FIGURES)
def save() -> Any:
    """Save the rows of the form; those that cannot be saved are shown again, marked."""
    return _saved(list(_typed_rows()) or [_empty_row()])


@blueprint.post("/siffror/underlag/rader")
@access(REPORT_FIGURES)
def paste() -> Any:
    """Save rows that are pasted or lie in a file; those that cannot be are shown as a form."""
    text = request.form.get("pasted", "")
    try:
        text = _file() or text
        named = {name: gettext(called) for name, called in NAMES.items()}
        found = rows_of(text, named)
    except OutreachError as error:
        refusal = refusal_of(error)
        page = _page([_empty_row()], pasted=text, errors=refusal.errors, message=refusal.message)
        return page, refusal.status
    # The same rows sent once more have the same ids: a double tap saves them once.
    batch = _uuid(request.form.get("batch", ""))
    usual = {name: request.form.get(f"usual-{name}", "") for name in ("period", "source")}
    return _saved(
        [
            FormRow(str(uuid5(batch, str(number))), {**usual, **row})
            for number, row in enumerate(found)
        ]
    )


@blueprint.post("/siffror/underlag/kolada")
@access(REPORT_FIGURES)
def fetch() -> Any:
    """Ask Kolada for KN3 to KN5."""
    try:
        told = fetching.fetch(by=guard.actor())
    except OutreachError as error:
        body = body_of(error)
        flash(f"{body['title']}. {body['detail']}", "warning")
        return _back()
    flash(
        gettext(
            "Från Kolada: %(new)s nya, %(changed)s ändrade, %(unchanged)s som förut,"
            " %(withdrawn)s borttagna.",
            new=told.new,
            changed=told.changed,
            unchanged=told.unchanged,
            withdrawn=told.withdrawn,
        ),
        "success",
    )
    return _back()


@blueprint.get("/siffror/underlag/<uuid:figure_id>")
@access(REPORT_FIGURES)
def edit(figure_id: UUID) -> Any:
    """Show one value in a form, to be put right."""
    there = figures.figure(by=guard.actor(), id=figure_id)
    return _edit_page(figure_id, FormRow(str(uuid4()), _as_typed(there)))


@blueprint.post("/siffror/underlag/<uuid:figure_id>")
@access(REPORT_FIGURES)
def correct(figure_id: UUID) -> Any:
    """Let what is typed take the place of a value."""
    row = next(_typed_rows(), None)
    if row is None:
        raise NotFound
    try:
        figures.correct(by=guard.actor(), id=figure_id, given=row.given)
    except OutreachError as error:
        refusal = refusal_of(error)
        row.errors = refusal.errors
        return _edit_page(figure_id, row, refusal.message), refusal.status
    flash(gettext("Ändrat."), "success")
    return _back()


@blueprint.post("/siffror/underlag/<uuid:figure_id>/ta-bort")
@access(REPORT_FIGURES)
def withdraw(figure_id: UUID) -> Any:
    """Let a value stand no longer."""
    figures.withdraw(by=guard.actor(), id=figure_id)
    flash(gettext("Borttaget."), "success")
    return _back()


def _back() -> Any:
    return redirect(url_for("reported_pages.given"), 303)


def _saved(rows: Sequence[FormRow]) -> Any:
    """Save rows and lead back; where some cannot be saved, show those."""
    outcomes = figures.report_all(by=guard.actor(), items=[row.given for row in rows])
    wrong = []
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome.error is not None:
            refusal = refusal_of(outcome.error)
            row.errors = refusal.errors or {"figure": refusal.message or ""}
            wrong.append(row)
    kept = len(rows) - len(wrong)
    told = ngettext("%(num)s värde sparat.", "%(num)s värden sparade.", kept)
    if not wrong:
        flash(told, "success")
        return _back()
    errors = {
        f"rows-{number}-{name}": message
        for number, row in enumerate(wrong)
        for name, message in row.errors.items()
    }
    return _page(wrong, errors=errors, saved=told if kept else None), 422


def _typed_rows() -> Iterator[FormRow]:
    """Yield the rows of the form, as many as are read at once."""
    for number in range(MOST_ROWS):
        row_id = request.form.get(f"rows-{number}-id")
        if row_id is None:
            return
        typed = {name: request.form.get(f"rows-{number}-{name}", "").strip() for name in COLUMNS}
        yield FormRow(row_id, typed)


def _file() -> str:
    """Return the text of the file that was chosen; nothing when none was. Raises RuleBroken."""
    chosen = request.files.get("file")
    held = chosen.read() if chosen else b""
    if held.startswith(_ZIP):
        detail = N_("Det är en Excelfil. Spara den som CSV, eller kopiera cellerna och klistra in.")
        raise RuleBroken(faults=[Fault("/file", detail)])
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel writes on Windows when it is not asked for UTF-8; every byte is some letter.
        return held.decode("cp1252", errors="replace")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _empty_row() -> FormRow:
    choices = _periods()
    return FormRow(str(uuid4()), {"period": choices[0]["code"] if choices else ""})


def _as_typed(there: Mapping[str, Any]) -> dict[str, str]:
    said = {name: "" if there[name] is None else str(there[name]) for name in COLUMNS}
    return said | {"value": said["value"].replace(".", ",")}


def _periods() -> list[dict[str, str]]:
    """Return the periods to choose from: those of the committees, then whole years before."""
    listed = [each for each in periods.listed(clock.today()) if periods.is_cumulative(each)]
    years = range(periods.FIRST_YEAR - 1, _EARLIEST_YEAR - 1, -1)
    listed += [Period(date(year, 1, 1), date(year, 12, 31)) for year in years]
    return [{"code": str(each), "label": _title(each)} for each in listed]


def _title(period: Period) -> str:
    return str(period.first.year) if is_a_year(period) else wording.title_of(period)


def _names() -> list[dict[str, str]]:
    titles = {each.code: each.title for each in DEFINITIONS}
    return [{"code": code, "label": f"{code} {gettext(titles[code])}"} for code in FIGURES]


def _page(
    rows: Sequence[FormRow],
    *,
    pasted: str = "",
    errors: Mapping[str, str] | None = None,
    message: str | None = None,
    saved: str | None = None,
) -> str:
    there = figures.standing(by=guard.actor(), figures=FIGURES)
    return render_template(
        "indicators/given.html",
        there={code: [row for row in there if row["figure"] == code] for code in FIGURES},
        pasted=pasted,
        batch=uuid4(),
        errors=errors or {},
        message=message,
        saved=saved,
        **_of_the_form(rows),
    )


def _edit_page(figure_id: UUID, row: FormRow, message: str | None = None) -> str:
    errors = {f"rows-0-{name}": told for name, told in row.errors.items()}
    return render_template(
        "indicators/given_edit.html",
        figure_id=figure_id,
        errors=errors,
        message=message,
        **_of_the_form([row]),
    )


def _of_the_form(rows: Sequence[FormRow]) -> dict[str, Any]:
    choices = _periods()
    listed = {each["code"] for each in choices}
    others = {row.typed.get("period", "") for row in rows} - listed - {""}
    return {
        "rows": rows,
        "names": _names(),
        "columns": [(name, gettext(NAMES[name])) for name in COLUMNS],
        # What was pasted and is none of ours stands in its list all the same, to be changed.
        "periods": [*({"code": each, "label": each} for each in sorted(others)), *choices],
        "title_of": _title,
        "decimal": wording.decimal,
        "instant": wording.instant,
    }
