"""Reminders of meetings: planned with the meeting, put together when they go, and what became.

What is written tells nobody who reads it over a shoulder more than that there is a time: no name,
no place, no team, no reason. Whether it may go at all is asked anew at that moment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import force_locale, format_date, gettext

from outreach.audit import trail
from outreach.followups import reading, rules
from outreach.followups.recording import Row
from outreach.followups.reminder_times import LATEST, remind_at
from outreach.foundation import clock, settings
from outreach.foundation.actor import system
from outreach.foundation.transaction import transaction
from outreach.foundation.typed import Unreadable
from outreach.outgoing import configured
from outreach.outgoing import service as outgoing
from outreach.outgoing.carriers import Message
from outreach.outgoing.delivery import Kind, Later, Withheld
from outreach.outgoing.rules import CHANNEL_OFF
from outreach.participants import reading as people
from outreach.participants import safe_hours
from outreach.participants.reading import Person
from outreach.participants.safe_hours import Hours

REMINDER = "reminder"
_BY = system("reminders")
_LONG_BEFORE = timedelta(days=30)
# Why somebody is not reminded; each is a warning at the booking, and stands in the log.
PROTECTED, NO_ADDRESS, NOT_ASKED = "protected", "address", "not_asked"
UNREADABLE_HOURS, NO_HOUR, TOO_LATE = "unreadable_hours", "no_hour", "too_late"
WHERE_FROM = "where_from"
NOT_TO_BE, NOT_CHOSEN, GONE = "not_to_be", "not_chosen", "person_gone"


def wished(known: Row) -> str:
    """Return how a participant (see `participants.service`) has wished to be reminded, if at all.

    By SMS where both are wished, for it is read, but not by itself on a phone that others read
    too; `none` where no reminder would go.
    """
    wishes = known["contact_preference"]
    may = {
        "sms": known["phone"] and not wishes.get("shared_phone"),
        "email": known["email"] and wishes.get("say_where_from"),
    }
    for channel, can in may.items():
        wished = wishes.get(channel) == "yes" and can and not known["protected"]
        if wished and configured.is_on(channel):
            return channel
    return "none"


def offered(chosen: str = "none") -> list[str]:
    """Return the ways in which somebody can be reminded here, with none and what is chosen."""
    return [each for each in rules.REMINDERS if each in ("none", chosen) or configured.is_on(each)]


def lacking(known: Row) -> dict[str, str]:
    """Return why a way to remind a participant (see `participants.service`) would lead nowhere.

    By the way, of those alone that would; in the codes of a reminder that does not go.
    """
    said = {name: known[name] for name in ("protected", "phone", "email")}
    return _lacking(wishes=known["contact_preference"], **said)


def lacking_of(person: Person) -> dict[str, str]:
    """Return as `lacking` of somebody who is opened."""
    identity = person.identity
    return _lacking(
        wishes=identity.contact_preference,
        protected=person.row.protected,
        phone=identity.phone,
        email=identity.email,
    )


def _lacking(
    *, wishes: Mapping[str, Any], protected: bool, phone: str | None, email: str | None
) -> dict[str, str]:
    found = {}
    for channel, address in (("sms", phone), ("email", email)):
        told = (
            (PROTECTED, protected),
            (NO_ADDRESS, not address),
            (NOT_ASKED, wishes.get(channel) != "yes"),
            # The sender's address tells it.
            (WHERE_FROM, channel == "email" and not wishes.get("say_where_from")),
        )
        if why := next((why for why, hinders in told if hinders), None):
            found[channel] = why
    return found


def plan(row: Any, person: Person | None) -> None:
    """Let a meeting that is to be have the one reminder that was chosen, and no other.

    Is part of the transaction under way; a repeat changes nothing, and one that went stays.
    """
    outgoing.drop(kind=REMINDER, abouts=[row.id], why=NOT_CHOSEN, keep=row.reminder)
    if row.state != rules.BOOKED or row.reminder == "none":
        return
    if person is None:
        # Whoever is to be there may act on a meeting without reading whom they meet.
        with transaction(by=_BY):
            _, person = _opened(row.id)
            if person is not None:
                _note_reading(person)
    if person is None:
        return
    why = hindrance(row, person)
    at = None if why else _time_of(row, person)
    if why or at is None:
        why = why or (TOO_LATE if _time_of(row, person, booked_late=False) else NO_HOUR)
        outgoing.withhold(kind=REMINDER, about=row.id, channel=row.reminder, why=why)
        return
    outgoing.queue(
        kind=REMINDER,
        about=row.id,
        channel=row.reminder,
        due_at=at,
        expires_at=row.starts_at - LATEST,
        once=True,
    )


def _time_of(row: Any, person: Person, *, booked_late: bool = True) -> datetime | None:
    now = clock.now() if booked_late else row.starts_at - _LONG_BEFORE
    return remind_at(row.starts_at, now=now, hours=_hours(person))


def replan(participant: UUID) -> None:
    """Let what is to be said of somebody's meetings follow how they may be reached now."""
    with transaction(by=_BY):
        rows = reading.ahead_of(participant)
        person = people.opened_one(_BY, participant) if rows else None
        if isinstance(person, Person):
            _note_reading(person)
            for row in rows:
                plan(row, person)


