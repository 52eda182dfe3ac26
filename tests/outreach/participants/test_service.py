"""Who may read a person, how people are found, and what is kept of them where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine

from outreach.accounts.models import Unit
from outreach.audit.models import AuditEntry
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, OutreachError, Stale
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import openings, registering, responsibilities, service
from outreach.participants.models import Participant
from outreach.participants.schemas import NewParticipantSchema
from tests.builders import a_number, a_participant, a_person, an_actor, commit, uuid7

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def unit() -> Unit:
    made = Unit(id=uuid4(), name="Enheten", committee="KN", sites=["hagalund"])
    db.session.add(made)
    db.session.commit()
    return made


def _acts(person: object) -> list[str]:
    entries = sa.select(AuditEntry.action).where(AuditEntry.object_id == str(person))
    return list(db.session.scalars(entries.order_by(AuditEntry.xid, AuditEntry.id)))


def _register(by: Actor, **said: Any) -> bool:
    given = {name: value for name, value in a_person(**said).items() if name != "route_in"}
    return service.register(by=by, facts=read(NewParticipantSchema(), given))[1]


def test_a_participant_is_read_by_whoever_is_responsible_and_the_reading_is_on_the_trail() -> None:
    anna = an_actor()
    person = a_participant(anna, given_name="Åsa", number=a_number())

    row = service.participant(by=anna, id=person)

    assert (row["given_name"], row["family_name"]) == ("Åsa", "Nyström")
    assert (row["number"], row["birth_date"].isoformat()) == (a_number(), "1990-01-01")
    assert row["right"] == "caseload"
    assert row["case_number"].startswith(f"JV-{clock.today().year}-0001-")
    assert _acts(person) == ["create", "assign", "read"]


def test_a_colleague_says_why_first_and_reads_for_three_hours() -> None:
    person = a_participant(an_actor())
    colleague = an_actor(sites=("bagartorp",))

    with pytest.raises(service.ReasonRequired):
        service.participant(by=colleague, id=person)
    openings.open_participant(by=colleague, id=person, given={"reason": "calling"})

    assert service.participant(by=colleague, id=person)["right"] == "opening"
    with (
        time_machine.travel(clock.now() + timedelta(hours=3, seconds=1), tick=False),
        pytest.raises(service.ReasonRequired),
    ):
        service.participant(by=colleague, id=person)


def test_other_needs_a_note_which_is_sealed() -> None:
    person = a_participant(an_actor())
    colleague = an_actor()

    for note in (None, "", "  "):
        with pytest.raises(OutreachError) as refused:
            openings.open_participant(
                by=colleague, id=person, given={"reason": "other", "note": note}
            )
        assert [fault.pointer for fault in refused.value.faults] == ["/note"]
    openings.open_participant(
        by=colleague, id=person, given={"reason": "other", "note": "Elsa ringde växeln"}
    )

    assert service.participant(by=colleague, id=person)
    with transaction(by=system("test")):
        kept = db.session.scalar(sa.text("SELECT encode(note, 'escape') FROM opening"))
    assert "Elsa" not in kept


def test_a_supervisor_reads_the_people_of_the_unit_without_a_reason(unit: Unit) -> None:
    anna = an_actor(unit_id=str(unit.id))
    own = an_actor(role="supervisor", unit_id=str(unit.id))
    other = an_actor(role="supervisor")
    person = a_participant(anna)

    assert service.participant(by=own, id=person)["right"] == "unit"
    with pytest.raises(service.ReasonRequired):
        service.participant(by=other, id=person)


def test_the_other_committee_is_told_of_nobody(unit: Unit) -> None:
    number = a_number()
    person = a_participant(an_actor(unit_id=str(unit.id)), number=number)
    for other in (an_actor(committee="SN"), an_actor(role="supervisor", committee="SN")):
        for act in (
            lambda by: service.participant(by=by, id=person),
            lambda by: openings.open_participant(by=by, id=person, given={"reason": "present"}),
            lambda by: service.change_participant(by=by, id=person, expected=1, given={}),
            lambda by: openings.accesses(by=by, id=person),
        ):
            with pytest.raises(NotFound):
                act(other)
        for wanted in ({"number": number}, {"name": "Elsa"}, {"name": "Nyström Elsa"}):
            assert service.search(by=other, given=wanted) == ([], False)


@pytest.mark.parametrize("role", ["receiver", "analyst", "reviewer", "administrator"])
def test_no_other_role_reads_a_person(role: str) -> None:
    person = a_participant(an_actor())
    other = an_actor(role=role)

    for act in (
        lambda: service.participant(by=other, id=person),
        lambda: service.search(by=other, given={"name": "Elsa"}),
        lambda: openings.open_participant(by=other, id=person, given={"reason": "present"}),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_protected_person_is_there_for_those_who_are_named_alone(unit: Unit) -> None:
    anna = an_actor(unit_id=str(unit.id))
    eva = an_actor()
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person = a_participant(anna, protected=True, number=a_number())

    assert service.participant(by=anna, id=person)["right"] == "named"
    for other in (eva, chief):
        with pytest.raises(NotFound):
            service.participant(by=other, id=person)
        with pytest.raises(NotFound):
            openings.open_participant(by=other, id=person, given={"reason": "present"})
        assert service.search(by=other, given={"number": a_number()}) == ([], False)
    named = [str(anna.id), str(eva.id)]
    service.change_participant(by=anna, id=person, expected=1, given={"named_workers": named})

    assert service.participant(by=eva, id=person)["right"] == "named"


def test_whoever_names_who_may_know_stays_among_them_and_names_colleagues() -> None:
    anna, sn = an_actor(), an_actor(committee="SN")
    person = a_participant(anna, protected=True)

    for named in ([str(an_actor().id)], [str(anna.id), str(sn.id)], [str(anna.id), str(uuid4())]):
        with pytest.raises(OutreachError) as refused:
            service.change_participant(
                by=anna, id=person, expected=1, given={"named_workers": named}
            )
        assert [fault.pointer for fault in refused.value.faults] == ["/named_workers"]


def test_people_are_found_by_any_spelling_of_their_name_and_stand_in_swedish_order() -> None:
    anna = an_actor()
    for given, family in (("Örjan", "Alm"), ("Åke", "Zorn"), ("Anna-Karin", "Ärla")):
        a_participant(anna, given_name=given, family_name=family)
    a_participant(anna, given_name="Anna", family_name="Östen")

    def found(text: str) -> list[str]:
        return [each["name"] for each in service.search(by=anna, given={"name": text})[0]]

    assert found("anna") == ["Anna-Karin Ärla", "Anna Östen"]
    assert found("ARLA annakarin") == ["Anna-Karin Ärla"]
    assert found("orjan") == ["Örjan Alm"]
    assert found("Åke Alm") == []


def test_a_search_tells_a_name_to_those_alone_who_may_read_the_person() -> None:
    person = a_participant(an_actor(), number=a_number())
    colleague = an_actor()

    ((found,), more) = service.search(by=colleague, given={"number": "900101-9802"})

    assert (found["id"], found["birth_year"], found["name"]) == (person, 1990, None)
    assert found["reason_required"] is True
    assert more is False
    assert "read" not in _acts(person)
    openings.open_participant(by=colleague, id=person, given={"reason": "present"})
    (opened,), _ = service.search(by=colleague, given={"case_number": found["case_number"]})
    assert opened["name"] == "Elsa Nyström"
    assert _acts(person)[-1] == "read"


def test_a_search_shows_a_hundred_and_tells_that_there_are_more() -> None:
    anna = an_actor()
    people = [a_person(given_name="Elsa", family_name=f"Ek{number}") for number in range(102)]
    service.import_participants(by=system("import"), items=people)

    found, more = service.search(by=anna, given={"name": "elsa"})
    narrower, no_more = service.search(by=anna, given={"name": "elsa ek7"})

    assert (len(found), more) == (service.MOST_FOUND, True)
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
        service.search(by=an_actor(), given=wanted)

    assert [fault.pointer for fault in refused.value.faults] == pointers


def test_a_change_keeps_the_rest_and_lets_the_person_be_found_by_the_new_name_alone() -> None:
    anna = an_actor()
    person = a_participant(anna, number=a_number(), phone="070-174 06 05")

    changed = service.change_participant(
        by=anna, id=person, expected=1, given={"family_name": "Ek", "email": "elsa@example.se"}
    )

    assert (changed["family_name"], changed["version"]) == ("Ek", 2)
    assert changed["number"] == a_number()
    assert changed["phone"] == "+46701740605"
    assert service.search(by=anna, given={"name": "nystrom"})[0] == []
    assert len(service.search(by=anna, given={"name": "ek elsa"})[0]) == 1
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
    assert service.search(by=anna, given={"number": a_number()})[1] is False


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


def test_row_level_security_alone_shows_nobody_to_whom_they_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The application's own border taken away, the database still stands."""
    anna, sn = an_actor(), an_actor(committee="SN")
    a_participant(anna)
    hidden = a_participant(anna, protected=True)
    monkeypatch.setattr(service, "_may_know_of", lambda *_: True)
    for other, seen in ((sn, 0), (an_actor(), 1), (anna, 2), (an_actor(role="reviewer"), 0)):
        with transaction(by=other):
            assert len(db.session.execute(sa.select(Participant)).all()) == seen
    with pytest.raises(NotFound):
        service.participant(by=an_actor(), id=hidden)


