"""Enrolments as pages show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import format_date, get_locale, gettext, ngettext

from outreach.enrolments import rules
from outreach.foundation import clock
from outreach.foundation.errors import N_
from outreach.sites import service as sites

Row = dict[str, Any]

REASONS = {
    "moved_site": N_("Personen har bytt plats"),
    "absence": N_("Kollegan är borta"),
    "workload": N_("Fördelning av arbetet"),
    "own_wish": N_("Personen vill det"),
    "other": N_("Annat skäl"),
}
LASTED = {
    "yes": N_("Ja"),
    "no": N_("Nej"),
    "pending": N_("Vet inte än"),
}
ANSWERS = {
    "yes": N_("Ja, jobbar kvar"),
    "no": N_("Nej"),
    "not_reached": N_("Nådde inte"),
}
VERIFIED_BY = {
    "own_word": N_("Personen säger det"),
    "contract": N_("Anställningsavtal eller intyg"),
    "employer": N_("Arbetsgivaren eller skolan säger det"),
}
# What the closing results are shown under: all groups, some of them together.
_HEADINGS: dict[tuple[rules.Group, ...], str] = {
    ("work",): N_("Arbete"),
    ("education",): N_("Utbildning"),
    ("placement", "osa"): N_("Praktik eller OSA"),
    ("handed_off",): N_("Överlämnad"),
    ("other",): N_("Annat slut"),
    ("excluded",): N_("Räknas inte i siffrorna"),
}
FIELDS = {
    "opened_on": N_("Började"),
    "route_in": N_("Kontaktväg"),
    "origin": N_("Varifrån personen kom"),
    "occupation_before": N_("Sysselsättning före"),
    "occupation_before_extent": N_("Omfattning i procent"),
    "income_before": N_("Inkomst före"),
    "closing_result": N_("Hur det slutade"),
    "closed_on": N_("Slutade"),
    "start_date": N_("Startdatum"),
    "extent": N_("Omfattning i procent"),
    "funded": N_("Betalt med studiestöd eller annat stöd"),
    "lasted_one_month": N_("Varade jobbet en månad?"),
    "verified_by": N_("Hur vet vi det?"),
    "occupation_after": N_("Sysselsättning efter"),
    "occupation_after_extent": N_("Omfattning i procent"),
    "income_after": N_("Inkomst efter"),
    "new_route_in": N_("Kontaktväg"),
    "worker": N_("Ny ansvarig"),
    "reason": N_("Varför?"),
}


def labels(*names: str) -> dict[str, str]:
    """Return the labels of fields, in the order given."""
    return {name: gettext(FIELDS[name]) for name in names}


def chosen(listed: dict[str, str]) -> list[Row]:
    """Return a closed choice as forms take it."""
    return [{"code": code, "label": gettext(label)} for code, label in listed.items()]


def choices(list_name: str, *kept: str | None) -> list[Row]:
    """Return what can be chosen from a list today, and what is chosen already."""
    lists, language, today = sites.code_lists(), str(get_locale()), clock.today()
    return [
        {"code": choice.code, "label": choice.label(language)}
        for choice in lists.all(list_name)
        if choice.holds(today) or choice.code in kept
    ]


def results() -> list[Row]:
    """Return the closing results under what they count as."""
    offered = choices("closing_result")
    return [
        {
            "label": gettext(label),
            "choices": [each for each in offered if rules.group_of(each["code"]) in groups],
        }
        for groups, label in _HEADINGS.items()
    ]


def day(of: date) -> str:
    """Return a day with its year: `3 november 2026`."""
    return str(format_date(of, "d MMMM y"))


def occupation(said: Row | None) -> str | None:
    """Return what somebody does: `Deltidsarbete, 50 %`."""
    if said is None:
        return None
    label = label_of("occupation", said["code"])
    return f"{label}, {said['extent']} %" if said["extent"] else label


def incomes(said: Iterable[str] | None) -> str | None:
    """Return what somebody lives on, the main income first."""
    return ", ".join(label_of("income_source", code) for code in said) if said else None


def label_of(list_name: str, code: str) -> str:
    """Return a code's label."""
    return sites.code_lists().label(list_name, code, str(get_locale()))


