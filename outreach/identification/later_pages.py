"""Taking away who was to be linked later (`/att-koppla/<id>/ta-bort`)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, access
from outreach.identification import later, wording

blueprint = Blueprint("later_pages", __name__)


@blueprint.get("/att-koppla/<uuid:later_id>/ta-bort")
@access(CHANGE_PARTICIPANTS)
def ask(later_id: UUID) -> str:
    """Ask whether what one wrote of somebody is to be taken away."""
    row = later.waiting_one(by=guard.actor(), id=later_id)
    return render_template("identification/later.html", row=wording.written(row))


@blueprint.post("/att-koppla/<uuid:later_id>/ta-bort")
@access(CHANGE_PARTICIPANTS)
def take_away(later_id: UUID) -> Any:
    """Take it away; again changes nothing."""
    later.drop(by=guard.actor(), id=later_id)
    flash(gettext("Borttaget. Kontakten är anonym."), "success")
    return redirect("/mina-deltagare", 303)
