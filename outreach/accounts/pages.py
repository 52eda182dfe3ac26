"""Signing in and one's own account, for people; machines' keys, for the administrator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from outreach.accounts import enrolling, guard, service, sessions
from outreach.accounts import tokens as machines
from outreach.accounts.permissions import (
    ADMINISTER,
    IN_PERSON,
    OWN_CALENDAR,
    PUBLIC,
    SCOPES,
    SIGNED_IN_OR_LOCKED,
    access,
)
from outreach.accounts.schemas import OtpSchema, SignInSchema, UnlockSchema
from outreach.accounts.sessions import SessionOver, SignInOver
from outreach.foundation import clock
from outreach.foundation.errors import N_, OutreachError
from outreach.foundation.forms import NOT_THEIRS, Refusal, refusal_of, typed, without_blanks
from outreach.foundation.problems import body_of
from outreach.foundation.schemas import read

blueprint = Blueprint("accounts_pages", __name__)


@blueprint.get("/logga-in")
@access(PUBLIC)
def sign_in() -> Any:
    """Show the sign-in form."""
    return render_template("accounts/sign_in.html", next=onward())


@blueprint.post("/logga-in")
@access(PUBLIC)
def do_sign_in() -> Any:
    """Sign in and go on to where the person was heading, or to where the code is asked for."""
    guard.require_own_origin()
    given = {name: request.form.get(name, "") for name in ("username", "password")}
    try:
        wanted = read(SignInSchema(), given)
        with guard.sign_in_tries():
            begun = sessions.begin_sign_in(
                **wanted, policy=guard.sign_in_policy(), replacing=guard.session_before()
            )
    except OutreachError as error:
        refusal = refusal_of(error)
        page = render_template(
            "accounts/sign_in.html",
            username=given["username"],
            errors=refusal.errors,
            message=refusal.message,
            next=onward(),
        )
        return page, refusal.status
    if begun.code_wanted:
        guard.remember_half(begun.secret)
        return redirect(url_for("accounts_pages.code", next=onward()), 303)
    return _go_in(begun.secret)


def _go_in(secret: str) -> Any:
    guard.begin_session(secret)
    if guard.must_enrol():
        return redirect(url_for("two_steps.overview", next=onward()), 303)
    return redirect(onward(), 303)


@blueprint.get("/logga-in/kod")
@access(PUBLIC)
def code() -> Any:
    """Ask whoever has given a right password for their one-time code."""
    half = guard.half_before()
    if half is None or not sessions.is_half_done(half):
        return redirect(url_for("accounts_pages.sign_in", next=onward()), 303)
    return _code_page()


@blueprint.post("/logga-in/kod")
@access(PUBLIC)
def give_code() -> Any:
    """Finish signing in with a one-time code; the password is neither asked for again nor kept."""
    guard.require_own_origin()
    try:
        wanted = read(OtpSchema(), {"otp": request.form.get("otp", "")})
        with guard.sign_in_tries():
            _, secret = sessions.finish_sign_in(
                **wanted,
                half=guard.half_before() or "",
                policy=guard.sign_in_policy(),
                replacing=guard.session_before(),
            )
    except SignInOver as error:
        guard.forget_half()
        flash(refusal_of(error).message or "", "warning")
        return redirect(url_for("accounts_pages.sign_in", next=onward()), 303)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _code_page(refusal), refusal.status
    return _go_in(secret)


def _code_page(refusal: Refusal | None = None) -> str:
    return render_template(
        "accounts/code.html",
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
        next=onward(),
    )


@blueprint.post("/logga-ut")
@access(SIGNED_IN_OR_LOCKED)
def sign_out() -> Any:
    """Sign out."""
    sessions.sign_out(by=guard.actor(), secret=guard.session_secret())
    guard.end_session()
    return redirect(url_for("accounts_pages.sign_in"), 303)


@blueprint.post("/las")
@access(SIGNED_IN_OR_LOCKED)
def lock() -> Any:
    """Lock the screen."""
    sessions.lock(by=guard.actor(), secret=guard.session_secret())
    return redirect(url_for("accounts_pages.locked", next=onward()), 303)


@blueprint.get("/las")
@access(SIGNED_IN_OR_LOCKED)
def locked() -> Any:
    """Show the locked screen."""
    if not guard.is_locked():
        return redirect(onward(), 303)
    return render_template("accounts/locked.html", who=guard.actor().name, next=onward())


@blueprint.post("/las/oppna")
@access(SIGNED_IN_OR_LOCKED)
def unlock() -> Any:
    """Unlock the screen and go on."""
    try:
        wanted = read(UnlockSchema(), {"password": request.form.get("password", "")})
        sessions.unlock(
            by=guard.actor(), secret=guard.session_secret(), policy=guard.sign_in_policy(), **wanted
        )
    except SessionOver:
        guard.end_session()
        raise
    except OutreachError as error:
        problem = body_of(error)
        page = render_template(
            "accounts/locked.html",
            who=guard.actor().name,
            errors=refusal_of(error).errors or {"password": problem["title"]},
            next=onward(),
        )
        return page, problem["status"]
    return redirect(onward(), 303)


@blueprint.get("/konto")
@access(IN_PERSON)
def account() -> str:
    """Show one's own account."""
    return _account_page()


