"""Handoffs as pages show them, in the reader's language and from the reader's side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import get_locale, gettext, ngettext

from outreach.accounts.permissions import COMMITTEE_NAMES
from outreach.consents import consent_texts
from outreach.enrolments import wording as situations
from outreach.foundation import clock
from outreach.foundation.errors import N_, Fault
from outreach.foundation.ics import Event
from outreach.handoffs.lifecycle import NOT_BOOKED, OVER, Side
from outreach.participants import wording as known_words
from outreach.sites.codelists import CodeLists

Row = Mapping[str, Any]

STATES = {
    "draft": N_("Utkast"),
    "sent": N_("Skickad"),
    "accepted": N_("Teamet tar emot"),
    "declined": N_("Teamet avböjde"),
    "in_progress": N_("Pågår hos teamet"),
    "completed": N_("Klar"),
    "not_completed": N_("Avbruten"),
    "withdrawn": N_("Tillbakadragen"),
}
_RETURNED = {"sender": N_("Teamet behöver mer"), "receiver": N_("Ni har bett om mer")}
# To those to whom it was sent.
OUR_STATES = {
    "sent": N_("Väntar på ert svar"),
    "accepted": N_("Ni tar emot"),
    "declined": N_("Ni avböjde"),
    "in_progress": N_("Pågår"),
    "completed": STATES["completed"],
}
_THEIR_TURN = {"sender": N_("Teamets tur"), "receiver": N_("Avsändarens tur")}
# What is left for a side when it is over.
_AFTERWARDS = {
    "sender": N_("Att ta ställning till"),
    "receiver": N_("Det som ni har läst får inte användas"),
}
DECLINE_REASONS = {
    "outside_target_group": N_("Hör inte till målgruppen"),
    "queue_full": N_("Kön är full"),
    "lacks_af_decision": N_("Saknar beslut från Arbetsförmedlingen"),
    "not_resident": N_("Bor inte i Solna"),
    "duplicate": N_("Finns redan hos oss"),
    "no_reason": N_("Personen tackar nej och säger inte varför"),
    "does_not_want": N_("Personen vill inte ha just det här"),
    "wants_to_wait": N_("Personen vill vänta"),
    "has_other_support": N_("Personen har annat stöd"),
    "travel_time_children": N_("Resväg, tider eller barn"),
    "distrust": N_("Personen känner inte förtroende"),
}
OUTCOMES = {
    "measure_started": N_("Insats började"),
    "job_found": N_("Fick jobb"),
    "studies_started": N_("Började studera"),
    "support_given": N_("Fick stöd"),
}
NOT_COMPLETED = {
    "person_ended": N_("Personen avslutade"),
    "team_ended": N_("Teamet avslutade"),
    "lost_contact": N_("Kontakten bröts"),
    "moved": N_("Personen flyttade"),
}
WITHDRAWN = {
    "person": N_("Personen ville inte längre"),
    "sender": N_("Avsändaren ångrade sig"),
    "consent": N_("Personen tog tillbaka sitt ja"),
}
_REASONS = DECLINE_REASONS | NOT_COMPLETED | WITHDRAWN
MEETINGS = {
    "booked": N_("Bokat"),
    "held": N_("Har varit"),
    "person_declined": N_("Personen ville inte"),
}
# What a form offers besides: the way back to none.
MEETINGS_TO_SAY = MEETINGS | {NOT_BOOKED: N_("Inte bokat")}
REQUIREMENTS = {
    "age": N_("Rätt ålder"),
    "resident": N_("Bor i Solna"),
    "af_registered": N_("Inskriven på Arbetsförmedlingen"),
    "af_decision": N_("Har ett beslut från Arbetsförmedlingen"),
}
_ACTIONS = {
    "create": N_("började överlämningen"),
    "send": N_("skickade"),
    "return": N_("bad om mer"),
    "accept": N_("tog emot"),
    "decline": N_("avböjde"),
    "start": N_("började"),
    "complete": N_("avslutade: klar"),
    "not-complete": N_("avslutade: avbruten"),
    "withdraw": N_("drog tillbaka"),
    "first-meeting": N_("ändrade första mötet"),
    "message": N_("skrev ett meddelande"),
}


def word(words: Mapping[str, str], code: str) -> str:
    """Return what a code of a closed choice is called."""
    return str(gettext(words[code]))


def choices(words: Mapping[str, str], codes: Iterable[str] | None = None) -> list[dict[str, str]]:
    """Return a closed choice as forms show it; only the codes, where they are given."""
    return [{"code": code, "label": word(words, code)} for code in (codes or words)]


def state(row: Row, side: Side) -> str:
    """Return how a handoff stands, in the words of one side."""
    returned = row["state"] == "sent" and row["turn"] == "sender"
    if returned:
        return word(_RETURNED, side)
    words = STATES | OUR_STATES if side == "receiver" else STATES
    return word(words, row["state"])


def turn(row: Row, side: Side) -> str | None:
    """Return whose turn it is, in the words of one side; None when it is over and seen to."""
    if row["turn"] is None:
        return word(_AFTERWARDS, side) if row["waits"] else None
    if row["turn"] == side or row["direction"] == "in":
        return str(gettext("Er tur"))
    return word(_THEIR_TURN, side)


def age(since: datetime) -> str:
    """Return how long something has waited: today, one day, five days."""
    days = (clock.today() - clock.local(since).date()).days
    if days <= 0:
        return str(gettext("i dag"))
    return str(ngettext("%(num)s dag", "%(num)s dagar", days))


def moment(at: datetime | None) -> str | None:
    """Return an instant as people say it: 8 januari 2026 10:30."""
    return f"{known_words.day(at)} {clock.local(at):%H:%M}" if at else None


def instant(said: str) -> str:
    """Return a time on the wall, as a form says it, as an instant; what is none stays as it is."""
    try:
        wall = datetime.fromisoformat(said)
    except ValueError:
        return said
    return wall.replace(tzinfo=clock.STOCKHOLM).isoformat() if wall.tzinfo is None else said


def on_the_wall(at: datetime | None) -> str | None:
    """Return an instant as a form's field of day and time holds it."""
    return f"{clock.local(at):%Y-%m-%dT%H:%M}" if at else None


