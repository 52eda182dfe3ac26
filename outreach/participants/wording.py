"""What is known of a person as pages show it, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import format_date, get_locale, gettext

from outreach.foundation import clock
from outreach.foundation.errors import N_
from outreach.sites.codelists import CodeLists

Row = Mapping[str, Any]

TURNS = {
    "person": N_("Personens tur"),
    "worker": N_("Vår tur"),
    "team": N_("Ett annat teams tur"),
}
_YOUR_TURNS = {
    "person": N_("Din tur"),
    "worker": N_("Vår tur"),
    "team": N_("Ett annat teams tur"),
}
_SWEDEN = "+46"
# So many digits has a Swedish mobile number with its zero.
_MOBILE = 10
# What a person said yes or no to, and how it is told: yes, no, nobody has asked.
_WAYS = {
    "sms": (N_("SMS går bra"), N_("inget SMS"), N_("SMS: fråga först")),
    "call": (N_("ring gärna"), N_("ring inte"), N_("ringa: fråga först")),
    "email": (N_("e-post går bra"), N_("ingen e-post"), N_("e-post: fråga först")),
}


def day(when: date | datetime) -> str:
    """Return a day as people say it: 8 januari 2026."""
    on = clock.local(when).date() if isinstance(when, datetime) else when
    return str(format_date(on, "d MMMM y"))


def step(said: Row | None, *, to_the_person: bool = False) -> dict[str, Any] | None:
    """Return what happens next in words, or None."""
    if said is None:
        return None
    due_on = said["due_on"]
    turn = (_YOUR_TURNS if to_the_person else TURNS)[said["turn"]]
    return {
        "text": said["text"],
        "turn": gettext(turn),
        "due": day(due_on) if due_on else None,
        "overdue": due_on is not None and due_on < clock.today(),
        "set_on": day(said["set_at"]),
        "set_by": said["set_by"]["name"],
        "done": day(said["done_at"]) if said.get("done_at") else None,
    }


def reach(row: Row) -> list[str]:
    """Return how somebody wants to be reached, a few words each; what was not asked is a no."""
    preference = row["contact_preference"]
    words = [_way(name, preference.get(name)) for name in _WAYS]
    words.append(
        gettext("meddelande får lämnas")
        if preference.get("leave_message")
        else gettext("lämna inget meddelande")
    )
    words.append(
        gettext("säg gärna varifrån du ringer")
        if preference.get("say_where_from")
        else gettext("säg inte varifrån du ringer")
    )
    if preference.get("shared_phone"):
        words.append(gettext("fler använder telefonen"))
    if preference.get("safe_hours"):
        words.append(gettext("säkra tider: %(when)s", when=preference["safe_hours"]))
    return [str(each) for each in words]


def _way(name: str, answer: object) -> str:
    yes, no, unknown = _WAYS[name]
    told = {"yes": yes, "no": no}.get(str(answer), unknown)
    return str(gettext(told))


def tongue(row: Row, lists: CodeLists) -> list[str]:
    """Return which language somebody speaks, and which interpreter is needed."""
    language = str(get_locale())
    words = []
    if row["language"]:
        words.append(lists.label("talk_language", row["language"], language))
    if row["interpreter"] and row["interpreter"] != "none":
        label = lists.label("interpreter", row["interpreter"], language)
        words.append(str(gettext("tolk: %(how)s", how=label.lower())))
    return words


def number(canonical: str | None) -> str | None:
    """Return a personal number as it is written: 19900101-9802."""
    return canonical and f"{canonical[:8]}-{canonical[8:]}"


def phone(dialled: str | None) -> str | None:
    """Return a phone number as it is written in Sweden: 070-174 06 05; a foreign one as it is."""
    if dialled is None or not dialled.startswith(_SWEDEN):
        return dialled
    digits = "0" + dialled.removeprefix(_SWEDEN)
    if digits.startswith("07") and len(digits) == _MOBILE:
        return f"{digits[:3]}-{digits[3:6]} {digits[6:8]} {digits[8:]}"
    return digits
