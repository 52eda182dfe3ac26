"""How people are found, and what is told of them to whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.foundation import vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, OutreachError
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import (
    openings,
    reading,
    searching,
    service,
)
from outreach.participants.schemas import NewParticipantSchema
from tests.builders import a_number, a_participant, a_person, an_actor

pytestmark = pytest.mark.usefixtures("app")


def _acts(person: object) -> list[str]:
    entries = sa.select(AuditEntry.action).where(AuditEntry.object_id == str(person))
    return list(db.session.scalars(entries.order_by(AuditEntry.xid, AuditEntry.id)))


def _register(by: Actor, **said: Any) -> bool:
    given = {name: value for name, value in a_person(**said).items() if name != "route_in"}
    return service.register(by=by, facts=read(NewParticipantSchema(), given))[1]


def _identity(by: Actor, person: UUID) -> Any:
    with transaction(by=by):
        return reading.open_person(by=by, id=person).identity


def test_people_are_found_by_any_spelling_of_their_name_and_stand_in_swedish_order() -> None:
    anna = an_actor()
    for given, family in (("Örjan", "Alm"), ("Åke", "Zorn"), ("Anna-Karin", "Ärla")):
        a_participant(anna, given_name=given, family_name=family)
    a_participant(anna, given_name="Anna", family_name="Östen")

    def found(text: str) -> list[str]:
        return [each["name"] for each in searching.search(by=anna, given={"name": text})[0]]

    assert found("anna") == ["Anna-Karin Ärla", "Anna Östen"]
    assert found("ARLA annakarin") == ["Anna-Karin Ärla"]
    assert found("orjan") == ["Örjan Alm"]
    assert found("Åke Alm") == []


def test_a_search_tells_a_name_to_those_alone_who_may_read_the_person() -> None:
    person = a_participant(an_actor(), number=a_number())
    colleague = an_actor()

    ((found,), more) = searching.search(by=colleague, given={"number": "900101-9802"})

    assert (found["id"], found["birth_year"], found["name"]) == (person, 1990, None)
    assert found["reason_required"] is True
    assert more is False
    assert "read" not in _acts(person)
    openings.open_participant(by=colleague, id=person, given={"reason": "present"})
    (opened,), _ = searching.search(by=colleague, given={"case_number": found["case_number"]})
    assert opened["name"] == "Elsa Nyström"
    assert _acts(person)[-1] == "read"


def test_a_search_shows_a_hundred_and_tells_that_there_are_more() -> None:
    anna = an_actor()
    people = [a_person(given_name="Elsa", family_name=f"Ek{number}") for number in range(102)]
    service.import_participants(by=system("import"), items=people)

    found, more = searching.search(by=anna, given={"name": "elsa"})
    narrower, no_more = searching.search(by=anna, given={"name": "elsa ek7"})

    assert (len(found), more) == (reading.MOST_FOUND, True)
    assert (len(narrower), no_more) == (1, False)


@pytest.mark.parametrize(
    ("wanted", "pointers"),
    [
        ({}, [""]),
        ({"name": "Elsa", "number": a_number()}, [""]),
        ({"number": "900101-9801"}, ["/number"]),
        ({"case_number": "JV-2026-0001-1"}, ["/case_number"]),
        ({"phone": "070"}, ["/phone", ""]),
    ],
)
def test_a_search_is_by_one_thing_that_holds(wanted: Any, pointers: list[str]) -> None:
    with pytest.raises(OutreachError) as refused:
        searching.search(by=an_actor(), given=wanted)

    assert [fault.pointer for fault in refused.value.faults] == pointers


def test_who_may_be_the_same_is_told_by_number_first_and_by_name_and_birth_date() -> None:
    anna = an_actor()
    one = a_participant(anna, number=a_number(), given_name="Elsa")
    number = a_participant(anna, number=a_number(), given_name="Elza")
    name = a_participant(anna, birth_date="1990-01-01", given_name="Nyström", family_name="Elsa")
    a_participant(anna, birth_date="1990-01-02")
    a_participant(an_actor(committee="SN"), number=a_number())

    with transaction(by=anna):
        found = searching.perhaps_the_same(reading.open_person(by=anna, id=one))

    assert found == {number: "number", name: "name"}


def test_nobody_is_found_by_what_a_stranger_sent_under_their_id() -> None:
    anna, sn = an_actor(), an_actor(committee="SN")
    person = a_participant(anna)

    with pytest.raises(IdReuse):
        _register(sn, id=str(person), given_name="Papegoja", number=a_number())

    for by, wanted in ((sn, {"number": a_number()}), (anna, {"name": "Papegoja"})):
        assert searching.search(by=by, given=wanted) == ([], False)
    with vault._engine().connect() as connection:
        found = sa.select(sa.func.count()).select_from(vault.BLIND_INDEX)
        assert connection.scalar(found) == len(_identity(anna, person).digests("KN"))
