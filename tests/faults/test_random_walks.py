"""Whatever is done in whatever order: the database agrees with a model of it in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact, ContactLink, RecognitionCode
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, regret, service, suggestions
from outreach.participants.models import Participant
from tests.builders import a_person, a_recorded_contact, an_actor, uuid7

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.timeout(600)]


@dataclass
class _Contact:
    code: UUID | None
    voided: bool = False
    owner: UUID | None = None
    # The choice that linked it, None for one that was logged so, and the thread that it left.
    act: int | None = None
    left: UUID | None = None


@dataclass
class _Act:
    person: UUID
    code: UUID | None


@dataclass
class _World:
    """What should stand, and how to do each thing in both."""

    anna: Actor
    chief: Actor
    draw: Callable[[Any], Any]
    contacts: dict[UUID, _Contact] = field(default_factory=dict)
    retired: dict[UUID, bool] = field(default_factory=dict)
    texts: dict[UUID, str] = field(default_factory=dict)
    people: dict[UUID, str | None] = field(default_factory=dict)
    acts: list[_Act] = field(default_factory=list)
    joins: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)

    def _pick(self, among: list[Any]) -> Any:
        return self.draw(st.sampled_from(among)) if among else None

    def _known(self) -> list[UUID]:
        return [person for person, gone in self.people.items() if gone is None]

    def _anonymous(self, code: UUID | None = None) -> list[UUID]:
        return [
            key
            for key, each in self.contacts.items()
            if each.owner is None and not each.voided and (code is None or each.code == code)
        ]

    def hand_out_a_code(self) -> None:
        row = recognition_codes.make_code(by=self.anna, given={"id": str(uuid7())})[0]
        self.retired[row["id"]] = False
        self.texts[row["id"]] = row["code"]

    def log_a_contact(self) -> None:
        code = self._pick([None, *self.texts])
        said = {"recognition_code": self.texts[code]} if code else {}
        row = a_recorded_contact(self.anna, **said)
        self.contacts[row["id"]] = _Contact(code)

    def log_a_contact_with_somebody_known(self) -> None:
        person = self._pick(self._known())
        if person:
            row = a_recorded_contact(self.anna, participant_id=str(person))
            self.contacts[row["id"]] = _Contact(None, owner=person)

    def void_a_contact(self) -> None:
        key = self._pick([key for key, each in self.contacts.items() if not each.voided])
        if key:
            contacts.void_contact(by=self.anna, id=key, given={"reason": "mistap"})
            self.contacts[key].voided = True

    def _choice(self) -> tuple[dict[str, Any], list[UUID], UUID | None]:
        """Return what is sent, which contacts it links, and the code that it puts out of use."""
        code = self._pick([None, *self.texts])
        said: dict[str, Any] = {"recognition_code": self.texts[code]} if code else {}
        if code is None or self.draw(st.booleans()):
            free = self._anonymous()
            chosen = self.draw(st.lists(st.sampled_from(free), unique=True)) if free else []
            said["contact_ids"] = [str(each) for each in chosen]
        else:
            chosen = self._anonymous(code)
        return said, chosen, None if code is None or self.retired[code] else code

    def _linked(self, person: UUID, chosen: list[UUID], code: UUID | None) -> None:
        self.acts.append(_Act(person, code))
        for key in chosen:
            contact = self.contacts[key]
            contact.owner, contact.act = person, len(self.acts) - 1
            contact.left, contact.code = contact.code, None
        if code is not None:
            self.retired[code] = True

    def identify_somebody(self) -> UUID:
        said, chosen, code = self._choice()
        row, created = service.identify(by=self.anna, given=a_person(**said))
        assert created
        self.people[row["id"]] = None
        self._linked(row["id"], chosen, code)
        return UUID(str(row["id"]))

    def link_more(self) -> None:
        person = self._pick(self._known())
        said, chosen, code = self._choice()
        if person and (code or chosen):
            service.link_contacts(by=self.anna, id=person, given=said)
            self._linked(person, chosen, code)

    def unlink_one(self) -> None:
        owned = [
            key
            for key, each in self.contacts.items()
            if each.owner and self.people[each.owner] is None
        ]
        if key := self._pick(owned):
            contact = self.contacts[key]
            person, act = contact.owner, contact.act
            assert person
            service.unlink_contact(by=self.anna, id=person, link_id=_link_of(key))
            self._let_go(contact, to=contact.left)
            left = [each for each in self.contacts.values() if each.owner and each.act == act]
            if act is not None and not left and (code := self.acts[act].code):
                self.retired[code] = False

    @staticmethod
    def _let_go(contact: _Contact, *, to: UUID | None) -> None:
        contact.owner, contact.act, contact.left, contact.code = None, None, None, to

    def join_two(self) -> None:
        known = self._known()
        one, other = self._pick(known), self._pick(known)
        if one and other and other not in self.group(one):
            given = {"id": str(uuid7()), "other_id": str(other)}
            row, _ = duplicates.join(by=self.anna, id=one, given=given)
            self.joins[row["id"]] = (one, other)

    def part_two(self) -> None:
        standing = [
            key
            for key, pair in self.joins.items()
            if all(self.people[each] is None for each in pair)
        ]
        if key := self._pick(standing):
            duplicates.unjoin(by=self.anna, id=self.joins.pop(key)[1], join_id=key)

    def go_back(self) -> None:
        person = self._pick(self._known())
        if person:
            self._leave(person, self._pick(["undo", "back_to_code", "erasure"]))

    def be_known_and_undo_it_at_once(self) -> None:
        before = _standing(self)
        person = self.identify_somebody()
        self._leave(person, "undo")
        contacts_, codes, people, groups = _standing(self)
        assert (people.pop(person), groups.pop(person)) == ("undone", {person})
        assert (contacts_, codes, people, groups) == before

    def _leave(self, person: UUID, door: str) -> None:
        receipt = regret.regret(by=self.anna, id=person, given={"door": door})
        if door == "erasure":
            regret.decide(
                by=self.chief,
                id=receipt["erasure_request_id"],
                given={"decision": "granted", "reason": "Så vill personen."},
            )
            self.people[person] = "erased"
            return
        new = None
        if door == "back_to_code":
            new = recognition_codes.look_up(
                by=self.anna, given={"code": receipt["recognition_code"]}
            )["id"]
            self.retired[new], self.texts[new] = False, receipt["recognition_code"]
        for contact in self.contacts.values():
            if contact.owner == person:
                self._let_go(contact, to=new or contact.left)
        if door == "undo":
            for act in self.acts:
                if act.person == person and act.code:
                    self.retired[act.code] = False
        self.people[person] = "undone" if door == "undo" else "back_to_code"
        self.joins = {key: pair for key, pair in self.joins.items() if person not in pair}

    def group(self, person: UUID) -> set[UUID]:
        found, before = {person}, set[UUID]()
        while found != before:
            before = set(found)
            for pair in self.joins.values():
                if found & set(pair):
                    found |= set(pair)
        return found

    def check(self) -> None:
        told, codes, people, groups = _standing(self)
        assert told == {
            key: (each.code, each.voided, each.owner) for key, each in self.contacts.items()
        }
        assert codes == self.retired
        assert people == self.people
        assert groups == {person: self.group(person) for person in self.people}


def _link_of(contact: UUID) -> UUID:
    with transaction(by=system("test")):
        wanted = sa.select(ContactLink.id).where(
            ContactLink.contact_id == contact, ContactLink.undone_at.is_(None)
        )
        return db.session.scalars(wanted).one()


def _standing(world: _World) -> tuple[Any, ...]:
    """Return what stands in the database of what the world knows."""
    with transaction(by=system("test")):
        rows = db.session.execute(
            sa.select(
                Contact.id,
                Contact.thread_id,
                Contact.voided_at,
                ContactLink.participant_id,
            )
            .outerjoin(
                ContactLink,
                sa.and_(ContactLink.contact_id == Contact.id, ContactLink.undone_at.is_(None)),
            )
            .where(Contact.recorded_by == world.anna.id)
        )
        codes = db.session.execute(sa.select(RecognitionCode.id, RecognitionCode.retired_at))
        people = db.session.execute(
            sa.select(Participant.id, Participant.removed_as).where(
                Participant.registered_by == world.anna.id
            )
        )
        known = {row.id: row.removed_as for row in people}
        joined = suggestions.all_groups()
        return (
            {row[0]: (row[1], row[2] is not None, row[3]) for row in rows},
            {row.id: row.retired_at is not None for row in codes if row.id in world.retired},
            {person: gone for person, gone in known.items() if person in world.people},
            {person: joined.of(person) for person in known if person in world.people},
        )


_STEPS = (
    _World.hand_out_a_code,
    _World.log_a_contact,
    _World.log_a_contact,
    _World.log_a_contact_with_somebody_known,
    _World.void_a_contact,
    _World.identify_somebody,
    _World.link_more,
    _World.unlink_one,
    _World.join_two,
    _World.part_two,
    _World.go_back,
    _World.be_known_and_undo_it_at_once,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_the_database_agrees_with_the_model_after_every_step(data: st.DataObject) -> None:
    world = _World(an_actor(), an_actor(role="supervisor"), data.draw)
    world.hand_out_a_code()
    for _ in range(3):
        world.log_a_contact()

    for step in data.draw(st.lists(st.sampled_from(_STEPS), min_size=5, max_size=30)):
        step(world)
        world.check()
