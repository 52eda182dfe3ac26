"""Whatever is done in whatever order: the database agrees with a model of it in plain Python.

So do the figures, after a night that follows each step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact, ContactLink, RecognitionCode
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.periods import Period
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, regret, service, suggestions
from outreach.indicators import night
from outreach.indicators import service as indicators
from outreach.participants.models import Participant
from tests.builders import a_person, a_recorded_contact, an_actor, uuid7
from tests.counting import counted, persons_said, persons_told, said
from tests.faults.model_of_contacts import Figures, Model, ModelContact

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.timeout(600)]

_SITES = ("hagalund", "bagartorp")
# What is met, and what each kind must say.
_ALONE: dict[str, dict[str, Any]] = {"drop_in": {}, "phone": {}, "brief": {"topics": []}}
_GROUP = {"headcount": 4, "gender": "unknown", "age_band": "unknown", "first_time": "not_asked"}


@dataclass
class _Walk:
    """A model, and how to do each thing both there and in the product."""

    anna: Actor
    chief: Actor
    period: Period
    draw: Callable[[Any], Any]
    # What earlier walks have left in the figures.
    before: Figures
    model: Model = field(default_factory=Model)
    texts: dict[UUID, str] = field(default_factory=dict)

    def _pick(self, among: list[Any]) -> Any:
        return self.draw(st.sampled_from(among)) if among else None

    def hand_out_a_code(self) -> None:
        row = recognition_codes.make_code(by=self.anna, given={"id": str(uuid7())})[0]
        self.model.retired[row["id"]] = False
        self.texts[row["id"]] = row["code"]

    def _log(self, kind: str, **facts: Any) -> dict[str, Any]:
        told = {
            "site": self._pick([*_SITES]),
            "first_time": self._pick(["yes", "no", "not_asked"]),
            "gender": self._pick(["woman", "man", "declined"]),
        }
        return a_recorded_contact(self.anna, contact_type=kind, **(told | facts))

    def _add(
        self, row: dict[str, Any], *, code: UUID | None = None, owner: UUID | None = None
    ) -> None:
        said_of_itself = (row["contact_type"], row["site"], row["first_time"], row["headcount"])
        self.model.contacts[row["id"]] = ModelContact(*said_of_itself, code=code, owner=owner)

    def log_a_contact(self) -> None:
        code = self._pick([None, *self.texts])
        kind = self._pick([*_ALONE])
        coded = {"recognition_code": self.texts[code]} if code else {}
        self._add(self._log(kind, **_ALONE[kind], **coded), code=code)

    def log_a_group(self) -> None:
        self._add(self._log("group", **_GROUP))

    def log_a_contact_with_somebody_known(self) -> None:
        person = self._pick(self.model.known())
        if person:
            kind = self._pick([*_ALONE])
            row = self._log(kind, **_ALONE[kind], participant_id=str(person))
            self._add(row, owner=person)

    def void_a_contact(self) -> None:
        key = self._pick(self.model.standing())
        if key:
            contacts.void_contact(by=self.anna, id=key, given={"reason": "mistap"})
            self.model.contacts[key].voided = True

    def _choice(self) -> tuple[dict[str, Any], list[UUID], UUID | None]:
        """Return what is sent, which contacts it links, and the code that it names."""
        code = self._pick([None, *self.texts])
        sent: dict[str, Any] = {"recognition_code": self.texts[code]} if code else {}
        if code is not None and not self.draw(st.booleans()):
            return sent, self.model.free(code), code
        free = self.model.free()
        chosen = self.draw(st.lists(st.sampled_from(free), unique=True)) if free else []
        sent["contact_ids"] = [str(each) for each in chosen]
        return sent, chosen, code

    def identify_somebody(self) -> UUID:
        sent, chosen, code = self._choice()
        row, created = service.identify(by=self.anna, given=a_person(**sent))
        assert created
        self.model.people[row["id"]] = None
        self.model.link(row["id"], chosen, code)
        return UUID(str(row["id"]))

    def link_more(self) -> None:
        person = self._pick(self.model.known())
        sent, chosen, code = self._choice()
        if person and (code or chosen):
            service.link_contacts(by=self.anna, id=person, given=sent)
            self.model.link(person, chosen, code)

    def unlink_one(self) -> None:
        if key := self._pick(self.model.owned()):
            person = self.model.contacts[key].owner
            assert person
            service.unlink_contact(by=self.anna, id=person, link_id=_link_of(key))
            self.model.unlink(key)

    def join_two(self) -> None:
        known = self.model.known()
        one, other = self._pick(known), self._pick(known)
        if one and other not in self.model.group(one):
            self._join(one, other)

    def _join(self, one: UUID, other: UUID) -> None:
        given = {"id": str(uuid7()), "other_id": str(other)}
        row, _ = duplicates.join(by=self.anna, id=one, given=given)
        self.model.joins[row["id"]] = (one, other)

    def come_under_two_names_and_be_one(self) -> None:
        one, other = self.identify_somebody(), self.identify_somebody()
        for person in (one, other):
            self._add(self._log("drop_in", participant_id=str(person)), owner=person)
        before = _numbers(self.told())
        self._join(one, other)
        joined = _numbers(self.told())
        assert joined["persons"] == before["persons"] - 1
        assert joined["contacts"] == before["contacts"]

    def part_two(self) -> None:
        if key := self._pick(self.model.joins_of_known()):
            duplicates.unjoin(by=self.anna, id=self.model.joins.pop(key)[1], join_id=key)

    def go_back(self) -> None:
        person = self._pick(self.model.known())
        door = self._pick(["undo", "back_to_code"])
        if person:
            self._leave(person, door)

    def be_known_and_undo_it_at_once(self) -> None:
        before, told = _standing(self), self.told()
        person = self.identify_somebody()
        self.check()
        self._leave(person, "undo")
        contacts_, codes, people, groups = _standing(self)
        assert (people.pop(person), groups.pop(person)) == ("undone", {person})
        assert (contacts_, codes, people, groups) == before
        assert self.told() == told

    def _leave(self, person: UUID, door: str) -> None:
        receipt = regret.regret(by=self.anna, id=person, given={"door": door})
        new = None
        if text := receipt["recognition_code"]:
            new = recognition_codes.look_up(by=self.anna, given={"code": text})["id"]
            self.texts[new] = text
        self.model.leave(person, door, new)

    def be_erased(self) -> None:
        person = self._pick(self.model.known())
        if not person:
            return
        told = self.told()
        receipt = regret.regret(by=self.anna, id=person, given={"door": "erasure"})
        assert self.told() == told
        regret.decide(
            by=self.chief,
            id=receipt["erasure_request_id"],
            given={"decision": "granted", "reason": "Så vill personen."},
        )
        self.model.leave(person, "erasure")
        assert self.told() == told

    def told(self) -> dict[str, Any]:
        """Return all that figures and tables tell the supervisor after a night."""
        night.run(by=system("test"))
        answer = indicators.figures(by=self.chief, period=self.period, threshold=5, raw=True)
        return {name: answer[name] for name in ("figures", "tables")}

    def check(self) -> None:
        held, codes, people, groups = _standing(self)
        assert held == {
            key: (each.code, each.voided, each.owner) for key, each in self.model.contacts.items()
        }
        assert codes == self.model.retired
        assert people == self.model.people
        assert groups == {person: self.model.group(person) for person in self.model.people}
        assert _numbers(self.told()) == self.before + self.model.figures()


def _numbers(told: dict[str, Any]) -> Figures:
    """Return the figures of an answer as the model names them."""
    (sn3,) = (each for each in told["figures"] if each["code"] == "SN3")
    found: Figures = Counter({"persons": sn3["value"], **sn3["beside"]})
    tables = {table["id"]: table["cells"] for table in told["tables"]}
    for measure, table in (("persons", "persons_site"), ("contacts", "contacts_site_activity")):
        for cell in tables[table]:
            site, *others = cell["key"].values()
            if site in _SITES and others in ([], ["total"]):
                found[f"{measure} at {site}"] = cell["value"]
    return found


def _link_of(contact: UUID) -> UUID:
    with transaction(by=system("test")):
        wanted = sa.select(ContactLink.id).where(
            ContactLink.contact_id == contact, ContactLink.undone_at.is_(None)
        )
        return db.session.scalars(wanted).one()


def _standing(walk: _Walk) -> tuple[Any, ...]:
    """Return what stands in the database of what the walk knows."""
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
            .where(Contact.recorded_by == walk.anna.id)
        )
        codes = db.session.execute(sa.select(RecognitionCode.id, RecognitionCode.retired_at))
        people = db.session.execute(
            sa.select(Participant.id, Participant.removed_as).where(
                Participant.registered_by == walk.anna.id
            )
        )
        known = {row.id: row.removed_as for row in people}
        joined = suggestions.all_groups()
        return (
            {row[0]: (row[1], row[2] is not None, row[3]) for row in rows},
            {row.id: row.retired_at is not None for row in codes if row.id in walk.model.retired},
            {person: gone for person, gone in known.items() if person in walk.model.people},
            {person: joined.of(person) for person in known if person in walk.model.people},
        )


# So that there is something to do each thing with: contacts, and people who have some.
_FIRST_STEPS = (
    _Walk.hand_out_a_code,
    *(_Walk.log_a_contact,) * 3,
    _Walk.come_under_two_names_and_be_one,
    _Walk.identify_somebody,
)
_STEPS = (
    _Walk.hand_out_a_code,
    _Walk.log_a_contact,
    _Walk.log_a_contact,
    _Walk.log_a_group,
    _Walk.log_a_contact_with_somebody_known,
    _Walk.void_a_contact,
    _Walk.identify_somebody,
    _Walk.link_more,
    _Walk.unlink_one,
    _Walk.join_two,
    _Walk.come_under_two_names_and_be_one,
    _Walk.part_two,
    _Walk.go_back,
    _Walk.be_known_and_undo_it_at_once,
    _Walk.be_erased,
)


def _a_walk(draw: Callable[[Any], Any]) -> _Walk:
    """Return a walk of which nothing is done yet, whatever others have left."""
    anna, chief = an_actor(sites=_SITES), an_actor(role="supervisor", sites=_SITES)
    # Wide enough for a walk that goes on past midnight.
    today = clock.today()
    period = Period(today - timedelta(days=7), today + timedelta(days=1))
    walk = _Walk(anna, chief, period, draw, Counter())
    walk.before = _numbers(walk.told())
    return walk


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_the_database_and_the_figures_agree_with_the_model_after_every_step(
    data: st.DataObject,
) -> None:
    walk = _a_walk(data.draw)
    for step in (*_FIRST_STEPS, *data.draw(st.lists(st.sampled_from(_STEPS), max_size=20))):
        step(walk)
        walk.check()

    # Cell by cell, against a second counting; and no night has found another counted wrong.
    assert counted() == said()
    assert persons_told(walk.period) == persons_said()
    assert night.faults(by=walk.chief) == []
