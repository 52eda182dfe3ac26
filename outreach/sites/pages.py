"""Code lists (`/kodlistor`) and places (`/platser`), for the administrator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import ADMINISTER, COMMITTEE_NAMES, COMMITTEES, access
from outreach.foundation import clock
from outreach.foundation.errors import N_, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, version_read, without_blanks
from outreach.sites import lists, places, service
from outreach.sites.codelists import ACTIVITIES, CLOSED_LISTS, Choice, is_needed

blueprint = Blueprint("sites_pages", __name__)

_NAMES = {
    "activity": N_("Verksamhet"),
    "age_band": N_("Ålder"),
    "closing_result": N_("Hur stödperioden slutade"),
    "contact_result": N_("Resultat"),
    "contact_type": N_("Typ av kontakt"),
    "first_time": N_("Första gången"),
    "gender": N_("Kön"),
    "income_source": N_("Inkomst"),
    "interpreter": N_("Tolk"),
    "occupation": N_("Sysselsättning"),
    "origin": N_("Varifrån personen kom"),
    "route_in": N_("Kontaktväg"),
    "talk_language": N_("Språk"),
    "target": N_("Hänvisning och team"),
    "topic": N_("Ämnen"),
    "void_reason": N_("Skäl att ta bort en kontakt"),
}
_CHANGEABLE = ("label_sv", "label_en", "position", "valid_from", "valid_to")


@blueprint.get("/kodlistor")
@access(ADMINISTER)
def code_lists() -> str:
    """Show which lists there are."""
    kept, today = service.code_lists(), clock.today()
    shown = [
        {
            "name": name,
            "label": _name_of(name),
            "closed": name in CLOSED_LISTS,
            "offered": len(list(kept.offered(name, today))),
            "retired": len([choice for choice in kept.all(name) if _is_over(choice, today)]),
        }
        for name in kept.names
        if name != lists.SITES
    ]
    return render_template("sites/code_lists.html", lists=shown)


@blueprint.get("/kodlistor/<list_name>")
@access(ADMINISTER)
def code_list(list_name: str) -> str:
    """Show one list, and the form of a new code where the list is open."""
    return _list_page(list_name)


@blueprint.post("/kodlistor/<list_name>")
@access(ADMINISTER)
def add_code(list_name: str) -> Any:
    """Add a code to a list; a site too, which is a code of its own list."""
    given = typed(("code", *_CHANGEABLE))
    try:
        lists.add_code(by=guard.actor(), list=list_name, given=_with_numbers(given))
    except OutreachError as error:
        refusal = refusal_of(error)
        page = _new_site_page if list_name == lists.SITES else _list_page
        return page(list_name, given, refusal), refusal.status
    flash(gettext("”%(label)s” finns nu att välja.", label=given["label_sv"]), "success")
    return redirect(_address_of(list_name), 303)


@blueprint.get("/kodlistor/<list_name>/<code>")
@access(ADMINISTER)
def edit_code(list_name: str, code: str) -> str:
    """Show a code's form."""
    return _code_page(list_name, code)


