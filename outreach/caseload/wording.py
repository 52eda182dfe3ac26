"""People as their pages show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import get_locale, gettext

from outreach.consents import consent_texts
from outreach.enrolments import wording as enrolment_words
from outreach.followups import wording as meeting_words
from outreach.followups.rules import BOOKED
from outreach.foundation import clock
from outreach.foundation.errors import N_
from outreach.handoffs import wording as handoff_words
from outreach.participants.rules import PRESENT
from outreach.participants.wording import day
from outreach.sites.codelists import CodeLists

Row = Mapping[str, Any]

# Why somebody was opened, in the order in which it is asked.
REASONS = {
    "calling": N_("Personen ringer"),
    "colleague_absent": N_("Kollegan är borta"),
    "handoff": N_("Överlämning"),
    "correction": N_("Något ska rättas"),
    "other": N_("Annat"),
}
_OTHER = REASONS["other"]
_PRESENT = N_("Personen är här")
_OWN = N_("Din deltagare")
_RIGHTS = {
    "named": N_("Du är namngiven"),
    "unit": N_("Din enhets deltagare"),
}
_ACTS = {
    "read": N_("läste"),
    "extract": N_("tog fram allt som står"),
    "create": N_("skrev in"),
    "identify": N_("skrev in"),
    "enrol": N_("började stödperioden"),
    "close": N_("avslutade stödperioden"),
    "plan": N_("skrev nästa steg"),
    "finish": N_("markerade nästa steg som klart"),
    "assign": N_("ändrade vem som är ansvarig"),
    "join": N_("länkade ihop"),
    "unjoin": N_("tog bort en länk"),
    "reject": N_("avböjde ett förslag"),
    "restrict": N_("tog emot en begäran om radering"),
    "lift": N_("avgjorde en begäran om radering"),
    "forget": N_("tog bort uppgifter"),
}
_CHANGED = N_("ändrade")
_READING = frozenset({"read", "extract"})


def right(row: Row) -> str:
    """Return by what right a person is open: as one's own, or why it was opened."""
    opening, told = row["opening"], _RIGHTS.get(row["right"], _OWN)
    if opening is None:
        return str(gettext(told))
    until = f"{clock.local(opening['ends_at']):%H:%M}"
    return str(gettext("Öppnad: %(why)s, till %(until)s", why=_why(opening["reason"]), until=until))


def _why(reason: str | None) -> str:
    return str(gettext(_PRESENT if reason == PRESENT else REASONS.get(reason or "", _OTHER)))


def contact(row: Row, lists: CodeLists) -> dict[str, Any]:
    """Return one contact: day, place, kind and what it was about."""
    language = _language()
    return {
        "id": row["contact_id"],
        "day": day(row["local_day"]),
        "on": row["local_day"],
        "words": [
            lists.label("site", row["site"], language),
            lists.label("contact_type", row["contact_type"], language),
            *(lists.label("topic", code, language) for code in row["topics"]),
            *(lists.label("target", code, language) for code in row["signposted_to"]),
        ],
        # Nobody knew whose it was when it was logged.
        "was_anonymous": row["basis"] != "logged",
        "voided": row["voided_at"] is not None,
    }


def happened(row: Row, lists: CodeLists) -> list[dict[str, Any]]:
    """Return all that has happened with somebody, the latest first."""
    lines = [contact(each, lists) for each in row["contacts"]]
    lines += [
        {"on": on, "day": day(on), "words": [str(text)], "is_mark": True}
        for on, text in _marks(row, lists)
    ]
    return sorted(lines, key=lambda line: line["on"], reverse=True)


def _marks(row: Row, lists: CodeLists) -> Iterator[tuple[date, str]]:
    """Yield what happened beside the contacts."""
    language = _language()
    yield clock.local(row["registered_at"]).date(), gettext("Skrevs in")
    for each in row["enrolments"]:
        yield each["opened_on"], gettext("Stödperioden började")
        if each["closed_on"]:
            result = lists.label("closing_result", each["closing_result"], language)
            yield each["closed_on"], gettext("Stödperioden avslutades: %(result)s", result=result)
    for each in row["consents"]:
        team = lists.label("target", each["to_team"], language)
        given = clock.local(each["given_at"]).date()
        yield given, gettext("Sa ja till att vi berättar för %(team)s", team=team)
        if each["withdrawn_at"]:
            back = clock.local(each["withdrawn_at"]).date()
            yield back, gettext("Tog tillbaka sitt ja till %(team)s", team=team)


