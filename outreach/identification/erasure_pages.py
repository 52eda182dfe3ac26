"""*Radering* for supervisors, and which doors are open, for the administrator (`/namnder`)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import (
    ADMINISTER_IN_PERSON,
    COMMITTEE_NAMES,
    DECIDE_ERASURES,
    access,
)
from outreach.foundation import clock
from outreach.foundation.errors import N_, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, version_read, without_blanks
from outreach.identification import information_texts, overview, regret, wording
from outreach.identification.regret import AlreadyDecided
from outreach.identification.rules import DECISIONS, DOORS, GRANTED, PARTLY, REFUSED

blueprint = Blueprint("erasure_pages", __name__)

Row = dict[str, Any]

_DECISIONS = {
    GRANTED: N_("Ja, radera allt"),
    PARTLY: N_("Delvis"),
    REFUSED: N_("Nej"),
}
_DECIDED = {GRANTED: N_("Beviljad"), PARTLY: N_("Delvis beviljad"), REFUSED: N_("Avslagen")}
_SAID = {
    "number": N_("nummer"),
    "birth_date": N_("födelsedatum"),
    "phone": N_("telefon"),
    "email": N_("e-post"),
    "language": N_("språk"),
    "interpreter": N_("tolk"),
}


@blueprint.get("/radering")
@access(DECIDE_ERASURES)
def requests() -> str:
    """Show what waits for a decision, the most urgent first, and what was decided."""
    waiting, decided = overview.erasure_requests(by=guard.actor())
    return render_template(
        "identification/requests.html",
        waiting=[_shown(row) for row in waiting],
        decided=[_shown(row) for row in decided],
    )


@blueprint.get("/radering/<uuid:request_id>")
@access(DECIDE_ERASURES)
def one(request_id: UUID) -> Any:
    """Show a request with what there is about the person, or the decision that was made."""
    row = overview.erasure_request(by=guard.actor(), id=request_id)
    return _decision(row, row["reason"]) if row["decision"] else _form(row, {})


@blueprint.post("/radering/<uuid:request_id>")
@access(DECIDE_ERASURES)
def decide(request_id: UUID) -> Any:
    """Show the decision as it will read, change it, or make it; the paper is the answer."""
    actor, given = guard.actor(), typed(("decision", "reason"))
    row = overview.erasure_request(by=actor, id=request_id)
    if row["decision"]:
        # Made already, by the first of two taps or by somebody else: that one stands.
        return _decision(row, row["reason"] or given["reason"])
    step = request.form.get("step")
    if step == "change":
        return _form(row, given)
    try:
        if step != "save":
            facts = regret.try_decision(by=actor, id=request_id, given=without_blanks(given))
            return _question(row, facts)
        decided = regret.decide(
            by=actor,
            id=request_id,
            given=without_blanks(given),
            expected=version_read(),
        )
    except AlreadyDecided:
        return redirect(url_for("erasure_pages.one", request_id=request_id), 303)
    except OutreachError as error:
        return _form(row, given, refusal_of(error))
    made = {"decision": decided["decision"], "decided_at": decided["decided_at"]}
    return _decision(row | made | {"decided_by": actor.name}, decided["reason"])


@blueprint.get("/namnder")
@access(ADMINISTER_IN_PERSON)
def committees() -> str:
    """Show which ways back each committee has opened, with the question beside each."""
    return render_template("identification/committees.html", committees=_committees())


@blueprint.post("/namnder/<committee>")
@access(ADMINISTER_IN_PERSON)
def set_doors(committee: str) -> Any:
    """Write down which ways back a committee has decided to open."""
    said = typed(DOORS)
    given = {door: said[door] == "yes" for door in DOORS if said[door] in {"yes", "no"}}
    try:
        regret.set_doors(
            by=guard.actor(), committee=committee, expected=version_read(), given=given
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        page = render_template(
            "identification/committees.html",
            committees=[
                each | (given if each["committee"] == committee else {}) for each in _committees()
            ],
            faulty=committee,
            errors=refusal.errors,
            message=refusal.message,
        )
        return page, refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("erasure_pages.committees"), 303)


def _committees() -> list[Row]:
    rows = regret.all_doors(by=guard.actor())
    names = {code: gettext(name) for code, name in COMMITTEE_NAMES.items()}
    return [row | {"name": names[row["committee"]]} for row in rows]


def _shown(row: Row) -> Row:
    decision = row["decision"]
    return row | {
        "received": wording.instant(row["received_at"]),
        "due_on": wording.day(row["due_on"]),
        "decided": wording.instant(row["decided_at"]) if row["decided_at"] else None,
        "decision_label": gettext(_DECIDED[decision]) if decision else None,
    }


def _form(row: Row, given: Row, refusal: Refusal | None = None) -> Any:
    exists = row["exists"]
    page = render_template(
        "identification/request.html",
        asked=_shown(row) | {"since": wording.instant(row["registered_at"])},
        said=[gettext("namn"), *(gettext(_SAID[name]) for name in exists["said"])]
        if exists
        else [],
        given=given,
        decisions=[{"code": code, "label": gettext(_DECISIONS[code])} for code in DECISIONS],
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )
    return page, refusal.status if refusal else 200


def _question(row: Row, facts: Row) -> str:
    return render_template(
        "identification/decision_question.html",
        asked=_shown(row),
        given=facts,
        granted=facts["decision"] == GRANTED,
        partly=facts["decision"] == PARTLY,
        letter=_letter(row | facts | {"decided_at": None}, facts["reason"], None),
    )


def _decision(row: Row, reason: str | None) -> str:
    language = request.form.get("show_in")
    text = information_texts.text(language)
    return render_template(
        "identification/decision.html",
        asked=_shown(row),
        letter=_letter(row, reason, language),
        reason=reason,
        texts=[{"code": each.language, "label": each.name} for each in information_texts.offered()],
        text=text.language,
    )


def _letter(row: Row, reason: str | None, language: str | None) -> Any:
    """Return the decision on paper; without a reason where that was erased with all the rest."""
    facts = {
        "committee": row["committee"],
        "received": row["received_at"],
        "decided": row["decided_at"] or clock.now(),
        "reason": reason,
    }
    return information_texts.text(language).letter(row["decision"], facts)
