"""Use cases of one person's page: all of it at a glance, the notes, and what the person is told."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import service as audit
from outreach.audit import trail
from outreach.caseload import rules
from outreach.consents import service as consents
from outreach.contacts import linking
from outreach.enrolments import checks
from outreach.enrolments import reading as enrolments
from outreach.followups import reading as followups
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import NotFound
from outreach.foundation.transaction import transaction
from outreach.handoffs import reading as handoffs
from outreach.identification import regret, suggestions
from outreach.participants import next_steps, openings, reading
from outreach.participants.reading import Glimpse, Person

# How many of those who have looked are shown on the page itself; the others are a tap away.
FEW_LOOKED = 3
# So many entries of the trail are told to the person; what is told says so when there were more.
MOST_TOLD = 5000

Row = dict[str, Any]


def person(*, by: Actor, id: UUID) -> Row:
    """Return everything that the page about one person shows; the reading is one entry.

    Besides what `ParticipantSchema` has: `opening`, `contacts`, `notes` (how many),
    `enrolments`, `checks`, `consents`, `followups`, `suggestions` (how many of each kind),
    `looked`. Raises as `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        opened = reading.open_person(by=by, id=id)
        found = _known(by, opened) | {
            "opening": (
                openings.standing_opening(by=by, id=id) if opened.right == "opening" else None
            ),
            "suggestions": Counter(each["kind"] for each in suggestions.of_person(opened)),
            "looked": _looked(id)[0][:FEW_LOOKED],
        }
        trail.record(by=by, action="read", kind="participant", id=id, right=opened.right)
        return found


def extract(*, by: Actor, id: UUID) -> Row:
    """Return everything that is kept about a person, for the person to read and to take along.

    As `person`, and besides: `written` (the notes opened), `steps` (all of them), everybody who
    has `looked`, whether there were `more`, whose `named` it is, and the `doors` that are open.
    On the trail it is an entry of its own kind: what was read may have left the house.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        opened = reading.open_person(by=by, id=id)
        looked, more = _looked(id, most=MOST_TOLD)
        named = accounts.names_of(opened.row.named_workers)
        found = _known(by, opened) | {
            "written": _notes(opened),
            "steps": next_steps.history(opened),
            "looked": looked,
            "more": more,
            "named": sorted(named.values()),
            "doors": regret.open_doors(opened.row.owner_committee),
        }
        trail.record(by=by, action="extract", kind="participant", id=id, right=opened.right)
        return found


def notes(*, by: Actor, id: UUID) -> Row:
    """Return what was noted about a person's contacts, the latest first; the reading is an entry.

    `case_number`, `name` and `notes`: each with `text`, `written_by`, `written_at` and what the
    contact was. Raises as `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        opened = reading.open_person(by=by, id=id)
        trail.record(by=by, action="read", kind="participant", id=id, part="notes")
        return {**head(opened), "notes": _notes(opened)}


def glimpse(*, by: Actor, id: UUID) -> Glimpse:
    """Return as much of a participant as is shown before anybody says why: the case number.

    Raises NotFound for whom one may not know of.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    found = reading.glimpses(by=by, ids=[id])
    if not found:
        raise NotFound
    return found[0]


def who_looked(*, by: Actor, id: UUID) -> Row:
    """Return everybody who has looked at a person or changed something, once a day, latest first.

    `case_number`, `name`, `looked` and whether there were `more`. Looking at it is an entry too.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        opened = reading.open_person(by=by, id=id)
        looked, more = _looked(id, most=MOST_TOLD)
        trail.record(by=by, action="read", kind="participant", id=id, part="accesses")
        return {**head(opened), "looked": looked, "more": more}


def head(opened: Person) -> Row:
    """Return what stands at the top of a page about somebody."""
    return {
        "participant_id": opened.row.id,
        "case_number": opened.row.case_number,
        "name": opened.identity.name,
    }


def _known(by: Actor, opened: Person) -> Row:
    whose = opened.row.id
    contacts = linking.links_of([whose])
    periods = enrolments.enrolments_of_people(by=by, people=[whose])[whose]
    # Nothing is asked of how work goes until something has ended.
    has_ended = any(each["closed_on"] for each in periods)
    return {
        **reading.shown(opened),
        "contacts": contacts,
        "notes": sum(contact["has_note"] for contact in contacts),
        "enrolments": periods,
        "checks": checks.of_people([whose]) if has_ended else [],
        "consents": consents.consents_of_person(opened),
        "followups": followups.of_person(opened),
        "handoffs": handoffs.of_person(opened),
    }


def _notes(opened: Person) -> list[Row]:
    """Return the notes about a person's contacts, opened, with what each contact was."""
    links = linking.links_of([opened.row.id])
    contacts = {contact["contact_id"]: contact for contact in links}
    rows = linking.notes_of(opened.row.id)
    staff = accounts.names_of({row["written_by"] for row in rows})
    return [
        {
            "text": opened.key.open("note", row["sealed"]),
            "written_at": row["written_at"],
            "written_by": staff[row["written_by"]],
            "contact": contacts.get(row["contact_id"]),
        }
        for row in rows
    ]


def _looked(id: UUID, *, most: int = 50) -> tuple[list[Row], bool]:
    """Return who has done what with what is known of a person, each of the staff once a day.

    Of the latest entries, so many at most; the second value tells whether there were more.
    """
    entries = audit.entries_about("participant", id, limit=most + 1)
    days = {entry["at"]: clock.local(entry["at"]).date() for entry in entries}
    found = rules.looked(entries[:most], days)
    names = accounts.names_of(each["actor_id"] for each in found)
    rows = [each | {"actor": names.get(each["actor_id"])} for each in found]
    return rows, len(entries) > most