@blueprint.post("/kodlistor/<list_name>/<code>")
@access(ADMINISTER)
def change_code(list_name: str, code: str) -> Any:
    """Change a code's labels, order or days."""
    given = typed(_CHANGEABLE)
    # On a change, an emptied required field is a fault; an emptied last day is "no last day".
    sent = {name: given[name] or "" for name in ("label_sv", "label_en", "valid_from")}
    sent |= _with_numbers({"position": given["position"]})
    try:
        lists.change_code(
            by=guard.actor(),
            list=list_name,
            code=code,
            expected=version_read(),
            given=sent | {"valid_to": given["valid_to"]},
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        return _code_page(list_name, code, given, refusal), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(_address_of(list_name), 303)


@blueprint.post("/kodlistor/<list_name>/<code>/avsluta")
@access(ADMINISTER)
def retire_code(list_name: str, code: str) -> Any:
    """Take a code out of what can be chosen, from now on."""
    try:
        lists.retire_code(by=guard.actor(), list=list_name, code=code, expected=version_read())
    except OutreachError as error:
        refusal = refusal_of(error)
        return _code_page(list_name, code, refusal=refusal), refusal.status
    flash(gettext("Koden går inte längre att välja. Det som redan är sparat har den kvar."), "info")
    return redirect(_address_of(list_name), 303)


@blueprint.get("/platser")
@access(ADMINISTER)
def site_list() -> str:
    """Show the sites, and who answers for what there."""
    kept, language = service.code_lists(), str(get_locale())
    duties: dict[str, list[dict[str, Any]]] = {}
    for row in places.duties(by=guard.actor()):
        duties.setdefault(row.site, []).append(_duty_shown(row, language))
    return render_template(
        "sites/places.html",
        sites=[
            {**_choice_shown(lists.SITES, choice), "duties": duties.get(choice.code, [])}
            for choice in kept.all(lists.SITES)
        ],
    )


@blueprint.get("/platser/ny")
@access(ADMINISTER)
def new_site() -> str:
    """Show the empty form of a new site."""
    return _new_site_page()


@blueprint.get("/platser/ansvar/ny")
@access(ADMINISTER)
def new_duty() -> str:
    """Show the form by which a committee is made to answer for an activity at a site."""
    today = clock.today().isoformat()
    given = {"id": uuid4(), "site": request.args.get("plats"), "valid_from": today}
    return _duty_page(given | {"identity_recorded": True})


@blueprint.post("/platser/ansvar")
@access(ADMINISTER)
def add_duty() -> Any:
    """Let a committee answer for an activity at a site."""
    given = typed(("id", "site", "activity", "committee", "valid_from", "valid_to"))
    try:
        places.add_duty(by=guard.actor(), given=without_blanks(given) | _decided())
    except OutreachError as error:
        refusal = refusal_of(error)
        return _duty_page(given | _decided(), refusal), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("sites_pages.site_list"), 303)


@blueprint.get("/platser/ansvar/<uuid:duty_id>")
@access(ADMINISTER)
def edit_duty(duty_id: UUID) -> str:
    """Show the form of a duty's last day."""
    return _duty_end_page(duty_id)


@blueprint.post("/platser/ansvar/<uuid:duty_id>")
@access(ADMINISTER)
def end_duty(duty_id: UUID) -> Any:
    """Set the last day on which a committee answers for an activity at a site."""
    given = typed(("valid_to",))
    try:
        places.end_duty(by=guard.actor(), id=duty_id, given=given)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _duty_end_page(duty_id, given, refusal), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("sites_pages.site_list"), 303)


@blueprint.post("/platser/ansvar/<uuid:duty_id>/identitet")
@access(ADMINISTER)
def decide_identity(duty_id: UUID) -> Any:
    """Set what the committee has decided: whether people may be written down by name here."""
    try:
        places.decide_identity(by=guard.actor(), id=duty_id, given=_decided())
    except OutreachError as error:
        refusal = refusal_of(error)
        return _duty_end_page(duty_id, refusal=refusal), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("sites_pages.site_list"), 303)


def _decided() -> dict[str, bool]:
    """Return what a form says of names; nothing where nothing was chosen."""
    said = request.form.get("identity_recorded")
    return {"identity_recorded": said == "yes"} if said in {"yes", "no"} else {}


def _list_page(
    list_name: str, given: Mapping[str, Any] | None = None, refusal: Refusal | None = None
) -> str:
    kept = service.code_lists()
    if list_name not in kept.names or list_name == lists.SITES:
        abort(404)
    return render_template(
        "sites/code_list.html",
        name=list_name,
        label=_name_of(list_name),
        closed=list_name in CLOSED_LISTS,
        choices=[_choice_shown(list_name, choice) for choice in kept.all(list_name)],
        given=given or {"valid_from": clock.today().isoformat()},
        **_told(refusal),
    )


