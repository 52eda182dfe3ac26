"""What the pages show, read at once: each reading of somebody is on the trail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, NotFound
from outreach.identification import duplicates, overview, regret, service
from outreach.participants import reading
from tests.builders import a_number, a_person, a_recorded_contact, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")


def _known(by: Actor, **said: Any) -> UUID:
    return UUID(str(service.identify(by=by, given=a_person(**said))[0]["id"]))


def _reads(by: Actor) -> list[str]:
    wanted = sa.select(AuditEntry.object_id).where(
        AuditEntry.actor_id == by.id, AuditEntry.action == "read"
    )
    return sorted(str(each) for each in db.session.scalars(wanted))


def test_the_reading_is_on_the_trail_and_that_of_each_other_whose_name_is_shown() -> None:
    anna, eva = an_actor(), an_actor()
    person = _known(anna, number=a_number())
    mine, hidden = _known(anna, number=a_number()), _known(anna, number=a_number(), protected=True)
    theirs = _known(eva, number=a_number())
    before = _reads(anna)

    found = overview.known_person(by=anna, id=person)

    told = {each["id"]: (each["name"], each["reason_required"]) for each in found["people"]}
    assert told == {
        mine: ("Elsa Nyström", False), theirs: (None, True), hidden: (None, False),
    }  # fmt: skip
    read = _reads(anna)
    for each in before:
        read.remove(each)
    assert set(read) == {str(person), str(mine)}
    assert read.count(str(mine)) == 1


def test_who_is_joined_is_no_suggestion_and_is_named_from_either_side() -> None:
    anna = an_actor()
    one, other = _known(anna, number=a_number()), _known(anna, number=a_number())
    given = {"id": str(uuid7()), "other_id": str(other)}
    duplicates.join(by=anna, id=one, given=given)

    for whose, joined in ((one, other), (other, one)):
        found = overview.known_person(by=anna, id=whose)
        assert found["people"] == []
        assert [each["other"]["id"] for each in found["joins"]] == [joined]


def test_the_ways_back_tell_why_they_are_closed() -> None:
    anna, chief = an_actor(), an_actor(roles=["caseworker", "supervisor"])
    fresh, noted, asked = _known(anna), _known(anna), _known(chief)
    a_recorded_contact(anna, participant_id=str(noted), note="Vill bli snickare")
    regret.regret(by=chief, id=asked, given={"door": "erasure"})

    assert set(overview.ways_back(by=anna, id=fresh)["closed"].values()) == {None}
    assert overview.ways_back(by=anna, id=fresh)["undo_until"] is not None
    assert overview.ways_back(by=anna, id=noted)["closed"]["undo"] == "noted"
    assert overview.ways_back(by=anna, id=noted)["undo_until"] is None
    with pytest.raises(reading.Restricted):
        overview.ways_back(by=chief, id=asked)


def test_a_request_tells_which_facts_there_are_until_it_is_decided() -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    person = _known(anna, number=a_number(), phone="070-174 06 05")
    a_recorded_contact(anna, participant_id=str(person), note="Vill bli snickare")
    receipt = regret.regret(by=anna, id=person, given={"door": "erasure"})
    request = receipt["erasure_request_id"]

    row = overview.erasure_request(by=chief, id=request)
    waiting, decided = overview.erasure_requests(by=chief)

    assert row["exists"] == {
        "said": ["number", "birth_date", "phone"],
        "contacts": 1, "notes": 1, "enrolments": 1, "consents": 0, "protected": False,
    }  # fmt: skip
    assert (row["case_number"], row["received_by"]) == (receipt["case_number"], anna.name)
    assert [each["case_number"] for each in waiting] == [receipt["case_number"]]
    assert (27 < waiting[0]["days"] < 32, decided) == (True, [])
    given = {"decision": "granted", "reason": "Ja."}
    regret.decide(by=chief, id=request, given=given)
    after = overview.erasure_request(by=chief, id=request)
    assert (after["exists"], after["decided_by"]) == (None, chief.name)
    assert after["case_number"] == receipt["case_number"]
    assert overview.erasure_requests(by=chief)[1][0]["case_number"] == receipt["case_number"]
    with pytest.raises(NotFound):
        overview.erasure_request(by=an_actor(role="supervisor", committee="SN"), id=request)
    for act in (
        lambda: overview.erasure_requests(by=anna),
        lambda: overview.erasure_request(by=anna, id=request),
    ):
        with pytest.raises(NotAllowed):
            act()