def consents(row: Row, lists: CodeLists) -> list[dict[str, Any]]:
    """Return what somebody has said yes to, and how it stands."""
    words = consent_texts.labels(_language())
    return [
        {
            "id": each["id"],
            "team": lists.label("target", each["to_team"], _language()),
            "categories": [words.label("categories", code) for code in each["categories"]],
            "purpose": each["purpose"],
            "holds": each["state"] in {"valid", "coming"},
            "begins": day(each["valid_from"]) if each["state"] == "coming" else None,
            "until": day(each["valid_to"]),
            "withdrawn": each["withdrawn_at"] and day(each["withdrawn_at"]),
        }
        for each in row["consents"]
    ]


def booked(row: Row, lists: CodeLists, viewer: UUID) -> list[dict[str, Any]]:
    """Return the meetings that are to be, or wait for their outcome, the nearest first."""
    ahead = [each for each in row["followups"] if each["state"] == BOOKED]
    return [meeting_words.line(each, lists, viewer) for each in reversed(ahead)]


def meetings(row: Row, lists: CodeLists) -> list[dict[str, Any]]:
    """Return every meeting as it is told to the person, the latest first."""
    language = _language()
    return [
        {
            "when": f"{day(each['starts_at'])} {meeting_words.hours(each)}",
            "place": lists.label("site", each["place"], language),
            "workers": [worker["name"] for worker in each["workers"]],
            "state": meeting_words.word(meeting_words.STATES, each["state"]),
            "purpose": meeting_words.purpose(each["purpose"], lists),
            "said": [text for text in (each["why_not"], each["why"]) if text],
        }
        for each in row["followups"]
    ]


def handoffs(row: Row, lists: CodeLists) -> list[dict[str, Any]]:
    """Return whom somebody was handed over to or came from, the latest first."""
    language = _language()
    return [
        handoff_words.line(each, "receiver" if each["direction"] == "in" else "sender")
        | {
            "team": each["team"] and lists.label("target", each["team"], language),
            "origin": each["origin"] and lists.label("origin", each["origin"], language),
            "categories": handoff_words.labels("categories", each["fields"]),
            "sent": each["sent_at"] and day(each["sent_at"]),
        }
        for each in row["handoffs"]
    ]


def periods(row: Row, lists: CodeLists) -> list[dict[str, Any]]:
    """Return somebody's enrolments, the latest first."""
    language = _language()
    return [
        {
            "id": each["id"],
            "since": day(each["opened_on"]),
            "until": day(each["closed_on"]) if each["closed_on"] else None,
            "result": each["closing_result"]
            and lists.label("closing_result", each["closing_result"], language),
            "missing": missing(each["missing"]),
        }
        for each in row["enrolments"]
    ]


def missing(codes: Iterable[str]) -> list[str]:
    """Return what has not been asked yet."""
    return [str(gettext(enrolment_words.FIELDS[code])).lower() for code in codes]


def situations(enrolment: Row) -> Iterator[tuple[str, str]]:
    """Yield what an enrolment says of a person: how they came, what they do and live on."""
    yield gettext("Så kom du hit"), enrolment_words.label_of("route_in", enrolment["route_in"])
    for name, label in (
        ("before", gettext("När du kom")),
        ("after", gettext("När du slutade")),
    ):
        said = (
            enrolment_words.occupation(enrolment[f"occupation_{name}"]),
            enrolment_words.incomes(enrolment[f"income_{name}"]),
        )
        if any(said):
            yield label, "; ".join(each for each in said if each)


def went(row: Row, enrolment: Row) -> Iterator[tuple[str, str]]:
    """Yield what was said of how work went after an enrolment, or that nobody was reached."""
    for each in row["checks"]:
        if each["enrolment_id"] == enrolment["id"]:
            check = enrolment_words.check(each)
            is_open = each["state"] not in {"answered", "resting"}
            words = check["asked" if is_open else "standing"], check["tried"]
            yield check["label"], ". ".join(filter(None, words))


def looked(rows: Iterable[Row], *, briefly: bool = False) -> list[dict[str, str]]:
    """Return who has looked, when, and what they did; `briefly`: whether they changed anything."""
    return [
        {
            "actor": each["actor"] or gettext("Systemet"),
            "day": day(each["day"]),
            "acts": ", ".join(dict.fromkeys(_act(*act, briefly=briefly) for act in each["acts"])),
        }
        for each in rows
    ]


def _act(action: str, reason: str | None, *, briefly: bool) -> str:
    if action == "open":
        return str(gettext("öppnade (%(why)s)", why=_why(reason).lower()))
    told = _ACTS.get(action, _CHANGED) if not briefly or action in _READING else _CHANGED
    return str(gettext(told))


def _language() -> str:
    return str(get_locale())
