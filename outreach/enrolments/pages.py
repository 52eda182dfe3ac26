"""The pages of enrolments (`/stodperiod`): what stands, filling in, passing on, closing; a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.enrolments import reading, rules, service, wording, worklists
from outreach.foundation import clock
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, version_read, without_blanks
from outreach.foundation.problems import body_of

blueprint = Blueprint("enrolments_pages", __name__)

Row = dict[str, Any]
Form = Mapping[str, Any]

_BEFORE = (
    "route_in", "origin", "occupation_before", "occupation_before_extent", "income_before",
)  # fmt: skip
_NUMBERS = ("extent", "occupation_before_extent", "occupation_after_extent")


@blueprint.get("/stodperiod")
@access(READ_PARTICIPANTS)
def lists() -> str:
    """Show whom nobody has met for long."""
    silent, more = worklists.without_contact(by=guard.actor())
    return render_template(
        "enrolments/worklists.html",
        silent=[row | {"told": wording.silence(row)} for row in silent],
        more=more,
        most=reading.MOST_SHOWN,
    )


@blueprint.get("/stodperiod/<uuid:enrolment_id>")
@access(READ_PARTICIPANTS)
def show(enrolment_id: UUID) -> str:
    """Show what stands of an enrolment, and the forms of what can be done with it."""
    return _page(enrolment_id)


@blueprint.post("/stodperiod/<uuid:enrolment_id>")
@access(CHANGE_PARTICIPANTS)
def fill_in(enrolment_id: UUID) -> Any:
    """Keep how somebody came and what was before."""
    form = _typed_facts(_BEFORE, "before")
    # An emptied way in is a fault, all else may be unsaid again.
    given = _facts(form, "before") | {"route_in": form["route_in"] or ""}
    return _done(
        lambda: service.change_enrolment(
            by=guard.actor(), id=enrolment_id, expected=version_read(), given=given
        ),
        lambda refusal: _page(enrolment_id, form, refusal),
        gettext("Sparat."),
        url_for("enrolments_pages.show", enrolment_id=enrolment_id),
    )


@blueprint.post("/stodperiod/<uuid:enrolment_id>/ansvarig")
@access(CHANGE_PARTICIPANTS)
def give(enrolment_id: UUID) -> Any:
    """Let another worker be responsible; whoever gave away may not read the person any more."""
    form = typed(("worker", "reason"))
    return _done(
        lambda: service.give_to(
            by=guard.actor(),
            id=enrolment_id,
            expected=version_read(),
            given=without_blanks(form),
        ),
        lambda refusal: _page(enrolment_id, form, refusal),
        gettext("Personen har en ny ansvarig."),
        url_for("enrolments_pages.lists"),
    )


@blueprint.get("/stodperiod/<uuid:enrolment_id>/avsluta")
@access(CHANGE_PARTICIPANTS)
def closing(enrolment_id: UUID) -> str:
    """Ask how it ended, then what belongs to that; once closed, the same form corrects it."""
    return _closing_page(enrolment_id, request.args.get("resultat"))


@blueprint.post("/stodperiod/<uuid:enrolment_id>/avsluta")
@access(CHANGE_PARTICIPANTS)
def close(enrolment_id: UUID) -> Any:
    """Close the enrolment, or correct how it ended."""
    form = _typed_facts(("closing_result", "closed_on", *rules.CLOSING[2:]), "after")
    result = form["closing_result"] or ""
    given = _closing_facts(form, result)
    act = service.change_enrolment if request.form.get("correcting") else service.close_enrolment
    return _done(
        lambda: act(by=guard.actor(), id=enrolment_id, expected=version_read(), given=given),
        lambda refusal: _closing_page(enrolment_id, result, form, refusal),
        gettext("Sparat.")
        if request.form.get("correcting")
        else gettext("Stödperioden är avslutad. Ingen är ansvarig för personen längre."),
        url_for("enrolments_pages.show", enrolment_id=enrolment_id)
        if request.form.get("correcting")
        else url_for("enrolments_pages.lists"),
    )


@blueprint.post("/stodperiod/<uuid:enrolment_id>/manad")
@access(CHANGE_PARTICIPANTS)
def answer_month(enrolment_id: UUID) -> Any:
    """Keep whether the work lasted a month."""
    form = typed(("lasted_one_month",))
    return _done(
        lambda: service.change_enrolment(
            by=guard.actor(),
            id=enrolment_id,
            expected=version_read(),
            given={"lasted_one_month": form["lasted_one_month"] or ""},
        ),
        lambda refusal: _page(enrolment_id, form, refusal),
        gettext("Sparat."),
        url_for("enrolments_pages.show", enrolment_id=enrolment_id),
    )


@blueprint.post("/stodperiod/<uuid:enrolment_id>/ny")
@access(CHANGE_PARTICIPANTS)
def begin_again(enrolment_id: UUID) -> Any:
    """Let somebody whose enrolment has ended begin a new one."""
    form = typed(("id", "new_route_in"))
    whose = reading.enrolment(by=guard.actor(), id=enrolment_id)["participant_id"]
    given = {"id": form["id"], "participant_id": str(whose), "route_in": form["new_route_in"]}
    return _done(
        lambda: service.begin_enrolment(by=guard.actor(), given=without_blanks(given)),
        lambda refusal: _page(enrolment_id, form, _of_the_new_one(refusal)),
        gettext("En ny stödperiod har börjat."),
        url_for("enrolments_pages.show", enrolment_id=form["id"] or enrolment_id),
    )


def _of_the_new_one(refusal: Refusal) -> Refusal:
    """Return the refusal with its faults at the fields of the new enrolment."""
    return replace(refusal, errors={f"new_{name}": told for name, told in refusal.errors.items()})


def _done(
    act: Callable[[], object], again: Callable[[Refusal], str], told: str, onward: str
) -> Any:
    """Do something and go on, or show the form again with what was typed and what is wrong."""
    try:
        act()
    except OutreachError as error:
        if error.faults:
            refusal = Refusal(refusal_of(error).status, _errors_of(error))
        else:
            refusal = refusal_of(error)
        return again(refusal), refusal.status
    flash(told, "success")
    return redirect(onward, 303)


def _errors_of(error: OutreachError) -> dict[str, str]:
    """Return each fault at its own field: two parts of one form are an extent, each of its own."""
    told: dict[str, str] = {}
    for fault in body_of(error)["errors"]:
        parts = [part for part in fault["pointer"].split("/") if part and not part.isdecimal()]
        told.setdefault("_".join(part for part in parts if part != "code"), fault["detail"])
    return told


def _typed_facts(names: tuple[str, ...], when: str) -> Row:
    """Return what was typed; the main income is chosen by itself, the others are ticked."""
    own = tuple(name for name in names if not name.startswith("income_"))
    more = f"more_income_{when}"
    return typed((*own, f"occupation_{when}_extent", f"income_{when}"), lists=(more,))


def _facts(form: Form, when: str) -> Row:
    """Return what was typed as a service reads it."""
    numbers = {name: _number(form[name]) for name in _NUMBERS if name in form}
    said = {name: value for name, value in form.items() if not name.startswith("more_")} | numbers
    code, extent = said[f"occupation_{when}"], said.pop(f"occupation_{when}_extent")
    said[f"occupation_{when}"] = None
    if code or extent:
        said[f"occupation_{when}"] = without_blanks({"code": code, "extent": extent})
    main = said[f"income_{when}"]
    others = [code for code in form[f"more_income_{when}"] if code != main]
    said[f"income_{when}"] = ([main] if main else []) + others
    return said


def _closing_facts(form: Form, result: str) -> Row:
    """Return what was typed that belongs to the result; what the form did not ask is unsaid."""
    said = _facts(form, "after") | {"closing_result": result, "closed_on": form["closed_on"] or ""}
    if said["funded"] in {"yes", "no"}:
        said["funded"] = said["funded"] == "yes"
    return said


def _number(text: str | None) -> object:
    """Return a text as the number that it is, or as it is; the service says what is wrong."""
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 9 else text  # noqa: PLR2004 - no number here is nearly as long


def _page(enrolment_id: UUID, form: Form | None = None, refusal: Refusal | None = None) -> str:
    row = reading.enrolment(by=guard.actor(), id=enrolment_id)
    given = _as_form(row, "before") | {"version": _version(row, refusal), "new_id": uuid4()}
    return render_template(
        "enrolments/enrolment.html",
        enrolment=row,
        opening=wording.opening_lines(row),
        ending=wording.closing_lines(row) if row["closed_on"] else None,
        missing=wording.missing(row),
        given=given | dict(form or {}),
        asks_month=row["lasted_one_month"] is not None,
        routes=wording.choices("route_in", row["route_in"]),
        origins=wording.choices("origin", row["origin"]),
        workers=[
            {"code": str(worker), "label": name}
            for worker, name in row["colleagues"].items()
            if row["responsible"] is None or worker != row["responsible"]["id"]
        ],
        reasons=wording.chosen(wording.REASONS),
        answers=wording.chosen(wording.LASTED),
        **_situation_choices(row, "before"),
        **_told(refusal, (*_BEFORE, "worker", "reason", "lasted_one_month", "new_route_in")),
    )


def _closing_page(
    enrolment_id: UUID,
    result: str | None,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> str:
    row = reading.enrolment(by=guard.actor(), id=enrolment_id)
    known = result if result in rules.GROUPS else None
    given = _as_form(row, "after") | {"version": _version(row, refusal)}
    given["closed_on"] = given["closed_on"] or clock.today().isoformat()
    return render_template(
        "enrolments/closing.html",
        enrolment=row,
        correcting=row["closed_on"] is not None,
        results=wording.results(),
        result=known and {"code": known, "label": wording.label_of("closing_result", known)},
        asked=rules.facts_of(known) if known else (),
        given=given | dict(form or {}) | {"closing_result": known},
        answers=wording.chosen(wording.LASTED),
        proofs=wording.chosen(wording.VERIFIED_BY),
        **_situation_choices(row, "after"),
        **_told(refusal, (*rules.CLOSING, "occupation_after_extent")),
    )


def _version(row: Row, refusal: Refusal | None) -> object:
    """Return the version that the form was made from; what was stale is shown anew beside it."""
    if refusal is None or refusal.status == HTTPStatus.PRECONDITION_FAILED:
        return row["version"]
    return request.form.get("version", row["version"])


def _as_form(row: Row, when: str) -> Row:
    """Return what stands as the forms show it."""
    occupation = row[f"occupation_{when}"] or {"code": None, "extent": None}
    incomes = row[f"income_{when}"] or [None]
    funded = {True: "yes", False: "no", None: None}[row["funded"]]
    return row | {
        "funded": funded,
        f"occupation_{when}": occupation["code"],
        f"occupation_{when}_extent": occupation["extent"],
        f"income_{when}": incomes[0],
        f"more_income_{when}": incomes[1:],
    }


def _situation_choices(row: Row, when: str) -> Row:
    occupation = row[f"occupation_{when}"] or {"code": None}
    kept = row[f"income_{when}"] or ()
    incomes = wording.choices("income_source", *kept)
    return {
        "occupations": wording.choices("occupation", occupation["code"]),
        "incomes": incomes,
        "more_incomes": [each for each in incomes if each["code"] not in rules.ALONE],
    }


def _told(refusal: Refusal | None, names: tuple[str, ...]) -> Row:
    return {
        "labels": wording.labels(*names),
        "errors": (refusal.errors or None) if refusal else None,
        "message": refusal.message if refusal else None,
    }
