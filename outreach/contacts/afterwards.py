"""The page for a shift that was counted on paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import get_locale, ngettext

from outreach.accounts import guard
from outreach.accounts.permissions import LOG_CONTACTS, SUPERVISOR, access
from outreach.contacts import sheets
from outreach.contacts.judging import LATE_DAYS
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import OutreachError
from outreach.foundation.problems import body_of
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

blueprint = Blueprint("afterwards_pages", __name__)

# The field page has two addresses; this is its home.
_FIELD = "/falt"
_COUNT = "count-"
_TALLIES = ("brief", "refused")
# How far back the calendar goes for a supervisor, whom no late limit binds.
_FAR_BACK = timedelta(days=366)


@blueprint.get("/falt/efterat")
@access(LOG_CONTACTS)
def sheet() -> str:
    """Show an empty sheet, to fill in or to print."""
    typed = {"sheet": str(uuid4()), "date": clock.today().isoformat()}
    return _page(typed)


@blueprint.post("/falt/efterat")
@access(LOG_CONTACTS)
def do_record_sheet() -> Any:
    """Record the strokes and go back to the field page; or show the sheet with what is wrong."""
    typed = {name: value.strip() for name, value in request.form.items() if name != "csrf_token"}
    try:
        number, _ = sheets.record_sheet(by=guard.actor(), given=_as_read(typed))
    except OutreachError as error:
        problem = body_of(error)
        errors = {_field_of(each["pointer"]): each["detail"] for each in problem.get("errors", ())}
        message = errors.pop("counts", None) or (None if errors else problem["detail"])
        return _page(typed, errors, message), problem["status"]
    saved = ngettext("%(num)s kontakt är sparad.", "%(num)s kontakter är sparade.", number)
    flash(saved, "success")
    return redirect(_FIELD, 303)


def _as_read(typed: dict[str, str]) -> dict[str, Any]:
    """Return what was typed as the service reads it; empty fields and zeros say nothing."""
    site, _, activity = typed.get("place", "").partition(":")
    named = {
        "id": typed.get("sheet"),
        "site": site,
        "activity": activity,
        **{name: typed.get(name) for name in ("date", "starts", "ends")},
    }
    counts = {
        name.removeprefix(_COUNT): _number(value)
        for name, value in typed.items()
        if name.startswith(_COUNT) and value not in {"", "0"}
    }
    tallies = {name: counts.pop(name, 0) for name in _TALLIES}
    return {name: value for name, value in named.items() if value} | tallies | {"counts": counts}


def _number(value: str) -> int | str:
    return (
        int(value) if value.isascii() and value.isdecimal() and len(value) < len("1000") else value
    )


def _field_of(pointer: str) -> str:
    """Return the name of the form's field that a fault belongs to."""
    _, name, *cell = pointer.split("/")
    if cell:
        return _COUNT + cell[0]
    if name in _TALLIES:
        return _COUNT + name
    return "place" if name in {"site", "activity"} else name


def _page(
    typed: dict[str, str], errors: dict[str, str] | None = None, message: str | None = None
) -> str:
    actor, today = guard.actor(), clock.today()
    lists, language = sites.code_lists(), str(get_locale())
    form = {name: typed.get(name, "") for name in ("sheet", "place", "date", "starts", "ends")}
    counted = {
        name.removeprefix(_COUNT): value for name, value in typed.items() if name.startswith(_COUNT)
    }
    back = _FAR_BACK if actor.has(SUPERVISOR) else timedelta(days=LATE_DAYS)
    return render_template(
        "contacts/afterwards.html",
        codes={
            name: [
                {"code": choice.code, "label": choice.label(language)}
                for choice in lists.offered(name, today)
            ]
            for name in ("gender", "age_band", "topic")
        },
        places=_places(actor, language),
        form=form | {"counts": counted} | {name: counted.get(name) for name in _TALLIES},
        today=today.isoformat(),
        earliest=(today - back).isoformat(),
        errors=errors,
        message=message,
    )


def _places(actor: Actor, language: str) -> list[dict[str, str]]:
    """Return where the strokes may have been made: what is done at each of one's own sites."""
    lists, today = sites.code_lists(), clock.today()
    return [
        {
            "code": f"{site.code}:{activity}",
            "label": f"{site.label(language)}, {_in_a_sentence(lists, activity, language)}",
        }
        for site in lists.offered("site", today)
        if site.code in actor.sites
        for activity in lists.activities(site.code, today)
    ]


def _in_a_sentence(lists: CodeLists, activity: str, language: str) -> str:
    return lists.label("activity", activity, language).lower()