def _new_site_page(
    _: str = lists.SITES, given: Mapping[str, Any] | None = None, refusal: Refusal | None = None
) -> str:
    return render_template(
        "sites/new_site.html",
        given=given or {"valid_from": clock.today().isoformat()},
        **_told(refusal),
    )


def _code_page(
    list_name: str,
    code: str,
    given: Mapping[str, Any] | None = None,
    refusal: Refusal | None = None,
) -> str:
    kept = service.code_lists()
    found = [choice for choice in kept.all(list_name) if choice.code == code]
    if not found:
        abort(404)
    return render_template(
        "sites/code.html",
        name=list_name,
        label=gettext("Platser") if list_name == lists.SITES else _name_of(list_name),
        back=_address_of(list_name),
        choice=_choice_shown(list_name, found[0]),
        given={**_choice_shown(list_name, found[0]), **(given or {})},
        revision=request.form.get("version", kept.revision),
        **_told(refusal),
    )


def _duty_page(given: Mapping[str, Any], refusal: Refusal | None = None) -> str:
    kept, language, today = service.code_lists(), str(get_locale()), clock.today()
    return render_template(
        "sites/duty.html",
        given=given,
        sites=[
            {"code": choice.code, "label": choice.label(language)}
            for choice in kept.all(lists.SITES)
            if not _is_over(choice, today)
        ],
        activities=[
            {"code": code, "label": kept.label("activity", code, language)} for code in ACTIVITIES
        ],
        committees=[{"code": code, "label": gettext(COMMITTEE_NAMES[code])} for code in COMMITTEES],
        **_told(refusal),
    )


def _duty_end_page(
    duty_id: UUID, given: Mapping[str, Any] | None = None, refusal: Refusal | None = None
) -> str:
    language = str(get_locale())
    duty = _duty_shown(places.duty(by=guard.actor(), id=duty_id), language)
    place = service.code_lists().label(lists.SITES, duty["site"], language)
    return render_template(
        "sites/duty_end.html", duty={**duty, "place": place, **(given or {})}, **_told(refusal)
    )


def _told(refusal: Refusal | None) -> dict[str, Any]:
    return {
        "errors": refusal.errors if refusal else None,
        "message": refusal.message if refusal else None,
    }


def _choice_shown(list_name: str, choice: Choice) -> dict[str, Any]:
    order = [known.code for known in service.code_lists().all(list_name)]
    return {
        "code": choice.code,
        "label": choice.label(str(get_locale())),
        "label_sv": choice.label_sv,
        "label_en": choice.label_en,
        "position": order.index(choice.code),
        "valid_from": choice.valid_from,
        "valid_to": choice.valid_to,
        "over": _is_over(choice, clock.today()),
        "needed": is_needed(list_name, choice.code),
    }


def _duty_shown(duty: Any, language: str) -> dict[str, Any]:
    return {
        "id": duty.id,
        "site": duty.site,
        "activity": service.code_lists().label("activity", duty.activity, language),
        "committee": gettext(COMMITTEE_NAMES[duty.committee]),
        "valid_from": duty.valid_from,
        "valid_to": duty.valid_to,
        "identity_recorded": duty.identity_recorded,
        "over": duty.valid_to is not None and duty.valid_to < clock.today(),
    }


def _with_numbers(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed without empty fields, the position as the number that it is."""
    sent = without_blanks(dict(given))
    if str(sent.get("position", "")).isdecimal():
        sent["position"] = int(sent["position"])
    return sent


def _name_of(list_name: str) -> str:
    """Return a list's name in words; lists of features to come are called by their code."""
    return gettext(_NAMES[list_name]) if list_name in _NAMES else list_name


def _is_over(choice: Choice, today: date) -> bool:
    return choice.valid_to is not None and choice.valid_to < today


def _address_of(list_name: str) -> str:
    if list_name == lists.SITES:
        return url_for("sites_pages.site_list")
    return url_for("sites_pages.code_list", list_name=list_name)