@blueprint.post("/konto/losenord")
@access(IN_PERSON)
def change_own_password() -> Any:
    """Change one's own password; one's other sessions end."""
    names = ("current", "password", "repeated")
    given = {name: request.form[name] for name in names if request.form.get(name)}
    try:
        sessions.change_own_password(
            by=guard.actor(),
            secret=guard.session_secret(),
            # Left empty, the second typing differs from the first: it is told beside it.
            given={"repeated": ""} | given,
            policy=guard.sign_in_policy(),
        )
    except SessionOver:
        guard.end_session()
        raise
    except OutreachError as error:
        refusal = refusal_of(error)
        return _account_page(refusal), refusal.status
    flash(gettext("Lösenordet är bytt. Andra inloggningar har avslutats."), "success")
    return redirect(url_for("accounts_pages.account"), 303)


@blueprint.post("/konto/mejl")
@access(IN_PERSON)
def change_notice_email() -> Any:
    """Keep where one is told by e-mail that something waits."""
    form = typed(("email",))
    try:
        service.set_notice_email(by=guard.actor(), given=form)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _account_page(refusal, form), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("accounts_pages.account"), 303)


def _account_page(refusal: Refusal | None = None, given: Mapping[str, str] | None = None) -> str:
    actor = guard.actor()
    return render_template(
        "accounts/account.html",
        person=actor,
        notice_email=given["email"] if given else service.own_notice_email(by=actor),
        factor=enrolling.own(by=actor, policy=guard.sign_in_policy()),
        has_calendar=OWN_CALENDAR.allows(actor),
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


_SCOPE_NAMES = {
    "contacts:read": N_("Läsa kontakter"),
    "contacts:write": N_("Skriva kontakter"),
    "participants:read": N_("Läsa deltagare"),
    "participants:write": N_("Skriva deltagare"),
    "sites:read": N_("Läsa platser, kodlistor och katalogen"),
    "sites:write": N_("Skriva pass"),
    "figures:read": N_("Läsa siffror"),
    "figures:write": N_("Lägga in siffror som andra räknar"),
    "admin": N_("Förvalta systemet"),
}


@blueprint.get("/nycklar")
@access(ADMINISTER)
def tokens() -> str:
    """Show machines' keys, and the form of a new one."""
    return _tokens_page()


@blueprint.post("/nycklar")
@access(ADMINISTER)
def create_token() -> Any:
    """Make a key and show its secret, this once."""
    given = typed(("id", "name", "username", "expires_on"), lists=("scopes",))
    try:
        token, secret = machines.create_token(by=guard.actor(), given=_token_as_read(given))
    except OutreachError as error:
        refusal = refusal_of(error)
        if "expires_at" in refusal.errors:
            refusal.errors["expires_on"] = refusal.errors.pop("expires_at")
        return _tokens_page(given, refusal), refusal.status
    return render_template("accounts/token_made.html", token=token, secret=secret), 201


@blueprint.post("/nycklar/<uuid:token_id>/sparra")
@access(ADMINISTER)
def revoke_token(token_id: UUID) -> Any:
    """Revoke a key at once."""
    machines.revoke_token(by=guard.actor(), id=token_id)
    flash(gettext("Nyckeln är spärrad."), "success")
    return redirect(url_for("accounts_pages.tokens"), 303)


def _tokens_page(given: Mapping[str, Any] | None = None, refusal: Refusal | None = None) -> str:
    now = clock.now()
    found = machines.tokens(by=guard.actor())
    for token in found:
        token["scopes"] = [_scope_name(scope) for scope in token["scopes"]]
        token["over"] = bool(
            token["revoked_at"] or (token["expires_at"] and token["expires_at"] <= now)
        )
        token["made_on"] = clock.local(token["created_at"]).date()
        token["last_day"] = token["expires_at"] and clock.local(token["expires_at"]).date()
    return render_template(
        "accounts/tokens.html",
        tokens=found,
        given=given or {"id": uuid4(), "scopes": []},
        scopes=[{"code": scope, "label": _scope_name(scope)} for scope in SCOPES],
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _scope_name(scope: str) -> str:
    return gettext(_SCOPE_NAMES[scope]) if scope in _SCOPE_NAMES else scope


def _token_as_read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form as the service reads a key: its last day becomes that day's last second."""
    sent = without_blanks(dict(given))
    if last_day := sent.pop("expires_on", None):
        try:
            day = date.fromisoformat(last_day)
        except ValueError:
            sent["expires_at"] = last_day
        else:
            until = datetime.combine(day, time(23, 59, 59), clock.STOCKHOLM)
            sent["expires_at"] = until.isoformat()
    return sent


def onward() -> str:
    """Return where to go on: an address of our own only, never another web site's."""
    return own_address(request.values.get("next", "")) or url_for("front.start")


def turned_back(error: OutreachError) -> Any:
    """Go on to where one was, and tell there what could not be done. Raises what is not theirs.

    For what is said by a touch: nothing that was typed is lost by it.
    """
    refusal = refusal_of(error)
    if refusal.status in NOT_THEIRS:
        raise error
    flash(refusal.message or next(iter(refusal.errors.values())), "warning")
    return redirect(onward(), 303)


def own_address(wanted: str) -> str:
    """Return an address that was asked for where it is one of our own, else an empty text."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return ""
    own = not parts.scheme and not parts.netloc and wanted.startswith("/") and wanted.isprintable()
    return wanted if own and not wanted.startswith(("//", "/\\")) else ""
