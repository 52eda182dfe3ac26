"""The rules of a participant, as plain functions: what may be recorded, and who may read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from outreach.accounts.permissions import SUPERVISOR
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault
from outreach.foundation.typed import Unreadable
from outreach.participants import contact_details, numbers
from outreach.sites.codelists import CodeLists

# Why somebody outside the caseload may be read. Present: the person is here.
PRESENT = "present"
# The person is there, or on the phone: they have come of themselves.
IN_TOUCH = frozenset({PRESENT, "calling"})
REASONS = ("calling", "colleague_absent", "handoff", "correction", "other", PRESENT)
YES_NO = ("yes", "no", "unknown")
TURNS = ("person", "worker", "team")

# How an identity ends: `undone` at once, `back_to_code`, `erased` on request.
REMOVALS = ("undone", "back_to_code", "erased")

Facts = Mapping[str, Any]
Right = Literal["caseload", "named", "unit", "opening", "decision", "system"]


def identity_faults(facts: Facts, lists: CodeLists, today: date) -> Iterator[Fault]:
    """Yield everything that is wrong with what was said about who somebody is."""
    yield from _name_faults(facts)
    yield from _number_faults(facts, today)
    for name, reader in (
        ("phone", contact_details.read_phone),
        ("email", contact_details.read_email),
    ):
        if facts.get(name):
            try:
                reader(facts[name])
            except Unreadable as error:
                yield Fault(f"/{name}", error.detail)
    for name, listed in (("language", "talk_language"), ("interpreter", "interpreter")):
        code = facts.get(name)
        if code is not None and not lists.has(listed, code, today):
            yield Fault(f"/{name}", N_("”%(code)s” finns inte att välja."), {"code": code})


def _name_faults(facts: Facts) -> Iterator[Fault]:
    if "given_name" in facts and not (facts["given_name"] or "").strip():
        yield Fault("/given_name", N_("Skriv ett namn, eller vad personen vill kallas."))


def _number_faults(facts: Facts, today: date) -> Iterator[Fault]:
    born = facts.get("birth_date")
    if born is not None and not today.year - numbers.OLDEST - 1 <= born.year <= today.year:
        yield Fault("/birth_date", N_("Kontrollera födelseåret."))
    elif born is not None and born > today:
        yield Fault("/birth_date", N_("Födelsedatumet har inte varit än."))
    if not facts.get("number"):
        return
    try:
        number = numbers.read_number(facts["number"], today=today)
    except Unreadable as error:
        yield Fault("/number", error.detail)
        return
    if born is not None and born != number.birth_date:
        yield Fault("/birth_date", N_("Födelsedatumet är ett annat än numrets. Rätta det ena."))


def settled(facts: Facts, today: date) -> dict[str, Any]:
    """Return faultless facts in their one spelling; a number tells the birth date too."""
    kept = dict(facts)
    for name in ("given_name", "family_name"):
        if kept.get(name) is not None:
            kept[name] = " ".join(kept[name].split()) or None
    if kept.get("number"):
        number = numbers.read_number(kept["number"], today=today)
        kept["number"], kept["birth_date"] = number.canonical, number.birth_date
    if kept.get("phone"):
        kept["phone"] = contact_details.read_phone(kept["phone"])
    if kept.get("email"):
        kept["email"] = contact_details.read_email(kept["email"])
    for name in ("number", "phone", "email"):
        if name in kept:
            kept[name] = kept[name] or None
    return kept


@dataclass(frozen=True, slots=True)
class Bond:
    """What ties a participant to those who may read without saying why."""

    unit: UUID | None
    responsible: UUID | None
    protected: bool = False
    named: frozenset[UUID] = frozenset()


def right_to_read(
    actor: Actor, bond: Bond, *, opened_until: datetime | None, now: datetime
) -> Right | None:
    """Return by what right the actor reads the participant now, or None: a reason is needed.

    A committee's border is not asked here: nobody is even told of the other committee's people.
    """
    if actor.has("system"):
        return "system"
    if bond.protected:
        return "named" if actor.id in bond.named else None
    if bond.responsible == actor.id:
        return "caseload"
    if actor.has(SUPERVISOR) and actor.unit is not None and actor.unit == bond.unit:
        return "unit"
    if opened_until is not None and opened_until > now:
        return "opening"
    return None
