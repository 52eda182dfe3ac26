"""The field pages: logging contacts where people are met, and closing the shift."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import LOG_CONTACTS, RUN_SHIFTS, access
from outreach.contacts import tallies
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, OutreachError, RuleBroken
from outreach.foundation.problems import body_of, by_field
from outreach.shifts import rules as shift_rules
from outreach.shifts import service as shifts
from outreach.shifts import wording
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

blueprint = Blueprint("contacts_pages", __name__)

# The lists that the field page offers.
_LISTS = (
    "contact_type", "topic", "contact_result", "age_band", "gender", "target", "interpreter",
    "talk_language", "first_time", "void_reason",
)  # fmt: skip


@blueprint.get("/falt")
@blueprint.get("/falt/ny")
@access(LOG_CONTACTS)
def field() -> Any:
    """Show the field page; its scripts switch between home and form, so that taps stay few."""
    actor = guard.actor()
    forgotten = [_forgotten(row) for row in shifts.forgotten_shifts(by=actor)]
    return render_template("contacts/field.html", field=_field_data(actor), forgotten=forgotten)


def _forgotten(row: dict[str, Any]) -> dict[str, str]:
    """Return a shift that nobody has closed, as a sentence and where to close it."""
    place = sites.code_lists().label("site", row["site"], str(get_locale()))
    when = wording.day_ago(clock.local(row["started_at"]).date())
    return {
        "text": gettext("%(place)s: passet %(when)s är inte stängt.", place=place, when=when),
        "href": url_for("contacts_pages.close_shift", shift_id=row["id"]),
    }


def _field_data(actor: Actor) -> dict[str, Any]:
    """Return what the field page's scripts start from: shift, places, code lists, today's rows."""
    lists, language, today = sites.code_lists(), str(get_locale()), clock.today()
    running = shifts.running_shift(by=actor)
    own = tallies.own_today(by=actor)
    during = tallies.of_shift(by=actor, shift=running) if running else []
    return {
        "csrf": guard.csrf_token(),
        "locale": language,
        "user": {"id": str(actor.id), "name": actor.name},
        "shift": _shift_data(running, lists, language) if running else None,
        "planned_shifts": [
            _shift_data(row, lists, language) for row in shifts.planned_shifts(by=actor)
        ],
        "sites": [
            {
                "code": site.code,
                "label": site.label(language),
                "activities": [
                    {"code": activity, "label": lists.label("activity", activity, language)}
                    for activity in lists.activities(site.code, today)
                ],
            }
            for site in lists.offered("site", today)
            if site.code in actor.sites and lists.activities(site.code, today)
        ],
        "codes": {name: _choices(lists, name, language) for name in _LISTS},
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
    names = ("id", "site", "activity", "starts_at", "ends_at")
    return {name: _written(row[name]) for name in names} | {
        "site_label": lists.label("site", row["site"], language)
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _written(value) for name, value in row.items() if name != "recorded_by"}


def _written(value: Any) -> Any:
    """Return a value as JSON holds it: ids and instants as text."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


@blueprint.get("/pass/<uuid:shift_id>/stang")
@access(RUN_SHIFTS)
def close_shift(shift_id: UUID) -> Any:
    """Show what the shift became, so that one may see whether it is right before closing it."""
    row = shifts.shift(by=guard.actor(), id=shift_id)
    starts = row["started_at"] or row["starts_at"]
    # What was forgotten ended some other day: now would be a wrong guess.
    is_late = shift_rules.is_forgotten(starts, clock.now())
    ends = row["ended_at"] or (row["ends_at"] if is_late else clock.now())
    form = {
        name: f"{clock.local(at):%H:%M}" if at else ""
        for name, at in (("starts", starts), ("ends", ends))
    }
    return _closing_page(row, form)


@blueprint.post("/pass/<uuid:shift_id>/stang")
@access(RUN_SHIFTS)
def do_close_shift(shift_id: UUID) -> Any:
    """Close the shift with the hours that it really had."""
    actor = guard.actor()
    row = shifts.shift(by=actor, id=shift_id)
    typed = {name: request.form.get(name, "").strip() for name in ("starts", "ends")}
    try:
        shifts.close_shift(by=actor, id=shift_id, given=_actual_hours(row, typed))
    except OutreachError as error:
        problem = body_of(error)
        named = {"started_at": "starts", "ended_at": "ends"}
        faults = {named.get(name, name): text for name, text in by_field(problem).items()}
        message = None if faults else problem["detail"]
        return _closing_page(row, typed, faults, message), problem["status"]
    flash(gettext("Passet är stängt. Tack för i dag!"), "success")
    own = "contacts_pages.field" if LOG_CONTACTS.allows(actor) else "shifts_pages.week"
    return redirect(url_for(own), 303)


def _actual_hours(row: dict[str, Any], typed: dict[str, str]) -> dict[str, str]:
    """Return the instants of the wall clock's times typed (see `rules.wall_hours`).

    Raises RuleBroken for what is no time.
    """
    day = clock.local(row["started_at"] or row["starts_at"]).date()
    faults = []
    for name, field_name in (("starts", "started_at"), ("ends", "ended_at")):
        try:
            shift_rules.on_the_wall(day, typed[name])
        except ValueError:
            faults.append(Fault(f"/{field_name}", N_("Skriv klockslag som 10:30.")))
    if faults:
        raise RuleBroken(faults=faults)
    begin, end = shift_rules.wall_hours(day, typed["starts"], typed["ends"])
    return {"started_at": begin.isoformat(), "ended_at": end.isoformat()}


def _closing_page(
    row: dict[str, Any],
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    message: str | None = None,
) -> Any:
    actor, lists, language = guard.actor(), sites.code_lists(), str(get_locale())
    day = clock.local(row["started_at"] or row["starts_at"]).date()
    contacts = tallies.of_shift(by=actor, shift=row)
    return render_template(
        "contacts/close_shift.html",
        shift={
            "id": row["id"],
            "site_label": lists.label("site", row["site"], language),
            "activity_label": lists.label("activity", row["activity"], language),
            "day": wording.day_ago(day) if day != clock.today() else None,
        },
        form=form,
        total=tallies.counted(contacts),
        own=tallies.counted([each for each in contacts if each["recorded_by"] == actor.id]),
        hours=_by_hour(contacts, actor, lists, language),
        errors=errors,
        message=message,
    )


def _by_hour(
    contacts: list[dict[str, Any]], actor: Actor, lists: CodeLists, language: str
) -> list[dict[str, Any]]:
    hours: dict[str, list[dict[str, Any]]] = {}
    for row in contacts:
        at = clock.local(row["occurred_at"])
        hours.setdefault(f"{at.hour:02}–{(at.hour + 1) % 24:02}", []).append(
            {
                "id": row["id"],
                "time": f"{at:%H:%M}",
                "who": _who(row, lists, language),
                "about": ", ".join(lists.label("topic", code, language) for code in row["topics"]),
                "own": row["recorded_by"] == actor.id,
                "voided": row["voided_at"] is not None,
            }
        )
    return [
        {"label": label, "count": sum(not row["voided"] for row in rows), "contacts": rows}
        for label, rows in hours.items()
    ]


def _who(row: dict[str, Any], lists: CodeLists, language: str) -> str:
    if row["headcount"] > 1:
        return str(gettext("Grupp, %(count)s personer", count=row["headcount"]))
    if row["contact_type"] == "brief":
        return lists.label("contact_type", "brief", language)
    gender = lists.label("gender", row["gender"], language)
    return f"{gender} {lists.label('age_band', row['age_band'], language)}"
