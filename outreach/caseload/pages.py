"""The pages about one person: everything at a glance, why it is opened, what the person is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from markupsafe import Markup

from outreach.accounts import guard
from outreach.accounts.pages import onward
from outreach.accounts.permissions import (
    CASEWORKER,
    CHANGE_PARTICIPANTS,
    COMMITTEE_NAMES,
    READ_PARTICIPANTS,
    SUPERVISOR,
    access,
)
from outreach.caseload import service, wording
from outreach.enrolments import wording as enrolment_words
from outreach.foundation import clock
from outreach.foundation.errors import NotFound, OutreachError, Stale
from outreach.foundation.forms import (
    Refusal,
    refusal_of,
    typed,
    version_read,
    without_blanks,
)
from outreach.foundation.problems import wants_problem_json
from outreach.participants import next_steps, openings
from outreach.participants import wording as known_words
from outreach.participants.next_steps import NoNextStep
from outreach.participants.reading import ReasonRequired
from outreach.participants.rules import PRESENT
from outreach.participants.schemas import LONGEST_STEP
from outreach.sites import service as sites

blueprint = Blueprint("caseload_pages", __name__)

# So much of what has happened is shown at once; what is older unfolds.
_RECENT = 20
_SPOKEN = ("sv", "en")


@blueprint.get("/deltagare/<uuid:participant_id>")
@access(READ_PARTICIPANTS)
def person(participant_id: UUID) -> str:
    """Show one person: what is next, how to reach them, what has happened, who has looked."""
    actor = guard.actor()
    row = service.person(by=actor, id=participant_id)
    lists = sites.code_lists()
    lines = wording.happened(row, lists)
    return render_template(
        "caseload/person.html",
        person=row,
        right=wording.right(row),
        step=known_words.step(row["next_step"]),
        reach=known_words.reach(row),
        tongue=known_words.tongue(row, lists),
        recent=lines[:_RECENT],
        older=lines[_RECENT:],
        phone=known_words.phone(row["phone"]),
        consents=[each for each in wording.consents(row, lists) if each["holds"]],
        meetings=wording.booked(row, lists, actor.id),
        handoffs=[
            each for each in wording.handoffs(row, lists) if each["waits"] or not each["is_over"]
        ],
        period=next(iter(wording.periods(row, lists)), None),
        checks=[enrolment_words.check(each) for each in row["checks"]],
        looked=wording.looked(row["looked"], briefly=True),
        may_log=actor.has(CASEWORKER),
        may_decide=actor.has(SUPERVISOR),
    )


@blueprint.app_errorhandler(ReasonRequired)
def ask_why(error: ReasonRequired) -> Any:
    """Ask on any page about one person why it is opened; programs are told as of any refusal."""
    refused = guard.denied(error)
    whose = (request.view_args or {}).get("participant_id")
    if wants_problem_json() or whose is None:
        return refused
    try:
        return _reason_page(whose), refused.status_code
    except NotFound:
        # Gone since the page was asked for: then the refusal says enough.
        return refused


@blueprint.post("/deltagare/<uuid:participant_id>/oppna")
@access(READ_PARTICIPANTS)
def do_open(participant_id: UUID) -> Any:
    """Open a person for oneself, and go on to where one was."""
    given = typed(["reason", "note"])
    try:
        openings.open_participant(by=guard.actor(), id=participant_id, given=without_blanks(given))
    except OutreachError as error:
        refusal = refusal_of(error)
        if not refusal.errors:
            raise
        return _reason_page(participant_id, given, refusal), refusal.status
    return redirect(onward(), 303)


def _reason_page(
    id: UUID, given: dict[str, Any] | None = None, refusal: Refusal | None = None
) -> str:
    there = url_for("caseload_pages.person", participant_id=id)
    if request.method == "GET":
        there = request.path
    elif "next" in request.form:
        there = onward()
    return render_template(
        "caseload/reason.html",
        person=service.glimpse(by=guard.actor(), id=id),
        there=there,
        present=PRESENT,
        reasons=_choices(wording.REASONS),
        given=given or {},
        errors=refusal.errors if refusal else None,
    )


def _choices(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "label": gettext(label)} for code, label in words.items()]


@blueprint.get("/deltagare/<uuid:participant_id>/nasta-steg")
@access(CHANGE_PARTICIPANTS)
def step(participant_id: UUID) -> str:
    """Show the form for what happens next, and what was said before."""
    return _step_page(participant_id, None)


@blueprint.post("/deltagare/<uuid:participant_id>/nasta-steg")
@access(CHANGE_PARTICIPANTS)
def do_plan(participant_id: UUID) -> Any:
    """Say what happens next; or ask again, with what is wrong or has changed meanwhile."""
    given = typed(["text", "turn", "due_on"])
    try:
        next_steps.set_next_step(
            by=guard.actor(),
            id=participant_id,
            expected=version_read(),
            given=without_blanks(given),
        )
    except Stale as error:
        return _step_page(participant_id, given, refusal_of(error)), 412
    except OutreachError as error:
        refusal = refusal_of(error)
        if not refusal.errors:
            raise
        return _step_page(participant_id, given, refusal), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("caseload_pages.person", participant_id=participant_id), 303)


@blueprint.post("/deltagare/<uuid:participant_id>/nasta-steg/klart")
@access(CHANGE_PARTICIPANTS)
def do_finish(participant_id: UUID) -> Any:
    """Say that the next step is done; where it has changed meanwhile, show how it stands."""
    try:
        next_steps.finish_next_step(by=guard.actor(), id=participant_id, expected=version_read())
    except (Stale, NoNextStep) as error:
        flash(refusal_of(error).message or "", "warning")
    else:
        flash(gettext("Klart. Vad händer sedan?"), "success")
    return redirect(url_for("caseload_pages.person", participant_id=participant_id), 303)


def _step_page(id: UUID, given: dict[str, Any] | None, refusal: Refusal | None = None) -> str:
    """Show the form: what was typed, or else what stands."""
    opened, steps = next_steps.steps_of(by=guard.actor(), id=id)
    standing = steps[0] if steps and steps[0]["done_at"] is None else None
    begun = standing or {"text": "", "turn": None, "due_on": None}
    return render_template(
        "caseload/step.html",
        person=service.head(opened),
        version=opened.row.version,
        given=given or begun,
        standing=known_words.step(standing),
        steps=[known_words.step(each) for each in (steps[1:] if standing else steps)],
        turns=_choices(known_words.TURNS),
        longest=LONGEST_STEP,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


@blueprint.post("/deltagare/<uuid:participant_id>/anteckningar")
@access(READ_PARTICIPANTS)
def notes(participant_id: UUID) -> str:
    """Show what was noted. Asked for by a form: no address that is opened by chance shows it."""
    row = service.notes(by=guard.actor(), id=participant_id)
    lists = sites.code_lists()
    shown = [
        each
        | {
            "contact": each["contact"] and wording.contact(each["contact"], lists),
            "day": known_words.day(each["written_at"]),
        }
        for each in row["notes"]
    ]
    return render_template("caseload/notes.html", person=row, notes=shown)


@blueprint.get("/deltagare/<uuid:participant_id>/tittat")
@access(READ_PARTICIPANTS)
def looked(participant_id: UUID) -> str:
    """Show everybody who has looked at a person, or changed something."""
    row = service.who_looked(by=guard.actor(), id=participant_id)
    return render_template("caseload/looked.html", person=row, looked=wording.looked(row["looked"]))


@blueprint.get("/deltagare/<uuid:participant_id>/vet")
@access(READ_PARTICIPANTS)
def extract(participant_id: UUID) -> str:
    """Show all that is known of a person for the person to read, in Swedish or English."""
    chosen = request.args.get("sprak")
    language = chosen if chosen in _SPOKEN else _SPOKEN[0]
    row = service.extract(by=guard.actor(), id=participant_id)
    with force_locale(language):
        letter = render_template("caseload/known_letter.html", **_told(row))
    return render_template(
        "caseload/known.html",
        person=_head(row),
        letter=Markup(letter),  # noqa: S704 - our own template, which escapes what it is given
        language=language,
    )


def _head(row: dict[str, Any]) -> dict[str, Any]:
    """Return what stands at the top of a page about somebody."""
    return {"participant_id": row["id"], "case_number": row["case_number"], "name": row["name"]}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Return a person's record in the words of the letter."""
    lists, committee = sites.code_lists(), COMMITTEE_NAMES[row["owner_committee"]]
    return {
        "person": row,
        "today": known_words.day(clock.today()),
        "number": known_words.number(row["number"]),
        "born": row["birth_date"] and known_words.day(row["birth_date"]),
        "reach": known_words.reach(row),
        "tongue": known_words.tongue(row, lists),
        "contacts": [wording.contact(each, lists) for each in row["contacts"]],
        "notes": [each | {"day": known_words.day(each["written_at"])} for each in row["written"]],
        "steps": [known_words.step(each, to_the_person=True) for each in row["steps"]],
        "consents": wording.consents(row, lists),
        "meetings": wording.meetings(row, lists),
        "handoffs": [each for each in wording.handoffs(row, lists) if each["sent"]],
        "phone": known_words.phone(row["phone"]),
        "periods": [
            period | {"facts": [*wording.situations(each), *wording.went(row, each)]}
            for period, each in zip(wording.periods(row, lists), row["enrolments"], strict=True)
        ],
        "looked": wording.looked(row["looked"]),
        "committee": gettext(committee),
    }
