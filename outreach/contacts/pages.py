"""The field page, where contacts are logged; and contacts as a file, for those in charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import HAND_OUT_CONTACTS, LOG_CONTACTS, access
from outreach.contacts import exports, tallies
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.compression import pack
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import Refusal, refusal_of
from outreach.foundation.requests import permissions_policy
from outreach.foundation.spreadsheets import csv_file
from outreach.shifts import service as shifts
from outreach.shifts import wording
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

blueprint = Blueprint("contacts_pages", __name__)

# The lists that the field page offers.
_LISTS = (
    "contact_type", "topic", "contact_result", "age_band", "gender", "target", "interpreter",
    "talk_language", "first_time", "void_reason", "site",
)  # fmt: skip


@blueprint.get("/falt")
@access(LOG_CONTACTS)
def field() -> Response:
    """Show the field page; its scripts switch between home and form, so that taps stay few."""
    return _field_page()


@blueprint.get("/falt/ny")
@access(LOG_CONTACTS)
def new_contact() -> Response:
    """Show the field page with its form open; an address of its own, so that Back behaves."""
    return _field_page()


@blueprint.get("/falt/att-ratta")
@access(LOG_CONTACTS)
def attention() -> Response:
    """Show the field page at what was written on the tablet and needs a person's eye."""
    return _field_page()


def _field_page() -> Response:
    actor = guard.actor()
    forgotten = [_forgotten(row) for row in shifts.forgotten_shifts(by=actor)]
    # Nothing that the asker chose is in the page, so that it can be packed (`pack`).
    answer = field_document(own=_own(actor), forgotten=forgotten, here=request.path)
    pack(answer)
    return answer


def field_document(
    *,
    own: Mapping[str, Any] | None = None,
    forgotten: Sequence[Mapping[str, str]] = (),
    **frame: Any,
) -> Response:
    """Return the field page in the language of this request.

    Without `own` it is the one that every tablet keeps: code lists and places, nothing of anybody.
    `frame` stands in for what every page shows around its content.
    """
    field = _for_everybody() | {"own": own}
    page = render_template("contacts/field.html", field=field, forgotten=forgotten, **frame)
    answer = make_response(page)
    # Codes are read by the camera here; no other page may open it.
    answer.headers["Permissions-Policy"] = permissions_policy(camera="self")
    return answer


@blueprint.get("/kontakter")
@access(HAND_OUT_CONTACTS)
def rows() -> str:
    """Ask which contacts are wanted as a file."""
    return _asked_for()


@blueprint.get("/kontakter.csv")
@access(HAND_OUT_CONTACTS)
def rows_file() -> Any:
    """Hand out contacts as a file; or ask again, with what is wrong."""
    given = {name: value for name, value in request.args.items() if value}
    try:
        lines = exports.handed_out(by=guard.actor(), given=given)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _asked_for(refusal), refusal.status
    return csv_file(lines, "kontakter")


def _asked_for(refusal: Refusal | None = None) -> str:
    language, own = str(get_locale()), guard.actor().sites
    return render_template(
        "contacts/rows.html",
        given=request.args,
        # Also places that are no longer there: their contacts are.
        places=[
            {"code": site.code, "label": site.label(language)}
            for site in sites.code_lists().all("site")
            if site.code in own
        ],
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _forgotten(row: dict[str, Any]) -> dict[str, str]:
    """Return a shift that nobody has closed, as a sentence and where to close it."""
    place = sites.code_lists().label("site", row["site"], str(get_locale()))
    when = wording.day_ago(clock.local(row["started_at"]).date())
    return {
        "text": gettext("%(place)s: passet %(when)s är inte stängt.", place=place, when=when),
        "href": url_for("closing_pages.close_shift", shift_id=row["id"]),
    }


def _for_everybody() -> dict[str, Any]:
    """Return what the field page's scripts start from whoever it is: code lists and places."""
    lists, language, today = sites.code_lists(), str(get_locale()), clock.today()
    return {
        "locale": language,
        "codes": {name: _choices(lists, name, language) for name in _LISTS},
        "sites": [
            {
                "code": site.code,
                "label": site.label(language),
                "activities": [
                    {
                        "code": activity,
                        "label": lists.label("activity", activity, language),
                        "identifies": lists.may_identify(site.code, activity, today),
                    }
                    for activity in lists.activities(site.code, today)
                ],
            }
            for site in lists.offered("site", today)
            if lists.activities(site.code, today)
        ],
    }


def _own(actor: Actor) -> dict[str, Any]:
    """Return what is the actor's on the field page: their places, shift, and rows of today."""
    lists, language = sites.code_lists(), str(get_locale())
    running = shifts.running_shift(by=actor)
    own = tallies.own_today(by=actor)
    during = tallies.of_shift(by=actor, shift=running) if running else []
    return {
        "csrf": guard.csrf_token(),
        "user": {"id": str(actor.id), "name": actor.name},
        "sites": sorted(actor.sites),
        "shift": _shift_data(running, lists, language) if running else None,
        "planned_shifts": [
            _shift_data(row, lists, language) for row in shifts.planned_shifts(by=actor)
        ],
        "today": {
            "own": tallies.counted(own),
            "shift": tallies.counted(during),
            "contacts": [_plain(row) for row in own],
        },
    }


def _choices(lists: CodeLists, name: str, language: str) -> list[dict[str, str]]:
    return [
        {"code": choice.code, "label": choice.label(language)}
        for choice in lists.offered(name, clock.today())
    ]


def _shift_data(row: dict[str, Any], lists: CodeLists, language: str) -> dict[str, Any]:
    names = ("id", "site", "activity", "starts_at", "ends_at", "started_at")
    return {name: _written(row[name]) for name in names} | {
        "site_label": lists.label("site", row["site"], language)
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as the page holds it: whose it is has no place there, only that it is."""
    hidden = {"recorded_by", "participant_id", "committee"}
    return {name: _written(value) for name, value in row.items() if name not in hidden}


def _written(value: Any) -> Any:
    """Return a value as JSON holds it: ids and instants as text."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
