"""The pages where a meeting is booked or moved: free times, of which one is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import (
    CHANGE_PARTICIPANTS,
    LOG_CONTACTS,
    READ_THREADS,
    access,
)
from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.followups import booking, reminders, rules, service, slots, wording
from outreach.followups.recording import SlotTaken, Whose
from outreach.followups.standing import FollowupSettled
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, NotFound, OutreachError, RuleBroken
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks
from outreach.participants import service as participants
from outreach.participants.reading import ReasonRequired
from outreach.shifts import service as shifts
from outreach.shifts.rules import on_the_wall
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

blueprint = Blueprint("booking_pages", __name__)

Row = dict[str, Any]

# How long a meeting may be, as it is chosen with one touch.
LENGTHS = (15, 30, 45, 60, 90)
_USUAL = 30
# So many days are shown at once.
_DAYS = 7

# The buttons that book nothing: they show the page again, so many days on, with all that was typed.
_SHOWN_AGAIN = {"tider": 0, "enter": 0, "tidigare": -_DAYS, "senare": _DAYS}
# Where the page asks for what a fault is told of by another name.
_ASKED_AS = {"workers": "vem", "minutes": "minuter"}

_FIELDS = ("id", "starts_at", "day", "time", "place", "purpose", "reminder", "asked_by", "why")
# What is shown again as it was typed; a new page is a new booking.
_KEPT = _FIELDS[2:]


@dataclass(frozen=True, slots=True)
class Whom:
    """Who a meeting is with, as the page says it, and what the booking says of it."""

    name: str
    number: str | None
    back: str
    said: Mapping[str, str]
    whose: Whose
    language: str = "sv"
    # As they have wished to be reminded.
    reminder: str = "none"
    # Of the ways to remind them, why one would lead to nobody.
    lacking: Mapping[str, str] = field(default_factory=dict)
    # What is chosen already: of a meeting that is moved, as it was.
    usual: Mapping[str, Any] = field(default_factory=dict)
    moved: UUID | None = None
    # Of a meeting that is moved, how it stands until then.
    before: Row = field(default_factory=dict)

    @property
    def anonymous(self) -> bool:
        """Whether nobody may write words about them."""
        return "participant_id" not in self.said


@blueprint.get("/uppfoljningar/ny")
@access(CHANGE_PARTICIPANTS)
def from_contact() -> Any:
    """Lead from a contact to where whoever was met is booked."""
    wanted = _id("kontakt")
    if wanted is None:
        return redirect(url_for("followups_pages.agenda"), 303)
    contact = contacts.contact(by=guard.actor(), id=wanted)
    origin = {"kontakt": contact["id"]}
    if contact["participant_id"]:
        whose = contact["participant_id"]
        there = url_for("booking_pages.of_participant", participant_id=whose, **origin)
        return redirect(there, 303)
    if contact["recognition_code_id"]:
        code = contact["recognition_code_id"]
        return redirect(url_for("booking_pages.of_code", code_id=code, **origin), 303)
    flash(gettext("Ge personen en kod först. Med den går det att boka utan namn."), "info")
    return redirect(url_for("recognition_pages.codes"), 303)


@blueprint.get("/deltagare/<uuid:participant_id>/boka")
@access(CHANGE_PARTICIPANTS)
def of_participant(participant_id: UUID) -> str:
    """Show when a participant can be booked."""
    return _page(_participant(participant_id))


@blueprint.post("/deltagare/<uuid:participant_id>/boka")
@access(CHANGE_PARTICIPANTS)
def book_participant(participant_id: UUID) -> Any:
    """Book a participant."""
    return _booked(_participant(participant_id))


@blueprint.get("/koder/<uuid:code_id>/boka")
@access(READ_THREADS)
def of_code(code_id: UUID) -> str:
    """Show when whoever holds a code can be booked."""
    return _page(_code(code_id))


@blueprint.post("/koder/<uuid:code_id>/boka")
@access(LOG_CONTACTS)
def book_code(code_id: UUID) -> Any:
    """Book whoever holds a code."""
    return _booked(_code(code_id))


@blueprint.get("/uppfoljningar/<uuid:followup_id>/boka-om")
@access(CHANGE_PARTICIPANTS)
def moving(followup_id: UUID) -> Any:
    """Show when a meeting can be instead."""
    return _of_meeting(followup_id, _page)


@blueprint.post("/uppfoljningar/<uuid:followup_id>/boka-om")
@access(CHANGE_PARTICIPANTS)
def move(followup_id: UUID) -> Any:
    """Move a meeting."""
    return _of_meeting(followup_id, _booked)


def _of_meeting(followup_id: UUID, go_on: Callable[[Whom], Any]) -> Any:
    try:
        whom = _meeting(followup_id)
    except ReasonRequired:
        whose = service.participant_of(by=guard.actor(), id=followup_id)
        return redirect(url_for("caseload_pages.person", participant_id=whose), 303)
    return go_on(whom)


def _participant(id: UUID) -> Whom:
    person = participants.participant(by=guard.actor(), id=id)
    return Whom(
        name=person["name"],
        number=person["case_number"],
        back=url_for("caseload_pages.person", participant_id=id),
        said={"participant_id": str(id)},
        whose=Whose(participant=id),
        language=person["language"] or "sv",
        reminder=reminders.wished(person),
        lacking=reminders.lacking(person),
    )


def _code(id: UUID) -> Whom:
    text = recognition_codes.code(by=guard.actor(), id=id)["code"]
    back = url_for("recognition_pages.code", code_id=id)
    said = {"recognition_code": text}
    return Whom(name=text, number=None, back=back, said=said, whose=Whose(code=id))


def _meeting(id: UUID) -> Whom:
    row = service.followup(by=guard.actor(), id=id)
    if row["state"] != rules.BOOKED:
        raise FollowupSettled
    others = [each["id"] for each in row["workers"]]
    return Whom(
        name=row["name"] or row["recognition_code"] or "",
        number=row["case_number"],
        back=url_for("followups_pages.show", followup_id=id),
        said={"participant_id": ""} if row["participant_id"] else {"recognition_code": ""},
        whose=Whose(row["participant_id"], row["recognition_code_id"], but=id),
        language=row["language"],
        usual={
            "minutes": row["minutes"],
            "workers": others,
            "place": row["place"],
            "interpreter": row["interpreter_needed"],
        },
        moved=id,
        before=row,
    )


def _id(name: str) -> UUID | None:
    """Return the id that is given under a name, None for an empty one. Raises NotFound."""
    given = request.values.get(name)
    try:
        return UUID(given) if given else None
    except ValueError as error:
        raise NotFound from error


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is chosen of a meeting before its time: who is there, how long, from which day on."""

    workers: list[UUID]
    minutes: int
    interpreter: bool
    first: date
    origin: UUID | None

    @classmethod
    def of(cls, by: Actor, whom: Whom) -> _Chosen:
        values, usual = request.values, whom.usual
        told = "vem" in values
        workers = [each for each in (_id("vem"), _id("med")) if each] if told else []
        said = values.get("minuter", "")
        minutes = int(said) if said.isdecimal() and int(said[:4]) in LENGTHS else None
        try:
            first = date.fromisoformat(values.get("dag") or clock.today().isoformat())
        except ValueError as error:
            raise NotFound from error
        nearest, farthest = clock.today(), clock.today() + rules.FARTHEST
        first += timedelta(days=_SHOWN_AGAIN.get(request.form.get("visa", ""), 0))
        return cls(
            workers=list(dict.fromkeys(workers or usual.get("workers") or [by.id])),
            minutes=minutes or usual.get("minutes") or _USUAL,
            interpreter=bool(values.get("tolk")) if told else bool(usual.get("interpreter")),
            first=min(max(first, nearest), farthest),
            origin=_id("kontakt"),
        )


