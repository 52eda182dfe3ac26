"""The pages of checks (`/efter-jobbstart`): whom to ask how work goes, and one touch to answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.pages import onward, turned_back
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.enrolments import outcomes, reading, rules, wording, worklists
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import typed, version_read, without_blanks
from outreach.participants.reading import ReasonRequired

blueprint = Blueprint("check_pages", __name__)


@blueprint.get("/efter-jobbstart")
@access(READ_PARTICIPANTS)
def due() -> str:
    """Show whom to ask today how work goes, and what one has said today."""
    actor = guard.actor()
    rows, more = worklists.due_checks(by=actor)
    working, more_working = worklists.month_checks(by=actor)
    return render_template(
        "enrolments/checks.html",
        due=[wording.check(row) for row in rows],
        more=more,
        said=[wording.check(row) for row in worklists.said_today(by=actor)],
        working=[row | {"told": wording.began(row)} for row in working],
        more_working=more_working,
        most=reading.MOST_SHOWN,
    )


@blueprint.post("/efter-jobbstart/<uuid:check_id>")
@access(CHANGE_PARTICIPANTS)
def answer(check_id: UUID) -> Any:
    """Keep how work goes, and go back to where it was said."""
    given = without_blanks(typed(("answer",)))
    try:
        outcomes.answer(by=guard.actor(), id=check_id, given=given, expected=version_read())
    except OutreachError as error:
        return _refused(check_id, error)
    if given["answer"] == rules.NOT_REACHED:
        flash(gettext("Sparat. Efter tre försök läggs frågan åt sidan."), "success")
    else:
        flash(gettext("Sparat."), "success")
    return redirect(onward(), 303)


@blueprint.post("/efter-jobbstart/<uuid:check_id>/angra")
@access(CHANGE_PARTICIPANTS)
def take_back(check_id: UUID) -> Any:
    """Take back what was said of how work goes."""
    try:
        outcomes.take_back(by=guard.actor(), id=check_id, expected=version_read())
    except OutreachError as error:
        return _refused(check_id, error)
    flash(gettext("Ångrat. Frågan är öppen igen."), "success")
    return redirect(onward(), 303)


def _refused(check_id: UUID, error: OutreachError) -> Any:
    """Ask why a person is opened, or tell on the way back what could not be done."""
    if isinstance(error, ReasonRequired):
        whose = outcomes.participant_of(by=guard.actor(), id=check_id)
        return redirect(url_for("caseload_pages.person", participant_id=whose), 303)
    return turned_back(error)
