"""Booked meetings as pages show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import format_date, get_locale, gettext

from outreach.followups import rules
from outreach.foundation import clock
from outreach.foundation.errors import N_
from outreach.foundation.ics import Event
from outreach.sites.codelists import CodeLists

Row = Mapping[str, Any]

STATES = {
    rules.BOOKED: N_("Bokat"),
    rules.HELD: N_("Blev av"),
    rules.NO_SHOW: N_("Kom inte"),
    rules.CANCELLED_BY_PARTICIPANT: N_("Avbokat av personen"),
    rules.CANCELLED_BY_US: N_("Inställt av oss"),
    rules.RESCHEDULED: N_("Ombokat"),
    rules.MISTAKEN: N_("Bokat av misstag"),
}
# What is asked after a meeting, in the order of how often it is so.
OUTCOMES = {
    rules.HELD: N_("Blev av"),
    rules.NO_SHOW: N_("Kom inte"),
    rules.CANCELLED_BY_PARTICIPANT: N_("Avbokade"),
    rules.CANCELLED_BY_US: N_("Vi ställde in"),
}
INTERPRETER = {
    "not_booked": N_("tolk ej bokad"),
    "booked": N_("tolk bokad"),
    "cancelled": N_("tolk avbokad"),
}
ASKED_BY = {
    "participant": N_("Personen"),
    "worker": N_("Vi"),
    "team": N_("Ett annat team"),
}
REMINDERS = {
    "none": N_("Ingen påminnelse"),
    "sms": N_("SMS"),
    "email": N_("E-post"),
}
WARNINGS = {
    "absent": N_("Den som är bokad är borta den dagen."),
    "holiday": N_("Det är en helgdag eller dagen före en."),
    "closed": N_("Platsen är stängd den dagen."),
    "no_shift": N_("Den som är bokad har inget pass den dagen."),
    "outside_hours": N_("Tiden ligger utanför passet eller öppettiderna."),
}
# What stands at the booking where the reminder that was chosen will not go, and in the log.
NO_REMINDER = {
    "protected": N_("Ingen påminnelse skickas: personen har skyddade personuppgifter."),
    "address": N_("Ingen påminnelse kan skickas: det finns ingenstans att skicka den."),
    "not_asked": N_(
        "Ingen påminnelse skickas: fråga personen först, och skriv svaret under Nå mig så."
    ),
    "unreadable_hours": N_(
        "Ingen påminnelse skickas: de säkra tiderna går inte att läsa säkert. Skriv dem som"
        " ”9–15”, ”efter 15” eller ”vardagar 9–15”, eller hör av dig själv."
    ),
    "no_hour": N_("Ingen påminnelse skickas: personen kan inte nås någon tid före mötet."),
    "too_late": N_("Ingen påminnelse skickas: mötet är för nära."),
    "channel_off": N_("Ingen påminnelse skickas: det är inte påslaget här. Hör av dig själv."),
    "not_to_be": N_("Ingen påminnelse skickas: mötet är inte bokat längre."),
    "not_chosen": N_("Ingen påminnelse skickas: den är bortvald."),
    "person_gone": N_("Ingen påminnelse skickas: personens uppgifter får inte användas."),
    "refused": N_(
        "Påminnelsen togs inte emot: numret eller adressen finns inte. Hör av dig själv."
    ),
    "where_from": N_(
        "Ingen påminnelse skickas: ett mejl visar varifrån det kommer, och personen har inte sagt"
        " ja till det."
    ),
    "forgotten": N_("Ingen påminnelse skickas: personens uppgifter får inte användas."),
    "replaced": N_("Ingen påminnelse skickas: en annan skickas i stället."),
    "gave_up": N_("Påminnelsen kom aldrig iväg. Hör av dig själv."),
    "no_answer": N_("Det går inte att veta om påminnelsen kom iväg. Hör av dig själv om du kan."),
}
# What is missing, by the way that was chosen.
_NO_ADDRESS = {
    "sms": N_("Ingen påminnelse kan skickas: telefonnummer saknas."),
    "email": N_("Ingen påminnelse kan skickas: e-postadress saknas."),
}
_LACKS_ADDRESS = {"sms": N_("telefonnummer saknas"), "email": N_("e-postadress saknas")}
# The same in a few words: beside the choice, and in the agenda; what is not there was tried.
_LACKS = {
    "protected": N_("skyddade personuppgifter"),
    "not_asked": N_("personen har inte sagt ja"),
    "where_from": N_("får inte visa varifrån det kommer"),
    "unreadable_hours": N_("de säkra tiderna går inte att läsa"),
    "no_hour": N_("ingen tid passar"),
    "too_late": N_("mötet är för nära"),
    "channel_off": N_("det är inte påslaget här"),
    "not_chosen": N_("den är bortvald"),
    "person_gone": N_("uppgifterna får inte användas"),
    "forgotten": N_("uppgifterna får inte användas"),
}
# What is done with one that is on its way or went; with when.
_REMINDED = {
    "waiting": N_("%(channel)s skickas %(when)s"),
    "handed_over": N_("%(channel)s skickas just nu"),
    "sent": N_("%(channel)s skickat %(when)s"),
}


# So long after it was due a reminder is late.
_LATE = timedelta(minutes=10)


def word(words: Mapping[str, str], code: str) -> str:
    """Return what a code of a closed choice is called."""
    return str(gettext(words[code]))


def day(on: date) -> str:
    """Return a day as one says it: `tisdag 3 februari`, with the year when it is another."""
    same = on.year == clock.today().year
    return str(format_date(on, "EEEE d MMMM" if same else "EEEE d MMMM y"))


def hours(row: Row) -> str:
    """Return when a meeting is by the clock on the wall: `10:00–10:30`."""
    begin, end = clock.local(row["starts_at"]), clock.local(row["ends_at"])
    return f"{begin:%H:%M}–{end:%H:%M}"


def at(instant: datetime) -> str:
    """Return an instant by the clock on the wall: `10:00`."""
    return f"{clock.local(instant):%H:%M}"


def when_and_where(row: Row, lists: CodeLists) -> dict[str, Any]:
    """Return of a meeting its day, its hours and its place; `id` leads to it."""
    return {
        "id": row["id"],
        "day": day(clock.local(row["starts_at"]).date()),
        "hours": hours(row),
        "place_label": lists.label("site", row["place"], get_locale().language),
    }


# Where a day has more free times than so many, those on the hour and the half are shown.
_MANY = 8
_HALVES = (0, 30)


def times(starts: Sequence[datetime]) -> list[dict[str, str]]:
    """Return a day's free times as they are touched; of many, those on the hour and the half."""
    halves = [each for each in starts if clock.local(each).minute in _HALVES]
    shown = halves if len(starts) > _MANY and halves else starts
    return [{"value": each.isoformat(), "label": at(each)} for each in shown]


