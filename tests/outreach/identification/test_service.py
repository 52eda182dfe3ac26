"""Becoming known by choice: what is linked, what is told, what is restored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine

from outreach.contacts import linking, recognition_codes
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact, RecognitionCode
from outreach.contacts.schemas import ContactSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, OutreachError
from outreach.foundation.transaction import transaction
from outreach.identification import regret, service
from outreach.participants import reading, searching
from outreach.participants import service as participants
from outreach.participants.openings import open_participant
from tests.builders import a_code, a_number, a_person, a_recorded_contact, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")


def _identify(by: Actor, **said: Any) -> dict[str, Any]:
    return service.identify(by=by, given=a_person(**said))[0]


def _thread(by: Actor, count: int = 2) -> tuple[str, list[str]]:
    """Return a code, and that many contacts with it, the latest first."""
    code = a_code(by)["code"]
    ids = [str(a_recorded_contact(by, recognition_code=code)["id"]) for _ in range(count)]
    return code, ids[::-1]


def _in_thread(by: Actor, code: str) -> set[str]:
    found = recognition_codes.look_up(by=by, given={"code": code})
    return {str(row["id"]) for row in found["contacts"]}


def _identity(by: Actor, contact: str) -> str:
    return str(contacts.contact(by=by, id=UUID(contact))["identity"])


def test_whoever_wants_to_be_known_chooses_which_earlier_contacts_are_theirs() -> None:
    anna = an_actor()
    code, (third, second, first) = _thread(anna, 3)

    person = _identify(anna, recognition_code=code, contact_ids=[third, first])

    assert {str(link["contact_id"]) for link in person["links"]} == {third, first}
    assert [_identity(anna, each) for each in (third, second, first)] == [
        "identified", "anonymous", "identified",
    ]  # fmt: skip
    assert person["responsible"]["id"] == anna.id
    assert person["enrolment_id"]
    assert _in_thread(anna, code) == {second}


def test_a_code_alone_brings_its_whole_thread_and_is_out_of_use() -> None:
    anna = an_actor()
    code, ids = _thread(anna, 3)

    person = _identify(anna, recognition_code=code.lower())

    assert {str(link["contact_id"]) for link in person["links"]} == set(ids)
    assert _in_thread(an_actor(), code) == set()
    assert db.session.scalar(sa.select(RecognitionCode.retired_at)) is not None


def test_a_repeat_changes_nothing_and_another_choice_with_the_same_id_is_refused() -> None:
    anna = an_actor()
    code, (last, _) = _thread(anna)
    said = a_person(recognition_code=code, contact_ids=[last])

    first, created = service.identify(by=anna, given=said)
    again, repeated = service.identify(by=anna, given=said)

    assert (created, repeated) == (True, False)
    assert again["links"] == first["links"]
    with pytest.raises(IdReuse):
        service.identify(by=anna, given=said | {"contact_ids": []})


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_kept() -> None:
    anna = an_actor()
    code, (last, _) = _thread(anna)
    group = a_recorded_contact(
        anna, contact_type="group", headcount=4, gender="unknown", age_band="unknown"
    )
    voided = a_recorded_contact(anna)
    contacts.void_contact(by=anna, id=UUID(str(voided["id"])), given={"reason": "mistap"})

    with pytest.raises(OutreachError) as refused:
        _identify(
            anna,
            given_name=" ",
            number="900101-9801",
            route_in="by_boat",
            committee="SN",
            recognition_code="KATT-KATT-KATT-00",
            contact_ids=[last, str(group["id"]), str(voided["id"]), str(uuid4())],
        )

    assert {fault.pointer for fault in refused.value.faults} == {
        "/given_name", "/number", "/route_in", "/committee", "/recognition_code",
        "/contact_ids/1", "/contact_ids/2", "/contact_ids/3",
    }  # fmt: skip
    assert _in_thread(anna, code)


def test_what_is_somebodys_already_cannot_be_linked_and_nobody_is_told_whose() -> None:
    anna, sn = an_actor(), an_actor(committee="SN")
    code, ids = _thread(anna)
    _identify(anna, recognition_code=code)

    for by in (an_actor(), sn):
        with pytest.raises(OutreachError) as refused:
            _identify(by, contact_ids=[ids[0]])
        assert {fault.pointer for fault in refused.value.faults} <= {
            "/contact_ids", "/contact_ids/0",
        }  # fmt: skip
    assert [fault.pointer for fault in refused.value.faults] == ["/contact_ids"]
    assert _identity(sn, ids[0]) == "anonymous"


def test_a_later_contact_with_the_code_stays_anonymous_and_is_suggested() -> None:
    anna, eva = an_actor(), an_actor()
    code, _ = _thread(anna)
    person = _identify(anna, recognition_code=code)["id"]

    later = a_recorded_contact(eva, recognition_code=code)

    assert later["identity"] == "anonymous"
    (suggestion,) = service.suggestions_for(by=anna, id=person)
    assert (suggestion["id"], suggestion["kind"], suggestion["basis"]) == (
        later["id"], "contact", "code",
    )  # fmt: skip
    service.link_contacts(by=anna, id=person, given={"contact_ids": [str(later["id"])]})
    assert service.suggestions_for(by=anna, id=person) == []
    assert _identity(anna, str(later["id"])) == "identified"


def test_a_suggestion_that_was_turned_down_is_remembered() -> None:
    anna = an_actor()
    code, _ = _thread(anna)
    person = _identify(anna, recognition_code=code, number=a_number())["id"]
    later = a_recorded_contact(anna, recognition_code=code)
    other = _identify(anna, number=a_number())

    assert [each["kind"] for each in other["suggestions"]] == ["participant"]
    for each in service.suggestions_for(by=anna, id=person):
        service.reject_suggestion(by=anna, id=person, suggestion_id=each["id"])
        service.reject_suggestion(by=anna, id=person, suggestion_id=each["id"])

    assert service.suggestions_for(by=anna, id=person) == []
    assert len(service.suggestions_for(by=anna, id=other["id"])) == 1
    with pytest.raises(NotFound):
        service.reject_suggestion(by=anna, id=person, suggestion_id=uuid4())
    assert _identity(anna, str(later["id"])) == "anonymous"


def test_a_link_is_taken_back_and_the_last_one_brings_the_code_back() -> None:
    anna = an_actor()
    code, ids = _thread(anna)
    person = _identify(anna)["id"]
    links = service.link_contacts(by=anna, id=person, given={"recognition_code": code})

    service.unlink_contact(by=anna, id=person, link_id=links[0]["id"])

    assert db.session.scalar(sa.select(RecognitionCode.retired_at)) is not None
    with pytest.raises(NotFound):
        service.unlink_contact(by=anna, id=person, link_id=links[0]["id"])
    service.unlink_contact(by=anna, id=person, link_id=links[1]["id"])
    assert _in_thread(anna, code) == set(ids)
    assert db.session.scalar(sa.select(RecognitionCode.retired_at)) is None


def test_nobody_is_linked_by_whoever_may_not_read_them() -> None:
    anna, eva, sn = an_actor(), an_actor(), an_actor(committee="SN")
    person = _identify(anna)["id"]
    contact = str(a_recorded_contact(eva)["id"])

    with pytest.raises(reading.ReasonRequired):
        service.link_contacts(by=eva, id=person, given={"contact_ids": [contact]})
    with pytest.raises(NotFound):
        service.link_contacts(by=sn, id=person, given={"contact_ids": [contact]})
    open_participant(by=eva, id=person, given={"reason": "present"})
    assert service.link_contacts(by=eva, id=person, given={"contact_ids": [contact]})


@pytest.mark.parametrize("given", [{}, {"contact_ids": []}])
def test_something_must_be_chosen(given: dict[str, Any]) -> None:
    anna = an_actor()
    person = _identify(anna)["id"]

    with pytest.raises(OutreachError) as refused:
        service.link_contacts(by=anna, id=person, given=given)

    assert [fault.pointer for fault in refused.value.faults] == [""]


def test_a_contact_is_logged_with_a_participant_and_what_is_noted_is_sealed() -> None:
    anna = an_actor()
    person = _identify(anna)["id"]

    row = a_recorded_contact(
        anna, participant_id=str(person), note="Ring 070-174 06 05 om praktiken"
    )

    assert (row["identity"], row["participant_id"]) == ("identified", person)
    assert row["warnings"] == ["phone"]
    with transaction(by=anna):
        (note,) = linking.notes_of(person)
        opened = reading.open_person(by=anna, id=person)
    assert b"praktik" not in note["sealed"]
    assert opened.key.open("note", note["sealed"]).startswith("Ring")


def test_a_contact_with_a_participant_is_a_repeat_only_with_the_same_note() -> None:
    anna = an_actor()
    said = {"id": str(uuid7()), "participant_id": str(_identify(anna)["id"])}
    moment = {"occurred_at": clock.now().isoformat()}

    a_recorded_contact(anna, **said, **moment, note="Ett")

    assert a_recorded_contact(anna, **said, **moment, note="Ett")["identity"] == "identified"
    for other in ({"note": "Två"}, {"note": None}, {"note": "Ett", "participant_id": None}):
        with pytest.raises(OutreachError):
            a_recorded_contact(anna, **said | other, **moment)


def test_a_contact_says_one_visitor_known_or_by_code_never_both_or_many() -> None:
    anna = an_actor()
    person = str(_identify(anna)["id"])
    code = a_code(anna)["code"]
    group = {"contact_type": "group", "headcount": 3, "gender": "unknown", "age_band": "unknown"}

    for said, pointer in (
        ({"participant_id": person, "recognition_code": code}, "/recognition_code"),
        ({"participant_id": person, **group}, "/participant_id"),
        ({"participant_id": str(uuid4())}, "/participant_id"),
        ({"note": "Om ingen"}, "/note"),
    ):
        with pytest.raises(OutreachError) as refused:
            a_recorded_contact(anna, **said)
        assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_somebody_elses_participant_takes_a_reason_before_a_contact_is_logged() -> None:
    person = str(_identify(an_actor())["id"])
    eva = an_actor()

    with pytest.raises(reading.ReasonRequired):
        a_recorded_contact(eva, participant_id=person)
    open_participant(by=eva, id=UUID(person), given={"reason": "present"})

    assert a_recorded_contact(eva, participant_id=person)["identity"] == "identified"


def test_the_contacts_of_a_protected_person_are_there_for_the_named_alone() -> None:
    anna, eva = an_actor(), an_actor()
    code, (last, _) = _thread(anna)
    person = _identify(anna, recognition_code=code, protected=True)
    logged = a_recorded_contact(anna, participant_id=str(person["id"]))

    assert _identity(anna, last) == "protected"
    assert contacts.contacts(by=eva) == []
    for hidden in (last, str(logged["id"])):
        with pytest.raises(NotFound):
            contacts.contact(by=eva, id=UUID(hidden))
        with pytest.raises(IdReuse):
            a_recorded_contact(eva, id=hidden)
    participants.change_participant(
        by=anna, id=person["id"], expected=1, given={"protected": False}
    )
    assert len(contacts.contacts(by=eva)) == 3
    with transaction(by=system("test")):
        shielded = sa.select(sa.func.count()).where(Contact.shielded)
        assert db.session.scalar(shielded) == 0


def test_a_code_of_somebody_known_tells_whoever_types_it_nothing() -> None:
    anna, eva = an_actor(), an_actor()
    code, _ = _thread(anna)
    fresh = a_code(anna)["code"]
    _identify(anna, recognition_code=code)

    told = recognition_codes.look_up(by=eva, given={"code": code})
    other = recognition_codes.look_up(by=eva, given={"code": fresh})

    assert {name: told[name] for name in told if name not in {"id", "code"}} == {
        name: other[name] for name in other if name not in {"id", "code"}
    }
    again = _identify(eva, recognition_code=code)
    assert again["links"] == []


def test_a_thread_a_year_old_is_linked_like_any_other() -> None:
    anna = an_actor()
    with time_machine.travel(clock.now() - timedelta(days=300), tick=False):
        code, ids = _thread(anna)

    assert len(_identify(anna, recognition_code=code)["links"]) == len(ids)


def test_nothing_of_a_code_changes_when_its_holder_becomes_known() -> None:
    anna, sn = an_actor(), an_actor(committee="SN")
    with time_machine.travel(clock.now() - timedelta(days=200), tick=False):
        code, ids = _thread(sn)

    def seen() -> list[Any]:
        found = recognition_codes.look_up(by=sn, given={"code": code})["id"]
        row, _ = recognition_codes.make_code(by=sn, given={"id": str(found)})
        shown = {name: row[name] for name in ("id", "code", "expires_on", "version")}
        rows = [contacts.contact(by=sn, id=UUID(each)) for each in ids]
        return [shown, ContactSchema(many=True).dump(rows)]

    before = seen()
    person = _identify(anna, recognition_code=code)
    assert len(person["links"]) == 2

    assert seen() == before


def test_a_code_whose_holder_is_known_links_what_its_thread_shows_like_any_other() -> None:
    anna, eva = an_actor(), an_actor()
    code, _ = _thread(anna)
    first = _identify(anna, recognition_code=code)["id"]
    later = a_recorded_contact(eva, recognition_code=code)

    other = _identify(eva, recognition_code=code)

    assert [link["contact_id"] for link in other["links"]] == [later["id"]]
    assert service.suggestions_for(by=anna, id=first) == []
    with transaction(by=system("test")):
        assert db.session.scalars(sa.select(RecognitionCode.retired_by)).one() is not None


def test_a_code_is_held_by_one_choice_and_no_other_brings_it_back() -> None:
    anna = an_actor()
    code, _ = _thread(anna, 1)
    first = _identify(anna, recognition_code=code)
    service.unlink_contact(by=anna, id=first["id"], link_id=first["links"][0]["id"])
    second = _identify(anna, recognition_code=code)["id"]
    later = a_recorded_contact(anna, recognition_code=code)

    assert service.suggestions_for(by=anna, id=first["id"]) == []
    assert [each["id"] for each in service.suggestions_for(by=anna, id=second)] == [later["id"]]
    regret.regret(by=anna, id=first["id"], given={"door": "undo"})
    assert db.session.scalars(sa.select(RecognitionCode.retired_at)).one() is not None


def test_who_may_not_read_a_person_is_not_told_whether_a_repeat_says_the_same() -> None:
    anna, eva = an_actor(), an_actor()
    said = a_person(number=a_number())
    service.identify(by=anna, given=said)

    for given in (said, said | {"given_name": "Else"}, said | {"number": None}):
        with pytest.raises(IdReuse):
            service.identify(by=eva, given=given)


def test_the_note_of_an_unlinked_contact_still_counts_as_written() -> None:
    anna = an_actor()
    person = _identify(anna)["id"]
    a_recorded_contact(anna, participant_id=str(person), note="Vill bli snickare")
    with transaction(by=anna):
        (link,) = linking.links_of([person])
    service.unlink_contact(by=anna, id=person, link_id=link["id"])

    with pytest.raises(regret.TooLateToUndo):
        regret.regret(by=anna, id=person, given={"door": "undo"})


def test_what_may_be_chosen_among_is_shown_before_anybody_is_known() -> None:
    anna = an_actor()
    code, (last, first) = _thread(anna)
    logged = str(a_recorded_contact(anna)["id"])
    elsewhere = str(a_recorded_contact(an_actor(sites=("bagartorp",)), site="bagartorp")["id"])
    voided = a_recorded_contact(anna, recognition_code=code)
    contacts.void_contact(by=anna, id=UUID(str(voided["id"])), given={"reason": "mistap"})

    def shown(**given: str) -> list[str]:
        found = service.earlier_contacts(by=anna, given=given)
        return [str(row["id"]) for row in found["contacts"]]

    assert shown(recognition_code=code.lower()) == [last, first]
    assert shown(recognition_code=code, contact_id=logged) == [logged, last, first]
    assert shown(recognition_code=code, contact_id=last) == [last, first]
    assert shown(contact_id=elsewhere) == shown(contact_id=str(uuid4())) == shown() == []
    _identify(anna, contact_ids=[logged])
    assert shown(contact_id=logged) == []
    with pytest.raises(OutreachError) as refused:
        shown(recognition_code="katt")
    assert [fault.pointer for fault in refused.value.faults] == ["/recognition_code"]


def test_an_identification_is_tried_without_writing_anything() -> None:
    anna = an_actor()

    facts = service.try_identification(by=anna, given=a_person(number=a_number()))

    assert facts["given_name"] == "Elsa"
    assert searching.search(by=anna, given={"number": a_number()}) == ([], False)
    with pytest.raises(OutreachError) as refused:
        service.try_identification(by=anna, given=a_person(number="1"))
    assert [fault.pointer for fault in refused.value.faults] == ["/number"]


def test_how_somebody_was_told_is_said_by_codes_that_there_are() -> None:
    with pytest.raises(OutreachError) as refused:
        _identify(an_actor(), information_language="xx", information_interpreter="child")

    assert {fault.pointer for fault in refused.value.faults} == {
        "/information_language", "/information_interpreter",
    }  # fmt: skip


def test_a_number_that_somebody_has_already_is_warned_of_and_no_fault() -> None:
    anna = an_actor()
    first = _identify(anna, number=a_number())

    second = _identify(anna, number=a_number())

    assert "warnings" not in first
    assert second["warnings"] == ["number"]
    assert [each["basis"] for each in second["suggestions"]] == ["number"]


def test_only_who_belongs_to_a_committee_lets_people_be_known() -> None:
    service.require_identifying(by=an_actor())
    for nobody in (an_actor(role="analyst"), an_actor(role="supervisor", committee=None)):
        with pytest.raises(NotAllowed):
            service.require_identifying(by=nobody)