def opening_lines(row: Row) -> list[tuple[str, str]]:
    """Return what stands of how somebody came, as label and text."""
    said = {
        "opened_on": day(row["opened_on"]),
        "route_in": label_of("route_in", row["route_in"]),
        "origin": row["origin"] and label_of("origin", row["origin"]),
        "occupation_before": occupation(row["occupation_before"]),
        "income_before": incomes(row["income_before"]),
    }
    return _lines(said)


def closing_lines(row: Row) -> list[tuple[str, str]]:
    """Return what stands of how it ended, as label and text."""
    said = {
        "closed_on": day(row["closed_on"]),
        "closing_result": label_of("closing_result", row["closing_result"]),
        "start_date": row["start_date"] and day(row["start_date"]),
        "extent": row["extent"] and f"{row['extent']} %",
        "funded": None if row["funded"] is None else _yes_no(said=row["funded"]),
        "lasted_one_month": _answer(LASTED, row["lasted_one_month"]),
        "verified_by": _answer(VERIFIED_BY, row["verified_by"]),
        "occupation_after": occupation(row["occupation_after"]),
        "income_after": incomes(row["income_after"]),
    }
    return _lines(said)


def _answer(listed: dict[str, str], code: str | None) -> str | None:
    return gettext(listed[code]) if code else None


def _yes_no(*, said: bool) -> str:
    return str(gettext("Ja") if said else gettext("Nej"))


def _lines(said: Row) -> list[tuple[str, str]]:
    return [(gettext(FIELDS[name]), text) for name, text in said.items() if text]


def missing(row: Row) -> str | None:
    """Return what is to be asked: `Saknas: sysselsättning före, inkomst före`."""
    names = ", ".join(gettext(FIELDS[name]).lower() for name in row["missing"])
    return str(gettext("Saknas: %(names)s", names=names)) if names else None


def silence(row: Row) -> str:
    """Return how long nobody has been heard of: `Senast 3 augusti 2026, 114 dagar sedan`."""
    ago = ngettext("%(num)s dag sedan", "%(num)s dagar sedan", row["days"])
    return str(gettext("Senast %(day)s, %(ago)s", day=day(row["last_heard_on"]), ago=ago))


def check(row: Row) -> Row:
    """Return a check as pages show it: what was said of it, and what may be said now."""
    return row | {
        "label": gettext("%(days)s dagar efter jobbstart", days=row["day"]),
        "told": began(row),
        "asked": gettext("Frågas %(day)s", day=day(row["due_on"])),
        "standing": _standing_of(row),
        "tried": _tried(row["tried_on"]),
        "answers": [{"code": code, "label": gettext(ANSWERS[code])} for code in row["offered"]],
    }


def _standing_of(row: Row) -> str:
    state, answer = row["state"], row["answer"]
    if answer is not None:
        said_on = day(clock.local(row["said_at"]).date())
        return f"{gettext(ANSWERS[answer])} · {said_on}, {row['said_by']['name']}"
    if state == "resting":
        return str(gettext("Frågas inte: jobbet varade inte en månad."))
    if state == "set_aside":
        return str(gettext("Ingen nådde personen. Frågan ligger åt sidan, men du kan svara."))
    if state == "due":
        return str(gettext("Jobbar personen kvar?"))
    return str(gettext("Frågas %(day)s", day=day(row["due_on"])))


def _tried(days: list[date]) -> str | None:
    """Return how often nobody was reached: `Försökt 2 gånger, senast 3 november 2026`."""
    if not days:
        return None
    often = ngettext("Försökt %(num)s gång", "Försökt %(num)s gånger", len(days))
    return str(gettext("%(often)s, senast %(day)s", often=often, day=day(days[-1])))


def began(row: Row) -> str:
    """Return what began when: `Arbete med stöd sedan 3 augusti 2026`."""
    what = label_of("closing_result", row["closing_result"])
    return str(gettext("%(what)s sedan %(day)s", what=what, day=day(row["began_on"])))