def line(row: Row, lists: CodeLists, viewer: UUID) -> dict[str, Any]:
    """Return a meeting as a line of the agenda shows it."""
    language = get_locale().language
    known = {**row, "day": day(clock.local(row["starts_at"]).date()), "hours": hours(row)}
    # The code by which a person is spoken of; a name only where it may be read.
    known["who"] = row["name"] or row["case_number"] or row["recognition_code"]
    known["place_label"] = lists.label("site", row["place"], language)
    known["others"] = [each["name"] for each in row["workers"] if each["id"] != viewer]
    known["own"] = any(each["id"] == viewer for each in row["workers"])
    known["state_label"] = word(STATES, row["state"])
    known["interpreter_label"] = (
        word(INTERPRETER, row["interpreter"]) if row["interpreter"] else None
    )
    may_be_said = rules.may_be_said(row["starts_at"], clock.now())
    known["asks_outcome"] = row["state"] == rules.BOOKED and may_be_said
    known["reminder_label"] = _reminded(row)
    return known


def _reminded(row: Row) -> dict[str, Any] | None:
    """Return, of a meeting that is to be, whether its reminder went; None where none was wanted."""
    wanted = [each for each in row.get("reminders", ()) if each["channel"] == row["reminder"]]
    if row["state"] != rules.BOOKED or row["starts_at"] <= clock.now() or not wanted:
        return None
    entry = wanted[0]
    if entry["state"] == "uncertain":
        label = gettext("oklart om påminnelsen gick")
    elif lacks := _lacks(entry["why"], entry["channel"]):
        label = gettext("ingen påminnelse går: %(why)s", why=lacks)
    elif entry["why"]:
        label = gettext("påminnelse gick inte")
    else:
        label = reminder(entry)
    return {"label": str(label), "failed": bool(entry["why"]) or _is_late(entry)}