def test_no_actor_no_rows_and_none_can_be_written() -> None:
    person = a_participant(an_actor())
    commit()

    assert db.session.execute(sa.select(Participant)).all() == []
    changed: Any = db.session.execute(sa.update(Participant).values(protected=False))
    assert changed.rowcount == 0
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        db.session.execute(
            sa.insert(Participant).values(
                id=uuid4(),
                case_number="JV-2026-9999-0",
                owner_committee="KN",
                sealed=b"",
                registered_at=clock.now(),
                registered_by=person,
            )
        )
    db.session.rollback()


def test_the_next_transaction_on_the_same_connection_has_forgotten_who_acted() -> None:
    anna = an_actor()
    a_participant(anna)
    with transaction(by=anna):
        assert len(db.session.execute(sa.select(Participant)).all()) == 1
        with transaction(by=an_actor(committee="SN")):
            assert db.session.execute(sa.select(Participant)).all() == []
        assert len(db.session.execute(sa.select(Participant)).all()) == 1

    assert db.session.execute(sa.select(Participant)).all() == []
    db.session.rollback()


@pytest.fixture
def broken_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> list[str]:
        raise ZeroDivisionError

    monkeypatch.setattr(registering, "_case_numbers", fail)


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
    with pytest.raises(service.ReasonRequired):
        service.participant(by=anna, id=person)
    with pytest.raises(OutreachError):
        responsibilities.give_responsibility(
            by=eva, id=person, worker=an_actor(committee="SN").id, reason="moved"
        )


