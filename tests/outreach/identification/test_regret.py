"""The three doors: what each leaves behind, and what it destroys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine

from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact, ContactLink, ContactNote, RecognitionCode
from outreach.enrolments.models import Enrolment
from outreach.foundation import clock, events, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import (
    Conflict,
    IdReuse,
    NotAllowed,
    NotFound,
    OutreachError,
    Stale,
)
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, regret, service
from outreach.participants import leaving, reading, searching
from outreach.participants import service as participants
from outreach.participants.events import ParticipantRemoved
from outreach.participants.models import Participant, Responsibility
from tests.builders import a_code, a_number, a_person, a_recorded_contact, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

_STATE = (Contact, ContactLink, RecognitionCode)


def _identify(by: Actor, **said: Any) -> UUID:
    return UUID(str(service.identify(by=by, given=a_person(**said))[0]["id"]))


def _go(by: Actor, person: UUID, door: str) -> dict[str, Any]:
    return regret.regret(by=by, id=person, given={"door": door})


def _decide(by: Actor, request: UUID, decision: str) -> dict[str, Any]:
    given = {"decision": decision, "reason": "Enligt nämndens riktlinjer."}
    return regret.decide(by=by, id=request, given=given)


def _standing() -> list[Any]:
    """Return whose every contact is, in which thread, and which codes are in use."""
    with transaction(by=system("test")):
        told = sa.select(
            Contact.id, Contact.recognition_code_id, Contact.shielded, Contact.version
        ).order_by(Contact.id)
        links = sa.select(ContactLink.contact_id).where(ContactLink.undone_at.is_(None))
        codes = sa.select(RecognitionCode.id, RecognitionCode.retired_at).order_by("id")
        return [
            [tuple(row) for row in db.session.execute(query)]
            for query in (told, links.order_by(ContactLink.contact_id), codes)
        ]


def _row(person: UUID) -> Any:
    with transaction(by=system("test")):
        return db.session.execute(
            sa.select(Participant.__table__).where(Participant.id == person)
        ).one()


def _a_thread(by: Actor) -> str:
    code = str(a_code(by)["code"])
    for _ in range(2):
        a_recorded_contact(by, recognition_code=code)
    return code


def test_undone_at_once_all_is_as_before_and_the_identity_is_destroyed() -> None:
    anna = an_actor()
    code = _a_thread(anna)
    before = _standing()
    person = _identify(anna, recognition_code=code, number=a_number())
    a_recorded = a_recorded_contact(anna, participant_id=str(person))

    receipt = _go(anna, person, "undo")

    assert (receipt["contacts"], receipt["recognition_code"]) == (3, None)
    logged = UUID(str(a_recorded["id"]))
    after = _standing()
    assert [row for row in after[0] if row[0] != logged] == before[0]
    assert (after[1], after[2][0][1]) == ([], None)
    row = _row(person)
    assert (row.removed_as, row.sealed, row.sameness) == ("undone", None, None)
    with pytest.raises(vault.ErasedError):
        vault.key_of(person)
    with pytest.raises(NotFound):
        participants.participant(by=anna, id=person)
    assert searching.search(by=anna, given={"number": a_number()}) == ([], False)
    with transaction(by=system("test")):
        assert db.session.scalars(sa.select(Enrolment.closing_result)).all() == [
            "registered_in_error"
        ]
        assert None not in db.session.scalars(sa.select(Responsibility.until)).all()


def test_after_a_day_or_with_a_note_it_is_too_late_to_undo() -> None:
    anna = an_actor()
    noted, late = _identify(anna), _identify(anna)
    a_recorded_contact(anna, participant_id=str(noted), note="Vill bli snickare")

    with pytest.raises(regret.TooLateToUndo):
        _go(anna, noted, "undo")
    with (
        time_machine.travel(clock.now() + timedelta(hours=24, minutes=1), tick=False),
        pytest.raises(regret.TooLateToUndo),
    ):
        _go(anna, late, "undo")


def test_back_to_a_code_the_thread_goes_on_and_nobody_knows_whose_it_was() -> None:
    anna, eva = an_actor(), an_actor(sites=("bagartorp",))
    code = _a_thread(anna)
    person = _identify(anna, recognition_code=code)
    a_recorded_contact(anna, participant_id=str(person), note="Vill bli snickare")
    a_recorded_contact(anna, recognition_code=code)

    receipt = _go(anna, person, "back_to_code")

    thread = recognition_codes.look_up(by=eva, given={"code": receipt["recognition_code"]})
    assert len(thread["contacts"]) == receipt["contacts"] == 3
    assert len(recognition_codes.look_up(by=eva, given={"code": code})["contacts"]) == 1
    assert {row["identity"] for row in contacts.contacts(by=anna)} == {"anonymous"}
    assert _row(person).removed_as == "back_to_code"
    with transaction(by=system("test")):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ContactNote)) == 0
    with pytest.raises(vault.ErasedError):
        vault.key_of(person)


def test_a_request_stops_every_use_until_it_is_decided() -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    person = _identify(anna)

    receipt = _go(anna, person, "erasure")

    assert receipt["due_on"] > clock.today() + timedelta(days=27)
    uses: list[Callable[[], object]] = [
        lambda: participants.participant(by=anna, id=person),
        lambda: a_recorded_contact(anna, participant_id=str(person)),
        lambda: _go(anna, person, "erasure"),
    ]
    for act in uses:
        with pytest.raises(reading.Restricted):
            act()
    assert [each["name"] for each in searching.search(by=anna, given={"name": "Elsa"})[0]] == [None]
    (waiting,) = regret.open_requests(by=chief)
    assert waiting["id"] == receipt["erasure_request_id"]


def test_granted_the_key_is_destroyed_and_the_contacts_stay_one_persons() -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    code = _a_thread(anna)
    person = _identify(anna, recognition_code=code, number=a_number())
    a_recorded_contact(anna, participant_id=str(person), note="Vill bli snickare")
    statistical_key = _row(person).statistical_key
    request = _go(anna, person, "erasure")["erasure_request_id"]
    before = _standing()

    decided = _decide(chief, request, "granted")

    assert decided["decision"] == "granted"
    assert _standing() == before
    row = _row(person)
    assert (row.removed_as, row.sealed, row.statistical_key) == ("erased", None, statistical_key)
    assert {each["identity"] for each in contacts.contacts(by=anna)} == {"anonymous"}
    with pytest.raises(vault.ErasedError):
        vault.key_of(person)
    with transaction(by=system("test")):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ContactNote)) == 0
    assert regret.request(by=chief, id=request)["reason"] is None
    with pytest.raises(regret.AlreadyDecided):
        _decide(chief, request, "refused")


def test_refused_everything_stays_and_the_reason_is_kept_sealed() -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    person = _identify(anna)
    request = _go(anna, person, "erasure")["erasure_request_id"]

    _decide(chief, request, "refused")

    assert participants.participant(by=anna, id=person)["given_name"] == "Elsa"
    assert regret.request(by=chief, id=request)["reason"].startswith("Enligt")
    with transaction(by=system("test")):
        kept = db.session.scalar(sa.text("SELECT reason FROM erasure_request"))
    assert b"Enligt" not in kept
    assert _go(anna, person, "erasure")["erasure_request_id"] != request


def test_partly_the_name_and_the_number_stay_and_all_else_that_was_known_goes() -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    person = _identify(anna, number=a_number(), phone="070-174 06 05", language="ti")
    a_recorded_contact(anna, participant_id=str(person), note="Vill bli snickare")
    request = _go(anna, person, "erasure")["erasure_request_id"]

    _decide(chief, request, "partly")

    known = participants.participant(by=anna, id=person)
    assert (known["given_name"], known["number"]) == ("Elsa", a_number())
    assert (known["phone"], known["language"]) == (None, None)
    with transaction(by=system("test")):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ContactNote)) == 0


def test_only_a_supervisor_of_the_committee_decides() -> None:
    anna = an_actor()
    request = _go(anna, _identify(anna), "erasure")["erasure_request_id"]

    with pytest.raises(NotAllowed):
        _decide(anna, request, "granted")
    with pytest.raises(NotFound):
        _decide(an_actor(role="supervisor", committee="SN"), request, "granted")
    with pytest.raises(NotFound):
        _decide(an_actor(role="supervisor"), uuid4(), "granted")


def test_a_protected_persons_request_is_decided_by_those_who_may_know_of_them() -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    person = _identify(anna, protected=True)
    named = {"named_workers": [str(anna.id), str(chief.id)]}
    request = _go(anna, person, "erasure")["erasure_request_id"]

    other = an_actor(role="supervisor")
    assert regret.open_requests(by=other) == []
    with pytest.raises(NotFound):
        _decide(other, request, "granted")
    with transaction(by=system("test")):
        db.session.execute(
            sa.update(Participant).values(
                named_workers=[UUID(each) for each in named["named_workers"]]
            )
        )
    assert _decide(chief, request, "granted")["decision"] == "granted"


@pytest.mark.parametrize("door", ["undo", "back_to_code", "erasure"])
def test_a_door_that_the_committee_has_not_opened_stays_closed(door: str) -> None:
    anna, keeper = an_actor(), an_actor(role="administrator", committee=None)
    person = _identify(anna)
    opened = {"undo": True, "back_to_code": True, "erasure": True}
    (kn, _) = regret.all_doors(by=keeper)

    closed = regret.set_doors(
        by=keeper, committee="KN", expected=kn["version"], given=opened | {door: False}
    )
    try:
        with pytest.raises(regret.DoorClosed):
            _go(anna, person, door)
        with pytest.raises(Stale):
            regret.set_doors(by=keeper, committee="KN", expected=kn["version"], given=opened)
        sn = an_actor(committee="SN")
        assert _go(sn, _identify(sn), door)["door"] == door
    finally:
        regret.set_doors(by=keeper, committee="KN", expected=closed["version"], given=opened)


def test_no_door_leads_nowhere() -> None:
    anna = an_actor()
    person = _identify(anna)

    with pytest.raises(OutreachError) as refused:
        regret.regret(by=anna, id=person, given={"door": "window"})

    assert [fault.pointer for fault in refused.value.faults] == ["/door"]


@pytest.mark.parametrize("door", ["undo", "back_to_code"])
def test_a_listener_that_cannot_let_the_person_go_stops_everything(
    door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise Conflict

    anna = an_actor()
    code = _a_thread(anna)
    person = _identify(anna, recognition_code=code)
    before = _standing()
    monkeypatch.setitem(events._subscriptions, ParticipantRemoved, (refuse,))

    with pytest.raises(Conflict):
        _go(anna, person, door)

    assert _standing()[:2] == before[:2]
    assert participants.participant(by=anna, id=person)["given_name"] == "Elsa"


def test_an_erasure_that_was_stopped_half_way_is_finished_by_the_ledger() -> None:
    anna = an_actor()
    half, whole = _identify(anna), _identify(anna)
    vault.erase([half])

    with pytest.raises(NotFound):
        participants.participant(by=anna, id=half)
    assert searching.search(by=anna, given={"name": "Elsa"})[0][0]["id"] == whole
    assert leaving.finish_erasures(by=system("test")) == 1
    assert leaving.finish_erasures(by=system("test")) == 0
    assert (_row(half).removed_as, _row(whole).removed_as) == ("erased", None)


def test_a_key_that_the_vault_could_not_destroy_is_destroyed_in_the_night(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def be_away(_: object) -> None:
        raise sa.exc.OperationalError("", {}, Exception())

    anna = an_actor()
    person = _identify(anna)
    with monkeypatch.context() as away:
        away.setattr(vault, "erase", be_away)
        _go(anna, person, "back_to_code")
    assert vault.key_of(person)

    assert leaving.finish_erasures(by=system("test")) == 1

    with pytest.raises(vault.ErasedError):
        vault.key_of(person)
    assert _row(person).removed_as == "back_to_code"


def test_whoever_goes_back_is_parted_from_those_they_were_joined_to() -> None:
    anna = an_actor()
    one, other = _identify(anna), _identify(anna)
    duplicates.join(by=anna, id=one, given={"id": str(uuid7()), "other_id": str(other)})

    _go(anna, one, "back_to_code")

    assert duplicates.joins_of(by=anna, id=other) == []


def test_the_same_sending_again_answers_the_same_receipt_and_makes_nothing() -> None:
    anna, eva = an_actor(), an_actor(committee="SN")
    for door in ("undo", "back_to_code", "erasure"):
        code = _a_thread(anna)
        person, sending = _identify(anna, recognition_code=code), str(uuid4())
        given = {"door": door, "id": sending}

        first = regret.regret(by=anna, id=person, given=given)
        before = _standing()
        again = regret.regret(by=anna, id=person, given=given)

        told = ("door", "case_number", "recognition_code", "erasure_request_id", "contacts")
        assert {name: first[name] for name in told} == {name: again[name] for name in told}
        assert again["contacts"] == 2
        assert _standing() == before
        with pytest.raises(NotFound):
            regret.regret(by=eva, id=person, given=given)
        for other in ({"door": door}, given | {"door": "back_to_code", "id": str(uuid4())}):
            with pytest.raises(OutreachError):
                regret.regret(by=anna, id=person, given=other)


def test_a_supervisor_who_sends_a_request_again_gets_its_receipt_and_no_other() -> None:
    chief = an_actor(roles=["caseworker", "supervisor"])
    one, other, sending = _identify(chief), _identify(chief), str(uuid4())
    given = {"door": "erasure", "id": sending}

    first = regret.regret(by=chief, id=one, given=given)
    again = regret.regret(by=chief, id=one, given=given)

    assert first["erasure_request_id"] == again["erasure_request_id"] == UUID(sending)
    with pytest.raises(reading.Restricted):
        regret.regret(by=chief, id=one, given={"door": "erasure", "id": str(uuid4())})
    with pytest.raises(IdReuse):
        regret.regret(by=chief, id=other, given=given)


def test_the_requests_are_counted_and_listed_and_a_decision_is_tried_without_being_made() -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    request = _go(anna, _identify(anna), "erasure")["erasure_request_id"]
    given = {"decision": "refused", "reason": "Ska bevaras."}

    tried = regret.try_decision(by=chief, id=request, given=given)

    assert (tried, regret.waiting(by=chief)) == (given, 1)
    assert regret.decided_requests(by=chief) == []
    _decide(chief, request, "refused")
    assert regret.waiting(by=chief) == 0
    (decided,) = regret.decided_requests(by=chief)
    assert (decided["id"], decided["reason"]) == (request, None)
    assert regret.decided_requests(by=an_actor(role="supervisor", committee="SN")) == []
    with pytest.raises(regret.AlreadyDecided):
        regret.try_decision(by=chief, id=request, given=given)
    for act in (regret.waiting, regret.decided_requests):
        with pytest.raises(NotAllowed):
            act(by=anna)
