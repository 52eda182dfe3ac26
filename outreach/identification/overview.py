"""What the pages of becoming known and taking it back show: all of it read at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import SUPERVISOR, require_role
from outreach.audit import trail
from outreach.consents import service as consents
from outreach.contacts import linking
from outreach.enrolments import reading as enrolments
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import NotFound
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, regret, rules, service, suggestions
from outreach.identification.rules import BACK_TO_CODE, ERASURE, UNDO
from outreach.participants import leaving, reading
from outreach.participants.reading import Person, Row

# What may be known of somebody beside the name, in the order in which it is told.
_SAID = ("number", "birth_date", "phone", "email", "language", "interpreter")


def known_person(*, by: Actor, id: UUID) -> Row:
    """Return what is linked to a person and what may be: contacts, and others who may be the same.

    `person` (`id`, `case_number`, `name`), `undo_until` (None when that door is closed), `links`
    as `linking.links_of`, `contacts` that may be the person's, `people` who may be, `joins`. The
    reading is on the trail, and that of each other whose name is shown. Raises as
    `reading.open_person` does.
    """
    with transaction(by=by):
        person = reading.open_person(by=by, id=id)
        trail.record(by=by, action="read", kind="participant", id=id, part="links")
        found = suggestions.of_person(person)
        joined = duplicates.standing_joins(id)
        others = {row["id"]: _other(row, id) for row in joined}
        perhaps = {each["id"]: each for each in found if each["kind"] == "participant"}
        seen = _seen(by, [*others.values(), *perhaps])
        return {
            "person": _whose(person),
            "undo_until": undo_until(person),
            "links": linking.links_of([id]),
            "contacts": [each for each in found if each["kind"] == "contact"],
            "people": [seen[each] | {"basis": perhaps[each]["basis"]}
                       for each in perhaps if each in seen],
            "joins": [row | {"other": seen[others[row["id"]]]}
                      for row in joined if others[row["id"]] in seen],
        }  # fmt: skip


def _other(join: Row, id: UUID) -> UUID:
    other: UUID = join["other_id"] if join["participant_id"] == id else join["participant_id"]
    return other


def _seen(by: Actor, people: Iterable[UUID]) -> dict[UUID, Row]:
    wanted = list(people)
    shown = reading.glimpses(by=by, ids=wanted) if wanted else []
    return {
        each.id: {
            "id": each.id,
            "case_number": each.case_number,
            "name": each.name,
            "reason_required": each.reason_required,
        }
        for each in shown
    }


def _whose(person: Person) -> Row:
    return {
        "id": person.row.id,
        "case_number": person.row.case_number,
        "committee": person.row.owner_committee,
        "name": person.identity.name,
        "protected": person.row.protected,
    }


def undo_until(person: Person) -> datetime | None:
    """Return until when an identification is undone at once, None when it no longer is."""
    opened = regret.open_doors(person.row.owner_committee)[UNDO]
    since = service.identified_at(id=person.row.id)
    return since + rules.UNDO_WITHIN if opened and regret.may_undo(person) else None


def ways_back(*, by: Actor, id: UUID) -> Row:
    """Return which doors are open to a person, and why the others are not.

    `person`, `contacts` and `notes` that there are, `undo_until`, and `closed`: by door
    `committee`, `late` or `noted`, None for an open one. The reading is on the trail. Raises as
    `reading.open_person` does.
    """
    with transaction(by=by):
        person = reading.open_person(by=by, id=id)
        trail.record(by=by, action="read", kind="participant", id=id, part="doors")
        links = linking.links_of([id])
        notes = len(linking.notes_of(id))
        opened = regret.open_doors(person.row.owner_committee)
        late = None if regret.may_undo(person) else "noted" if notes else "late"
        own = {UNDO: late, BACK_TO_CODE: None, ERASURE: None}
        return {
            "person": _whose(person),
            "contacts": len(links),
            "notes": notes,
            "undo_until": undo_until(person),
            "closed": {door: own[door] if opened[door] else "committee" for door in opened},
        }


def erasure_requests(*, by: Actor) -> tuple[list[Row], list[Row]]:
    """Return the requests of the actor's committee that wait, the oldest first, and the decided.

    Each with its `case_number`, and `days` left until there must be a decision.
    """
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        today = clock.today()
        open_ones, decided = (
            [
                row | {"case_number": remains["case_number"], "days": (row["due_on"] - today).days}
                for row in rows
                if (remains := leaving.remains_of(by=by, id=row["participant_id"]))
            ]
            for rows in (regret.open_requests(by=by), regret.decided_requests(by=by))
        )
        return open_ones, decided


def erasure_request(*, by: Actor, id: UUID) -> Row:
    """Return a request with what there is about the person: which facts and how many, never what.

    `exists` tells it, None once it was decided. The reading is on the trail. Raises NotAllowed,
    NotFound.
    """
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        row = regret.standing_request(by=by, id=id)
        whose = row["participant_id"]
        remains = leaving.remains_of(by=by, id=whose)
        if remains is None:
            raise NotFound
        exists = None
        if row["decided_at"] is None:
            person = reading.open_for_decision(by=by, id=whose)
            exists = _exists(person) if person else None
        names = accounts.names_of(
            each for each in (row["received_by"], row["decided_by"]) if each is not None
        )
        return row | {
            **{name: remains[name] for name in ("case_number", "registered_at", "removed_at")},
            "committee": remains["owner_committee"],
            "days": (row["due_on"] - clock.today()).days,
            "received_by": names[row["received_by"]],
            "decided_by": names.get(row["decided_by"]),
            "exists": exists,
        }


def _exists(person: Person) -> dict[str, Any]:
    whose = person.row.id
    links = linking.links_of([whose])
    return {
        "said": [name for name in _SAID if getattr(person.identity, name)],
        "contacts": len(links),
        "notes": sum(link["has_note"] for link in links),
        "enrolments": enrolments.how_many(participant=whose),
        "consents": consents.how_many(participant=whose),
        "protected": person.row.protected,
    }
