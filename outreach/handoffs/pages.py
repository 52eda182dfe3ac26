"""The pages of handoffs (`/overlamningar`): what comes and goes, one handoff, what is done with it.

One address shows a handoff to both its sides, each in its own words and with its own acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import (
    CASEWORKER,
    CHANGE_PARTICIPANTS,
    HAND_OVER,
    READ_HANDOFFS,
    RECEIVER,
    SUPERVISOR,
    access,
)
from outreach.consents.pages import question_about
from outreach.consents.rules import CATEGORIES
from outreach.followups import reminders
from outreach.followups import rules as meetings
from outreach.followups import wording as meeting_words
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, NotFound, OutreachError
from outreach.foundation.forms import (
    NOT_THEIRS,
    Refusal,
    refusal_of,
    typed,
    version_read,
    without_blanks,
)
from outreach.handoffs import (
    acting,
    first_meetings,
    lifecycle,
    own_facts,
    rules,
    service,
    wording,
    worklists,
)
from outreach.handoffs.lifecycle import Action, Side
from outreach.participants import service as participants
from outreach.participants.reading import ReasonRequired
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

blueprint = Blueprint("handoffs_pages", __name__)

Row = dict[str, Any]

# What each form asks for besides the act itself.
_ASKED = ("missing", "reason", "outcome", "state", "at", "text", "id")
_DONE = {
    "send": N_("Skickat. Teamet ser det nu."),
    "return": N_("Skickat tillbaka. Avsändaren ser vad som saknas."),
    "accept": N_("Ni tar emot. Nu ses ni en första gång tillsammans."),
    "decline": N_("Avböjt. Avsändaren hittar en annan väg."),
    "start": N_("Sparat: det har börjat."),
    "complete": N_("Sparat: klart."),
    "not-complete": N_("Sparat: avbrutet."),
    "withdraw": N_("Tillbakadragen. Teamet ser inget mer."),
    "first-meeting": N_("Första mötet är sparat."),
    "message": N_("Skickat."),
}


@blueprint.get("/overlamningar")
@access(READ_HANDOFFS)
def boxes() -> str:
    """Show what comes and what goes; which of it waits for an answer, and for whom."""
    actor = guard.actor()
    ours = actor.has(CASEWORKER, SUPERVISOR)
    box = request.args.get("visa") or ("ut" if ours else "in")
    over = request.args.get("avslutade") == "ja"
    if box not in ("in", "ut") or (box == "ut" and not ours):
        raise NotFound
    side: Side = "sender" if box == "ut" else "receiver"
    listing = worklists.going if box == "ut" else worklists.coming
    rows = listing(by=actor, over=over, limit=worklists.MOST_SHOWN)
    unanswered = worklists.unanswered(by=actor) if box == "ut" and not over else []
    above = {row["id"] for row in unanswered}
    lines = [wording.line(row, side) for row in rows if row["id"] not in above]
    return render_template(
        "handoffs/boxes.html",
        box=box,
        over=over,
        unanswered=[wording.line(row, side) for row in unanswered],
        waits=[line for line in lines if line["waits"]],
        ours=[line for line in lines if line["ours"] and not line["waits"]],
        others=[line for line in lines if not line["ours"] and not line["waits"]],
        waiting=worklists.waiting_by_box(by=actor),
        more=len(rows) == worklists.MOST_SHOWN,
        load=_load(actor) if box == "in" else None,
        viewer_id=actor.id,
        has_osa=actor.has(RECEIVER) and actor.team == rules.OSA,
        has_both=ours,
    )


def _load(actor: Actor) -> Row | None:
    """Return how many Jobbteamet supports, for one of its receivers."""
    if not actor.has(RECEIVER) or actor.team != rules.IPS:
        return None
    return wording.load(own_facts.load(by=actor))


@blueprint.get("/deltagare/<uuid:participant_id>/lamna-over")
@access(CHANGE_PARTICIPANTS)
def choose(participant_id: UUID) -> str:
    """Show the teams that a person can be handed over to, and what each asks for."""
    return _choice(participant_id)


@blueprint.post("/deltagare/<uuid:participant_id>/lamna-over")
@access(CHANGE_PARTICIPANTS)
def begin(participant_id: UUID) -> Any:
    """Begin a draft, of which the team knows nothing; or write down who comes to us."""
    form = typed(("id", "team", "direction", "origin", "from_contact"))
    given = without_blanks(form) | {"participant_id": str(participant_id)}
    try:
        row, _ = service.begin(by=guard.actor(), given=given)
    except OutreachError as error:
        refusal = refusal_of(error)
        if not refusal.errors:
            raise
        return _choice(participant_id, form, refusal), refusal.status
    return redirect(url_for("handoffs_pages.show", handoff_id=row["id"]), 303)


def _choice(
    participant_id: UUID, given: Mapping[str, Any] | None = None, refusal: Refusal | None = None
) -> str:
    offer = service.teams_for(by=guard.actor(), participant=participant_id)
    language, lists = str(get_locale()), sites.code_lists()
    return render_template(
        "handoffs/choose.html",
        person=offer,
        id=uuid4(),
        teams=[
            {
                "code": team["code"],
                "label": lists.label("target", team["code"], language),
                "requirements": _requirements(team["requirements"]),
                "open": team["open"],
            }
            for team in offer["teams"]
        ],
        origins=[
            {"code": each.code, "label": each.label(language)}
            for each in lists.offered("origin", clock.today())
        ],
        given=given or {},
        errors=refusal.errors if refusal else None,
    )


def _requirements(answers: list[Row]) -> list[Row]:
    return [each | {"label": wording.word(wording.REQUIREMENTS, each["code"])} for each in answers]


@blueprint.get("/overlamningar/<uuid:handoff_id>")
@access(READ_HANDOFFS)
def show(handoff_id: UUID) -> Any:
    """Show one handoff; of a person whom its sender has yet to open, the page that asks why."""
    try:
        return page(handoff_id)
    except ReasonRequired:
        return redirect(_person_of(handoff_id), 303)


def _person_of(handoff_id: UUID) -> str:
    whose = service.participant_of(by=guard.actor(), id=handoff_id)
    return url_for("caseload_pages.person", participant_id=whose)


@blueprint.post("/overlamningar/<uuid:handoff_id>/valj")
@access(CHANGE_PARTICIPANTS)
def pick(handoff_id: UUID) -> Any:
    """Keep what is to be sent; then ask the person, send it, or see it once more."""
    given = {name: request.form.getlist(name) for name in ("fields", "note_ids")}
    step = request.form.get("step")
    try:
        kept = service.change(by=guard.actor(), id=handoff_id, expected=version_read(), given=given)
        if step == "send":
            version = kept["version"]
            acting.act(by=guard.actor(), id=handoff_id, action="send", given={}, expected=version)
            flash(wording.word(_DONE, "send"), "success")
    except OutreachError as error:
        refusal = refusal_of(error)
        if refusal.status in NOT_THEIRS:
            raise
        return page(handoff_id, given, refusal), refusal.status
    there = "handoffs_pages.ask" if step == "ask" else "handoffs_pages.show"
    return redirect(url_for(there, handoff_id=handoff_id), 303)


@blueprint.get("/overlamningar/<uuid:handoff_id>/fraga")
@access(CHANGE_PARTICIPANTS)
def ask(handoff_id: UUID) -> str:
    """Show the question to the person, with the team and what is to be sent in it."""
    row = service.handoff(by=guard.actor(), id=handoff_id)
    if row["participant_id"] is None:
        raise NotFound
    return question_about(
        row["participant_id"],
        then=url_for("handoffs_pages.show", handoff_id=handoff_id),
        to_team=row["team"],
        categories=row["fields"],
    )


@blueprint.get("/overlamningar/<uuid:handoff_id>/boka")
@access(CHANGE_PARTICIPANTS)
def times(handoff_id: UUID) -> str:
    """Show when the person can be met together with one of the team."""
    return _times(handoff_id)


@blueprint.post("/overlamningar/<uuid:handoff_id>/boka")
@access(CHANGE_PARTICIPANTS)
def book(handoff_id: UUID) -> Any:
    """Book the first meeting of all three at the time that was touched."""
    given = without_blanks(typed(("id", "starts_at", "place", "receiver_id", "reminder")))
    try:
        row = first_meetings.book(by=guard.actor(), id=handoff_id, given=given)
    except OutreachError as error:
        refusal = refusal_of(error)
        if refusal.status in NOT_THEIRS:
            raise
        return _times(handoff_id, given, refusal), refusal.status
    flash(gettext("Bokat. Teamet ser tiden här."), "success")
    for told in meeting_words.warnings(row["warnings"], given.get("reminder", "none")):
        flash(told, "warning")
    return redirect(url_for("handoffs_pages.show", handoff_id=handoff_id), 303)


def _times(
    handoff_id: UUID, given: Mapping[str, Any] | None = None, refusal: Refusal | None = None
) -> str:
    actor, language, today = guard.actor(), str(get_locale()), clock.today()
    first = max(today, _asked_day("dag") or today)
    row = service.handoff(by=actor, id=handoff_id)
    found = first_meetings.times(by=actor, id=handoff_id, first=first, receiver=_asked_id("vem"))
    return render_template(
        "handoffs/book.html",
        handoff=row,
        days=[
            {"label": meeting_words.day(day), "times": meeting_words.times(starts)}
            for day, starts in found["days"]
        ],
        receivers=[{"code": str(who), "label": name} for who, name in found["receivers"].items()],
        receiver=found["receiver"] and str(found["receiver"]),
        places=[
            {"code": each.code, "label": each.label(language)}
            for each in sites.code_lists().offered("site", today)
            if each.code in actor.sites
        ],
        reminders=meeting_words.reminder_choices(reminders.offered()),
        given={"reminder": _wished(row)} | dict(given or {}),
        id=uuid4(),
        later=first + timedelta(days=first_meetings.DAYS_SHOWN),
        first=first,
        today=today,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _wished(row: Mapping[str, Any]) -> str:
    """Return how the person of a handoff has wished to be reminded."""
    known = participants.participant(by=guard.actor(), id=row["participant_id"])
    return reminders.wished(known)


def _asked_day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    # As far as anybody books.
    return min(found, clock.today() + meetings.FARTHEST)


def _asked_id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


@blueprint.post("/overlamningar/<uuid:handoff_id>/gor/<action>")
@access(HAND_OVER)
def do(handoff_id: UUID, action: str) -> Any:
    """Do something with a handoff, and tell what became of it."""
    if action not in lifecycle.STEPS:
        raise NotFound
    act: Action = action  # type: ignore[assignment]
    form = typed(_ASKED, lists=("missing",))
    given = _said(form)
    try:
        acting.act(by=guard.actor(), id=handoff_id, action=act, given=given)
    except OutreachError as error:
        refusal = refusal_of(error)
        if refusal.status in NOT_THEIRS and not isinstance(error, ReasonRequired):
            raise
        return page(handoff_id, form, refusal), refusal.status
    flash(wording.word(_DONE, act), "success")
    return redirect(url_for("handoffs_pages.show", handoff_id=handoff_id), 303)


@blueprint.post("/overlamningar/<uuid:handoff_id>/sett")
@access(HAND_OVER)
def take_in(handoff_id: UUID) -> Any:
    """Keep that one which is over is seen to, and go back to the list."""
    row = service.take_in(by=guard.actor(), id=handoff_id)
    flash(gettext("Sparat. Den finns bland de avslutade."), "success")
    box = "in" if row["participant_id"] is None else "ut"
    return redirect(url_for("handoffs_pages.boxes", visa=box), 303)


def _said(form: Mapping[str, Any]) -> Row:
    """Return what was said; a time on the wall becomes an instant."""
    given = without_blanks({name: form[name] for name in form if name in request.form})
    if given.get("at"):
        given["at"] = wording.instant(given["at"])
    return given


def page(
    handoff_id: UUID,
    given: Mapping[str, Any] | None = None,
    refusal: Refusal | None = None,
    labels: Mapping[str, str] | None = None,
) -> str:
    """Show one handoff to the side that asks, with what was typed and what is wrong with it.

    `labels`: what the fields are called whose faults the page does not know by itself.
    """
    row = service.handoff(by=guard.actor(), id=handoff_id)
    lists = sites.code_lists()
    side: Side = "receiver" if row["participant_id"] is None else "sender"
    # Whoever comes to us is ours to receive.
    words: Side = "receiver" if row["direction"] == "in" else side
    draft = side == "sender" and "send" in row["can"] and row["direction"] == "out"
    return render_template(
        "handoffs/draft.html" if draft else "handoffs/handoff.html",
        handoff=wording.shown(row, words, lists),
        side=side,
        **_whom(row, lists),
        **(_to_send(handoff_id, row, given) if draft else _to_do(row)),
        **_followed(row),
        longest=rules.LONGEST_MESSAGE,
        message_id=uuid4(),
        given=given or {},
        errors=refusal.errors if refusal else None,
        labels=labels or {},
        message=refusal.message if refusal else None,
    )


def _whom(row: Row, lists: CodeLists) -> Row:
    """Return who sent it, and where all three meet, in words."""
    meeting = first_meetings.meeting_of(by=guard.actor(), id=row["id"])
    unit = service.unit_of_sender(by=guard.actor(), handoff=row)
    return {"sender": wording.sender(row, unit), "joint": wording.joint(meeting, lists)}


def _to_send(id: UUID, row: Row, given: Mapping[str, Any] | None) -> Row:
    """Return what the sender chooses among, what is chosen, and what the person has agreed to."""
    actor, lists = guard.actor(), sites.code_lists()
    preview = service.preview(by=actor, id=id)
    choice = service.everything(by=actor, id=id)
    notes = choice.pop("note")
    chosen = (given or row).get("fields") or []
    picked = [str(each) for each in (given or row).get("note_ids") or []]
    return {
        "choices": [
            each
            | {
                "chosen": each["code"] in chosen,
                "agreed": each["code"] in preview["agreed"],
                "asked": each["code"] in row["missing"],
            }
            for each in wording.told(choice | {"note": None}, lists)
        ],
        "notes_to_choose": [each | {"chosen": str(each["id"]) in picked} for each in notes],
        "not_agreed": wording.labels("categories", preview["not_agreed"]),
        "has_consent": preview["consent_id"] is not None,
        "requirements": _requirements(preview["requirements"]),
        "all_categories": CATEGORIES,
    }


def _followed(row: Row) -> Row:
    """Return what the receiver's team follows, where it is one that does."""
    if row.get("osa"):
        return {"osa": wording.osa(row["osa"]), "answers": wording.choices(wording.ANSWERS)}
    if row.get("ips"):
        load = own_facts.load(by=guard.actor())
        team = [{"code": str(each["id"]), "label": each["name"]} for each in load["specialists"]]
        return {"ips": wording.ips(row["ips"]), "specialists": team}
    return {}


def _to_do(row: Row) -> Row:
    """Return the closed choices that the acts ask about."""
    lacking = () if row["team"] == rules.OSA else ("lacks_af_decision",)
    reasons = [each for each in wording.DECLINE_REASONS if each not in lacking]
    return {
        "decline_reasons": wording.choices(wording.DECLINE_REASONS, reasons),
        "outcomes": wording.choices(wording.OUTCOMES),
        "not_completed": wording.choices(wording.NOT_COMPLETED),
        "categories": [
            {"code": code, "label": wording.labels("categories", [code])[0]} for code in CATEGORIES
        ],
        "meetings": wording.choices(wording.MEETINGS_TO_SAY),
    }
