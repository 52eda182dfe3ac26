"""Use cases of identification: become known, link earlier contacts by choice, take a link back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.contacts import linking, recognition_codes
from outreach.contacts import service as contacts
from outreach.contacts.recognition_codes import KnownCode, KnownCodes
from outreach.enrolments import reading as enrolled
from outreach.enrolments import service as enrolments
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, NotAllowed, NotFound, RuleBroken
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.identification import suggestions
from outreach.identification.events import CodesRestored, CodeTaken
from outreach.identification.models import Identification, Rejection
from outreach.identification.schemas import (
    NewIdentificationSchema,
    NewLinksSchema,
    ThreadSchema,
)
from outreach.participants import reading, responsibilities
from outreach.participants import service as participants
from outreach.participants.reading import Row
from outreach.shifts import service as shifts
from outreach.sites import service as sites

_NEW = NewIdentificationSchema()
_LINKS = NewLinksSchema()
_THREAD = ThreadSchema()
_ACT = cast("sa.Table", Identification.__table__)
_REJECTION = cast("sa.Table", Rejection.__table__)

_TOLD_BY = {"information_language": "talk_language", "information_interpreter": "interpreter"}

# So far back goes a thread that is linked as a whole.
_WHOLE_THREAD = 1000
# So many of one's own people are offered for the one who is sitting there.
_LATEST = 12


class IdentityNotRecorded(NotAllowed):
    """The committee has decided that in this activity nobody is asked who they are."""

    slug = "identity-not-recorded"
    title = N_("Här skriver vi inte in någon")
    advice = N_("Nämnden har beslutat att verksamheten inte antecknar vem någon är.")


def identify(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Let a person be known by their own choice; return who it is, and whether that is new.

    In one transaction: the person, the links to the earlier contacts that they chose, the end of
    their code, an open enrolment, and the worker who is responsible. A repeat changes nothing.
    Raises NotAllowed, IdentityNotRecorded, IdReuse, RuleBroken with every fault.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        _require_identifying_shift(by)
        codes = _codes_in(given)
        facts = _read(by, given, codes)
        code = _known(codes, facts)
        # However it was typed, and whatever became of it since: a repeat says the same.
        facts = codes.resolved(facts)
        person, created = participants.register(by=by, facts=facts)
        if created:
            _chosen(by, person, "identified", code, facts)
            enrolments.open_enrolment(by=by, participant=person, facts=facts)
            responsibilities.give_responsibility(
                by=by, id=person, worker=by.id, reason="identified"
            )
            trail.record(by=by, action="identify", kind="participant", id=person)
        return _identified(by, person), created


def try_identification(*, by: Actor, given: object) -> Row:
    """Return what would be written down, and write nothing; raises as `identify` does."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        _require_identifying_shift(by)
        return _read(by, given, _codes_in(given))


def require_identifying(*, by: Actor) -> None:
    """Raise NotAllowed or IdentityNotRecorded unless the actor may let people be known now."""
    require_role(by, CASEWORKER, SUPERVISOR)
    if by.committee is None:
        raise NotAllowed
    _require_identifying_shift(by)


def _read(by: Actor, given: object, codes: KnownCodes) -> dict[str, Any]:
    return read(
        _NEW,
        given,
        participants.identity_faults,
        participants.committee_faults(by),
        enrolments.opening_faults,
        _information_faults,
        codes.faults,
        lambda facts: _contact_faults(facts, facts.get("id")),
    )


def _information_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the codes of how somebody was told that nobody knows."""
    lists, today = sites.code_lists(), clock.today()
    for name, listed in _TOLD_BY.items():
        code = facts.get(name)
        if code is not None and not lists.has(listed, code, today):
            yield Fault(f"/{name}", N_("”%(code)s” finns inte att välja."), {"code": code})


def _require_identifying_shift(by: Actor) -> None:
    shift = shifts.running_shift(by=by) if by.has(CASEWORKER) else None
    lists = sites.code_lists()
    if shift and not lists.may_identify(shift["site"], shift["activity"], clock.today()):
        raise IdentityNotRecorded


def _codes_in(given: object) -> KnownCodes:
    typed = given.get("recognition_code") if isinstance(given, Mapping) else None
    return recognition_codes.known_codes([typed] if isinstance(typed, str) else [])


def _known(codes: KnownCodes, facts: Mapping[str, Any]) -> KnownCode | None:
    """Return the code that faultless facts name.

    Whoever types one whose holder is known is told nothing: it links what its thread shows them,
    as any other does.
    """
    found = codes.by_typed.get(facts["recognition_code"])
    return found if isinstance(found, KnownCode) else None


def _contact_faults(facts: Mapping[str, Any], person: UUID | None) -> Iterator[Fault]:
    """Yield which of the listed contacts cannot become a person's, and are not already."""
    listed = facts.get("contact_ids") or []
    owners = linking.owners_of(listed)
    may = _linkable(listed) | {contact for contact, owner in owners.items() if owner == person}
    for place, contact in enumerate(listed):
        if contact not in may:
            yield _not_linkable(place)


