"""A handoff as it stands: found, opened for the side that acts, and what it would rest on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal
from uuid import UUID

from outreach.audit import trail
from outreach.consents import service as consents
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Conflict, NotAllowed, NotFound, OutreachError
from outreach.handoffs import followed, reading
from outreach.handoffs.lifecycle import Side
from outreach.handoffs.recording import Row
from outreach.handoffs.schemas import HandoffSchema
from outreach.participants import reading as people
from outreach.participants.reading import Person

_SHOWN = HandoffSchema()


class HandoffSettled(Conflict):
    """What was asked cannot be done with a handoff as it stands."""

    slug = "handoff-settled"
    title = N_("Det går inte som överlämningen är nu")
    advice = N_("Ladda om sidan och se hur den står, och vems tur det är.")


class ConsentMissing(Conflict):
    """The person has not said yes to all that was to be told this team."""

    slug = "consent-missing"
    title = N_("Personen har inte sagt ja till det")
    advice = N_("Fråga personen först, eller skicka mindre.")


class ConsentExpired(Conflict):
    """The day until which anything might be told has passed."""

    slug = "consent-expired"
    title = N_("Personens ja har gått ut")
    advice = N_("Inget mer får berättas. Den som lämnade över kan fråga personen igen.")


def found(by: Actor, id: UUID) -> tuple[Any, frozenset[Side]]:
    """Return a handoff and on which sides of it the actor stands. Raises NotFound."""
    row = reading.row_of(id)
    if row is None or not (sides := reading.sides_of(by, row)):
        raise NotFound
    return row, sides


def opened(by: Actor, row: Any, *, hold: bool = False, alone: bool = False) -> Person:
    """Return the person of a handoff, for its sender; as `reading.open_person`.

    `hold`: they stay known, and as they are, until the transaction ends; `alone`: and nobody else
    does anything about them meanwhile.
    """
    whose = row.participant_id
    if alone:
        return people.open_person(by=by, id=whose, lock=True)
    person = people.open_people(by=by, ids=[whose], hold=hold)[whose]
    if isinstance(person, OutreachError):
        raise person
    return person


def shown(by: Actor, row: Any, sides: Collection[Side]) -> Row:
    """Return a handoff in full as the actor may see it: as its sender, where they are that too."""
    if "sender" in sides:
        return reading.for_the_sender(row, opened(by, row))
    return followed.for_the_receiver(row)


def require_version(by: Actor, row: Any, sides: Collection[Side], expected: int | None) -> None:
    """Raise Stale with the current state unless a handoff is at the version that was read."""
    if expected is None or row.version == expected:
        return
    current = shown(by, row, sides)
    trail.record_apart(by=by, action="read", kind="handoff", id=row.id)
    raise people.stale(by=by, id=row.participant_id, current=_SHOWN.dump(current), part="handoffs")


def require_unexpired(row: Any) -> None:
    """Raise ConsentExpired after the last day on which anything may be told."""
    if row.valid_to is not None and row.valid_to < clock.today():
        raise ConsentExpired


def require_sender(sides: Collection[Side]) -> None:
    """Raise NotAllowed for those to whom a handoff was sent."""
    if "sender" not in sides:
        raise NotAllowed


def hold_consents(row: Any, *, to_change: bool) -> None:
    """Let nobody else take back what the person has said yes to until the transaction ends."""
    hold: Literal["as it is", "to change"] = "to change" if to_change else "as it is"
    consents.standing(people=[row.participant_id], hold=hold)


def consent_for(
    row: Any, *, fields: Collection[str], chosen: UUID | None
) -> tuple[Row | None, list[str]]:
    """Return what a handoff may rest on today, and which of the fields it does not cover.

    The one that was chosen, else that which covers most.
    """
    today = clock.today()
    holding = [
        each
        for each in consents.standing(people=[row.participant_id])
        if each["from_committee"] == row.committee
        and each["to_team"] == row.team
        and each["valid_from"] <= today <= each["valid_to"]
        and chosen in (None, each["id"])
    ]
    left = [[field for field in fields if field not in each["categories"]] for each in holding]
    if not holding:
        return None, list(fields)
    best = min(range(len(holding)), key=lambda place: len(left[place]))
    return holding[best], left[best]


def consents_to(participant: UUID, team: str | None) -> set[UUID]:
    """Return what a person has said yes to for a team and not taken back."""
    standing = consents.standing(people=[participant])
    return {each["id"] for each in standing if each["to_team"] == team}


def note(by: Actor, action: str, row: Any, *, right: str, **more: str) -> None:
    """Leave an entry about the handoff, and one about the person: who looked is asked of them.

    Of a team the person's entry says that it looked, whatever it did: the sender, who reads who has
    looked, is told no more than was agreed.
    """
    trail.record(by=by, action=action, kind="handoff", id=row.id, **more)
    looked = action == "read" or right == "team"
    trail.record(
        by=by, action="read" if looked else "change", kind="participant",
        id=row.participant_id, right=right, part="handoffs",
    )  # fmt: skip
