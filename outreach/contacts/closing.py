"""The page on which a shift is closed: its real hours, and whether its contacts are right."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import (
    CHANGE_CONTACTS,
    LOG_CONTACTS,
    RUN_SHIFTS,
    access,
    may_change_contact,
)
from outreach.contacts import service, tallies, wording
from outreach.foundation import clock
from outreach.foundation.errors import N_, Fault, OutreachError, RuleBroken
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks
from outreach.shifts import rules
from outreach.shifts import service as shifts
from outreach.shifts import wording as shift_wording
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

blueprint = Blueprint("closing_pages", __name__)

# The field page has two addresses; this is its home.
_FIELD = "/falt"
_TIMES = {"starts": "started_at", "ends": "ended_at"}
# The fields show minutes; the end is the minute after the last contact, so that it is inside.
_MINUTE = timedelta(minutes=1)

Row = dict[str, Any]


@blueprint.get("/pass/<uuid:shift_id>/stang")
@access(RUN_SHIFTS)
def close_shift(shift_id: UUID) -> str:
    """Show what the shift became, so that one may see whether it is right before closing it."""
    row = shifts.shift(by=guard.actor(), id=shift_id)
    ends = _likely_end(row, tallies.of_shift(by=guard.actor(), shift=row))
    form = {
        "starts": _on_the_clock(_begin(row)),
        "ends": _on_the_clock(ends) if ends else None,
    }
    return _page(row, form)


@blueprint.post("/pass/<uuid:shift_id>/stang")
@access(RUN_SHIFTS)
def do_close_shift(shift_id: UUID) -> Any:
    """Close the shift with the hours that it really had."""
    actor, form = guard.actor(), typed(_TIMES)
    row = shifts.shift(by=actor, id=shift_id)
    try:
        shifts.close_shift(by=actor, id=shift_id, given=_actual_hours(row, form))
    except OutreachError as error:
        refusal = refusal_of(error)
        return _page(shifts.shift(by=actor, id=shift_id), form, refusal), refusal.status
    flash(gettext("Passet är stängt. Tack för i dag!"), "success")
    return redirect(_FIELD if LOG_CONTACTS.allows(actor) else url_for("shifts_pages.week"), 303)


@blueprint.get("/pass/<uuid:shift_id>/ta-bort/<uuid:contact_id>")
@access(CHANGE_CONTACTS)
def take_back(shift_id: UUID, contact_id: UUID) -> str:
    """Ask why a contact of the shift is to be taken back."""
    return _taking_back_page(shift_id, contact_id)


@blueprint.post("/pass/<uuid:shift_id>/ta-bort/<uuid:contact_id>")
@access(CHANGE_CONTACTS)
def do_take_back(shift_id: UUID, contact_id: UUID) -> Any:
    """Take the contact out of every count and go back to closing the shift."""
    form = typed(("reason",))
    try:
        service.void_contact(by=guard.actor(), id=contact_id, given=without_blanks(form))
    except OutreachError as error:
        refusal = refusal_of(error)
        return _taking_back_page(shift_id, contact_id, form["reason"], refusal), refusal.status
    flash(gettext("Kontakten är borttagen."), "success")
    return redirect(url_for("closing_pages.close_shift", shift_id=shift_id), 303)


def _begin(row: Row) -> datetime:
    begin: datetime = row["started_at"] or row["starts_at"]
    return begin


def _on_the_clock(instant: datetime) -> str:
    return f"{clock.local(instant):%H:%M}"


def _likely_end(row: Row, contacts: list[Row]) -> datetime | None:
    """Return when the shift most likely ended, for a person to confirm; None where nothing tells.

    The later of the planned end and the last contact, but not later than now. A shift without a
    planned end lasts until now, unless it has lasted for longer than anybody works: then it was
    forgotten, and only its last contact tells.
    """
    now = clock.now()
    met = [each["occurred_at"] + _MINUTE for each in contacts if each["voided_at"] is None]
    told = [row["ends_at"], *met] if row["ends_at"] else met
    if row["ends_at"] is None and not rules.is_forgotten(_begin(row), now):
        return now
    return min(now, max(told)) if told else None


def _actual_hours(row: Row, form: Row) -> dict[str, str]:
    """Return the instants of the times typed. Raises RuleBroken for what is no time."""
    day = clock.local(_begin(row)).date()
    faults = []
    for name, fault_at in _TIMES.items():
        try:
            rules.on_the_wall(day, form[name] or "")
        except ValueError:
            faults.append(Fault(f"/{fault_at}", N_("Skriv klockslag som 10:30.")))
    if faults:
        raise RuleBroken(faults=faults)
    hours = rules.wall_hours(day, form["starts"], form["ends"])
    return {name: instant.isoformat() for name, instant in zip(_TIMES.values(), hours, strict=True)}


def _page(row: Row, form: Row, refusal: Refusal | None = None) -> str:
    actor, lists = guard.actor(), sites.code_lists()
    contacts = tallies.of_shift(by=actor, shift=row)
    told = refusal.errors if refusal else {}
    own_fields = {field: name for name, field in _TIMES.items()}
    return render_template(
        "contacts/close_shift.html",
        shift=_named(row, lists),
        state=rules.state_of(row, clock.now()),
        actual=[_on_the_clock(row[name]) for name in _TIMES.values()] if row["closed_at"] else None,
        form=form,
        total=tallies.counted(contacts),
        own=tallies.counted([each for each in contacts if each["recorded_by"] == actor.id]),
        hours=wording.by_hour(contacts, {each["id"]: _shown(each) for each in contacts}),
        may_log=LOG_CONTACTS.allows(actor),
        is_today=clock.local(_begin(row)).date() == clock.today(),
        errors={own_fields.get(name, name): text for name, text in told.items()} or None,
        message=refusal.message if refusal else None,
    )


def _named(row: Row, lists: CodeLists) -> dict[str, Any]:
    """Return a shift by its place, its activity and the day on which it began."""
    language = str(get_locale())
    return {
        "id": row["id"],
        "site_label": lists.label("site", row["site"], language),
        "activity_label": lists.label("activity", row["activity"], language),
        "day": shift_wording.day_ago(clock.local(_begin(row)).date()),
    }


def _shown(row: Row) -> Row:
    actor, lists = guard.actor(), sites.code_lists()
    told = ("site", "committee", "recorded_by", "identity")
    may_change = may_change_contact(actor, **{name: row[name] for name in told})
    return {
        "id": row["id"],
        "time": _on_the_clock(row["occurred_at"]),
        "who": wording.who(row, lists),
        "about": wording.about(row, lists),
        "voided": row["voided_at"] is not None,
        "changeable": may_change and row["voided_at"] is None,
    }


def _taking_back_page(
    shift_id: UUID, contact_id: UUID, reason: str | None = None, refusal: Refusal | None = None
) -> str:
    actor, lists, language = guard.actor(), sites.code_lists(), str(get_locale())
    shift = shifts.shift(by=actor, id=shift_id)
    row = service.contact(by=actor, id=contact_id)
    return render_template(
        "contacts/take_back.html",
        shift=_named(shift, lists),
        contact={
            "id": row["id"],
            "time": _on_the_clock(row["occurred_at"]),
            "who": wording.who(row, lists),
            "about": wording.about(row, lists),
        },
        reasons=[
            {"code": choice.code, "label": choice.label(language)}
            for choice in lists.offered("void_reason", clock.today())
        ],
        reason=reason,
        errors=(refusal.errors or None) if refusal else None,
        message=refusal.message if refusal else None,
    )
