"""The pages of meetings (`/uppfoljningar`): the agenda, one meeting, and what became of it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup

from outreach.accounts import guard
from outreach.accounts.pages import onward, turned_back
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.contacts import service as contacts
from outreach.followups import outcomes, reminders, rules, service, slots, wording, worklists
from outreach.foundation import clock
from outreach.foundation.errors import NotFound, OutreachError
from outreach.foundation.forms import (
    NOT_THEIRS,
    Refusal,
    refusal_of,
    typed,
    version_read,
    without_blanks,
)
from outreach.participants.reading import ReasonRequired
from outreach.shifts.rules import week_of
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

blueprint = Blueprint("followups_pages", __name__)

Row = dict[str, Any]

# So many meetings are shown of a day or a week; nobody has more.
_MOST = 200


@blueprint.get("/uppfoljningar")
@access(READ_PARTICIPANTS)
def agenda() -> str:
    """Show who is met on a day or in a week, and of whom nobody has said what became of it."""
    actor = guard.actor()
    chosen, weekly, worker = _day(), request.args.get("vy") == "vecka", _worker()
    days = week_of(chosen) if weekly else (chosen,)
    rows = service.followups(by=actor, first=days[0], last=days[-1], worker=worker, limit=_MOST)
    waiting, more = worklists.without_outcome(by=actor)
    lists = sites.code_lists()
    # What waits for an outcome stands at the top, and nowhere twice.
    above = {row["id"] for row in waiting}
    lines = [wording.line(row, lists, actor.id) for row in rows if row["id"] not in above]
    step = timedelta(days=7 if weekly else 1)
    return render_template(
        "followups/agenda.html",
        days=[
            {"label": label, "rows": list(each)}
            for label, each in groupby(lines, key=lambda row: row["day"])
        ],
        waiting=[wording.line(row, lists, actor.id) for row in waiting],
        left=[wording.line(row, lists, actor.id) for row in worklists.left_by_worker(by=actor)],
        more=more,
        outcomes=wording.choices(wording.OUTCOMES),
        chosen=chosen,
        heading=_heading(days),
        weekly=weekly,
        before=chosen - step,
        after=chosen + step,
        today=clock.today(),
        workers=slots.at_ones_sites(by=actor),
        worker=worker,
    )


def _heading(days: tuple[date, ...]) -> str:
    if len(days) == 1:
        return wording.day(days[0])
    return f"{wording.day(days[0])} – {wording.day(days[-1])}"


def _day() -> date:
    """Return the day that is asked for, else today. Raises NotFound for what is none."""
    given = request.args.get("dag")
    try:
        found = date.fromisoformat(given) if given else clock.today()
    except ValueError as error:
        raise NotFound from error
    if not 2000 <= found.year < 2200:  # noqa: PLR2004 - as far as calendars of ours reach
        raise NotFound
    return found


def _worker() -> UUID | None:
    given = request.args.get("vem")
    try:
        return UUID(given) if given else None
    except ValueError as error:
        raise NotFound from error


@blueprint.get("/uppfoljningar/<uuid:followup_id>")
@access(READ_PARTICIPANTS)
def show(followup_id: UUID) -> Any:
    """Show one meeting; of a person whom one has yet to open, the page that asks why."""
    try:
        return _page(followup_id)
    except ReasonRequired:
        return redirect(_person_of(followup_id), 303)


def _person_of(followup_id: UUID) -> str:
    whose = service.participant_of(by=guard.actor(), id=followup_id)
    return url_for("caseload_pages.person", participant_id=whose)


@blueprint.post("/uppfoljningar/<uuid:followup_id>")
@access(CHANGE_PARTICIPANTS)
def change(followup_id: UUID) -> Any:
    """Keep where a meeting is to be, what for, how it is reminded of, whether somebody interprets.

    What the form does not ask stays as it is.
    """
    form = typed(("place", "purpose", "reminder", "interpreter"))
    given = {name: form[name] for name in form if name in request.form}
    try:
        row = service.change(
            by=guard.actor(), id=followup_id, expected=version_read(), given=_said(given)
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        return _page(followup_id, form, refusal), refusal.status
    flash(gettext("Sparat."), "success")
    if "reminder" in given:
        for told in wording.warnings(row["warnings"], row["reminder"]):
            flash(told, "warning")
    return redirect(url_for("followups_pages.show", followup_id=followup_id), 303)


def _said(given: Row) -> Row:
    """Return what was typed: an emptied purpose is unsaid, all else that is empty is left out."""
    return (
        without_blanks(given)
        | ({"purpose": None} if "purpose" in given else {})
        | ({"purpose": given["purpose"]} if given.get("purpose") else {})
    )


def _page(followup_id: UUID, given: Row | None = None, refusal: Refusal | None = None) -> str:
    actor = guard.actor()
    row = service.followup(by=actor, id=followup_id)
    day = clock.local(row["starts_at"]).date()
    lists = sites.code_lists()
    line = wording.line(row, lists, actor.id)
    language = get_locale().language
    return render_template(
        "followups/followup.html",
        meeting=line | {"purpose_label": wording.purpose(row["purpose"], lists)},
        agenda=url_for("followups_pages.agenda", dag=day if day != clock.today() else None),
        logged=_logged(row, lists),
        language=lists.label("talk_language", row["language"], language),
        asked_by=row["asked_by"] and wording.word(wording.ASKED_BY, row["asked_by"]),
        given={name: row[name] for name in ("place", "purpose", "reminder")} | (given or {}),
        reminded=[wording.reminder(each) for each in row["reminders"]],
        places=_offered("site"),
        topics=_offered("topic"),
        reminders=wording.reminder_choices(reminders.offered(row["reminder"]), row["lacking"]),
        outcomes=wording.choices(wording.OUTCOMES),
        cancelling=wording.choices({state: wording.STATES[state] for state in rules.CANCELLED}),
        kinds=[each for each in _offered("contact_type") if each["code"] in rules.AT_A_DISTANCE],
        mistaken=wording.choices({rules.MISTAKEN: wording.STATES[rules.MISTAKEN]}),
        longest=rules.LONGEST_TEXT,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _logged(row: Row, lists: CodeLists) -> Row | None:
    """Return the contact that a held meeting became, as far as the actor may read it."""
    if row["contact_id"] is None:
        return None
    contact = contacts.contact_if_told(by=guard.actor(), id=row["contact_id"])
    whose = row["participant_id"] or row["recognition_code_id"]
    person = row["participant_id"] is not None
    there = "of_participant" if person else "of_code"
    named = {"participant_id" if person else "code_id": whose}
    origin = contact["id"] if contact else None
    again = url_for(f"booking_pages.{there}", **named, kontakt=origin)
    if contact is None:
        return {"again": again, "said": None}
    language = get_locale().language
    kind = lists.label("contact_type", contact["contact_type"], language)
    topics = [lists.label("topic", each, language) for each in contact["topics"]]
    said = {name: contact[name] for name in ("version", "topics", "contact_type")}
    return said | {"again": again, "said": {"kind": kind, "topics": topics}}


@blueprint.post("/uppfoljningar/<uuid:followup_id>/kontakt")
@access(CHANGE_PARTICIPANTS)
def correct_contact(followup_id: UUID) -> Any:
    """Correct what the contact says that a held meeting became: what it was about, and how."""
    form = typed(("contact_type",), lists=("topics",))
    here = url_for("followups_pages.show", followup_id=followup_id)
    try:
        row = service.followup(by=guard.actor(), id=followup_id)
        # Undone meanwhile: the page says how it stands.
        if row["contact_id"] is None:
            return redirect(here, 303)
        contacts.correct_contact(
            by=guard.actor(),
            id=row["contact_id"],
            expected=version_read(),
            given=without_blanks(form),
        )
    except ReasonRequired:
        return redirect(_person_of(followup_id), 303)
    except OutreachError as error:
        refusal = refusal_of(error)
        if refusal.status in NOT_THEIRS:
            raise
        return _page(followup_id, form, refusal), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(here, 303)


def _offered(name: str) -> list[dict[str, str]]:
    language = get_locale().language
    found = sites.code_lists().offered(name, clock.today())
    return [{"code": each.code, "label": each.label(language)} for each in found]


@blueprint.post("/uppfoljningar/<uuid:followup_id>/utfall")
@access(CHANGE_PARTICIPANTS)
def set_outcome(followup_id: UUID) -> Any:
    """Keep what became of a meeting, and go back to where it was said."""
    form = typed(("state", "why_not"))
    try:
        row = outcomes.set_outcome(by=guard.actor(), id=followup_id, given=without_blanks(form))
    except OutreachError as error:
        return _refused(followup_id, error)
    if row["state"] == rules.HELD:
        flash(_held(row), "success")
    else:
        flash(
            gettext("Sparat: %(what)s.", what=wording.word(wording.STATES, row["state"])), "success"
        )
    return redirect(onward(), 303)


def _held(row: Row) -> Markup:
    """Return that a meeting became a contact, with the way to what was logged and to the next."""
    here = url_for("followups_pages.show", followup_id=row["id"])
    again = url_for("booking_pages.from_contact", kontakt=row["contact_id"])
    return Markup(
        '{} <a class="reach" href="{}">{}</a> · <a class="reach" href="{}">{}</a>'
    ).format(
        gettext("Sparat. Mötet är loggat som en kontakt."),
        here,
        gettext("Se vad som loggades"),
        again,
        gettext("Boka nästa"),
    )


@blueprint.post("/uppfoljningar/<uuid:followup_id>/angra")
@access(CHANGE_PARTICIPANTS)
def undo_outcome(followup_id: UUID) -> Any:
    """Take back what was said of a meeting."""
    try:
        row = outcomes.undo_outcome(by=guard.actor(), id=followup_id)
    except OutreachError as error:
        return _refused(followup_id, error)
    if rules.may_be_said(row["starts_at"], clock.now()):
        flash(gettext("Ångrat. Säg vad som blev av mötet."), "success")
    else:
        flash(gettext("Ångrat. Mötet är bokat igen."), "success")
    return redirect(onward(), 303)


def _refused(followup_id: UUID, error: OutreachError) -> Any:
    """Ask why a person is opened, or tell on the way back what could not be done."""
    if isinstance(error, ReasonRequired):
        return redirect(_person_of(followup_id), 303)
    return turned_back(error)
