"""The rules of a handoff, as plain functions: what may be said, what is overdue, what is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from outreach.consents.rules import CATEGORIES
from outreach.foundation import clock
from outreach.foundation.errors import N_, Fault
from outreach.handoffs.deadlines import LONGEST_DECISION_MONTHS
from outreach.handoffs.lifecycle import NOT_BOOKED, Told
from outreach.sites.codelists import CodeLists

DIRECTIONS = ("out", "in")
OSA, IPS = "osa", "jobbteamet"

# Why the receiver declines: what they say themselves, and what the person said to them. Never a
# diagnosis, nor anything about who somebody is.
BY_THE_RECEIVER = (
    "outside_target_group", "queue_full", "lacks_af_decision", "not_resident", "duplicate",
)  # fmt: skip
BY_THE_PERSON = (
    "no_reason", "does_not_want", "wants_to_wait", "has_other_support", "travel_time_children",
    "distrust",
)  # fmt: skip
DECLINE_REASONS = (*BY_THE_RECEIVER, *BY_THE_PERSON)
OUTCOMES = ("measure_started", "job_found", "studies_started", "support_given")
NOT_COMPLETED_REASONS = ("person_ended", "team_ended", "lost_contact", "moved")

# An employer is met within so long after the team has taken somebody on.
EMPLOYER_WITHIN = timedelta(days=30)

# What the Employment Service has answered.
ANSWERS = ("pending", "yes", "no")
MOST_ROWS = 30

MOST_NOTES = 20
LONGEST_MESSAGE = 1000

# What may go to a team about somebody who is protected: nothing that tells who it is, or where.
OF_THE_PROTECTED = ("language", "occupation", "income")

Facts = Mapping[str, Any]


def new_faults(facts: Facts, *, lists: CodeLists, today: date) -> Iterator[Fault]:
    """Yield what is wrong with a handoff that somebody begins."""
    is_in = facts.get("direction") == "in"
    team = facts.get("team")
    if team is not None and not lists.has("target", team, today):
        yield Fault("/team", N_("”%(code)s” finns inte att välja."), {"code": team})
    elif "team" in facts and team is None and not is_in:
        yield Fault("/team", N_("Välj vart personen ska lämnas över."))
    origin = facts.get("origin")
    if origin is not None and not lists.has("origin", origin, today):
        yield Fault("/origin", N_("”%(code)s” finns inte att välja."), {"code": origin})
    if is_in and "origin" in facts and origin is None:
        yield Fault("/origin", N_("Säg varifrån personen kommer."))
    elif not is_in and origin is not None:
        yield Fault("/origin", N_("Det sägs bara om den som kommer hit."))
    if is_in:
        for name in ("fields", "note_ids", "consent_id"):
            if facts.get(name):
                yield Fault(f"/{name}", N_("Inget skickas om den som kommer hit."))
    yield from field_faults(facts)


# In which states a line from elsewhere must say when it was answered, and when it began.
_ANSWERED = ("accepted", "declined", "in_progress", "completed", "not_completed")
_BEGUN = ("in_progress", "completed", "not_completed")


def imported_day_faults(facts: Facts, *, today: date) -> Iterator[Fault]:
    """Yield which of a line's days are missing, out of order, or have not been."""
    state = facts.get("state")
    if state is None:
        return
    asked = {"sent_on": state not in ("draft", "withdrawn"), "decided_on": state in _ANSWERED}
    for name, wanted in asked.items():
        if wanted and name in facts and facts[name] is None:
            yield Fault(f"/{name}", N_("Säg vilken dag."))
    if facts.get("decided_on") and state not in (*_ANSWERED, "withdrawn"):
        yield Fault("/decided_on", N_("Den har inte fått svar."))
    if facts.get("started_on") and state not in (*_BEGUN, "withdrawn"):
        yield Fault("/started_on", N_("Den har inte börjat."))
    before = None
    for name in ("sent_on", "decided_on", "started_on"):
        on = facts.get(name)
        if on is None:
            continue
        if on > today:
            yield Fault(f"/{name}", N_("Dagen har inte varit än."))
        elif before is not None and on < before:
            yield Fault(f"/{name}", N_("Dagen kan inte vara före den som kom innan."))
        before = on


def field_faults(facts: Facts) -> Iterator[Fault]:
    """Yield that notes were chosen without saying that notes are sent, or the other way round."""
    if "fields" not in facts or "note_ids" not in facts:
        return
    chosen = "note" in facts["fields"]
    if facts["note_ids"] and not chosen:
        yield Fault("/note_ids", N_("Kryssa för anteckningar, eller ta bort dem."))
    elif chosen and not facts["note_ids"]:
        yield Fault("/note_ids", N_("Välj vilka anteckningar som ska med."))


def protected_faults(fields: Iterable[str]) -> Iterator[Fault]:
    """Yield what may not be sent about somebody who is protected."""
    if any(field not in OF_THE_PROTECTED for field in fields):
        detail = N_(
            "Personen har skyddade uppgifter. Bara språk, sysselsättning och inkomst kan skickas."
            " Kontakta teamet direkt."
        )
        yield Fault("/fields", detail)


