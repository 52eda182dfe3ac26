"""Whom somebody is responsible for, what waits longest first; whose lists a supervisor reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.caseload import rules
from outreach.caseload.rules import Urgency
from outreach.contacts import linking
from outreach.enrolments import reading as enrolments
from outreach.enrolments import worklists as silences
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import NotAllowed, NotFound
from outreach.foundation.transaction import transaction
from outreach.participants import next_steps, reading, responsibilities
from outreach.participants.reading import Person

# Lists of people are bounded: what waits longest is there, and the rest once that is done.
MOST_LISTED = 200

Row = dict[str, Any]


def caseload(*, by: Actor, worker: UUID | None = None) -> tuple[list[Row], bool]:
    """Return whom a worker is responsible for, what waits longest first, at most 200.

    Overdue next steps, then those whom nobody has met for 90 days, then all others in Swedish
    order. One's own; for a supervisor, that of anybody in the unit. Of the protected, and of those
    who have asked to be erased, only the case number. The second value tells whether there are
    more. Each person who is named has an entry. Raises NotAllowed, NotFound.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        whose = worker or by.id
        if whose != by.id:
            _require_led(by, whose)
        theirs = responsibilities.caseload(by=by, workers=[whose])[whose]
        state = _state_of(by, theirs)
        listed = sorted(theirs, key=lambda each: (state.urgencies[each], each))[:MOST_LISTED]
        named, others = _opened(by, listed)
        told = next_steps.told(named, state.steps)
        people = [(each.row.id, each.row.case_number, each.identity.name) for each in named]
        trail.record_many(
            by=by, action="read", kind="participant", ids=sorted(each[0] for each in people)
        )
        rows = [
            state.row(*each) | {"next_step": told.get(each[0])}
            for each in (*people, *((*each, None) for each in others))
        ]
        # Sorting keeps the order of names among those who wait alike.
        rows.sort(key=lambda row: state.urgencies[row["participant_id"]])
        return rows, len(theirs) > len(listed)


@dataclass(frozen=True, slots=True)
class _State:
    """How it stands with each of a caseload: the open enrolment, the last contact, what waits."""

    running: Mapping[UUID, Row]
    last: Mapping[UUID, date]
    steps: Mapping[UUID, Any]
    silent: Collection[UUID]
    urgencies: Mapping[UUID, Urgency]

    def row(self, whom: UUID, case_number: str, name: str | None) -> Row:
        """Return somebody as the list shows one; without a name, nothing else of them either."""
        enrolment = self.running.get(whom) if name else None
        return {
            "participant_id": whom,
            "case_number": case_number,
            "name": name,
            "overdue": self.urgencies[whom].rank == rules.OVERDUE,
            "silent": whom in self.silent,
            "last_contact_on": self.last.get(whom) if name else None,
            "since": enrolment["opened_on"] if enrolment else None,
            "missing": enrolment["missing"] if enrolment else (),
        }


def _state_of(by: Actor, people: Collection[UUID]) -> _State:
    running = _running(by, people)
    last, steps, today = linking.last_contacts(people), next_steps.waiting(people), clock.today()
    # Who has not been met since the enrolment began has been heard of that day.
    heard = {
        each: max(row["opened_on"], last.get(each, row["opened_on"]))
        for each, row in running.items()
    }
    silent = silences.silent_among(heard)
    urgencies = {
        each: rules.urgency(
            steps[each].due_on if each in steps else None,
            heard.get(each, today),
            silent=each in silent,
            today=today,
        )
        for each in people
    }
    return _State(running, last, steps, silent, urgencies)


def _require_led(by: Actor, worker: UUID) -> None:
    if not by.has(SUPERVISOR):
        raise NotAllowed
    if by.unit is None or accounts.unit_of(worker) != by.unit:
        raise NotFound


def _running(by: Actor, people: Collection[UUID]) -> dict[UUID, Row]:
    """Return the enrolment that is open, of each who has one."""
    found = enrolments.enrolments_of_people(by=by, people=people)
    return {
        person: row for person, rows in found.items() for row in rows if row["closed_on"] is None
    }


def _opened(by: Actor, ids: Collection[UUID]) -> tuple[list[Person], list[tuple[UUID, str]]]:
    """Return those whom a list may name, in Swedish order, and id and case number of the others."""
    found = reading.open_people(by=by, ids=ids)
    people = [each for each in found.values() if isinstance(each, Person)]
    named = [each for each in people if not reading.is_unlisted(each.row)]
    others = [
        (each.row.id, each.row.case_number) for each in people if reading.is_unlisted(each.row)
    ]
    shut = [whom for whom, each in found.items() if isinstance(each, NotAllowed)]
    others += [(each.id, each.case_number) for each in reading.glimpses(by=by, ids=shut)]
    named.sort(key=lambda each: each.identity.order)
    return named, sorted(others, key=lambda each: each[1])


def workers(*, by: Actor) -> list[Row]:
    """Return whose caseloads a supervisor may read: the unit's, and how many are in each.

    Those who have left are there while somebody is still theirs. None for all others. Names
    nobody whom the caseloads hold.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    if not by.has(SUPERVISOR) or by.unit is None:
        return []
    with transaction(by=by):
        names = accounts.members_of(by.unit)
        here = accounts.colleagues(committee=by.committee or "")
        theirs = responsibilities.caseload(by=by, workers=names)
        return [
            {"id": worker, "name": name, "people": len(theirs[worker])}
            for worker, name in names.items()
            if theirs[worker] or worker in here
        ]
