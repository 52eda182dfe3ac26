"""Contacts that are somebody's: who corrects and voids them, and what nobody is told by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.contacts import linking, service
from outreach.contacts.models import ContactLink
from outreach.contacts.schemas import ContactSchema
from outreach.foundation.actor import SYSTEM, Actor
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, RuleBroken
from outreach.foundation.transaction import transaction
from tests import known_people
from tests.builders import a_contact, a_participant, a_recorded_contact, an_actor, commit

pytestmark = pytest.mark.usefixtures("app")

GROUP = {
    "contact_type": "group",
    "headcount": 5,
    "age_band": "unknown",
    "gender": "unknown",
    "first_time": "not_asked",
}


def _logged(by: Actor, **said: Any) -> UUID:
    return UUID(str(a_recorded_contact(by, **said)["id"]))


def _theirs(by: Actor, contact: UUID, **person: Any) -> UUID:
    """Let a contact be that of somebody who is known to a worker."""
    who = a_participant(by, **person)
    known_people.link(by, who, contact)
    return who


def _void(by: Actor, contact: UUID) -> dict[str, Any]:
    return service.void_contact(by=by, id=contact, given={"reason": "mistap"})


def _correct(by: Actor, contact: UUID, said: dict[str, Any]) -> dict[str, Any]:
    return service.correct_contact(by=by, id=contact, expected=1, given=said)


def _refusal(act: Callable[[], object]) -> str:
    with pytest.raises(NotAllowed) as refused:
        act()
    return refused.value.detail


def _as_told(row: dict[str, Any]) -> dict[str, Any]:
    """Return what is answered, but for what differs between any two contacts."""
    own = {"id", "occurred_at", "received_at", "voided_at"}
    return {name: value for name, value in ContactSchema().dump(row).items() if name not in own}


def test_a_known_persons_contact_becomes_a_group_only_when_it_is_unlinked() -> None:
    anna = an_actor()
    contact = _logged(anna)
    _theirs(anna, contact)

    with pytest.raises(RuleBroken) as refused:
        _correct(anna, contact, GROUP | {"result": "signposted"})

    told = {fault.pointer: fault.detail for fault in refused.value.faults}
    assert told.keys() == {"/headcount", "/signposted_to"}
    assert "Koppla loss" in told["/headcount"]
    assert service.contact(by=anna, id=contact)["version"] == 1
    known_people.unlink(anna, contact)
    assert _correct(anna, contact, GROUP)["version"] == 2


@pytest.mark.parametrize(
    "kind", [{"contact_type": "brief", "topics": []}, {"contact_type": "third_party"}]
)
def test_a_greeting_and_a_talk_about_them_can_be_a_known_persons(kind: dict[str, Any]) -> None:
    anna = an_actor()
    person = a_participant(anna)

    logged = a_recorded_contact(anna, participant_id=str(person), **kind)

    assert logged["participant_id"] == person
    assert _correct(anna, logged["id"], {"minutes": 5})["participant_id"] == person


def test_a_group_is_neither_logged_nor_linked_as_somebodys() -> None:
    anna = an_actor()
    person = a_participant(anna)

    with pytest.raises(RuleBroken) as refused:
        a_recorded_contact(anna, participant_id=str(person), **GROUP)
    assert {fault.pointer for fault in refused.value.faults} == {"/participant_id"}
    contact = _logged(anna, **GROUP)
    with transaction(by=anna):
        assert linking.anonymous([contact]) == []
        assert not linking.link(by=anna, participant=person, contacts=[contact], basis="chosen")


def test_the_other_committees_supervisor_changes_no_contact_whosever_it_is() -> None:
    anna, theirs = an_actor(), an_actor(role="supervisor", committee="SN")
    anonymous, known = _logged(anna), _logged(anna)
    _theirs(anna, known)

    told = {
        _refusal(lambda: act(theirs, contact))  # noqa: B023 - asked at once
        for contact in (anonymous, known)
        for act in (_void, lambda by, contact: _correct(by, contact, {"minutes": 5}))
    }

    assert len(told) == 1
    assert "Be någon av dem" in told.pop()
    for contact in (anonymous, known):
        assert service.contact(by=theirs, id=contact)["identity"] == "anonymous"
        assert service.contact(by=anna, id=contact)["version"] == 1
        assert _void(an_actor(role="supervisor"), contact)["void_reason"] == "mistap"


def test_the_supervisor_of_whose_person_it_is_changes_a_contact_of_the_other_activity() -> None:
    johan, anna = an_actor(committee="SN"), an_actor()
    chief = an_actor(role="supervisor")
    outside = {"activity": "outreach", "contact_type": "outreach"}
    anonymous, known = _logged(johan, **outside), _logged(johan, **outside)
    _theirs(anna, known)

    assert _refusal(lambda: _void(chief, anonymous))
    assert _void(chief, known)["voided_at"]


@pytest.mark.parametrize("said", [{"minutes": 5}, GROUP])
def test_whoever_logged_a_contact_is_not_told_that_it_became_somebodys_elsewhere(
    said: dict[str, Any],
) -> None:
    johan, anna = an_actor(committee="SN"), an_actor()
    outside = {"activity": "outreach", "contact_type": "outreach"}
    anonymous, known, voided = (_logged(johan, **outside) for _ in range(3))
    _theirs(anna, known)
    _theirs(anna, voided)

    corrected = [_as_told(_correct(johan, each, said)) for each in (known, anonymous)]

    assert corrected[0] == corrected[1]
    assert corrected[0]["identity"] == "anonymous"
    assert _as_told(_void(johan, voided)) == _as_told(_void(johan, _logged(johan, **outside)))
    assert service.contact(by=anna, id=voided)["identity"] == "identified"


def test_what_its_author_says_was_a_group_is_nobodys_from_then_on() -> None:
    johan, anna = an_actor(committee="SN"), an_actor()
    contact = _logged(johan, activity="outreach", contact_type="outreach")
    person = _theirs(anna, contact)

    _correct(johan, contact, GROUP)

    with transaction(by=anna):
        assert linking.links_of([person]) == []
        (undone,) = db.session.scalars(
            sa.select(ContactLink).where(ContactLink.participant_id == person)
        )
        assert undone.undone_by == johan.id
    assert service.contact(by=anna, id=contact)["identity"] == "anonymous"
    commit()
    entries = sa.select(AuditEntry).where(AuditEntry.action == "unlink")
    (entry,) = db.session.scalars(entries)
    assert (entry.object_id, entry.actor_id) == (str(contact), SYSTEM)


def test_a_protected_persons_contact_is_voided_by_those_who_are_named() -> None:
    johan, anna, chief = an_actor(), an_actor(), an_actor(role="supervisor")
    contact = _logged(johan)
    _theirs(anna, contact, protected=True)

    for other in (johan, chief):
        with pytest.raises(NotFound):
            _void(other, contact)

    assert _void(anna, contact)["voided_at"]


def _sent_again(by: Actor, given: dict[str, Any]) -> list[str]:
    """Return what a repeat is answered, alone and in a batch."""
    told = []
    try:
        row, created = service.record_contact(by=by, given=given)
        told.append(f"{row['identity']} {created}")
    except IdReuse as error:
        told.append(error.slug)
    (outcome,) = service.record_contacts(by=by, items=[given])
    told.append(outcome.error.slug if outcome.error else f"{outcome.version} {outcome.created}")
    return told


def test_a_repeat_tells_of_a_protected_persons_contact_to_those_alone_who_may_read_it() -> None:
    johan, anna = an_actor(), an_actor()
    given = a_contact()
    contact = _logged(johan, **given)
    assert _sent_again(johan, given) == ["anonymous False", "1 False"]

    _theirs(anna, contact, protected=True)

    assert _sent_again(johan, given) == ["id-reuse", "id-reuse"]
    assert _sent_again(anna, given) == ["protected False", "1 False"]


def test_a_repeat_tells_nothing_of_a_contact_that_is_at_another_place_by_now() -> None:
    johan, colleague = an_actor(), an_actor()
    chief = an_actor(role="supervisor", sites=("hagalund", "bagartorp"))
    given = a_contact()
    contact = _logged(johan, **given)
    _correct(chief, contact, {"site": "bagartorp"})

    with pytest.raises(NotFound):
        service.contact(by=colleague, id=contact)
    assert _sent_again(colleague, given) == ["id-reuse", "id-reuse"]
    assert _sent_again(johan, given) == ["anonymous False", "2 False"]