def calendar_event(row: Row, lists: CodeLists) -> Event:
    """Return a meeting as one's own calendar shows it: in the same words, whoever it is with."""
    remote = row["place"] == "remote"
    return Event(
        uid=row["uid"],
        summary=str(gettext("Bokat möte")),
        location=str(gettext("Telefon eller digitalt"))
        if remote
        else lists.label("site", row["place"], get_locale().language),
        begins=row["starts_at"],
        ends=row["ends_at"],
        stamp=row["stamp"],
        modified=row["modified"],
        sequence=row["sequence"],
        cancelled=row["cancelled"],
    )


def warnings(told: Iterable[str], reminder: str) -> list[str]:
    """Return what stands against a booking, in words; `reminder` is the way that was chosen."""
    return [_warning(each, reminder) for each in told]


def _warning(code: str, channel: str) -> str:
    why = code.removeprefix("no_reminder_")
    return word(WARNINGS, code) if why == code else _no_reminder(why, channel)


def _no_reminder(why: str, channel: str) -> str:
    if why == "address" and channel in _NO_ADDRESS:
        return word(_NO_ADDRESS, channel)
    return word(NO_REMINDER, why)


def _lacks(why: str | None, channel: str) -> str | None:
    """Return in a few words why nobody is reminded; None of a reminder that was tried."""
    if why == "address":
        return word(_LACKS_ADDRESS, channel)
    return word(_LACKS, why) if why in _LACKS else None


def reminder(entry: Row) -> str:
    """Return what became of a reminder, or is to, in a few words."""
    if entry["why"]:
        return _no_reminder(entry["why"], entry["channel"])
    if _is_late(entry):
        return str(gettext("Påminnelsen har inte gått än. Hör av dig själv om det brådskar."))
    instant = clock.local(entry["ended_at"] or entry["due_at"])
    when = f"{day(instant.date())} {instant:%H:%M}"
    said = _REMINDED[entry["state"]]
    return str(gettext(said, channel=word(REMINDERS, entry["channel"]), when=when))


def _is_late(entry: Row) -> bool:
    """Tell whether a reminder should have gone a while ago."""
    return entry["state"] in ("waiting", "handed_over") and entry["due_at"] < clock.now() - _LATE


def reminder_choices(
    offered: Iterable[str], lacking: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """Return the ways in which somebody can be reminded, as forms show them; of none, no choice.

    Beside each that leads to nobody stands what is `lacking`.
    """
    found = choices({code: REMINDERS[code] for code in offered})
    for each in found:
        if lacks := _lacks((lacking or {}).get(each["code"]), each["code"]):
            each["label"] += f" ({lacks})"
    return found if len(found) > 1 else []


def choices(words: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a closed choice as forms show it."""
    return [{"code": code, "label": word(words, code)} for code in words]


def lengths(minutes: Iterable[int]) -> list[dict[str, Any]]:
    """Return how long a meeting may be, as forms show it."""
    return [
        {"code": each, "label": str(gettext("%(num)s minuter", num=each))}
        for each in sorted(minutes)
    ]


def purpose(said: str | None, lists: CodeLists) -> str | None:
    """Return what a meeting is for: a topic by its label, else as it was written."""
    if said is None:
        return None
    return lists.label("topic", said, get_locale().language)
