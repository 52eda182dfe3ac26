"""The rules of a booked meeting, as plain functions: what may be booked, what may become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from outreach.foundation import clock
from outreach.foundation.errors import N_, Fault
from outreach.sites.codelists import CodeLists

BOOKED, HELD, NO_SHOW = "booked", "held", "no_show"
CANCELLED_BY_PARTICIPANT, CANCELLED_BY_US = "cancelled_by_participant", "cancelled_by_us"
RESCHEDULED = "rescheduled"
# It was never meant to be: the booking itself was the mistake, and nobody called anything off.
MISTAKEN = "mistaken"
STATES = (BOOKED, HELD, NO_SHOW, CANCELLED_BY_PARTICIPANT, CANCELLED_BY_US, RESCHEDULED, MISTAKEN)
# What somebody says of a meeting afterwards, or beforehand when it will not be.
OUTCOMES = (HELD, NO_SHOW, CANCELLED_BY_PARTICIPANT, CANCELLED_BY_US, MISTAKEN)
CANCELLED = (CANCELLED_BY_PARTICIPANT, CANCELLED_BY_US)
# What gives its time back, and takes it again when it is undone.
CALLED_OFF = (*CANCELLED, MISTAKEN)

REMINDERS = ("none", "sms", "email")
ASKED_BY = ("participant", "worker", "team")
INTERPRETER_STATES = ("not_booked", "booked", "cancelled")

SHORTEST, LONGEST = 5, 480
MOST_WORKERS = 2
LONGEST_TEXT = 140

# A meeting that has just begun is still booked, so that it is not lost.
AGO = timedelta(minutes=15)
FARTHEST = timedelta(days=366)
# Somebody who comes early is met early.
EARLY = timedelta(hours=1)

Facts = Mapping[str, Any]


class Happened(NamedTuple):
    """What an outcome says by itself: whether the person came, and whether there was a meeting."""

    attended: bool | None
    happened: bool


# Where the three facts are free, a worker may say them: somebody came, and the worker was ill.
_SAID_BY_ITSELF = {
    HELD: Happened(attended=True, happened=True),
    NO_SHOW: Happened(attended=False, happened=False),
    CANCELLED_BY_PARTICIPANT: Happened(attended=None, happened=False),
    CANCELLED_BY_US: Happened(attended=None, happened=False),
    MISTAKEN: Happened(attended=None, happened=False),
}


def booking_faults(facts: Facts, *, now: datetime) -> Iterator[Fault]:
    """Yield what is wrong with a booking in itself: whose it is, when, and who meets them."""
    whose = [name for name in ("participant_id", "recognition_code") if facts.get(name)]
    if len(whose) > 1:
        yield Fault("/recognition_code", N_("Deltagare eller kod: inte båda."))
    elif not whose and {"participant_id", "recognition_code"} <= facts.keys():
        yield Fault("/participant_id", N_("Säg vem mötet är med: en deltagare eller en kod."))
    yield from time_faults(facts, now=now)
    workers = facts.get("workers") or []
    if len(set(workers)) < len(workers):
        yield Fault("/workers/1", N_("Samma person två gånger."))


def time_faults(facts: Facts, *, now: datetime) -> Iterator[Fault]:
    """Yield when a meeting cannot be: more than a quarter of an hour ago, or over a year ahead."""
    starts_at = facts.get("starts_at")
    if starts_at is None:
        return
    if starts_at < now - AGO:
        detail = N_("Tiden har redan varit. Logga mötet som en kontakt i stället.")
        yield Fault("/starts_at", detail)
    elif starts_at > now + FARTHEST:
        yield Fault("/starts_at", N_("Boka högst ett år framåt."))


def code_faults(facts: Facts, lists: CodeLists, *, now: datetime) -> Iterator[Fault]:
    """Yield the codes that cannot be chosen on the day of the meeting."""
    on = clock.local(facts.get("starts_at") or now).date()
    for name, listed in (("place", "site"), ("language", "talk_language")):
        code = facts.get(name)
        if code is not None and not lists.has(listed, code, on):
            yield Fault(
                f"/{name}", N_("”%(code)s” finns inte att välja den dagen."), {"code": code}
            )


def may_come(facts: Facts, *, starts_at: datetime, now: datetime) -> Iterator[Fault]:
    """Yield what an outcome cannot say: of a meeting that has yet to be, or against itself."""
    state = facts.get("state")
    if state not in OUTCOMES:
        return
    if state in (HELD, NO_SHOW) and not may_be_said(starts_at, now):
        yield Fault("/state", N_("Mötet har inte varit än. Boka om eller avboka det i stället."))
    said = _SAID_BY_ITSELF[state]
    if facts.get("attended") not in (None, said.attended) and said.attended is not None:
        yield Fault("/attended", N_("Det stämmer inte med vad som blev av mötet."))
    if facts.get("happened") not in (None, said.happened):
        yield Fault("/happened", N_("Det stämmer inte med vad som blev av mötet."))
    if state == HELD and facts.get("why_not"):
        yield Fault("/why_not", N_("Mötet blev av: då finns inget skäl att det inte blev av."))


def may_be_said(starts_at: datetime, now: datetime) -> bool:
    """Tell whether it can be said by now that a meeting was held, or that nobody came."""
    return starts_at <= now + EARLY


def happened(facts: Facts) -> Happened:
    """Return the facts of a faultless outcome: what was said, else what it says by itself."""
    said = _SAID_BY_ITSELF[facts["state"]]
    attended = facts.get("attended")
    return Happened(said.attended if attended is None else attended, said.happened)


def needs_outcome(state: str, ends_at: datetime, now: datetime) -> bool:
    """Tell whether a meeting should have been, and nobody has said what became of it.

    None is ever said to be missed by itself: only somebody who was there knows.
    """
    return state == BOOKED and ends_at <= now


# What a meeting at a distance may have been; nobody is said to have been seen who was only heard.
AT_A_DISTANCE = ("phone", "digital")


def contact_type(place: str, activity: str, said: str | None) -> str:
    """Return which kind of contact a meeting was that was held, at a place and by an activity."""
    if place == "remote":
        return said or "phone"
    return "outreach" if activity == "outreach" else "booked"
