"""The rules of an enrolment, as plain functions: what may be said of it, and what is missing.

Each rule yields every fault it finds, and expects any field to be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from outreach.foundation.errors import N_, Fault
from outreach.sites.codelists import CodeLists

Group = Literal["work", "education", "placement", "osa", "handed_off", "other", "excluded"]

# What each closing result counts as in the figures.
GROUPS: Mapping[str, Group] = {
    "work_unsupported": "work",
    "work_supported": "work",
    "own_business": "work",
    "studies_funded": "education",
    "education_other": "education",
    "work_placement": "placement",
    "osa_employment": "osa",
    "handed_off_internal": "handed_off",
    "handed_off_external": "handed_off",
    "parental_leave": "other",
    "sickness": "other",
    "pension": "other",
    "moved": "other",
    "own_choice": "other",
    "no_contact": "other",
    "deceased": "excluded",
    "registered_in_error": "excluded",
}
# How an enrolment ends that should never have been.
IN_ERROR = "registered_in_error"

LASTED = ("yes", "no", "pending")
VERIFIED_BY = ("own_word", "contract", "employer")
# Why somebody else becomes responsible. A list, since a text might name somebody.
REASONS = ("moved_site", "absence", "workload", "own_wish", "other")

# What is asked from the second meeting on, and what is asked at the end.
BEFORE = ("occupation_before", "income_before")
AFTER = ("occupation_after", "income_after")
# Answers to what somebody lives on that say that there is nothing more to say.
ALONE = frozenset({"none", "declined", "unknown"})

# Contacts in which a person takes part; the others are about a person.
PARTICIPATION = frozenset({"drop_in", "booked", "outreach", "group", "digital"})
_ASKED_FROM_MEETING = 2

SILENT_DAYS = 90
# So many days after work began it is asked how it goes; the first time, whether it lasted a month.
A_MONTH = 30
CHECK_DAYS = (A_MONTH, 90)
# What is answered then: still at work, not any more, or nobody got hold of the person.
STILL, NO_MORE, NOT_REACHED = "yes", "no", "not_reached"
ANSWERS = (STILL, NO_MORE, NOT_REACHED)
ANSWERED = (STILL, NO_MORE)
# After so many days on which somebody tried in vain, nobody is reminded any more.
MOST_TRIES = 3
_EARLIEST = timedelta(days=3)

CheckState = Literal["answered", "resting", "set_aside", "due", "coming"]

_BEGUN: frozenset[Group] = frozenset({"work", "education", "placement", "osa"})
# Which groups of results a fact of the closing belongs to.
_BELONGS: Mapping[str, frozenset[Group]] = {
    "start_date": _BEGUN,
    "extent": _BEGUN,
    "funded": frozenset({"education"}),
    "lasted_one_month": frozenset({"work", "osa"}),
    "verified_by": _BEGUN,
    "occupation_after": _BEGUN | {"handed_off", "other"},
    "income_after": _BEGUN | {"handed_off", "other"},
}
# Everything that closes an enrolment, in the order in which it is asked.
CLOSING = ("closing_result", "closed_on", *_BELONGS)

Facts = Mapping[str, Any]


def group_of(result: str) -> Group:
    """Return what a closing result counts as; `other` for one that the figures do not know."""
    return GROUPS.get(result, "other")


def belongs(name: str, result: str) -> bool:
    """Tell whether a fact of the closing is asked for with a result."""
    return group_of(result) in _BELONGS[name]


def facts_of(result: str) -> tuple[str, ...]:
    """Return the facts of the closing that are asked for with a result, in order."""
    return tuple(name for name in _BELONGS if belongs(name, result))


def opening_faults(facts: Facts, lists: CodeLists, today: date) -> Iterator[Fault]:
    """Yield everything that is wrong with how an enrolment opens."""
    opened_on = facts.get("opened_on") or today
    if opened_on > today:
        yield Fault("/opened_on", N_("Dagen har inte varit än."))
    yield from before_faults(facts, lists, opened_on, today)
    yield from _income_faults("income_before", facts)


def before_faults(facts: Facts, lists: CodeLists, *days: date) -> Iterator[Fault]:
    """Yield the codes of how somebody came, and what was before, that held on none of the days."""
    for name in ("route_in", "origin"):
        yield from _code_faults(f"/{name}", name, facts.get(name), lists, days)
    yield from _situation_faults("before", facts, lists, days)


def closing_faults(facts: Facts, opened_on: date, lists: CodeLists, today: date) -> Iterator[Fault]:
    """Yield everything that is wrong with how an enrolment closes."""
    yield from _end_faults(facts, opened_on, today)
    closed_on = facts.get("closed_on") or today
    result = facts.get("closing_result")
    yield from _code_faults("/closing_result", "closing_result", result, lists, (closed_on,))
    yield from _situation_faults("after", facts, lists, (closed_on, today))
    yield from _income_faults("income_after", facts)
    if result is not None and result in GROUPS:
        yield from _stray_faults(facts, result)


def change_faults(
    change: Facts, before: Facts, after: Facts, lists: CodeLists, today: date
) -> Iterator[Fault]:
    """Yield what is wrong with a change, and with an ending as it then stands if it changes that.

    What the change leaves as it was is not judged anew by the rules of before.
    """
    opened_on = before["opened_on"]
    yield from before_faults(change, lists, opened_on, today)
    yield from _income_faults("income_before", change)
    if before["closed_on"] is None:
        yield from unclosed_faults(change)
    elif not change.keys().isdisjoint(CLOSING):
        yield from closing_faults(after, opened_on, lists, today)


def imported_faults(facts: Facts, lists: CodeLists, today: date) -> Iterator[Fault]:
    """Yield everything that is wrong with a whole enrolment from elsewhere.

    What another house said more of an ending than is asked here is kept as it was said.
    """
    opened_on, closed_on = facts.get("opened_on"), facts.get("closed_on")
    result = facts.get("closing_result")
    if opened_on is not None:
        if opened_on > today:
            yield Fault("/opened_on", N_("Dagen har inte varit än."))
        yield from before_faults(facts, lists, opened_on)
        yield from _end_faults(facts, opened_on, today)
    if closed_on is not None:
        yield from _code_faults("/closing_result", "closing_result", result, lists, (closed_on,))
        yield from _situation_faults("after", facts, lists, (closed_on,))
        if result is None:
            yield Fault("/closing_result", N_("Säg hur stödperioden slutade."))
    else:
        yield from unclosed_faults(facts)


def unclosed_faults(facts: Facts) -> Iterator[Fault]:
    """Yield what is said of an ending that has not been."""
    for name in CLOSING:
        if says_something(facts.get(name)):
            yield Fault(f"/{name}", N_("Stödperioden är inte avslutad. Avsluta den först."))


def says_something(value: object) -> bool:
    """Tell whether an answer says more than that nothing is known yet."""
    return value not in (None, False, [], "pending")


def _end_faults(facts: Facts, opened_on: date, today: date) -> Iterator[Fault]:
    closed_on = facts.get("closed_on")
    if closed_on is None:
        return
    if closed_on < opened_on:
        detail = N_("Stödperioden började %(day)s. Den kan inte sluta före det.")
        yield Fault("/closed_on", detail, {"day": opened_on.isoformat()})
    elif closed_on > today:
        yield Fault("/closed_on", N_("Dagen har inte varit än."))


def _code_faults(
    pointer: str, listed: str, code: object, lists: CodeLists, days: tuple[date, ...]
) -> Iterator[Fault]:
    if isinstance(code, str) and not any(lists.has(listed, code, day) for day in days):
        yield Fault(pointer, N_("”%(code)s” fanns inte att välja den dagen."), {"code": code})


def _situation_faults(
    when: str, facts: Facts, lists: CodeLists, days: tuple[date, ...]
) -> Iterator[Fault]:
    occupation = facts.get(f"occupation_{when}") or {}
    pointer = f"/occupation_{when}/code"
    yield from _code_faults(pointer, "occupation", occupation.get("code"), lists, days)
    for place, code in enumerate(facts.get(f"income_{when}") or ()):
        yield from _code_faults(f"/income_{when}/{place}", "income_source", code, lists, days)


def _income_faults(name: str, facts: Facts) -> Iterator[Fault]:
    said = facts.get(name) or ()
    for place, code in enumerate(said):
        if code in said[:place]:
            yield Fault(f"/{name}/{place}", N_("Samma inkomst står två gånger."))
        elif code in ALONE and len(said) > 1:
            detail = N_("Det svaret går inte ihop med en annan inkomst. Ta bort det ena.")
            yield Fault(f"/{name}/{place}", detail)


def _stray_faults(facts: Facts, result: str) -> Iterator[Fault]:
    for name in _BELONGS:
        if says_something(facts.get(name)) and not belongs(name, result):
            yield Fault(f"/{name}", N_("Det hör inte till det valda resultatet. Lämna det tomt."))


def without_strays(facts: Facts, result: str) -> dict[str, Any]:
    """Return the facts of a closing, those emptied that are not asked for with the result."""
    return {
        name: value if name not in _BELONGS or belongs(name, result) else None
        for name, value in facts.items()
    }


def missing(enrolment: Facts, meetings_since: int) -> tuple[str, ...]:
    """Return what was not asked yet and should have been: from the second meeting after opening.

    Of a closed enrolment: what the person does now and lives on, where the ending is asked for it.
    """
    result = enrolment["closing_result"]
    if result is not None:
        asked = tuple(name for name in AFTER if belongs(name, result))
    else:
        asked = BEFORE if meetings_since >= _ASKED_FROM_MEETING else ()
    return tuple(name for name in asked if enrolment[name] is None)


def is_silent(last_heard: date, today: date, days: int) -> bool:
    """Tell whether nothing was heard of somebody for so many days."""
    return (today - last_heard).days >= days


def last_start_over(today: date) -> date:
    """Return the latest day on which a job began whose month is over."""
    return today - timedelta(days=A_MONTH + 1)


def checks_of(enrolment: Facts) -> dict[int, date]:
    """Return on which days it is to be asked how work goes, by how many days after it began.

    Work begins on its own day where that is said, else when the enrolment ends. Nothing is asked
    after any other result.
    """
    result = enrolment["closing_result"]
    if result is None or group_of(result) != "work":
        return {}
    began_on = enrolment["start_date"] or enrolment["closed_on"]
    return {day: began_on + timedelta(days=day) for day in CHECK_DAYS}


def of_the_month(enrolment: Facts, day: int) -> str | None:
    """Return what an enrolment says already that the check of a day asks, or None."""
    said: str | None = enrolment["lasted_one_month"]
    return said if day == A_MONTH and said in ANSWERED else None


def rests(check: Facts) -> bool:
    """Tell whether there is nothing to ask: it is known that the work did not last a month."""
    return bool(check["day"] != A_MONTH and check["lasted_one_month"] == NO_MORE)


def check_state(check: Facts, due_until: date) -> CheckState:
    """Return how it stands with a check; due is what falls on the day named, or before it."""
    if check["answer"] is not None:
        return "answered"
    if rests(check):
        return "resting"
    if len(check["tried_on"]) >= MOST_TRIES:
        return "set_aside"
    return "due" if check["falls_on"] <= due_until else "coming"


def offered(check: Facts, today: date) -> tuple[str, ...]:
    """Return what may be answered today: nothing early, twice, or where nothing is to be asked.

    That nobody was reached is said once a day, and so many times at most; whether the person is
    still at work may be answered after that, too.
    """
    if check["answer"] is not None or rests(check) or today < check["falls_on"] - _EARLIEST:
        return ()
    tried_on = check["tried_on"]
    return ANSWERED if today in tried_on or len(tried_on) >= MOST_TRIES else ANSWERS


def says_nothing_new(check: Facts, said: object, today: date) -> bool:
    """Tell whether an answer is one that stands already: then a repeat changes nothing."""
    if check["answer"] is not None:
        return bool(said == check["answer"])
    tried_on = check["tried_on"]
    return said == NOT_REACHED and (today in tried_on or len(tried_on) >= MOST_TRIES)


def can_be_undone(check: Facts, today: date) -> bool:
    """Tell whether there is something to take back: an answer, or a try of today."""
    return check["answer"] is not None or today in check["tried_on"]
