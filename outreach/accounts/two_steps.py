"""Signing in in two steps (`/konto/tva-steg`): one's own second factor, as pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from outreach.accounts import enrolling, guard, one_time
from outreach.accounts.enrolling import NothingBegun
from outreach.accounts.pages import onward
from outreach.accounts.permissions import TWO_STEPS, access
from outreach.accounts.sessions import SessionOver
from outreach.foundation import clock
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks

blueprint = Blueprint("two_steps", __name__)


@blueprint.get("/konto/tva-steg")
@access(TWO_STEPS)
def overview() -> str:
    """Show how it stands with one's second factor, and what may be done about it."""
    return _overview()


@blueprint.post("/konto/tva-steg")
@access(TWO_STEPS)
def begin() -> Any:
    """Begin to set up a second factor, or another in place of the one there is."""

    def act(proof: dict[str, Any]) -> Any:
        enrolling.begin(**_own(), given=proof, policy=guard.sign_in_policy())
        return redirect(url_for("two_steps.app", next=_next()), 303)

    return _proven("begin", act)


@blueprint.get("/konto/tva-steg/app")
@access(TWO_STEPS)
def app() -> Any:
    """Show what the app is to be told, and ask for the code that it then shows."""
    return _app_page()


@blueprint.post("/konto/tva-steg/app")
@access(TWO_STEPS)
def confirm() -> Any:
    """Set the second factor up with a code of the app, and show the recovery codes, this once."""
    try:
        codes = enrolling.confirm(**_own(), given=without_blanks(typed(("otp",))))
    except NothingBegun as error:
        return _told(error)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _app_page(refusal), refusal.status
    return _codes_page(codes, enrolled=True)


@blueprint.post("/konto/tva-steg/reservkoder")
@access(TWO_STEPS)
def renew_recovery_codes() -> Any:
    """Make new recovery codes and show them, this once."""

    def act(proof: dict[str, Any]) -> Any:
        codes = enrolling.renew_recovery_codes(**_own(), given=proof, policy=guard.sign_in_policy())
        return _codes_page(codes, enrolled=False)

    return _proven("renew", act)


@blueprint.post("/konto/tva-steg/stang-av")
@access(TWO_STEPS)
def switch_off() -> Any:
    """Do without a second factor."""

    def act(proof: dict[str, Any]) -> Any:
        enrolling.switch_off(**_own(), given=proof, policy=guard.sign_in_policy())
        flash(gettext("Inloggning i två steg är avstängd. Nu räcker lösenordet."), "success")
        return redirect(url_for("two_steps.overview"), 303)

    return _proven("off", act)


def _own() -> dict[str, Any]:
    return {"by": guard.actor(), "secret": guard.session_secret()}


def _proven(form: str, act: Callable[[dict[str, Any]], Any]) -> Any:
    """Act with the proof that was typed; a refusal is told in the form that it came from."""
    # A password may well begin or end with a space: it is taken as it was typed.
    proof = without_blanks(typed(("otp",)))
    if password := request.form.get("password"):
        proof["password"] = password
    try:
        return act(proof)
    except SessionOver:
        guard.end_session()
        raise
    except NothingBegun as error:
        return _told(error)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _overview(form, refusal), refusal.status


def _told(error: OutreachError) -> Any:
    flash(refusal_of(error).message or "", "info")
    return redirect(url_for("two_steps.overview", next=_next()), 303)


def _next() -> str | None:
    """Return where the person was heading before being led here, None when it was here."""
    return onward() if request.values.get("next") else None


def _overview(form: str | None = None, refusal: Refusal | None = None) -> str:
    own = enrolling.own(by=guard.actor(), policy=guard.sign_in_policy())
    return render_template(
        "accounts/two_steps.html",
        username=guard.actor().username,
        enrolled_on=own.enrolled_at and clock.local(own.enrolled_at).date(),
        codes_left=own.recovery_codes_left,
        required=own.required,
        password_wanted=own.password_wanted,
        refused_form=form,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
        next=_next(),
    )


def _app_page(refusal: Refusal | None = None) -> Any:
    secret = enrolling.pending(**_own())
    if secret is None:
        return redirect(url_for("two_steps.overview", next=_next()), 303)
    address = one_time.address(secret, guard.actor().username)
    return render_template(
        "accounts/two_steps_app.html",
        picture=segno.make_qr(address, error="m").svg_inline(
            scale=4, dark="#000000", light="#ffffff", omitsize=True, svgclass="qr__picture"
        ),
        address=address,
        secret=one_time.in_groups(secret),
        username=guard.actor().username,
        issuer=one_time.ISSUER,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
        next=_next(),
    )


def _codes_page(codes: list[str], *, enrolled: bool) -> str:
    return render_template(
        "accounts/recovery_codes.html",
        codes=codes,
        enrolled=enrolled,
        username=guard.actor().username,
        made_on=clock.today(),
        next=_next() or url_for("accounts_pages.account"),
    )