def line(row: Row, side: Side) -> dict[str, Any]:
    """Return a handoff as a line of a list: never the team."""
    return {
        **row,
        "who": row["name"] or row["case_number"],
        "state_label": state(row, side),
        "turn_label": turn(row, side),
        "ours": row["turn"] == side or (row["direction"] == "in" and row["turn"] is not None),
        "age": age(row["turn_since"]),
        "since": known_words.day(row["turn_since"]),
        "meeting": meeting(row["first_meeting"]),
        "meeting_in_line": meeting(row["first_meeting"], within=True),
        "is_over": row["state"] in OVER,
    }


_DEADLINES = {
    "decision": N_("Förnya beslutet"),
    "cap": N_("Förbered avslutet"),
    "followup": N_("Följ upp"),
}
ANSWERS = {"yes": N_("Ja"), "pending": N_("Väntar på svar"), "no": N_("Nej")}


def deadline(one: Row | None) -> dict[str, Any] | None:
    """Return a day on which something is to be done: what, when, and whether it has passed."""
    if one is None:
        return None
    about = known_words.day(one["about"])
    return {
        "what": word(_DEADLINES, one["kind"]),
        "day": known_words.day(one["on"]),
        "before": about if one["about"] != one["on"] else None,
        "late": one["on"] < clock.today(),
    }


# In whoever's calendar it lies: neither the team nor what it is for.
_IN_CALENDARS = {
    "decision": N_("%(case_number)s: beslut slutar %(day)s"),
    "cap": N_("%(case_number)s: tvåårsgränsen %(day)s"),
    "followup": N_("%(case_number)s: uppföljning"),
}