def osa_faults(whole: Facts, said: Facts) -> Iterator[Fault]:
    """Yield what is wrong with what OSA writes of somebody; `said` is what is new of the whole."""
    training, employed, ended = (
        whole.get(name) for name in ("training_from", "employed_from", "ended_on")
    )
    if training and employed and employed < training:
        yield Fault("/employed_from", N_("Anställningen kan inte börja före arbetsträningen."))
    if ended and employed and ended < employed:
        yield Fault("/ended_on", N_("Avslutad kan inte vara före Anställd från."))
    elif ended and training and ended < training:
        yield Fault("/ended_on", N_("Avslutad kan inte vara före Arbetsträning från."))
    for name in ("decisions", "pauses"):
        yield from _span_faults(name, said.get(name) or [])
    for place, each in enumerate(said.get("decisions") or []):
        if {"from", "to"} <= each.keys() and each["to"] >= clock.months_after(
            each["from"], LONGEST_DECISION_MONTHS
        ):
            detail = N_("Ett beslut gäller högst tolv månader. Skriv nästa beslut på en egen rad.")
            yield Fault(f"/decisions/{place}/to", detail)


def _span_faults(name: str, spans: Sequence[Facts]) -> Iterator[Fault]:
    seen: list[tuple[date, date]] = []
    for place, each in enumerate(spans):
        first, last = each.get("from"), each.get("to")
        if first is None or last is None:
            continue
        if last < first:
            yield Fault(f"/{name}/{place}/to", N_("Till kan inte vara före Från på samma rad."))
        elif any(first <= until and since <= last for since, until in seen):
            yield Fault(f"/{name}/{place}/from", N_("Dagarna finns redan på en annan rad."))
        seen.append((first, last))


def ips_faults(whole: Facts, *, team: Container[UUID], today: date) -> Iterator[Fault]:
    """Yield what is wrong with what Jobbteamet writes of somebody."""
    specialist = whole.get("specialist_id")
    if specialist is not None and specialist not in team:
        yield Fault("/specialist_id", N_("Välj någon i teamet."))
    for name in ("first_employer_contact_on", "employer_yes_on", "employer_yes_withdrawn_on"):
        if whole.get(name) and whole[name] > today:
            yield Fault(f"/{name}", N_("Dagen har inte varit än."))
    given, withdrawn = whole.get("employer_yes_on"), whole.get("employer_yes_withdrawn_on")
    if withdrawn and (given is None or withdrawn < given):
        detail = N_("Ett ja kan inte tas tillbaka innan det är givet.")
        yield Fault("/employer_yes_withdrawn_on", detail)


def first_meeting_faults(
    facts: Facts, *, stands: tuple[str | None, datetime | None], sent: datetime, now: datetime
) -> Iterator[Fault]:
    """Yield what is wrong with what a side says of the first meeting; `stands` is no fault."""
    state, at = facts.get("state"), facts.get("at")
    if state == "booked" and at is None:
        yield Fault("/at", N_("Säg när mötet är."))
    elif at is None or state == NOT_BOOKED or (state, at) == stands:
        return
    elif clock.local(at).date() < clock.local(sent).date():
        detail = N_("Mötet kan inte vara före den dag då överlämningen skickades.")
        yield Fault("/at", detail)
    elif state == "booked" and at < now:
        yield Fault("/at", N_("Tiden har varit. Välj ”Har varit”, eller en tid som kommer."))


def decline_faults(facts: Facts, team: str | None) -> Iterator[Fault]:
    """Yield a reason to decline that is not this team's to give."""
    if facts.get("reason") == "lacks_af_decision" and team != OSA:
        yield Fault("/reason", N_("Det skälet gäller bara OSA."))


def in_order(fields: Collection[str]) -> list[str]:
    """Return the fields once each, in the order of their list."""
    return [each for each in CATEGORIES if each in fields]


def working_days(since: date, until: date, *, is_off: Callable[[date], bool]) -> int:
    """Return how many working days have begun after one day, up to and with another."""
    return sum(1 for _ in _worked(since, until, is_off))


def _worked(since: date, until: date, is_off: Callable[[date], bool]) -> Iterator[date]:
    days = (since + timedelta(days=number) for number in range(1, (until - since).days + 1))
    return (day for day in days if not is_off(day))


def is_overdue(since: date, today: date, *, most: int, is_off: Callable[[date], bool]) -> bool:
    """Tell whether an answer has been waited for longer than so many working days."""
    # Counted no further than it takes to know: some have waited for years.
    return next(islice(_worked(since, today, is_off), most, None), None) is not None


def requirement_answers(
    requirements: Facts, *, birth_date: date | None, today: date
) -> Iterator[tuple[str, bool | None]]:
    """Yield each of a target's requirements, and whether the person meets it; None: ask.

    Only the age is known here; what else is asked for, nobody writes down.
    """
    youngest, oldest = requirements.get("min_age"), requirements.get("max_age")
    if youngest is not None or oldest is not None:
        yield "age", _is_of_age(birth_date, youngest, oldest, today)
    for name in ("resident", "af_registered", "af_decision"):
        if requirements.get(name):
            yield name, None


def _is_of_age(
    birth_date: date | None, youngest: int | None, oldest: int | None, today: date
) -> bool | None:
    if birth_date is None:
        return None
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    age = today.year - birth_date.year - (not had_birthday)
    return (youngest is None or age >= youngest) and (oldest is None or age <= oldest)


def told_back(
    back: Collection[str], valid_to: date | None, *, on: Mapping[Told, date | None]
) -> frozenset[Told]:
    """Return what the sender may be told of what has happened on the days of `on`.

    What came about after the last day on which anything might be told stays with the receiver.
    `valid_to` None: nobody had to be asked, for it is the reader's own.
    """
    if valid_to is None:
        return frozenset(on)
    return frozenset(
        kind for kind, day in on.items() if kind in back and (day is None or day <= valid_to)
    )
