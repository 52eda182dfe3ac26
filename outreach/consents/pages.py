"""*Får vi berätta?*: what a person has said yes to, asking, the receipts, and what runs out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.pages import own_address
from outreach.accounts.permissions import (
    CHANGE_PARTICIPANTS,
    COMMITTEE_NAMES,
    READ_PARTICIPANTS,
    access,
)
from outreach.consents import consent_texts, rules, service
from outreach.foundation import clock
from outreach.foundation.errors import N_, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks
from outreach.sites import service as sites

blueprint = Blueprint("consents_pages", __name__)

_TYPED = ("id", "to_team", "purpose", "valid_from", "valid_to", "form", "language", "text_version")
# Where to go when the person has answered: an address of ours, or none.
_ONWARD = "then"
_TICKED = ("categories", "back")
_FORMS = {"oral": N_("Muntligt"), "written": N_("Skriftligt")}
_STATES = {
    "coming": N_("Gäller inte än"),
    "valid": N_("Gäller"),
    "expired": N_("Har gått ut"),
    "withdrawn": N_("Tillbakatagen"),
}
# How long is suggested; the person may want it longer or shorter.
_SUGGESTED = timedelta(days=182)


@blueprint.get("/far-vi-beratta")
@access(READ_PARTICIPANTS)
def ending() -> str:
    """Show what runs out within 30 days, for one's own participants or the unit's."""
    rows, more = service.ending_soon(by=guard.actor())
    today = clock.today()
    shown = [row | {"days": (row["valid_to"] - today).days} for row in rows]
    return render_template("consents/ending.html", rows=shown, more=more)


@blueprint.get("/deltagare/<uuid:participant_id>/beratta")
@access(READ_PARTICIPANTS)
def of_participant(participant_id: UUID) -> str:
    """Show what a person has said yes to, and taken back."""
    actor = guard.actor()
    person = service.asked(by=actor, participant=participant_id)
    rows = service.consents_of(by=actor, participant=participant_id)
    return render_template(
        "consents/consents.html", person=person, consents=[_worded(row) for row in rows]
    )


@blueprint.get("/deltagare/<uuid:participant_id>/beratta/ny")
@access(CHANGE_PARTICIPANTS)
def ask(participant_id: UUID) -> str:
    """Show the form: everything is off until the person says yes to it."""
    return question_about(participant_id)


def question_about(participant_id: UUID, *, then: str = "", **begun: Any) -> str:
    """Show the form with what is begun in it, for pages of the features above.

    `begun` is of the form's own fields; `then` the page to go on to when the person has answered.
    """
    today = clock.today()
    given = {
        "id": uuid4(),
        "text_version": consent_texts.newest(),
        "language": consent_texts.offered(consent_texts.newest())[0].language,
        "valid_from": today,
        "valid_to": today + _SUGGESTED,
    }
    return _form(participant_id, given | begun, then=then)


@blueprint.post("/deltagare/<uuid:participant_id>/beratta")
@access(CHANGE_PARTICIPANTS)
def give(participant_id: UUID) -> Any:
    """Show the text as it will read, change what was filled in, or write the person's yes down."""
    given = typed(_TYPED, lists=_TICKED)
    given["language"] = request.form.get("show_in") or given["language"]
    step = request.form.get("step")
    if step == "change":
        return _form(participant_id, given, then=_then())
    actor = guard.actor()
    sent = without_blanks(given) | {
        "participant_id": str(participant_id),
        "from_committee": actor.committee or "",
    }
    try:
        if step != "save":
            facts = service.try_consent(by=actor, given=sent)
            return _question(facts, given)
        row, _ = service.give_consent(by=actor, given=sent)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _form(participant_id, given, refusal, then=_then()), refusal.status
    flash(gettext("Sparat. Ge personen kvittot, eller låt personen fota skärmen."), "success")
    there = url_for("consents_pages.receipt", consent_id=row["id"], then=_then() or None)
    return redirect(there, 303)