def forget(ids: Collection[UUID]) -> None:
    """Let nothing tell that anybody was reminded of these meetings: they are a code's now."""
    outgoing.forget(abouts=ids)


def drop(ids: Collection[UUID]) -> None:
    """Let nobody be reminded of meetings that will not be."""
    outgoing.drop(kind=REMINDER, abouts=ids, why=NOT_TO_BE)


def log_of(ids: Collection[UUID]) -> dict[UUID, list[Row]]:
    """Return of each meeting which reminders went, did not, or are to go."""
    found = outgoing.entries(kind=REMINDER, abouts=ids)
    return {each: [entry._asdict() for entry in entries] for each, entries in found.items()}


def hindrance(row: Any, person: Person) -> str | None:
    """Return why nobody is reminded of a meeting, as things are now: what was not asked is no."""
    channel = row.reminder
    first = lacking_of(person).get(channel) or _no_hours(person)
    return first or (None if configured.is_on(channel) else CHANNEL_OFF)


def _no_hours(person: Person) -> str | None:
    try:
        return NO_HOUR if _hours(person).is_none else None
    except Unreadable:
        return UNREADABLE_HOURS


def _hours(person: Person) -> Hours:
    """Return when somebody may be reminded: in their own hours, and never at night."""
    theirs = safe_hours.read(person.identity.contact_preference.get("safe_hours"))
    return safe_hours.read(settings.text("REMINDER_HOURS")).within(theirs)


def _compose(id: UUID, channel: str, expires_at: datetime) -> Message | Withheld | Later:
    with transaction(by=_BY):
        row, person = _opened(id)
        if row is None or row.state != rules.BOOKED or row.reminder != channel:
            return Withheld(NOT_TO_BE)
        if person is None or person.row.restricted_at is not None:
            return Withheld(GONE)
        if why := hindrance(row, person):
            return Withheld(why)
        now = clock.now()
        at = _hours(person).next_from(now, until=expires_at)
        if at is None:
            return Withheld(NO_HOUR)
        if at > now:
            return Later(at)
        trail.record(by=_BY, action="remind", kind="followup", id=id, channel=channel)
        _note_reading(person)
        return _message(row, person, channel)


def _note_reading(person: Person) -> None:
    trail.record(
        by=_BY, action="read", kind="participant", id=person.row.id, right="system",
        part="followups",
    )  # fmt: skip


def _address(id: UUID, channel: str) -> str | None:
    with transaction(by=_BY):
        _, person = _opened(id)
        return _address_of(person, channel) if person is not None else None


def _address_of(person: Person, channel: str) -> str | None:
    return person.identity.phone if channel == "sms" else person.identity.email


def _opened(id: UUID) -> tuple[Any, Person | None]:
    row = reading.row_of(id)
    if row is None or row.participant_id is None:
        return row, None
    person = people.opened_one(_BY, row.participant_id)
    return row, person if isinstance(person, Person) else None


def _message(row: Any, person: Person, channel: str) -> Message:
    """Return what is said: English to whom one speaks English with, else Swedish."""
    known = person.identity
    starts_at = clock.local(row.starts_at)
    with force_locale("en" if row.language == "en" else "sv"):
        day = format_date(starts_at.date(), "EEEE d MMMM")
        text = gettext(
            "Påminnelse: du har en tid %(day)s kl. %(hour)s. Kan du inte komma? Hör av dig till"
            " den du brukar prata med.",
            day=day,
            hour=f"{starts_at:%H:%M}",
        )
        if known.contact_preference.get("say_where_from"):
            text += " " + gettext("Hälsningar, Solna stad")
        subject = gettext("Påminnelse om din tid")
    return Message(to=str(_address_of(person, channel)), text=str(text), subject=str(subject))


KIND = Kind(compose=_compose, address=_address)
