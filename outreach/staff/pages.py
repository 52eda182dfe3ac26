"""Staff and units (`/personal`), for the administrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import ADMINISTER, COMMITTEE_NAMES, COMMITTEES, ROLES, access
from outreach.foundation import clock
from outreach.foundation.errors import N_, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, version_read, without_blanks
from outreach.sites import service as sites
from outreach.staff import service, units

blueprint = Blueprint("staff_pages", __name__)

_ROLE_NAMES = {
    "caseworker": N_("Handläggare"),
    "supervisor": N_("Enhetschef"),
    "receiver": N_("Mottagare"),
    "analyst": N_("Utredare"),
    "reviewer": N_("Granskare"),
    "administrator": N_("Systemförvaltare"),
}
_TEXTS = ("name", "committee", "unit_id", "team")
_LISTS = ("roles", "sites")


@blueprint.get("/personal")
@access(ADMINISTER)
def users() -> str:
    """Show the staff, those who have left as well when asked for, and the units."""
    search = request.args.get("sok", "").strip()[:200]
    closed = request.args.get("visa") == "avslutade"
    by = guard.actor()
    lists, language = sites.code_lists(), str(get_locale())
    found = [
        {
            "id": user.id,
            "name": user.name,
            "username": user.username,
            "roles": [gettext(_ROLE_NAMES[role]) for role in user.roles],
            "sites": [lists.label("site", site, language) for site in user.sites],
            "committee": user.committee,
            "team": user.team and lists.label("target", user.team, language),
            "resting": _is_resting(user),
        }
        for user in service.users(by=by, search=search, closed=closed)
    ]
    return render_template(
        "staff/users.html", users=found, search=search, closed=closed, units=units.units(by=by)
    )


@blueprint.get("/personal/ny")
@access(ADMINISTER)
def new_user() -> str:
    """Show the empty form of a new person."""
    return _new_form({"id": uuid4(), "roles": [], "sites": []})


@blueprint.post("/personal")
@access(ADMINISTER)
def create_user() -> Any:
    """Add one of the staff."""
    given = typed((*_TEXTS, "id", "username"), lists=_LISTS)
    password = request.form.get("password", "")
    try:
        user = service.create_user(
            by=guard.actor(),
            given=without_blanks(given) | ({"password": password} if password else {}),
            cost=current_app.config["ARGON2"],
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        return _new_form(given, refusal), refusal.status
    flash(gettext("%(name)s kan logga in nu.", name=user.name), "success")
    return redirect(url_for("staff_pages.users"), 303)


@blueprint.get("/personal/<uuid:user_id>")
@access(ADMINISTER)
def edit_user(user_id: UUID) -> str:
    """Show one person: what may be changed, and what may be done with the account."""
    return _user_page(user_id)


@blueprint.post("/personal/<uuid:user_id>")
@access(ADMINISTER)
def change_user(user_id: UUID) -> Any:
    """Change a person's name, roles or places."""
    given = typed(_TEXTS, lists=_LISTS)
    try:
        service.change_user(
            by=guard.actor(),
            id=user_id,
            expected=version_read(),
            given=given | {"name": given["name"] or ""},
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        return _user_page(user_id, given, refusal), refusal.status
    flash(gettext("Sparat. Det gäller från och med nu."), "success")
    return redirect(url_for("staff_pages.users"), 303)


@blueprint.post("/personal/<uuid:user_id>/losenord")
@access(ADMINISTER)
def set_password(user_id: UUID) -> Any:
    """Give a person a new password."""
    password = request.form.get("password", "")
    return _done(
        user_id,
        lambda: service.set_password(
            by=guard.actor(),
            id=user_id,
            given={"password": password} if password else {},
            cost=current_app.config["ARGON2"],
        ),
        N_("Lösenordet är bytt. Personen är utloggad överallt."),
    )


@blueprint.post("/personal/<uuid:user_id>/logga-ut")
@access(ADMINISTER)
def end_sessions(user_id: UUID) -> Any:
    """Sign a person out everywhere."""
    return _done(
        user_id,
        lambda: service.end_sessions(by=guard.actor(), id=user_id),
        N_("Personen är utloggad överallt."),
    )


@blueprint.post("/personal/<uuid:user_id>/slapp-in")
@access(ADMINISTER)
def reset_tries(user_id: UUID) -> Any:
    """Let a person who typed wrong too often try again now."""
    return _done(
        user_id,
        lambda: service.reset_tries(by=guard.actor(), id=user_id),
        N_("Personen kan försöka logga in igen."),
    )


@blueprint.post("/personal/<uuid:user_id>/tva-steg")
@access(ADMINISTER)
def reset_second_factor(user_id: UUID) -> Any:
    """Remove a person's second factor."""
    return _done(
        user_id,
        lambda: service.reset_second_factor(by=guard.actor(), id=user_id),
        N_("Inloggningen i två steg är återställd. Personen är utloggad överallt."),
    )


@blueprint.post("/personal/<uuid:user_id>/avsluta")
@access(ADMINISTER)
def close_user(user_id: UUID) -> Any:
    """Close a person's account."""
    return _done(
        user_id,
        lambda: service.close_user(by=guard.actor(), id=user_id),
        N_("Kontot är avslutat. Inloggningar och nycklar har slutat gälla."),
        then="staff_pages.users",
    )


@blueprint.get("/personal/enheter/ny")
@access(ADMINISTER)
def new_unit() -> str:
    """Show the empty form of a new unit."""
    return _unit_form({"id": uuid4(), "sites": []}, new=True)


@blueprint.post("/personal/enheter")
@access(ADMINISTER)
def create_unit() -> Any:
    """Add a unit."""
    given = typed(("id", "name", "committee", "parent_id"), lists=("sites",))
    try:
        units.create_unit(by=guard.actor(), given=without_blanks(given))
    except OutreachError as error:
        refusal = refusal_of(error)
        return _unit_form(given, refusal, new=True), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("staff_pages.users"), 303)