def calendar_event(row: Row) -> Event:
    """Return a deadline as an event of the day on which something is to be done."""
    said = _IN_CALENDARS[row["kind"]]
    about = known_words.day(row["about"])
    return Event(
        uid=row["uid"],
        summary=str(gettext(said, case_number=row["case_number"], day=about)),
        begins=row["on"],
        ends=row["on"] + timedelta(days=1),
        stamp=clock.now(),
        sequence=row["sequence"],
    )


def load(said: Row) -> dict[str, Any]:
    """Return how many each specialist supports, with the day of their own count in words."""
    return {
        **said,
        "specialists": [
            {
                **each,
                "now": each["here"] + (each["elsewhere"] or 0),
                "counted": each["counted_on"] and known_words.day(each["counted_on"]),
            }
            for each in said["specialists"]
        ],
    }


def ips(said: Row) -> dict[str, Any]:
    """Return what Jobbteamet follows of somebody, in words."""
    return {**said, "mark": said["mark_on"] and known_words.day(said["mark_on"])}


_OSA_FIELDS = {
    "training_from": N_("Arbetsträning från"),
    "employed_from": N_("Anställd från"),
    "ended_on": N_("Avslutad"),
}
_OSA_ROWS = {
    ("decisions", "from"): ("decision_from", N_("Beslut %(number)s, från")),
    ("decisions", "to"): ("decision_to", N_("Beslut %(number)s, till")),
    ("decisions", "answer"): ("decision_answer", N_("Beslut %(number)s, svar")),
    ("pauses", "from"): ("pause_from", N_("Borta %(number)s, från")),
    ("pauses", "to"): ("pause_to", N_("Borta %(number)s, till")),
}


