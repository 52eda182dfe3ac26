"""Use cases of handoffs: begin one, read it, say what is to be sent, see it before it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, RECEIVER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.consents.rules import CATEGORIES
from outreach.contacts import linking
from outreach.directory import service as directory
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, IdReuse, NotAllowed
from outreach.foundation.sameness import sameness
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.handoffs import followed, lifecycle, reading, recording, rules, snapshots, standing
from outreach.handoffs.recording import Row
from outreach.handoffs.schemas import HandoffChangeSchema, NewHandoffSchema
from outreach.handoffs.standing import HandoffSettled
from outreach.participants import reading as people
from outreach.participants.reading import Person
from outreach.sites import service as sites

_NEW = NewHandoffSchema()
_CHANGE = HandoffChangeSchema()
_SAID = (
    "id", "participant_id", "direction", "team", "origin", "consent_id", "fields", "note_ids",
    "from_contact",
)  # fmt: skip


def begin(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Begin a handoff; return it and whether it is new. A repeat changes nothing.

    One that goes `out` is a draft, of which the team knows nothing. Somebody who comes `in` from
    elsewhere waits at once for our answer. Raises RuleBroken with every fault, IdReuse, and as
    `reading.open_person` does for whoever the actor may not read.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    if by.committee is None:
        raise NotAllowed
    with transaction(by=by):
        facts = read(_NEW, given, _new_faults)
        facts["fields"] = rules.in_order(facts["fields"])
        person = people.open_person(by=by, id=facts["participant_id"])
        said = person.key.digest(sameness(facts))
        row = reading.row_of(facts["id"])
        if row is None and recording.add(_row(by, person, facts, said)):
            row = reading.row_of(facts["id"])
            first = reading.standing_of(row)
            recording.note(by, row.id, side="sender", action="create", to=first)
            standing.note(by, "create", row, right=person.right)
            return reading.for_the_sender(row, person), True
        # Of two sendings at once the second has waited for the first.
        row = row or reading.row_of(facts["id"])
        if row is None or row.sameness != said:
            raise IdReuse
        standing.note(by, "read", row, right=person.right)
        return reading.for_the_sender(row, person), False


def _new_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    # A known id is a repeat or a mistake, whatever has become of what it said.
    if "id" in facts and reading.row_of(facts["id"]) is not None:
        return
    yield from _consent_faults(facts)
    yield from _contact_faults(facts)
    yield from rules.new_faults(facts, lists=sites.code_lists(), today=clock.today())


def _consent_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    if facts.get("consent_id") is None or facts.get("participant_id") is None:
        return
    theirs = standing.consents_to(facts["participant_id"], facts.get("team"))
    if facts["consent_id"] not in theirs:
        yield Fault("/consent_id", N_("Det är inte personens ja till det här teamet."))


def _contact_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    contact, whose = facts.get("from_contact"), facts.get("participant_id")
    if contact is None or whose is None:
        return
    if contact not in {each["contact_id"] for each in linking.links_of([whose])}:
        yield Fault("/from_contact", N_("Kontakten hör inte till personen."))


def _row(by: Actor, person: Person, facts: Row, said: bytes) -> Row:
    now, is_in = clock.now(), facts["direction"] == "in"
    first = lifecycle.SENT if is_in else lifecycle.DRAFT
    return {name: facts[name] for name in _SAID} | {
        "case_number": person.row.case_number,
        "committee": person.row.owner_committee,
        "state": first.state,
        "turn": first.turn,
        "turn_since": now,
        "sent_at": now if is_in else None,
        "created_at": now,
        "created_by": by.id,
        "sameness": said,
    }


def handoff(*, by: Actor, id: UUID) -> Row:
    """Return a handoff in full, as far as the actor may know; the reading is on the trail.

    That somebody of the team has looked is told the sender. Raises NotFound, and for a sender as
    `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR, RECEIVER)
    with transaction(by=by):
        row, sides = standing.found(by, id)
        if "sender" in sides:
            person = standing.opened(by, row)
            standing.note(by, "read", row, right=person.right)
            return reading.for_the_sender(row, person)
        if row.seen_at is None and row.turn is not None:
            recording.see(id)
            row = reading.row_of(id)
        standing.note(by, "read", row, right="team")
        return followed.for_the_receiver(row)


def unit_of_sender(*, by: Actor, handoff: Row) -> str | None:
    """Return what the unit of whoever sent a handoff is called, for one who was shown it."""
    require_role(by, CASEWORKER, SUPERVISOR, RECEIVER)
    if handoff["sent_by"] is None:
        return None
    with transaction(by=by):
        return accounts.unit_name_of(handoff["sent_by"]["id"])


def participant_of(*, by: Actor, id: UUID) -> UUID:
    """Return whose a handoff is, for its sender; nobody is read. Raises NotFound."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, sides = standing.found(by, id)
        standing.require_sender(sides)
        whose: UUID = row.participant_id
        return whose


def change(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Say what is to be sent and what it is to rest on, while it is the sender's to send.

    Raises NotFound, NotAllowed for its receivers, HandoffSettled, Stale, RuleBroken, and as
    `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, sides = standing.found(by, id)
        standing.require_sender(sides)
        person = standing.opened(by, row)
        row = reading.row_of(id, lock=True)
        if row.direction == "in" or not lifecycle.after(reading.standing_of(row), "send"):
            raise HandoffSettled
        standing.require_version(by, row, sides, expected)
        data = read(_CHANGE, given, lambda facts: _change_faults(row, facts))
        if "fields" in data:
            data["fields"] = rules.in_order(data["fields"])
        if any(getattr(row, name) != value for name, value in data.items()):
            recording.change(id, data)
            standing.note(by, "change", row, right=person.right)
        else:
            standing.note(by, "read", row, right=person.right)
        return reading.for_the_sender(reading.row_of(id), person)