def _then() -> str:
    """Return where the form said to go when the person has answered, if it did."""
    return own_address(request.values.get(_ONWARD, ""))


@blueprint.get("/beratta/<uuid:consent_id>")
@access(READ_PARTICIPANTS)
def receipt(consent_id: UUID) -> str:
    """Show the person's receipt: of the yes, or of taking it back."""
    row = service.consent(by=guard.actor(), id=consent_id)
    which = "withdrawn" if row["withdrawn_at"] else "given"
    return render_template(
        "consents/receipt.html",
        consent=_worded(row),
        letter=service.letter(which, row),
        then=_then(),
    )


@blueprint.get("/beratta/<uuid:consent_id>/ta-tillbaka")
@access(CHANGE_PARTICIPANTS)
def take_back(consent_id: UUID) -> Any:
    """Ask whether it is to be taken back, and tell what follows."""
    row = service.consent(by=guard.actor(), id=consent_id)
    if row["withdrawn_at"]:
        return redirect(url_for("consents_pages.receipt", consent_id=consent_id), 303)
    return render_template("consents/take_back.html", consent=_worded(row))


@blueprint.post("/beratta/<uuid:consent_id>/ta-tillbaka")
@access(CHANGE_PARTICIPANTS)
def do_take_back(consent_id: UUID) -> Any:
    """Take it back, and show the receipt."""
    service.withdraw(by=guard.actor(), id=consent_id)
    flash(gettext("Tillbakataget. Inget mer berättas från och med nu."), "success")
    return redirect(url_for("consents_pages.receipt", consent_id=consent_id), 303)


def _form(
    participant_id: UUID,
    given: Mapping[str, Any],
    refusal: Refusal | None = None,
    *,
    then: str = "",
) -> str:
    actor, words = guard.actor(), consent_texts.labels(_language())
    return render_template(
        "consents/ask.html",
        person=service.asked(by=actor, participant=participant_id),
        given=given,
        then=then,
        teams=[
            {"code": team.code, "label": team.label(_language())}
            for team in sites.code_lists().offered("target", clock.today())
        ],
        categories=_labelled(words, "categories", rules.CATEGORIES),
        back=_labelled(words, "back", rules.BACK),
        forms=[{"code": code, "label": gettext(label)} for code, label in _FORMS.items()],
        languages=[
            {"code": text.language, "label": text.name}
            for text in consent_texts.offered(consent_texts.newest())
        ],
        committee=gettext(COMMITTEE_NAMES[actor.committee]) if actor.committee else None,
        longest=rules.LONGEST_PURPOSE,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _question(facts: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Show the text with everything filled in, in the language that was chosen."""
    fields = [(name, given[name]) for name in _TYPED]
    fields += [(name, code) for name in _TICKED for code in given[name]]
    fields += [(_ONWARD, _then())] if _then() else []
    return render_template(
        "consents/question.html",
        person=facts,
        then=_then(),
        letter=service.letter("question", facts),
        fields=fields,
        language=facts["language"],
        written=facts["form"] == "written",
        languages=[
            {"code": text.language, "label": text.name}
            for text in consent_texts.offered(facts["text_version"])
        ],
    )


def _labelled(
    words: consent_texts.ConsentText, kind: str, codes: tuple[str, ...]
) -> list[dict[str, str]]:
    return [{"code": code, "label": words.label(kind, code)} for code in codes]


def _worded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a consent with words for its codes, in the language of the page."""
    words = consent_texts.labels(_language())
    form, state = _FORMS[row["form"]], _STATES[row["state"]]
    return {
        **row,
        "team": sites.code_lists().label("target", row["to_team"], _language()),
        "categories": [words.label("categories", code) for code in row["categories"]],
        "back": [words.label("back", code) for code in row["back"]],
        "form": gettext(form),
        "state_label": gettext(state),
        "given_on": clock.local(row["given_at"]).date(),
    }


def _language() -> str:
    return str(get_locale())