_NOT_ALL_LINKABLE = Fault(
    "/contact_ids", N_("Några av kontakterna går inte att koppla. Välj bland personens egna besök.")
)


def _not_linkable(place: int) -> Fault:
    return Fault(f"/contact_ids/{place}", N_("Den kontakten går inte att koppla."))


def _linkable(contacts: Collection[UUID]) -> set[UUID]:
    """Return those that count, are one person's and nobody's yet, where identity is recorded."""
    lists = sites.code_lists()
    return {
        row["id"]
        for row in linking.anonymous(contacts)
        if lists.may_identify(row["site"], row["activity"], row["local_day"])
    }


def earlier_contacts(*, by: Actor, given: object) -> Row:
    """Return the contacts that a person may choose among, the latest first: those of a code.

    `code` as it is written, `contacts` as `recognition_codes.code_thread` tells them, and how many
    `others` there are that cannot become anybody's. A contact that was just logged is among them.
    Whose code it was, if it is out of use, is told to nobody. Raises RuleBroken for what is no
    code.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    codes = _codes_in(given)
    facts = read(_THREAD, given, codes.faults)
    found = codes.by_typed.get(facts["recognition_code"])
    code = found if isinstance(found, KnownCode) else None
    logged = _just_logged(by, facts["contact_id"])
    with transaction(by=by):
        thread = recognition_codes.code_thread(id=code.id) if code else []
        there = {row["id"] for row in thread}
        thread = [row for row in logged if row["id"] not in there] + thread
        linkable = _linkable([row["id"] for row in thread])
        chosen_among = [row for row in thread if row["id"] in linkable]
        return {
            "code": code.text if code else None,
            "contacts": chosen_among,
            "others": len(thread) - len(chosen_among),
        }


def _just_logged(by: Actor, contact: UUID | None) -> list[Row]:
    """Return a contact, if there is one, that the actor may see."""
    if contact is None:
        return []
    try:
        row = contacts.contact(by=by, id=contact)
    except NotFound:
        return []
    return [row | {"date": clock.local(row["occurred_at"]).date()}]


def _chosen(
    by: Actor, person: UUID, kind: str, code: KnownCode | None, facts: Mapping[str, Any]
) -> dict[UUID, UUID]:
    """Write down one choice of the person's, link what was chosen, put the code out of use.

    Return the new links by contact. Raises RuleBroken, without saying which, where a contact is
    somebody's of whom the actor may not know; that is on the trail.
    """
    act, now = uuid4(), clock.now()
    told = ("information_version", "information_language", "information_interpreter")
    said = {name: facts.get(name) for name in told}
    db.session.execute(
        sa.insert(_ACT).values(id=act, participant_id=person, kind=kind, at=now, by=by.id, **said)
    )
    listed: Sequence[UUID] | None = facts.get("contact_ids")
    if listed is None:
        thread = recognition_codes.code_thread(id=code.id, limit=_WHOLE_THREAD) if code else []
        wanted = sorted(_linkable([row["id"] for row in thread]))
    else:
        wanted = list(dict.fromkeys(listed))
    made = linking.link(by=by, participant=person, contacts=wanted, basis="chosen", act=act)
    owners = linking.owners_of(wanted)
    if listed is not None and any(owners.get(each) != person for each in wanted):
        trail.record_apart(by=by, action="denied", kind="contact_link", id=person)
        raise RuleBroken(faults=[_NOT_ALL_LINKABLE])
    if code is not None and recognition_codes.retire_code(by=by, id=code.id, act=act):
        events.announce(CodeTaken(by, code.id, person))
    trail.record_many(by=by, action="link", kind="contact", ids=sorted(made))
    return made


def _identified(by: Actor, person: UUID) -> Row:
    opened = reading.open_person(by=by, id=person)
    running = enrolled.enrolments_of(by=by, participant=person, state="open")
    found = suggestions.of_person(opened)
    # The same number as somebody else's is no fault: they may be one person.
    twice = any(each["basis"] == "number" for each in found)
    return {
        **reading.shown(opened),
        "enrolment_id": running[0]["id"] if running else None,
        "links": [
            {"id": link["id"], "contact_id": link["contact_id"]}
            for link in linking.links_of([person])
        ],
        "suggestions": found,
        **({"warnings": ["number"]} if twice else {}),
    }


def link_contacts(*, by: Actor, id: UUID, given: object) -> list[Row]:
    """Link earlier contacts that a known person chose; return the links.

    With a code alone its whole thread, with a list just those; the code is out of use from then
    on. What is the person's already stays as it is, and is in the answer. Raises as
    `reading.open_person` does, RuleBroken.
    """
    with transaction(by=by):
        reading.open_person(by=by, id=id, lock=True)
        _require_identifying_shift(by)
        codes = _codes_in(given)
        facts = read(
            _LINKS,
            given,
            codes.faults,
            lambda facts: _contact_faults(facts, id),
            _something_chosen,
        )
        code = _known(codes, facts)
        made = _chosen(by, id, "linked", code, facts)
        listed = {*made, *(facts["contact_ids"] or ())}
        return [link for link in linking.links_of([id]) if link["contact_id"] in listed]


def _something_chosen(facts: Mapping[str, Any]) -> list[Fault]:
    if facts.get("recognition_code") is None and not facts.get("contact_ids"):
        return [Fault("", N_("Välj kontakter, eller skriv personens kod."))]
    return []


def unlink_contact(*, by: Actor, id: UUID, link_id: UUID) -> None:
    """Let one contact be nobody's again, in the thread where it was; a repeat is NotFound.

    When nothing is left of a choice that put a code out of use, the code is in use again, as if
    it had not been made. Raises as `reading.open_person` does.
    """
    with transaction(by=by):
        reading.open_person(by=by, id=id, lock=True)
        links = {link["id"]: link for link in linking.links_of([id])}
        if link_id not in links:
            raise NotFound
        link = links.pop(link_id)
        linking.unlink(by=by, links=[link_id])
        of_the_same_act = [each for each in links.values() if each["act_id"] == link["act_id"]]
        whole = [] if link["act_id"] is None or of_the_same_act else [link["act_id"]]
        if not _restore(by, whole):
            reject(by=by, id=id, subject=link["contact_id"])
        trail.record(by=by, action="unlink", kind="contact", id=link["contact_id"])


def restore_codes(*, by: Actor, id: UUID) -> None:
    """Let every code that a person's choices put out of use be in use again.

    For the door that undoes an identification; inside its transaction.
    """
    _restore(by, suggestions.acts_of(id))


def _restore(by: Actor, acts: Collection[UUID]) -> list[UUID]:
    codes = recognition_codes.restore_codes(by=by, acts=acts)
    events.announce(CodesRestored(by, tuple(codes)))
    return codes


def identified_at(*, id: UUID) -> Any:
    """Return when a person was identified, None for one who was imported."""
    return db.session.scalar(
        sa.select(_ACT.c.at).where(_ACT.c.participant_id == id, _ACT.c.kind == "identified")
    )


def suggestions_for(*, by: Actor, id: UUID) -> list[Row]:
    """Return what may be a person's: contacts with a code of theirs, others who may be the same.

    What was turned down is not there. Raises as `reading.open_person` does.
    """
    with transaction(by=by):
        found = suggestions.of_person(reading.open_person(by=by, id=id))
        trail.record(by=by, action="read", kind="participant", id=id, part="suggestions")
        return found


def waiting(*, by: Actor) -> list[Row]:
    """Return how many contacts wait to be linked to each of the actor's own people.

    Of those alone for whom something waits, at most 200: `participant_id` and `count`. A count
    tells nothing of anybody, so it is no reading; nobody who has asked to be erased is counted.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        own = responsibilities.caseload(by=by, workers=[by.id])[by.id]
        people = reading.readable(by=by, ids=own[: reading.MOST_FOUND])
        counts = suggestions.waiting(people)
        return [{"participant_id": whose, "count": counts[whose]} for whose in sorted(counts)]