def test_who_may_be_the_same_is_told_by_number_first_and_by_name_and_birth_date() -> None:
    anna = an_actor()
    one = a_participant(anna, number=a_number(), given_name="Elsa")
    number = a_participant(anna, number=a_number(), given_name="Elza")
    name = a_participant(anna, birth_date="1990-01-01", given_name="Nyström", family_name="Elsa")
    a_participant(anna, birth_date="1990-01-02")
    a_participant(an_actor(committee="SN"), number=a_number())

    with transaction(by=anna):
        found = service.perhaps_the_same(service.open_person(by=anna, id=one))

    assert found == {number: "number", name: "name"}


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


def test_nobody_is_found_by_what_a_stranger_sent_under_their_id() -> None:
    anna, sn = an_actor(), an_actor(committee="SN")
    person = a_participant(anna)

    with pytest.raises(IdReuse):
        _register(sn, id=str(person), given_name="Papegoja", number=a_number())

    for by, wanted in ((sn, {"number": a_number()}), (anna, {"name": "Papegoja"})):
        assert service.search(by=by, given=wanted) == ([], False)
    with vault._engine().connect() as connection:
        found = sa.select(sa.func.count()).select_from(vault.BLIND_INDEX)
        assert connection.scalar(found) == len(_identity(anna, person).digests("KN"))


def _identity(by: Actor, person: UUID) -> Any:
    with transaction(by=by):
        return service.open_person(by=by, id=person).identity


def test_whoever_is_named_takes_the_protection_away_and_no_longer_reads_without_a_reason() -> None:
    anna, eva = an_actor(), an_actor()
    person = a_participant(anna, protected=True)
    named = {"named_workers": [str(anna.id), str(eva.id)]}
    service.change_participant(by=anna, id=person, expected=1, given=named)

    changed = service.change_participant(by=eva, id=person, expected=2, given={"protected": False})

    assert (changed["protected"], changed["version"]) == (False, 3)
    with pytest.raises(service.ReasonRequired):
        service.participant(by=eva, id=person)
    assert service.participant(by=anna, id=person)["right"] == "caseload"
