"""The rules of a secrecy consent, as plain functions: what may be agreed, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from outreach.consents import consent_texts
from outreach.foundation import clock
from outreach.foundation.errors import N_, Fault
from outreach.sites.codelists import CodeLists

# What may be told about a person; a handoff names its fields by the same words.
CATEGORIES = (
    "name", "number", "birth_date", "phone", "email", "language", "contact_preference",
    "next_step", "occupation", "income", "contacts", "note",
)  # fmt: skip
# What the team may tell back.
BACK = ("acceptance", "progress", "outcome")
FORMS = ("written", "oral")
LONGEST_PURPOSE = 300

# A yes that was given on paper may be written in so many days later.
LATE_DAYS = 14
# From so many days before its end a consent is listed as running out.
NOTICE_DAYS = 30

Facts = Mapping[str, Any]
State = Literal["coming", "valid", "expired", "withdrawn"]


def state(*, valid_from: date, valid_to: date, withdrawn: bool, today: date) -> State:
    """Return how a consent stands today; both its days are included."""
    if withdrawn:
        return "withdrawn"
    if today < valid_from:
        return "coming"
    return "valid" if today <= valid_to else "expired"


def consent_faults(
    facts: Facts, *, committee: str | None, lists: CodeLists, today: date
) -> Iterator[Fault]:
    """Yield everything that is wrong with a consent that somebody of `committee` writes down."""
    if "from_committee" in facts and facts["from_committee"] != committee:
        yield Fault("/from_committee", N_("Du kan bara fråga för din egen nämnd."))
    if "purpose" in facts and not facts["purpose"].strip():
        yield Fault("/purpose", N_("Skriv vad uppgifterna ska användas till."))
    yield from _day_faults(facts, today)
    team, first = facts.get("to_team"), facts.get("valid_from")
    # A team that has gone cannot be told anything, whenever it was agreed.
    if team and not lists.has("target", team, max(first or today, today)):
        yield Fault("/to_team", N_("”%(code)s” finns inte att välja."), {"code": team})
    yield from _text_faults(facts)


def _day_faults(facts: Facts, today: date) -> Iterator[Fault]:
    first, last = facts.get("valid_from"), facts.get("valid_to")
    if first and first < today - timedelta(days=LATE_DAYS):
        detail = N_("Den första dagen kan vara högst %(days)s dagar tillbaka.")
        yield Fault("/valid_from", detail, {"days": LATE_DAYS})
    elif first and first > year_after(today):
        yield Fault("/valid_from", N_("Den första dagen kan vara högst ett år fram i tiden."))
    if first and last and last < first:
        yield Fault("/valid_to", N_("Sista dagen kan inte vara före den första."))
    elif last and last < today:
        yield Fault("/valid_to", N_("Sista dagen har redan varit."))
    elif first and last and last > year_after(first):
        yield Fault("/valid_to", N_("Det kan gälla högst tolv månader. Välj en tidigare dag."))


def _text_faults(facts: Facts) -> Iterator[Fault]:
    version, language = facts.get("text_version"), facts.get("language")
    if version is None:
        return
    languages = [text.language for text in consent_texts.offered(version)]
    if not languages:
        yield Fault("/text_version", N_("Den texten finns inte."))
    elif language is not None and language not in languages:
        yield Fault("/language", N_("Texten finns inte på det språket."))


def settled(facts: Facts) -> dict[str, Any]:
    """Return faultless facts in their one spelling: each choice once, in the order of its list."""
    return {
        **facts,
        "purpose": " ".join(facts["purpose"].split()),
        "categories": [each for each in CATEGORIES if each in facts["categories"]],
        "back": [each for each in BACK if each in facts["back"]],
    }


def year_after(day: date) -> date:
    """Return the day twelve months later; the last of the month where there is none of its own."""
    return clock.months_after(day, 12)