def latest_people(*, by: Actor) -> list[Row]:
    """Return those of the actor's own people whom somebody met last, the latest first, at most 12.

    With the names that lists may show; each is an entry on the trail.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        own = responsibilities.caseload(by=by, workers=[by.id])[by.id]
        met = linking.last_contacts(own)
        latest = sorted(own, key=lambda whose: (met.get(whose, date.min), whose), reverse=True)
        glimpses = reading.glimpses(by=by, ids=latest[:_LATEST])
        seen = {person.id: person for person in glimpses}
        return [
            {
                "id": whose,
                "case_number": seen[whose].case_number,
                "name": seen[whose].name,
                "last_contact_on": met.get(whose),
            }
            for whose in latest[:_LATEST]
            if whose in seen
        ]


def reject_suggestion(*, by: Actor, id: UUID, suggestion_id: UUID) -> None:
    """Turn a suggestion down for good; again changes nothing. Raises NotFound for no suggestion."""
    with transaction(by=by):
        person = reading.open_person(by=by, id=id)
        if suggestion_id in suggestions.rejected(id):
            return
        if suggestion_id not in {each["id"] for each in suggestions.of_person(person)}:
            raise NotFound
        reject(by=by, id=id, subject=suggestion_id)
        trail.record(by=by, action="reject", kind="participant", id=id, subject=str(suggestion_id))


def reject(*, by: Actor, id: UUID, subject: UUID) -> None:
    """Remember that a contact, or another participant, is not the person's. Inside a use case."""
    db.session.execute(
        insert(_REJECTION)
        .values(participant_id=id, subject_id=subject, rejected_at=clock.now(), rejected_by=by.id)
        .on_conflict_do_nothing()
    )
