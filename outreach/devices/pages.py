"""Tablets (`/plattor`), for the administrator and the supervisor; enrolling one (`/platta`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import ADMINISTER, PUBLIC, READ_DEVICES, access
from outreach.devices import service, wording
from outreach.foundation import clock
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks
from outreach.sites import service as sites

blueprint = Blueprint("devices_pages", __name__)

Row = Mapping[str, Any]


@blueprint.get("/platta")
@access(PUBLIC)
def enrol() -> str:
    """Ask for the one-time code, on the tablet that is to be enrolled; scripts send and keep it."""
    language = str(get_locale())
    places = {each.code: each.label(language) for each in sites.code_lists().all("site")}
    return render_template("devices/enrol.html", places=places)


@blueprint.get("/plattor")
@access(READ_DEVICES)
def tablets() -> str:
    """Show the tablets that one may read of, and how each is doing."""
    lists = sites.code_lists()
    shown = [wording.tablet(row, lists) for row in service.devices(by=guard.actor())]
    return render_template("devices/tablets.html", tablets=shown, may_change=_may_change())


@blueprint.get("/plattor/ny")
@access(ADMINISTER)
def new_tablets() -> str:
    """Show the empty form of new tablets."""
    return _new_form({"id": uuid4()})


@blueprint.post("/plattor")
@access(ADMINISTER)
def create_tablets() -> Any:
    """Enter tablets, and show the sheet with their codes, this once."""
    given = typed(("id", "site", "names"))
    names = [name.strip() for name in (given["names"] or "").splitlines()]
    wanted = given | {"names": [name for name in names if name]}
    try:
        rows = service.create_devices(by=guard.actor(), given=without_blanks(wanted))
    except OutreachError as error:
        refusal = refusal_of(error)
        return _new_form(given, refusal), refusal.status
    return _sheet(rows), 201


@blueprint.get("/plattor/<uuid:device_id>")
@access(READ_DEVICES)
def tablet(device_id: UUID) -> str:
    """Show one tablet, and to the administrator what may be done with it."""
    row = service.device(by=guard.actor(), id=device_id)
    return render_template(
        "devices/tablet.html",
        tablet=wording.tablet(row, sites.code_lists()),
        may_change=_may_change(),
    )


@blueprint.post("/plattor/<uuid:device_id>/kod")
@access(ADMINISTER)
def give_code(device_id: UUID) -> Any:
    """Give the same tablet a new code, and show the sheet with it, this once."""
    by = guard.actor()
    code = service.give_code(by=by, id=device_id)
    return _sheet([{**service.device(by=by, id=device_id), **code}]), 201


@blueprint.post("/plattor/<uuid:device_id>/sparra")
@access(ADMINISTER)
def revoke(device_id: UUID) -> Any:
    """Revoke a tablet at once."""
    row = service.revoke_device(by=guard.actor(), id=device_id)
    flash(gettext("%(name)s är spärrad.", name=row["name"]), "success")
    return redirect(url_for("devices_pages.tablet", device_id=device_id), 303)


def _may_change() -> bool:
    return ADMINISTER.allows(guard.actor())


def _new_form(given: Row, refusal: Refusal | None = None) -> str:
    language = str(get_locale())
    offered = sites.code_lists().offered("site", clock.today())
    return render_template(
        "devices/new.html",
        given=given,
        sites=[{"code": each.code, "label": each.label(language)} for each in offered],
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _sheet(rows: list[dict[str, Any]]) -> str:
    """Return the sheet of codes: the only page that ever shows them."""
    lists, address = sites.code_lists(), url_for("devices_pages.enrol", _external=True)
    cards = [wording.code_card(row, lists, address=address) for row in rows]
    return render_template("devices/codes.html", cards=cards, address=address)
