"""Changing who somebody is and how they are reached, with nothing typed ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts import service as accounts
from outreach.accounts.pages import own_address
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, access
from outreach.foundation import clock
from outreach.foundation.errors import N_, OutreachError, Stale
from outreach.foundation.forms import Refusal, refusal_of, typed, version_read
from outreach.participants import service as participants
from outreach.participants import wording as known_words
from outreach.sites import service as sites

blueprint = Blueprint("caseload_change_pages", __name__)

# The fields of the form: their labels in the order of the page.
LABELS = {
    "given_name": N_("Förnamn, eller vad personen vill kallas"),
    "family_name": N_("Efternamn"),
    "number": N_("Personnummer eller samordningsnummer"),
    "birth_date": N_("Födelsedatum"),
    "language": N_("Språk"),
    "interpreter": N_("Tolk"),
    "phone": N_("Telefon"),
    "email": N_("E-post"),
    "by_sms": N_("SMS"),
    "by_call": N_("Ringa"),
    "by_email": N_("Skriva e-post"),
    "allowed": N_("Vad är tillåtet när vi ringer?"),
    "safe_hours": N_("Säkra tider"),
    "protected": N_("Skyddade personuppgifter"),
    "named_workers": N_("Vilka får veta?"),
}
_TEXTS = (
    "given_name", "family_name", "number", "birth_date", "language", "interpreter", "phone",
    "email",
)  # fmt: skip
_WAYS = ("sms", "call", "email")
_ALLOWED = ("leave_message", "say_where_from", "shared_phone")
_ALLOWED_LABELS = {
    "leave_message": N_("Lämna meddelande"),
    "say_where_from": N_("Säga varifrån vi ringer"),
    "shared_phone": N_("Fler använder telefonen"),
}
_ANSWERS = {"yes": N_("Ja"), "no": N_("Nej"), "unknown": N_("Inte frågat")}


@blueprint.get("/deltagare/<uuid:participant_id>/andra")
@access(CHANGE_PARTICIPANTS)
def edit(participant_id: UUID) -> str:
    """Show the form, filled in with what stands."""
    row = participants.participant(by=guard.actor(), id=participant_id)
    return _form(row, _as_typed(row))


@blueprint.post("/deltagare/<uuid:participant_id>/andra")
@access(CHANGE_PARTICIPANTS)
def do_change(participant_id: UUID) -> Any:
    """Keep what was changed; or ask again, with what is wrong or what stands by now."""
    actor = guard.actor()
    given = typed(
        [*_TEXTS, *(f"by_{way}" for way in _WAYS), "safe_hours", "protected"],
        lists=["allowed", "named_workers"],
    )
    try:
        participants.change_participant(
            by=actor, id=participant_id, expected=version_read(), given=_as_said(given)
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        if not refusal.errors and not isinstance(error, Stale):
            raise
        row = participants.participant(by=actor, id=participant_id)
        stale = isinstance(error, Stale)
        # Whoever was told of another's change has read it, and may save over it.
        version = row["version"] if stale else request.form.get("version")
        differing = _differing(given, _as_typed(row)) if stale else []
        return _form(row, given, refusal, version=version, differing=differing), refusal.status
    flash(gettext("Sparat."), "success")
    there = _then() or url_for("caseload_pages.person", participant_id=participant_id)
    return redirect(there, 303)


def _then() -> str:
    """Return the page that somebody came from to write something down, if one was named."""
    return own_address(request.values.get("next", ""))


def _as_typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a participant as the form holds one."""
    preference = row["contact_preference"]
    # A number tells the birth date by itself, and another number another one.
    born = None if row["number"] else row["birth_date"]
    return {
        **{name: row[name] for name in _TEXTS},
        "number": known_words.number(row["number"]),
        "phone": known_words.phone(row["phone"]),
        "birth_date": born and born.isoformat(),
        **{f"by_{way}": preference.get(way, "unknown") for way in _WAYS},
        "allowed": [name for name in _ALLOWED if preference.get(name)],
        "safe_hours": preference.get("safe_hours"),
        "protected": "yes" if row["protected"] else "no",
        "named_workers": [str(each) for each in row["named_workers"]],
    }


def _as_said(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as a change of the participant."""
    protected = given["protected"] == "yes"
    said = {
        **{name: given[name] for name in _TEXTS},
        "contact_preference": {
            **{way: given[f"by_{way}"] or "unknown" for way in _WAYS},
            **{name: name in given["allowed"] for name in _ALLOWED},
            "safe_hours": given["safe_hours"],
        },
        "protected": protected,
    }
    return said | ({"named_workers": given["named_workers"]} if protected else {})


def _differing(given: Mapping[str, Any], stands: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return each field that says another thing than what stands by now, in words."""
    return [
        {"label": gettext(label), "typed": _word(name, given), "stands": _word(name, stands)}
        for name, label in LABELS.items()
        if _word(name, given) != _word(name, stands)
    ]


def _word(name: str, form: Mapping[str, Any]) -> str:
    value, lists, language = form[name], sites.code_lists(), str(get_locale())
    if not value or (name == "named_workers" and form["protected"] != "yes"):
        return "–"
    if name == "named_workers":
        known = accounts.names_of([UUID(each) for each in value if _is_id(each)])
        return ", ".join(sorted(known.values()))
    if name == "allowed":
        return ", ".join(gettext(_ALLOWED_LABELS[each]) for each in _ALLOWED if each in value)
    if name in {"language", "interpreter"}:
        listed = "talk_language" if name == "language" else name
        return lists.label(listed, value, language)
    if name.startswith("by_") or name == "protected":
        return str(gettext(_ANSWERS.get(value, value)))
    return str(value)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _form(
    row: Mapping[str, Any],
    given: Mapping[str, Any],
    refusal: Refusal | None = None,
    *,
    version: object = None,
    differing: list[dict[str, str]] | None = None,
) -> str:
    actor = guard.actor()
    staff = accounts.colleagues(committee=row["owner_committee"])
    return render_template(
        "caseload/change.html",
        person={"participant_id": row["id"], **row},
        version=version or row["version"],
        then=_then(),
        given=given,
        named=given["named_workers"] or [str(actor.id)],
        staff=[{"code": str(each), "label": name} for each, name in staff.items()],
        languages=_listed("talk_language"),
        interpreters=_listed("interpreter"),
        answers=_labelled(_ANSWERS),
        allowed=_labelled(_ALLOWED_LABELS),
        yes_no=_labelled({code: _ANSWERS[code] for code in ("no", "yes")}),
        labels={name: gettext(label) for name, label in LABELS.items()},
        differing=differing or [],
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _listed(name: str) -> list[dict[str, str]]:
    language = str(get_locale())
    return [
        {"code": choice.code, "label": choice.label(language)}
        for choice in sites.code_lists().offered(name, clock.today())
    ]


def _labelled(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "label": gettext(label)} for code, label in words.items()]
