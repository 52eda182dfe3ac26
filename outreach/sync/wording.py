"""What came from tablets as pages show it, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import format_datetime, get_locale, gettext, ngettext

from outreach.contacts.rules import LISTED
from outreach.foundation import clock
from outreach.foundation.errors import N_
from outreach.sites.codelists import CodeLists

Row = Mapping[str, Any]

_DONE = {
    "contact.create": N_("Ny kontakt"),
    "contact.correct": N_("Rättad kontakt"),
    "contact.void": N_("Borttagen kontakt"),
    "contact.confirm": N_("Bekräftad kontakt"),
    "code.hand_out": N_("Utlämnad kod"),
    "shift.start": N_("Startat pass"),
    "shift.begin": N_("Påbörjat planerat pass"),
    "shift.close": N_("Stängt pass"),
}
# In the order in which the form asks for them; what is not here tells a reader nothing.
_FACTS = {
    "site": N_("Plats"),
    "activity": N_("Verksamhet"),
    "contact_type": N_("Sätt"),
    "occurred_at": N_("Tid"),
    "headcount": N_("Antal personer"),
    "gender": N_("Kön"),
    "age_band": N_("Ålder"),
    "first_time": N_("Första gången"),
    "topics": N_("Ämnen"),
    "result": N_("Resultat"),
    "signposted_to": N_("Hänvisad till"),
    "talk_language": N_("Språk"),
    "interpreter": N_("Tolk"),
    "minutes": N_("Minuter"),
    "recognition_code": N_("Kod"),
    "code": N_("Kod"),
    "reason": N_("Orsak"),
    "starts_at": N_("Börjar"),
    "started_at": N_("Började"),
    "ended_at": N_("Slutade"),
}
_PUT_RIGHT = N_(
    "Den som skrev rättar det på plattan, under Att rätta. Går det inte: registrera det på nytt och"
    " kasta det här."
)
_LISTS = LISTED | {"reason": "void_reason"}
_TIMES = frozenset({"occurred_at", "starts_at", "started_at", "ended_at"})
_LOST = {
    "lost": N_("Plattan säger själv att den har tappat det. Fråga dem som använde den."),
    "never_arrived": N_("Plattans lagring tömdes innan det skickades. Fråga dem som använde den."),
    "key_destroyed": N_("Det kom för sent för att kunna öppnas. Fråga dem som använde plattan."),
}


def moment(instant: datetime) -> str:
    """Return an instant as the clock on the wall in Solna shows it."""
    return str(format_datetime(instant, "d MMMM y HH:mm"))


def loss(row: Row) -> dict[str, Any]:
    """Return a loss in words: how much, when it was noticed, and what to do."""
    many, why = row["last_seq"] - row["first_seq"] + 1, _LOST[row["kind"]]
    return {
        "id": row["id"],
        "many": ngettext(
            "%(num)s händelse (nummer %(numbers)s) kommer inte fram",
            "%(num)s händelser (nummer %(numbers)s) kommer inte fram",
            many,
            numbers=_numbers(row),
        ),
        "noticed": moment(row["noticed_at"]),
        "why": gettext(why),
        "seen": row["seen_at"] and moment(row["seen_at"]),
    }


def _numbers(row: Row) -> str:
    first, last = row["first_seq"], row["last_seq"]
    return str(first) if first == last else f"{first}–{last}"


def to_decide(row: Row, lists: CodeLists) -> dict[str, Any]:
    """Return what is to be decided in words: both sides, why it waits, and what may be done."""
    done = _DONE.get(row["type"] or "")
    title, conflict = row["title"], row["kind"] == "conflict"
    # What breaks a rule is put right where it was written; nobody edits it here.
    detail = _PUT_RIGHT if row["faults"] else row["detail"]
    return {
        "id": row["id"],
        "what": gettext(done) if done else gettext("Något som inte går att läsa här"),
        "title": gettext(title),
        "detail": gettext(detail),
        "faults": [gettext(fault.detail, **fault.values) for fault in row["faults"]],
        "author": row["author"] and row["author"]["name"],
        "at": row["at"] and moment(row["at"]),
        "received": moment(row["received_at"]),
        "about": _about(row["current"], lists),
        "facts": facts(row["facts"] or {}, row["current"], lists),
        "compared": row["current"] is not None,
        "conflict": conflict,
        # What could not be read can be done by nobody.
        "may_apply": row["facts"] is not None,
        "apply": gettext("Ta det som skrevs på plattan") if conflict else gettext("Spara det"),
        "discard": gettext("Behåll det som står") if conflict else gettext("Kasta det"),
    }


def _about(current: Row | None, lists: CodeLists) -> str:
    """Return which contact it is, as it stands now: whom it was with, and when."""
    if current is None:
        return ""
    told = (_value(name, current[name], lists) for name in ("gender", "age_band") if current[name])
    return f"{' '.join(told) or gettext('Kontakt')}, {_time(current['occurred_at'])}"


def facts(said: Row, current: Row | None, lists: CodeLists) -> list[dict[str, str]]:
    """Return what a tablet said, fact by fact, and beside each what is there now."""
    return [
        {
            "label": gettext(label),
            "said": _value(name, said[name], lists),
            "now": _value(name, current.get(name), lists) if current else "",
        }
        for name, label in _FACTS.items()
        if said.get(name) not in (None, [])
    ]


def _value(name: str, value: Any, lists: CodeLists) -> str:
    if isinstance(value, list):
        return ", ".join(_value(name, each, lists) for each in value if _is_plain(each)) or "–"
    if value is None or not _is_plain(value):
        return "–"
    if name in _TIMES:
        return _time(value)
    if name in _LISTS:
        return lists.label(_LISTS[name], str(value), str(get_locale()))
    return str(value)


def _is_plain(value: Any) -> bool:
    # What a tablet says may be anything; what is no value of ours tells a reader nothing.
    return isinstance(value, str | int | float | datetime | UUID)


def _time(value: Any) -> str:
    try:
        return moment(clock.local(datetime.fromisoformat(str(value))))
    except (ValueError, OverflowError):
        return str(value)