def _page(
    whom: Whom,
    given: Row | None = None,
    refusal: Refusal | None = None,
    nearest: Sequence[datetime] = (),
) -> str:
    actor = guard.actor()
    chosen = _Chosen.of(actor, whom)
    names = {actor.id: actor.name} | slots.bookable(by=actor)
    workers = [each for each in chosen.workers if each in names]
    days = slots.free_days(
        by=actor,
        workers=workers or [actor.id],
        first=chosen.first,
        count=_DAYS,
        minutes=chosen.minutes,
        interpreter=chosen.interpreter,
        whose=whom.whose,
    )
    lists = sites.code_lists()
    met = service.booked_for(by=actor, whose=whom.whose)
    place = whom.usual.get("place") or _usual_place(actor, chosen.origin)
    return render_template(
        "followups/choose.html",
        whom=whom,
        here=request.path,
        chosen=chosen,
        lengths=wording.lengths({*LENGTHS, chosen.minutes}),
        staff=names,
        workers=[{"code": str(who), "label": name} for who, name in names.items()],
        days=[{"label": wording.day(day), "times": wording.times(times)} for day, times in days],
        nearest=_by_day(nearest),
        met=[wording.when_and_where(each, lists) for each in met],
        before=_before(whom, lists),
        is_earlier=chosen.first > clock.today(),
        untouched=request.form.get("visa") == "enter" and refusal is None,
        today=clock.today(),
        given={"id": uuid4(), "place": place, "reminder": whom.reminder} | (given or {}),
        places=_offered("site"),
        topics=_offered("topic"),
        reminders=wording.reminder_choices(reminders.offered(), whom.lacking),
        asked_by=wording.choices(wording.ASKED_BY),
        longest=rules.LONGEST_TEXT,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _by_day(starts: Sequence[datetime]) -> list[Row]:
    """Return a few times as they are touched, each day's together."""
    return [
        {"label": label, "times": wording.times(list(each))}
        for label, each in groupby(starts, key=lambda at: wording.day(clock.local(at).date()))
    ]


def _before(whom: Whom, lists: CodeLists) -> Row | None:
    """Return how a meeting stands that is to be moved: when, where, with whom and what for."""
    if not whom.before:
        return None
    return wording.when_and_where(whom.before, lists) | {
        "workers": [each["name"] for each in whom.before["workers"]],
        "purpose": wording.purpose(whom.before["purpose"], lists),
    }


def _usual_place(actor: Actor, origin: UUID | None) -> str | None:
    """Return where a meeting usually is: where the contact was, the shift is, or one works."""
    if origin:
        return str(contacts.contact(by=actor, id=origin)["site"])
    running = shifts.running_shift(by=actor)
    return running["site"] if running else next(iter(sorted(actor.sites)), None)


def _offered(name: str) -> list[dict[str, str]]:
    language = get_locale().language
    found = sites.code_lists().offered(name, clock.today())
    return [{"code": each.code, "label": each.label(language)} for each in found]


def _booked(whom: Whom) -> Any:
    """Book or move, or show the page again with what was typed and what is wrong."""
    actor, form = guard.actor(), typed(_FIELDS)
    kept = {name: form[name] for name in _KEPT if name in request.form}
    if _only_shows(form):
        return _page(whom, kept)
    chosen = _Chosen.of(actor, whom)
    try:
        row = _act(actor, whom, chosen, form)
    except OutreachError as error:
        refusal = _refusal(error, is_typed=not form["starts_at"])
        nearest = _alternatives(error)
        return _page(whom, kept, refusal, nearest), refusal.status
    when = f"{wording.day(clock.local(row['starts_at']).date())} {wording.at(row['starts_at'])}"
    flash(gettext("Bokat: %(when)s.", when=when), "success")
    for told in wording.warnings(row["warnings"], row["reminder"]):
        flash(told, "warning")
    return redirect(url_for("followups_pages.show", followup_id=row["id"]), 303)


def _only_shows(form: Row) -> bool:
    """Tell whether nothing is to be booked: Enter books the time that was typed, and no other."""
    pressed = request.form.get("visa")
    typed_a_time = form["day"] or form["time"]
    return pressed in _SHOWN_AGAIN and not (pressed == "enter" and typed_a_time)


def _refusal(error: OutreachError, *, is_typed: bool) -> Refusal:
    """Return why nothing was booked, beside what it is about: a typed time, where it was typed."""
    found = refusal_of(error)
    errors = {_ASKED_AS.get(name, name): told for name, told in found.errors.items()}
    if is_typed and "starts_at" in errors:
        errors["time"] = errors.pop("starts_at")
    if is_typed and isinstance(error, SlotTaken):
        return replace(found, errors={"time": found.message or ""}, message=None)
    return replace(found, errors=errors)


def _alternatives(error: OutreachError) -> list[datetime]:
    said = error.members.get("alternatives", ()) if isinstance(error, SlotTaken) else ()
    return [datetime.fromisoformat(str(each)) for each in said]  # type: ignore[attr-defined]


def _act(actor: Actor, whom: Whom, chosen: _Chosen, form: Row) -> Row:
    common = {
        "id": form["id"],
        "starts_at": form["starts_at"] or _typed_time(form),
        "minutes": chosen.minutes,
        "workers": [str(each) for each in chosen.workers],
        "place": form["place"],
    }
    if whom.moved:
        said = common | {"asked_by": form["asked_by"], "why": form["why"]}
        return booking.reschedule(by=actor, id=whom.moved, given=without_blanks(said))
    said = common | {
        **whom.said,
        "language": whom.language,
        "interpreter_needed": chosen.interpreter,
        "purpose": form["purpose"],
        "reminder": form["reminder"],
        "from_contact": chosen.origin and str(chosen.origin),
    }
    return booking.book(by=actor, given=without_blanks(said))[0]


def _typed_time(form: Row) -> str | None:
    """Return the instant of a day and a time on the wall that somebody typed.

    Raises RuleBroken at what is missing or is none.
    """
    faults = []
    if not form["day"]:
        faults.append(Fault("/day", N_("Välj en ledig tid, eller skriv en dag.")))
    if not form["time"]:
        faults.append(Fault("/time", N_("Skriv ett klockslag som 10:30.")))
    if faults:
        raise RuleBroken(faults=faults)
    try:
        return on_the_wall(date.fromisoformat(form["day"]), form["time"]).isoformat()
    except ValueError as error:
        detail = N_("Skriv datum som 2026-01-15 och klockslag som 10:30.")
        raise RuleBroken(faults=[Fault("/day", detail)]) from error