def take_in(*, by: Actor, id: UUID) -> Row:
    """Say of one that is over that it is seen to; return it. A repeat changes nothing.

    The sender says that nothing more is needed after it ended without what it was for; the team
    that it knows that what it was sent may not be used. Raises NotFound, HandoffSettled where
    nothing was to be taken in, and for a sender as `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR, RECEIVER)
    with transaction(by=by):
        row, sides = standing.found(by, id)
        person = standing.opened(by, row) if "sender" in sides else None
        if person is not None:
            taken_in, over = row.settled_at, row.waits_for_sender and row.turn is None
        else:
            taken_in, over = row.recall_seen_at, row.recalled_at is not None
        if over and taken_in is None:
            (recording.settle if person else recording.see_recall)(id)
        elif taken_in is None:
            raise HandoffSettled
        standing.note(by, "settle", row, right=person.right if person else "team")
        return standing.shown(by, reading.row_of(id), sides)


def _change_faults(row: Any, facts: Mapping[str, Any]) -> Iterator[Fault]:
    before = {name: getattr(row, name) for name in ("fields", "note_ids")}
    yield from rules.field_faults(before | dict(facts))
    whose = {"participant_id": row.participant_id, "team": row.team}
    yield from _consent_faults(whose | dict(facts))


def preview(*, by: Actor, id: UUID) -> Row:
    """Return what would be sent now, what is held back, and what stands against it.

    `consent_id` is None and `not_agreed` all of it where the person has yet to be asked; `agreed`
    is all that may be sent today. Raises NotFound, NotAllowed for its receivers, and as
    `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, sides = standing.found(by, id)
        standing.require_sender(sides)
        person = standing.opened(by, row)
        sends = snapshots.taken(by, person, fields=row.fields, note_ids=row.note_ids)
        rests_on, not_agreed = standing.consent_for(row, fields=row.fields, chosen=row.consent_id)
        standing.note(by, "read", row, right=person.right)
        return {
            "sends": sends,
            "holds_back": [each for each in CATEGORIES if each not in row.fields],
            "consent_id": rests_on and rests_on["id"],
            "not_agreed": not_agreed,
            "agreed": rests_on["categories"] if rests_on else [],
            "requirements": _requirements(
                directory.entries(target=row.team) if row.team else [], person
            ),
            "version": row.version,
        }


def _requirements(places: Sequence[Row], person: Person) -> list[Row]:
    """Return what a team's places ask of whoever comes, each with whether it is so; None: ask."""
    asked: dict[str, bool | None] = {}
    for entry in places:
        answers = rules.requirement_answers(
            entry["requirements"], birth_date=person.identity.birth_date, today=clock.today()
        )
        for code, met in answers:
            # Of several places of one team, one that takes the person is enough.
            asked[code] = met if code not in asked else _either(asked[code], met)
    return [{"code": code, "met": met} for code, met in asked.items()]


def _either(*answers: bool | None) -> bool | None:
    return True if True in answers else None if None in answers else False


def everything(*, by: Actor, id: UUID) -> Row:
    """Return all that could be sent, field by field; of `note` each that may be chosen, with `id`.

    For the page where it is chosen. Raises as `preview` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, sides = standing.found(by, id)
        standing.require_sender(sides)
        person = standing.opened(by, row)
        standing.note(by, "read", row, right=person.right)
        but_notes = [each for each in CATEGORIES if each != "note"]
        told = snapshots.taken(by, person, fields=but_notes, note_ids=())
        return told | {"note": snapshots.notes_of(person)}


def teams_for(*, by: Actor, participant: UUID) -> Row:
    """Return `teams` that a person can be handed over to: what each asks for, and what is `open`.

    And whose page it is: `participant_id`, `case_number`, `name`. The reading is on the trail.
    Raises as `reading.open_person` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        person = people.open_person(by=by, id=participant)
        trail.record(
            by=by, action="read", kind="participant", id=participant, right=person.right,
            part="handoffs",
        )  # fmt: skip
        under_way = reading.teams_under_way(participant)
        places: dict[str, list[Row]] = defaultdict(list)
        for entry in directory.entries():
            places[entry["target"]].append(entry)
        return {
            "participant_id": participant,
            "case_number": person.row.case_number,
            "name": person.identity.name,
            "teams": [
                {
                    "code": team.code,
                    "requirements": _requirements(places[team.code], person),
                    "open": team.code in under_way,
                }
                for team in sites.code_lists().offered("target", clock.today())
            ],
        }
