"""What contacts that come in are held against: the rules at an hour, their codes, their people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from outreach.accounts.permissions import SUPERVISOR
from outreach.contacts import recognition_codes
from outreach.contacts.owners import KnownPeople, known_people
from outreach.contacts.recognition_codes import KnownCodes
from outreach.contacts.rules import Intake
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault
from outreach.foundation.schemas import Input, Rule, read
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

# A worker may date a contact so far back; older ones take a supervisor.
LATE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Judging:
    """What contacts are held against: the rules, the codes and the people that they name."""

    intake: Intake
    codes: KnownCodes
    people: KnownPeople

    @classmethod
    def of(cls, by: Actor, items: Sequence[object], intake: Intake) -> Self:
        """Ask once for all the codes and people that the items name."""
        codes = recognition_codes.known_codes(said(items, "recognition_code"))
        people = known_people(by=by, items=items, lists=intake.lists)
        return cls(intake, codes, people)

    def facts(self, schema: Input, given: object, *rules: Rule) -> dict[str, Any]:
        """Return what was said, with the id of its code. Raises RuleBroken with every fault."""
        judges = (self.intake.faults, self.codes.faults, self.people.faults, *rules)
        return self.codes.resolved(read(schema, given, *judges))


def said(items: Sequence[object], name: str) -> set[str]:
    """Return every text that the items say under a name."""
    values = (item.get(name) for item in items if isinstance(item, Mapping))
    return {value for value in values if isinstance(value, str)}


def recorder_faults(facts: Mapping[str, Any], staff: Mapping[str, UUID]) -> list[Fault]:
    """Return what is wrong with whom an imported contact names as its recorder."""
    username = facts.get("recorded_by")
    if username is None or username in staff:
        return []
    return [Fault("/recorded_by", N_("Ingen i personalen har det användarnamnet."))]


def intake_of(by: Actor, lists: CodeLists, captured_at: datetime | None = None) -> Intake:
    """Return what the actor's contacts are held against, as of now or of when they were captured.

    Only a supervisor's may be of any age.
    """
    late_days = None if by.has(SUPERVISOR) else LATE_DAYS
    return Intake(lists, captured_at or clock.now(), late_days)


def intake_of_any_age() -> Intake:
    """Return what contacts of any age are held against."""
    return Intake(sites.code_lists(), clock.now(), None)
