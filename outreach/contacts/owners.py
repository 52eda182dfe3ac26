"""Whose the contacts are that come in: asked once for all of them, judged one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, NotFound, OutreachError
from outreach.foundation.schemas import ids_said
from outreach.participants import reading
from outreach.participants.reading import Person
from outreach.sites.codelists import CodeLists


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """The people whom contacts name: opened for the actor, or why not."""

    by_id: Mapping[UUID, Person | OutreachError]
    lists: CodeLists

    def faults(self, facts: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with whom a contact names, and with what it says about them."""
        named = facts.get("participant_id")
        if named is None:
            if facts.get("note"):
                yield Fault("/note", N_("En anteckning hör till en deltagare, aldrig till okända."))
            return
        if isinstance(self.by_id.get(named, NotFound()), NotFound):
            yield Fault("/participant_id", N_("Deltagaren finns inte, eller är inte din att se."))
        if facts.get("recognition_code") is not None:
            yield Fault("/recognition_code", N_("Deltagare eller kod: inte båda."))
        if facts.get("headcount", 1) > 1:
            yield Fault("/participant_id", N_("Flera personer i en rad är ingen deltagare."))
        on = clock.local(facts.get("occurred_at") or clock.now()).date()
        site, activity = facts.get("site"), facts.get("activity")
        if site and activity and not self.lists.may_identify(site, activity, on):
            yield Fault("/participant_id", N_("Verksamheten antecknar inte vem någon är."))

    def owner(self, facts: Mapping[str, Any]) -> Person | None:
        """Return whose a faultless contact is. Raises ReasonRequired or Restricted."""
        found = self.by_id.get(facts["participant_id"]) if facts["participant_id"] else None
        if isinstance(found, OutreachError):
            raise found
        return found


def known_people(*, by: Actor, items: Iterable[object], lists: CodeLists) -> KnownPeople:
    """Return whom the items name, as the actor may see them; of none, nothing is asked.

    Needs a `transaction(by=by)` when there are any. What is no id is left to the schema.
    """
    wanted = ids_said(items, "participant_id")
    return KnownPeople(reading.open_people(by=by, ids=wanted, hold=True) if wanted else {}, lists)
