"""What a team is told of a person: put together at sending, sealed, and never more than that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from outreach.contacts import linking
from outreach.enrolments import reading as enrolments
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, RuleBroken
from outreach.foundation.vault import DataKey
from outreach.handoffs import rules
from outreach.participants import reading
from outreach.participants.reading import Person

Row = dict[str, Any]

_KIND = "handoff"
# Kept beside the fields, and none of them.
_PURPOSE = "purpose"
# So many of the latest contacts are told of.
_MOST_CONTACTS = 20


def taken(by: Actor, person: Person, *, fields: Collection[str], note_ids: Collection[UUID]) -> Row:
    """Return what a team would be told of somebody who is opened: the fields, and no other.

    A field of which nothing is known is there, and None. Raises RuleBroken where a chosen note is
    not there any more.
    """
    told = _of_the_identity(person)
    if "next_step" in fields:
        told["next_step"] = _next_step(person)
    if {"occupation", "income"} & set(fields):
        told |= _situation(by, person)
    if "contacts" in fields:
        told["contacts"] = _contacts(person)
    if "note" in fields:
        told["note"] = _notes(person, note_ids)
    return {field: told[field] for field in rules.in_order(fields)}


def sealed(key: DataKey, told: Mapping[str, Any], *, purpose: str | None = None) -> bytes:
    """Return what was told, and what for, as it is kept."""
    return key.seal(_KIND, {**told, _PURPOSE: purpose} if purpose else told)


def opened(key: DataKey, kept: bytes) -> Row:
    """Return what was told. Raises SealBrokenError."""
    return {name: said for name, said in key.open(_KIND, kept).items() if name != _PURPOSE}


def purpose_of(key: DataKey, kept: bytes) -> str | None:
    """Return what the person agreed to its being used for. Raises SealBrokenError."""
    found: str | None = key.open(_KIND, kept).get(_PURPOSE)
    return found


def notes_of(person: Person) -> list[Row]:
    """Return the notes that may be chosen, each with its `id`, `day` and `text`, latest first."""
    days = {
        each["contact_id"]: each["local_day"]
        for each in linking.links_of([person.row.id])
        if each["voided_at"] is None
    }
    return [
        {
            "id": row["contact_id"],
            "day": days[row["contact_id"]],
            "text": person.key.open("note", row["sealed"]),
        }
        for row in linking.notes_of(person.row.id)
        # Of contacts that turned out to be another's, or none, nothing is told.
        if row["contact_id"] in days
    ]


def _of_the_identity(person: Person) -> Row:
    known = person.identity
    born = known.birth_date
    return {
        "name": known.name,
        "number": known.number,
        "birth_date": born and born.isoformat(),
        "phone": known.phone,
        "email": known.email,
        "language": {"language": known.language, "interpreter": known.interpreter},
        "contact_preference": dict(known.contact_preference),
    }


def _next_step(person: Person) -> Row | None:
    step = reading.next_step_of(person)
    if step is None:
        return None
    due = step["due_on"]
    return {"text": step["text"], "turn": step["turn"], "due_on": due and due.isoformat()}


def _situation(by: Actor, person: Person) -> Row:
    """Return what the person lives on and does: as last said, after a period or else before it."""
    whose = person.row.id
    periods = enrolments.enrolments_of_people(by=by, people=[whose])[whose]
    latest = next(iter(periods), None) or {}
    return {
        "occupation": latest.get("occupation_after") or latest.get("occupation_before"),
        "income": latest.get("income_after") or latest.get("income_before"),
    }


def _contacts(person: Person) -> list[Row]:
    standing = [each for each in linking.links_of([person.row.id]) if each["voided_at"] is None]
    return [
        {
            "day": each["local_day"].isoformat(),
            "site": each["site"],
            "contact_type": each["contact_type"],
            "topics": list(each["topics"]),
        }
        for each in standing[:_MOST_CONTACTS]
    ]


def _notes(person: Person, chosen: Collection[UUID]) -> list[Row]:
    there = {note["id"]: note for note in notes_of(person)}
    if gone := [each for each in chosen if each not in there]:
        detail = N_("%(count)s av anteckningarna finns inte längre. Välj igen.")
        raise RuleBroken(faults=[Fault("/note_ids", detail, {"count": len(gone)})])
    return [{"day": there[each]["day"].isoformat(), "text": there[each]["text"]} for each in chosen]