def osa_faults(faults: Iterable[Fault]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is wrong with OSA's dates by the form's fields, and what those are called."""
    errors: dict[str, str] = {}
    labels: dict[str, str] = {}
    for fault in faults:
        field, label = _osa_field(fault.pointer)
        errors.setdefault(field, str(gettext(fault.detail, **fault.values)))
        labels[field] = label
    return errors, labels


def _osa_field(pointer: str) -> tuple[str, str]:
    table, *where = pointer.removeprefix("/").split("/")
    if where[1:] and (found := _OSA_ROWS.get((table, where[1]))):
        number = int(where[0]) + 1
        return f"{found[0]}-{number}", str(gettext(found[1], number=number))
    return table, str(gettext(_OSA_FIELDS.get(table, _OSA_FIELDS["ended_on"])))


def osa(said: Row) -> dict[str, Any]:
    """Return what OSA follows of somebody, in words, with every deadline."""
    return {
        **said,
        "deadlines": [deadline(each) for each in said["deadlines"]],
        "cap": said["cap_on"] and known_words.day(said["cap_on"]),
    }


def joint(meeting: Row | None, lists: CodeLists) -> dict[str, Any] | None:
    """Return where all three meet and with whom, in words; None where it is not known."""
    if meeting is None:
        return None
    place = lists.label("site", meeting["place"], str(get_locale()))
    return {**meeting, "place": place, "with": ", ".join(meeting["with"])}


def sender(row: Row, unit: str | None) -> str | None:
    """Return who has sent a handoff: their name, and their unit or else their committee."""
    if row["sent_by"] is None:
        return None
    return f"{row['sent_by']['name']}, {unit or word(COMMITTEE_NAMES, row['committee'])}"


def meeting(first: Row | None, *, within: bool = False) -> str | None:
    """Return how it goes with the first meeting; `within` a sentence it begins with no capital."""
    if first is None:
        return None
    told = word(MEETINGS, first["state"])
    # Months have a capital in some languages: only the word before them loses its own.
    told = told.lower() if within else told
    return f"{told} {moment(first['at'])}" if first["at"] else told


def shown(row: Row, side: Side, lists: CodeLists) -> dict[str, Any]:
    """Return a handoff in full, in words."""
    language = str(get_locale())
    return {
        **line(row, side),
        "team_label": row["team"] and lists.label("target", row["team"], language),
        "origin_label": row["origin"] and lists.label("origin", row["origin"], language),
        "missing_labels": labels("categories", row["missing"]),
        "back_labels": labels("back", row["back"]),
        "until": row["valid_to"] and known_words.day(row["valid_to"]),
        "expired": row["valid_to"] is not None and row["valid_to"] < clock.today(),
        "reason_label": word(_REASONS, row["reason"]) if row["reason"] else None,
        "outcome_label": word(OUTCOMES, row["outcome"]) if row["outcome"] else None,
        "told": list(told(row["snapshot"] or {}, lists)),
        "dates": list(_dates(row)),
        "meeting_at": on_the_wall((row["first_meeting"] or {}).get("at")),
        "notes": [
            {**each, "when": moment(each["written_at"]), "mine": each["side"] == side}
            for each in row["messages"]
        ],
        "happened": [
            {
                "when": moment(each["at"]),
                "who": each["by"]["name"],
                "what": word(_ACTIONS, each["action"]),
            }
            for each in reversed(row["history"])
        ],
    }


def _dates(row: Row) -> Iterator[tuple[str, str]]:
    for name, label in (
        ("sent_at", gettext("Skickad")),
        ("seen_at", gettext("Sedd av teamet")),
        ("decided_at", gettext("Svar")),
        ("started_at", gettext("Började")),
        ("ended_at", gettext("Avslutad")),
    ):
        if at := moment(row[name]):
            yield label, at


def labels(kind: str, codes: Iterable[str]) -> list[str]:
    """Return the words for codes of `categories` or `back`, as the person was asked about them."""
    words = consent_texts.labels(str(get_locale()))
    return [words.label(kind, code) for code in codes]


def told(snapshot: Row, lists: CodeLists) -> Iterator[dict[str, Any]]:
    """Yield what a team is told, field by field: `code`, `label` and `lines`, empty of what is not.

    In the order in which it is chosen.
    """
    for code, value in snapshot.items():
        [label] = labels("categories", [code])
        lines = [] if value is None else [each for each in _LINES[code](value, lists) if each]
        yield {"code": code, "label": label, "lines": lines}


def _next_step(step: Row, _: CodeLists) -> list[str]:
    due = step["due_on"]
    said = [step["text"], word(known_words.TURNS, step["turn"])]
    if due:
        said.append(gettext("senast %(day)s", day=known_words.day(date.fromisoformat(due))))
    return said


def _contacts(contacts: Sequence[Row], lists: CodeLists) -> list[str]:
    language = str(get_locale())
    return [
        " · ".join(
            [
                known_words.day(date.fromisoformat(each["day"])),
                lists.label("site", each["site"], language),
                lists.label("contact_type", each["contact_type"], language),
                *(lists.label("topic", topic, language) for topic in each["topics"]),
            ]
        )
        for each in contacts
    ]


_LINES: Mapping[str, Callable[[Any, CodeLists], Iterable[str | None]]] = {
    "name": lambda value, _: [value],
    "number": lambda value, _: [known_words.number(value)],
    "birth_date": lambda value, _: [known_words.day(date.fromisoformat(value))],
    "phone": lambda value, _: [known_words.phone(value)],
    "email": lambda value, _: [value],
    "language": known_words.tongue,
    "contact_preference": lambda value, _: known_words.reach({"contact_preference": value}),
    "next_step": _next_step,
    "occupation": lambda value, _: [situations.occupation(value)],
    "income": lambda value, _: [situations.incomes(value)],
    "contacts": _contacts,
    "note": lambda value, _: [
        f"{known_words.day(date.fromisoformat(each['day']))}: {each['text']}" for each in value
    ],
}
