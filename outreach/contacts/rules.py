"""The rules of a contact, as plain functions over what was read of it.

Each yields every fault it finds, and expects any field to be missing: a person is told all that
is wrong at once, beside the field it is wrong in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from outreach.foundation import clock
from outreach.foundation.errors import N_, Fault
from outreach.sites.codelists import CodeLists

# A tablet's clock may run a little ahead of ours.
AHEAD = timedelta(minutes=5)

MAX_TOPICS = 3
MAX_TARGETS = 3

# What only the system writes, when a booking or a handoff is made from the contact.
SYSTEM_RESULTS = frozenset({"meeting_booked", "handoff_started"})

# The kinds of contact that belong to an outreach activity; the open activity has all but the first.
_ON_OUTREACH = frozenset({"outreach", "brief", "group", "third_party"})

# Which list each coded field is chosen from.
LISTED = {
    "site": "site",
    "activity": "activity",
    "contact_type": "contact_type",
    "age_band": "age_band",
    "gender": "gender",
    "first_time": "first_time",
    "topics": "topic",
    "result": "contact_result",
    "signposted_to": "target",
    "talk_language": "talk_language",
    "interpreter": "interpreter",
}

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Intake:
    """What a contact is held against: the code lists, the time, and how late it may come."""

    lists: CodeLists
    now: datetime
    # None: as late as needed (a supervisor's entry, an import).
    late_days: int | None

    def faults(self, facts: Facts) -> Iterator[Fault]:
        """Yield everything that is wrong with a contact."""
        yield from time_faults(facts, self.now, self.late_days)
        yield from code_faults(facts, self.lists, self.now)
        yield from topic_faults(facts)
        yield from target_faults(facts)
        yield from group_faults(facts)
        yield from activity_faults(facts)


def time_faults(facts: Facts, now: datetime, late_days: int | None) -> Iterator[Fault]:
    """A contact has happened: at most five minutes ahead, and not too long ago."""
    occurred_at = facts.get("occurred_at")
    if occurred_at is None:
        return
    if occurred_at > now + AHEAD:
        yield Fault("/occurred_at", N_("Tiden ligger framåt. Kontrollera plattans klocka."))
    elif late_days is not None and occurred_at < now - timedelta(days=late_days):
        detail = N_("Mer än %(days)s dagar sedan. Be din chef registrera den.")
        yield Fault("/occurred_at", detail, {"days": late_days})


def code_faults(facts: Facts, lists: CodeLists, now: datetime) -> Iterator[Fault]:
    """Every code was on its list the day the contact happened, and the activity at the site."""
    on = clock.local(facts.get("occurred_at") or now).date()
    held = lists.on(on)
    for name, list_name in LISTED.items():
        codes, value = held.codes(list_name), facts.get(name)
        if isinstance(value, str) and value in codes:
            continue
        for pointer, code in _each(name, value):
            if code not in codes:
                yield Fault(
                    pointer, N_("”%(code)s” fanns inte att välja den dagen."), {"code": code}
                )
    site, activity = facts.get("site"), facts.get("activity")
    known = site in held.codes("site") and activity in held.codes("activity")
    if known and (site, activity) not in held.duties:
        yield Fault("/activity", N_("Den verksamheten fanns inte på platsen den dagen."))
    if facts.get("result") in SYSTEM_RESULTS:
        yield Fault(
            "/result", N_("Det resultatet sätts av sig självt när du bokar eller lämnar över.")
        )


def topic_faults(facts: Facts) -> Iterator[Fault]:
    """One to three topics, each once; a brief contact has none."""
    topics, kind = facts.get("topics"), facts.get("contact_type")
    if topics is None or kind is None:
        return
    if kind == "brief":
        if topics:
            yield Fault("/topics", N_("Ett kort möte har inget ämne."))
    elif not 1 <= len(topics) <= MAX_TOPICS:
        yield Fault("/topics", N_("Välj ett till tre ämnen."))
    yield from _repeats("topics", topics)


def target_faults(facts: Facts) -> Iterator[Fault]:
    """Where to, exactly when the result is signposted: one to three places, each once."""
    targets, result = facts.get("signposted_to"), facts.get("result")
    if targets is None or result is None:
        return
    if result == "signposted" and not 1 <= len(targets) <= MAX_TARGETS:
        yield Fault("/signposted_to", N_("Välj ett till tre ställen som personen hänvisades till."))
    elif result != "signposted" and targets:
        yield Fault("/signposted_to", N_("Vart? hör bara till resultatet Hänvisad."))
    yield from _repeats("signposted_to", targets)


def group_faults(facts: Facts) -> Iterator[Fault]:
    """Several people in one row are an unnamed group, and nothing is guessed about them."""
    if facts.get("headcount", 1) <= 1:
        return
    wanted = (
        ("contact_type", "group", N_("Flera personer i en rad är en gruppaktivitet.")),
        ("gender", "unknown", N_("För en grupp anges inget kön.")),
        ("age_band", "unknown", N_("För en grupp anges ingen ålder.")),
        ("first_time", "not_asked", N_("För en grupp anges inte om det är första gången.")),
    )
    for name, value, detail in wanted:
        if facts.get(name, value) != value:
            yield Fault(f"/{name}", detail)
    if facts.get("recognition_code") is not None:
        yield Fault(
            "/recognition_code", N_("En kod hör till en enda person, aldrig till en grupp.")
        )


def can_be_somebodys(facts: Facts) -> bool:
    """Tell whether a known person may have a contact: one of several people at once is nobody's."""
    return bool(facts["headcount"] == 1)


def owned_faults(facts: Facts) -> Iterator[Fault]:
    """A known person's contact stays such that it can be theirs, for as long as it is."""
    if not can_be_somebodys(facts):
        detail = N_("Besöket hör till en känd person. Koppla loss det på personens sida först.")
        yield Fault("/headcount", detail)


def activity_faults(facts: Facts) -> Iterator[Fault]:
    """An outreach talk belongs to outreach; a visit belongs to the open activity."""
    kind, activity = facts.get("contact_type"), facts.get("activity")
    if kind is None or activity is None:
        return
    if kind == "outreach" and activity != "outreach":
        yield Fault("/contact_type", N_("Uppsökande samtal hör till uppsökande verksamhet."))
    if activity == "outreach" and kind not in _ON_OUTREACH:
        yield Fault("/contact_type", N_("På uppsökande: samtal, kort möte eller grupp."))


def _each(name: str, value: object) -> Iterable[tuple[str, str]]:
    if isinstance(value, list):
        return [(f"/{name}/{place}", code) for place, code in enumerate(value)]
    return [(f"/{name}", str(value))] if value is not None else []


def _repeats(name: str, codes: list[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, code in enumerate(codes):
        if code in seen:
            yield Fault(f"/{name}/{place}", N_("Samma val två gånger."))
        seen.add(code)
