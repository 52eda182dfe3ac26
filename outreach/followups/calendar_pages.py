"""The page of one's own calendar (`/konto/kalender`): its address made, shown once, and ended."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import OWN_CALENDAR, access
from outreach.followups import calendar_api, calendars, wording
from outreach.foundation import clock
from outreach.foundation.errors import NotFound

blueprint = Blueprint("calendar_pages", __name__)


@blueprint.get("/konto/kalender")
@access(OWN_CALENDAR)
def overview() -> str:
    """Show whether one's phone follows one's meetings, and what it is told of them."""
    own = [
        {
            "id": each["id"],
            "made": wording.day(clock.local(each["created_at"]).date()),
            "fetched": each["last_fetched_on"] and wording.day(each["last_fetched_on"]),
        }
        for each in calendars.calendars(by=guard.actor())
    ]
    return render_template("followups/calendar.html", own=own[0] if own else None)


@blueprint.post("/konto/kalender")
@access(OWN_CALENDAR)
def make() -> Any:
    """Make the address and show it, this once; one before ends."""
    _, token = calendars.make_calendar(by=guard.actor(), given={})
    address = calendar_api.address(token)
    return render_template("followups/calendar_made.html", address=address), 201


@blueprint.post("/konto/kalender/<uuid:calendar_id>/stoppa")
@access(OWN_CALENDAR)
def end(calendar_id: UUID) -> Any:
    """End the address at once; where it has ended already, that is as well."""
    with suppress(NotFound):
        calendars.revoke_calendar(by=guard.actor(), id=calendar_id)
    flash(gettext("Länken är stoppad. Telefonen får inga fler möten."), "success")
    return redirect(url_for("calendar_pages.overview"), 303)
