"""How people come to be known and change, and what is kept of them where."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from outreach.accounts.models import Unit
from outreach.foundation import vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotFound, OutreachError, Stale
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import (
    openings,
    reading,
    registering,
    responsibilities,
    searching,
    service,
)
from outreach.participants.schemas import NewParticipantSchema
from tests.builders import a_number, a_participant, a_person, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")


def _register(by: Actor, **said: Any) -> bool:
    given = {name: value for name, value in a_person(**said).items() if name != "route_in"}
    return service.register(by=by, facts=read(NewParticipantSchema(), given))[1]


@pytest.fixture
def broken_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> list[str]:
        raise ZeroDivisionError

    monkeypatch.setattr(registering, "_case_numbers", fail)


def test_whoever_names_who_may_know_stays_among_them_and_names_colleagues() -> None:
    anna, sn = an_actor(), an_actor(committee="SN")
    person = a_participant(anna, protected=True)

    for named in ([str(an_actor().id)], [str(anna.id), str(sn.id)], [str(anna.id), str(uuid4())]):
        with pytest.raises(OutreachError) as refused:
            service.change_participant(
                by=anna, id=person, expected=1, given={"named_workers": named}
            )
        assert [fault.pointer for fault in refused.value.faults] == ["/named_workers"]


def test_a_change_keeps_the_rest_and_lets_the_person_be_found_by_the_new_name_alone() -> None:
    anna = an_actor()
    person = a_participant(anna, number=a_number(), phone="070-174 06 05")

    changed = service.change_participant(
        by=anna, id=person, expected=1, given={"family_name": "Ek", "email": "elsa@example.se"}
    )

    assert (changed["family_name"], changed["version"]) == ("Ek", 2)
    assert changed["number"] == a_number()
    assert changed["phone"] == "+46701740605"
    assert searching.search(by=anna, given={"name": "nystrom"})[0] == []
    assert len(searching.search(by=anna, given={"name": "ek elsa"})[0]) == 1
    with pytest.raises(Stale) as stale:
        service.change_participant(by=anna, id=person, expected=1, given={"family_name": "Al"})
    assert stale.value.current
    assert stale.value.current["family_name"] == "Ek"


def test_a_change_that_changes_nothing_makes_no_version() -> None:
    anna = an_actor()
    person = a_participant(anna)

    same = service.change_participant(
        by=anna, id=person, expected=1, given={"given_name": " Elsa "}
    )

    assert same["version"] == 1


def test_a_number_and_a_birth_date_that_differ_are_told_also_across_changes() -> None:
    anna = an_actor()
    person = a_participant(anna, number=a_number("19900101"))

    with pytest.raises(OutreachError) as refused:
        service.change_participant(
            by=anna, id=person, expected=1, given={"birth_date": "1990-01-02"}
        )

    assert [fault.pointer for fault in refused.value.faults] == ["/birth_date"]


def test_a_repeat_changes_nothing_and_another_content_is_refused() -> None:
    anna, said = an_actor(), {"id": str(uuid7()), "number": "900101-9802"}

    a_participant(anna, **said)
    assert _register(anna, **said | {"number": " 19900101 9802"}) is False
    with pytest.raises(IdReuse):
        _register(anna, **said | {"number": None})
    with pytest.raises(IdReuse):
        _register(an_actor(committee="SN"), **said)
    assert searching.search(by=anna, given={"number": a_number()})[1] is False


def test_what_tells_who_somebody_is_is_in_no_column_and_no_key_is_beside_it() -> None:
    anna = an_actor()
    person = a_participant(
        anna, given_name="Kanarie", number=a_number(), email="kanarie@example.se"
    )

    with transaction(by=system("test")):
        row = db.session.execute(sa.text("SELECT p::text FROM participant p")).scalar_one()
    key = vault.key_of(person).key.hex()

    for secret in ("anarie", a_number(), "example", key, b"Kanarie".hex()):
        assert secret not in row


@pytest.mark.usefixtures("broken_write")
def test_a_key_without_a_person_harms_nobody() -> None:
    person = uuid7()
    with pytest.raises(ZeroDivisionError):
        _register(an_actor(), id=str(person))

    with vault._engine().connect() as connection:
        assert connection.scalar(sa.select(vault.DATA_KEY.c.person_id)) == person
    assert vault.sweep(lambda _: set()) == 0


def test_responsibility_goes_from_one_to_another_and_is_kept(unit: Unit) -> None:
    anna, eva = an_actor(), an_actor(unit_id=str(unit.id))
    person = a_participant(anna)

    responsibilities.give_responsibility(by=anna, id=person, worker=eva.id, reason="moved")
    responsibilities.give_responsibility(by=eva, id=person, worker=eva.id, reason="again")

    assert responsibilities.caseload(by=eva, workers=[anna.id, eva.id]) == {
        anna.id: [],
        eva.id: [person],
    }
    assert service.participant(by=eva, id=person)["responsible"]["id"] == eva.id
    with pytest.raises(reading.ReasonRequired):
        service.participant(by=anna, id=person)
    with pytest.raises(OutreachError):
        responsibilities.give_responsibility(
            by=eva, id=person, worker=an_actor(committee="SN").id, reason="moved"
        )


def test_an_opening_is_no_ground_to_change_who_may_know_of_a_person() -> None:
    anna, eva = an_actor(), an_actor()
    person = a_participant(anna)
    openings.open_participant(by=eva, id=person, given={"reason": "calling"})

    with pytest.raises(OutreachError) as refused:
        service.change_participant(by=eva, id=person, expected=1, given={"protected": True})

    assert [fault.pointer for fault in refused.value.faults] == ["/protected"]


def test_whoever_is_responsible_may_know_of_a_person_whom_the_supervisor_protects(
    unit: Unit,
) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person = a_participant(anna)

    service.change_participant(by=chief, id=person, expected=1, given={"protected": True})

    assert service.participant(by=anna, id=person)["right"] == "named"


def test_a_protected_person_from_elsewhere_is_there_for_the_committees_supervisors() -> None:
    chief, other = an_actor(role="supervisor"), an_actor(role="supervisor", committee="SN")
    line = {name: value for name, value in a_person(protected=True).items() if name != "route_in"}

    (outcome,) = service.import_participants(by=system("import"), items=[line])

    assert outcome.created
    person = UUID(str(line["id"]))
    assert service.participant(by=chief, id=person)["right"] == "named"
    with pytest.raises(NotFound):
        service.participant(by=other, id=person)


def test_whoever_is_named_takes_the_protection_away_and_no_longer_reads_without_a_reason() -> None:
    anna, eva = an_actor(), an_actor()
    person = a_participant(anna, protected=True)
    named = {"named_workers": [str(anna.id), str(eva.id)]}
    service.change_participant(by=anna, id=person, expected=1, given=named)

    changed = service.change_participant(by=eva, id=person, expected=2, given={"protected": False})

    assert (changed["protected"], changed["version"]) == (False, 3)
    with pytest.raises(reading.ReasonRequired):
        service.participant(by=eva, id=person)
    assert service.participant(by=anna, id=person)["right"] == "caseload"
