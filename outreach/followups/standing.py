"""A meeting as it stands: found, held still while it is acted on, told with its warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from outreach.audit import trail
from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.followups import reading, recording, reminders, rules, slots
from outreach.followups.recording import Row
from outreach.followups.schemas import FollowupSchema
from outreach.foundation.actor import Actor
from outreach.foundation.errors import (
    N_,
    Conflict,
    Fault,
    NotFound,
    OutreachError,
    Stale,
)
from outreach.participants import reading as people
from outreach.participants.contact_details import looks_personal
from outreach.participants.reading import Person, ReasonRequired, Restricted

_SHOWN = FollowupSchema()


class FollowupSettled(Conflict):
    """What became of a meeting was said, or it was moved: that stands."""

    slug = "followup-settled"
    title = N_("Mötet är redan avslutat")
    advice = N_("Det är redan sagt vad som blev av mötet. Ångra det först om det blev fel.")


def found(id: UUID) -> Any:
    """Return the row of a meeting that the actor may know of. Raises NotFound."""
    row = reading.row_of(id)
    if row is None:
        raise NotFound
    return row


def opened(by: Actor, participant: UUID | None, *, hold: bool = False) -> Person | None:
    """Return a meeting's person, None where it is a code's; as `reading.open_person`.

    `hold`: they stay known, and as they are, until the transaction ends.
    """
    if participant is None:
        return None
    person = people.open_people(by=by, ids=[participant], hold=hold)[participant]
    if isinstance(person, OutreachError):
        raise person
    return person


def held(by: Actor, id: UUID) -> Any:
    """Return a meeting's row, held until the transaction ends, with all that goes along with it.

    Always in one order, so that nobody waits for each other: whose it is, its contact, the meeting.
    Raises NotFound, and Stale where it has become another's meanwhile.
    """
    seen = found(id)
    if seen.participant_id is not None:
        people.open_people(by=by, ids=[seen.participant_id], hold=True)
    else:
        recognition_codes.hold(id=seen.recognition_code_id)
    if seen.contact_id is not None:
        contacts.hold(id=seen.contact_id)
    row = reading.row_of(id, lock=True)
    if row is None:
        raise NotFound
    whose = ("participant_id", "recognition_code_id")
    if any(getattr(row, name) != getattr(seen, name) for name in whose):
        raise Stale
    return row


def held_for(by: Actor, id: UUID) -> tuple[Any, Person | None]:
    """Return a meeting, held, and its person, opened. Raises as `held` and `opened` do."""
    row = held(by, id)
    return row, opened(by, row.participant_id)


def held_for_whoever_is_there(by: Actor, id: UUID) -> tuple[Any, Person | None]:
    """Return a meeting, held, and its person where the actor may read them.

    Who is to be there may say what became of it without reading anybody; but nothing is done with
    whoever has asked to be erased. Raises as `held_for` does.
    """
    row = held(by, id)
    try:
        return row, opened(by, row.participant_id)
    except ReasonRequired:
        if by.id not in row.workers:
            raise
        if people.is_restricted(by, people.row_of(by, row.participant_id)):
            raise Restricted from None
        return row, None


def require_booked(row: Any) -> None:
    """Raise FollowupSettled unless a meeting is still to be, or waits for its outcome."""
    if row.state != rules.BOOKED:
        raise FollowupSettled


def require_version(by: Actor, row: Any, person: Person | None, expected: int | None) -> None:
    """Raise Stale with the current state unless a meeting is at the version that was read."""
    if expected is None or row.version == expected:
        return
    current = _SHOWN.dump(shown(row, person))
    if person is None:
        raise Stale(current=current)
    raise people.stale(by=by, id=person.row.id, current=current, part="followups")


def word_faults(facts: Mapping[str, Any], *, anonymous: bool) -> Iterator[Fault]:
    """Yield what is written about whoever is not known, and could tell who it is."""
    if not anonymous:
        return
    for name in recording.TEXTS:
        if looks_personal(facts.get(name) or ""):
            detail = N_("Skriv inget som visar vem det är: personen har bara en kod.")
            yield Fault(f"/{name}", detail)


def reminder_faults(facts: Mapping[str, Any], *, anonymous: bool) -> Iterator[Fault]:
    """Yield that nobody is reminded who has only a code."""
    if anonymous and facts.get("reminder", "none") != "none":
        detail = N_("Den som har en kod har varken telefon eller e-post här.")
        yield Fault("/reminder", detail)


def told(id: UUID, person: Person | None) -> Row:
    """Return a meeting in full, with the `warnings` about its time and its reminder."""
    row = reading.row_of(id)
    warnings = slots.warnings(workers=row.workers, starts_at=row.starts_at, ends_at=row.ends_at)
    warnings += [f"no_reminder_{each['why']}" for each in _withheld(row)]
    return shown(row, person) | {"warnings": warnings}


def shown(row: Any, person: Person | None) -> Row:
    """Return a meeting in full, with what became of its reminders for whoever reads the person."""
    log = reminders.log_of([row.id])[row.id] if person is not None else []
    lacking = reminders.lacking_of(person) if person is not None else {}
    return reading.in_full(row, person) | {"reminders": log, "lacking": lacking}


def _withheld(row: Any) -> list[Row]:
    """Return the reminder that was chosen and will not go."""
    return [
        each
        for each in reminders.log_of([row.id])[row.id]
        if each["channel"] == row.reminder and each["state"] == "not_sent"
    ]


def note_reading(by: Actor, person: Person) -> None:
    """Leave an entry that somebody's meetings were read by whoever opened them."""
    _note_of(by, person, "read")


def note(by: Actor, action: str, id: UUID, person: Person | None, **more: str) -> None:
    """Leave an entry about the meeting, and one about the person: who looked is asked of them."""
    trail.record(by=by, action=action, kind="followup", id=id, **more)
    if person is not None:
        _note_of(by, person, "read" if action == "read" else "change")


def _note_of(by: Actor, person: Person, action: str) -> None:
    trail.record(
        by=by, action=action, kind="participant", id=person.row.id, right=person.right,
        part="followups",
    )  # fmt: skip