@blueprint.get("/personal/enheter/<uuid:unit_id>")
@access(ADMINISTER)
def edit_unit(unit_id: UUID) -> str:
    """Show a unit's form."""
    return _unit_form(_shown_unit(unit_id))


@blueprint.post("/personal/enheter/<uuid:unit_id>")
@access(ADMINISTER)
def change_unit(unit_id: UUID) -> Any:
    """Change a unit."""
    given = typed(("name", "committee", "parent_id"), lists=("sites",))
    try:
        units.change_unit(
            by=guard.actor(),
            id=unit_id,
            expected=version_read(),
            given=given | {"name": given["name"] or ""},
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        return _unit_form(_shown_unit(unit_id) | given, refusal), refusal.status
    flash(gettext("Sparat. Det gäller från och med nu."), "success")
    return redirect(url_for("staff_pages.users"), 303)


def _done(
    user_id: UUID,
    act: Callable[[], object],
    said: str,
    *,
    then: str = "staff_pages.edit_user",
) -> Any:
    """Do something with an account and say so; a refusal is told on the person's page."""
    try:
        act()
    except OutreachError as error:
        refusal = refusal_of(error)
        return _user_page(user_id, refusal=refusal), refusal.status
    flash(gettext(said), "success")
    address = url_for(then, user_id=user_id) if then.endswith("edit_user") else url_for(then)
    return redirect(address, 303)


def _new_form(given: Mapping[str, Any], refusal: Refusal | None = None) -> str:
    return render_template("staff/new_user.html", given=given, **_choices(refusal))


def _user_page(
    user_id: UUID, given: Mapping[str, Any] | None = None, refusal: Refusal | None = None
) -> str:
    by = guard.actor()
    user = service.user(by=by, id=user_id)
    since = service.second_factor_since(by=by, id=user_id)
    kept = {name: getattr(user, name) for name in (*_TEXTS, *_LISTS, "version")}
    return render_template(
        "staff/user.html",
        person={
            "id": user.id,
            "name": user.name,
            "username": user.username,
            "closed_on": user.closed_at and clock.local(user.closed_at).date(),
            "sessions": service.sessions(by=by, id=user_id),
            "resting": _is_resting(user),
            "second_factor_on": since and clock.local(since).date(),
            "oneself": by.id == user_id,
        },
        given=kept | dict(given or {}) | {"version": request.form.get("version", user.version)},
        **_choices(refusal, kept_sites=user.sites),
    )


def _unit_form(
    given: Mapping[str, Any], refusal: Refusal | None = None, *, new: bool = False
) -> str:
    choices = _choices(refusal)
    choices["units"] = [unit for unit in choices["units"] if unit["code"] != str(given["id"])]
    return render_template("staff/unit.html", given=given, new=new, **choices)


def _shown_unit(unit_id: UUID) -> dict[str, Any]:
    unit = units.unit(by=guard.actor(), id=unit_id)
    names = ("id", "name", "committee", "sites", "parent_id", "version")
    return {name: getattr(unit, name) for name in names}


def _choices(refusal: Refusal | None, *, kept_sites: list[str] | None = None) -> dict[str, Any]:
    lists, language, today = sites.code_lists(), str(get_locale()), clock.today()
    offered = list(lists.offered("site", today))
    kept = [
        choice
        for choice in lists.all("site")
        if choice.code in (kept_sites or ()) and choice not in offered
    ]
    return {
        "roles": [{"code": role, "label": gettext(_ROLE_NAMES[role])} for role in ROLES],
        "committees": [
            {"code": code, "label": gettext(COMMITTEE_NAMES[code])} for code in COMMITTEES
        ],
        "sites": [
            {"code": choice.code, "label": choice.label(language)} for choice in (*offered, *kept)
        ],
        "teams": [
            {"code": choice.code, "label": choice.label(language)}
            for choice in lists.offered("target", today)
        ],
        "units": [
            {"code": str(unit.id), "label": unit.name} for unit in units.units(by=guard.actor())
        ],
        "errors": refusal.errors if refusal else None,
        "message": refusal.message if refusal else None,
    }


def _is_resting(user: Any) -> bool:
    return user.resting_until is not None and user.resting_until > clock.now()
