"""A person says yes, takes it back; who may know of it, and what stops when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from outreach.accounts.models import Unit
from outreach.application import SUBSCRIPTIONS
from outreach.audit.models import AuditEntry
from outreach.consents import service
from outreach.consents.events import ConsentGiven, ConsentWithdrawn
from outreach.consents.models import Consent
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
from outreach.participants import leaving, openings, reading, responsibilities
from outreach.participants.events import DetailsForgotten
from outreach.participants.models import Participant
from tests.builders import a_consent, a_participant, a_unit, an_actor, commit, uuid7

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def unit() -> Unit:
    return a_unit()


@pytest.fixture
def listening() -> Iterator[Callable[..., None]]:
    """A function: let these listen to consents being taken back, or given, until the test ends."""

    def listen(*listeners: events.Listener, to: type = ConsentWithdrawn) -> None:
        events.connect({to: listeners})

    yield listen
    events.connect(SUBSCRIPTIONS)


def _given(by: Actor, person: UUID, **said: Any) -> dict[str, Any]:
    return service.give_consent(by=by, given=a_consent(person, **said))[0]


def _acts(id: object) -> list[tuple[str, str]]:
    entries = sa.select(AuditEntry.kind, AuditEntry.action)
    wanted = entries.where(AuditEntry.object_id == str(id))
    rows = db.session.execute(wanted.order_by(AuditEntry.xid, AuditEntry.id))
    return [(row.kind, row.action) for row in rows]


def _in(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def _reads(person: UUID, consent: UUID) -> dict[str, Callable[[Actor], Any]]:
    """Return everything that one can do with a consent and its person."""
    return {
        "give": lambda by: service.give_consent(by=by, given=a_consent(person)),
        "try": lambda by: service.try_consent(by=by, given=a_consent(person)),
        "read": lambda by: service.consent(by=by, id=consent),
        "list": lambda by: service.consents_of(by=by, participant=person),
        "asked": lambda by: service.asked(by=by, participant=person),
        "withdraw": lambda by: service.withdraw(by=by, id=consent),
    }


def test_a_yes_is_kept_as_it_was_given() -> None:
    anna = an_actor()
    person = a_participant(anna)

    row = _given(anna, person, categories=["phone", "name"], back=["outcome", "acceptance"])

    assert (row["state"], row["version"], row["withdrawn_at"]) == ("valid", 1, None)
    assert (row["categories"], row["back"]) == (["name", "phone"], ["acceptance", "outcome"])
    assert row["taken_by"] == {"id": anna.id, "name": anna.name}
    assert service.consent(by=anna, id=row["id"]) == row
    assert service.consents_of(by=anna, participant=person) == [row]
    assert _acts(row["id"]) == [("consent", "create"), ("consent", "read"), ("consent", "read")]
    about = [act for act in _acts(person) if act != ("participant", "assign")]
    assert (
        about
        == [("participant", "create"), ("participant", "change")] + [("participant", "read")] * 2
    )


def test_a_repeat_changes_nothing_also_when_its_days_have_passed() -> None:
    anna = an_actor()
    said = a_consent(a_participant(anna), categories=["name", "phone"])

    first = service.give_consent(by=anna, given=said)
    again = service.give_consent(by=anna, given=said | {"categories": ["phone", "name", "name"]})
    with time_machine.travel(clock.now() + timedelta(days=400), tick=False):
        late = service.give_consent(by=anna, given=said)

    assert (first[1], again, late[1]) == (True, (first[0], False), False)
    assert late[0]["state"] == "expired"
    assert [act for act in _acts(said["id"]) if act[1] == "create"] == [("consent", "create")]


def test_another_content_or_another_person_under_the_same_id_is_refused() -> None:
    anna, sn = an_actor(), an_actor(committee="SN")
    person, other = a_participant(anna), a_participant(anna)
    said = a_consent(person)
    service.give_consent(by=anna, given=said)

    changes: list[dict[str, Any]] = [
        {"purpose": "Annat."},
        {"participant_id": str(other)},
        {"back": []},
    ]
    for changed in changes:
        with pytest.raises(IdReuse):
            service.give_consent(by=anna, given=said | changed)
    theirs = {"participant_id": str(a_participant(sn)), "from_committee": "SN"}
    with pytest.raises(IdReuse):
        service.give_consent(by=sn, given=said | theirs)
    assert service.consent(by=anna, id=UUID(said["id"]))["purpose"] == said["purpose"]


def test_every_fault_is_told_at_once_and_nothing_is_written() -> None:
    anna = an_actor()
    person = a_participant(anna)

    with pytest.raises(OutreachError) as refused:
        service.give_consent(
            by=anna,
            given=a_consent(
                person, categories=[], back=["everything"], purpose=" ", to_team="nobody",
                valid_to=_in(-1), form="guessed", language="xx", from_committee="SN",
            ),
        )  # fmt: skip

    assert {fault.pointer for fault in refused.value.faults} == {
        "/categories", "/back/0", "/purpose", "/to_team", "/valid_to", "/form", "/language",
        "/from_committee",
    }  # fmt: skip
    assert service.consents_of(by=anna, participant=person) == []


def test_what_it_is_for_is_in_no_column() -> None:
    anna = an_actor()
    person = a_participant(anna)
    _given(anna, person, purpose="Kanariefågeln behöver tillsyn")

    with transaction(by=system("test")):
        row = db.session.execute(sa.text("SELECT c::text FROM consent c")).scalar_one()
    for secret in ("anarie", b"Kanarie".hex()):
        assert secret not in row
    with transaction(by=anna):
        kept = db.session.scalar(sa.select(Consent.purpose))
    assert vault.key_of(person).open("consent", kept or b"") == "Kanariefågeln behöver tillsyn"


def test_a_person_can_read_the_text_before_anything_is_written() -> None:
    anna = an_actor()
    person = a_participant(anna)

    facts = service.try_consent(by=anna, given=a_consent(person, language="en", back=[]))

    letter = service.letter("question", facts)
    assert letter.title == "May we tell?"
    assert ["Name", "Phone number"] in [line for p in letter.parts for line in p.lines]
    assert service.consents_of(by=anna, participant=person) == []


def test_taking_back_holds_at_once_and_deletes_nothing() -> None:
    anna = an_actor()
    person = a_participant(anna)
    before = _given(anna, person)

    after = service.withdraw(by=anna, id=before["id"])

    assert (after["state"], after["version"]) == ("withdrawn", 2)
    assert after["withdrawn_by"] == {"id": anna.id, "name": anna.name}
    assert {name: after[name] for name in ("purpose", "categories", "given_at")} == {
        name: before[name] for name in ("purpose", "categories", "given_at")
    }
    assert ("consent", "withdraw") in _acts(before["id"])


def test_the_receipt_tells_what_to_whom_from_when_and_what_cannot_be_called_back() -> None:
    anna = an_actor()
    row = _given(anna, a_participant(anna))

    told = service.withdraw(by=anna, id=row["id"])["receipt"]

    whole = " ".join(told["lines"])
    now = clock.local(clock.now())
    assert told["title"] == "Du har tagit tillbaka ditt ja"
    assert f"{now.year}" in whole
    for words in ("Jobbteamet", "inget mer", "– Namn", "inte göra det oläst", "hjälp"):
        assert words in whole


def test_taking_back_again_is_harmless(listening: Callable[..., None]) -> None:
    anna = an_actor()
    heard: list[object] = []
    row = _given(anna, a_participant(anna))
    listening(heard.append)

    first = service.withdraw(by=anna, id=row["id"], expected=1)
    again = service.withdraw(by=anna, id=row["id"], expected=1)

    assert again == first
    assert len(heard) == 1


def test_a_stale_version_is_told_and_nothing_is_taken_back() -> None:
    anna = an_actor()
    row = _given(anna, a_participant(anna))

    with pytest.raises(Stale) as stale:
        service.withdraw(by=anna, id=row["id"], expected=7)

    assert stale.value.current
    assert stale.value.current["state"] == "valid"
    assert service.consent(by=anna, id=row["id"])["state"] == "valid"


def test_whoever_listens_is_told_in_the_same_transaction(listening: Callable[..., None]) -> None:
    anna = an_actor()
    heard: list[object] = []
    person = a_participant(anna)
    row = _given(anna, person)

    def listen(event: ConsentWithdrawn) -> None:
        with transaction(by=event.by):
            at = sa.select(Consent.withdrawn_at).where(Consent.id == event.consent_id)
            heard.append((event, db.session.scalar(at)))

    listening(listen)
    at = service.withdraw(by=anna, id=row["id"])["withdrawn_at"]

    assert heard == [(ConsentWithdrawn(row["id"], person, anna, at), at)]


def test_whoever_listens_is_told_of_a_yes_once(listening: Callable[..., None]) -> None:
    anna = an_actor()
    person, today = a_participant(anna), clock.today()
    heard: list[object] = []
    listening(heard.append, to=ConsentGiven)
    said = a_consent(person, back=["outcome", "acceptance"])

    for _ in range(2):
        service.give_consent(by=anna, given=said)

    given = (UUID(said["id"]), person, anna, "KN", "jobbteamet", ("name", "phone"))
    told = (("acceptance", "outcome"), today, today + timedelta(days=90))
    assert heard == [ConsentGiven(*given, *told)]


def test_when_a_listener_fails_nothing_is_taken_back(listening: Callable[..., None]) -> None:
    anna = an_actor()
    row = _given(anna, a_participant(anna))

    def fail(_: object) -> None:
        raise ZeroDivisionError

    listening(fail)
    with pytest.raises(ZeroDivisionError):
        service.withdraw(by=anna, id=row["id"])

    assert service.consent(by=anna, id=row["id"])["state"] == "valid"
    assert ("consent", "withdraw") not in _acts(row["id"])
    listening()
    assert service.withdraw(by=anna, id=row["id"])["state"] == "withdrawn"


def test_a_consent_that_has_run_out_can_still_be_taken_back() -> None:
    anna = an_actor()
    row = _given(anna, a_participant(anna))

    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        assert service.consent(by=anna, id=row["id"])["state"] == "expired"
        assert service.withdraw(by=anna, id=row["id"])["state"] == "withdrawn"


def test_a_colleague_says_why_first() -> None:
    anna, eva = an_actor(), an_actor(sites=("bagartorp",))
    person = a_participant(anna)
    row = _given(anna, person)

    for act in _reads(person, row["id"]).values():
        with pytest.raises(reading.ReasonRequired):
            act(eva)
    openings.open_participant(by=eva, id=person, given={"reason": "present"})

    for act in _reads(person, row["id"]).values():
        act(eva)


def test_the_other_committee_is_told_of_nothing(unit: Unit) -> None:
    anna = an_actor(unit_id=str(unit.id))
    person = a_participant(anna)
    row = _given(anna, person)

    for other in (an_actor(committee="SN"), an_actor(role="supervisor", committee="SN")):
        for name, act in _reads(person, row["id"]).items():
            if name not in {"give", "try"}:
                with pytest.raises(NotFound):
                    act(other)
        with pytest.raises(NotFound):
            service.give_consent(by=other, given=a_consent(person, from_committee="SN"))


@pytest.mark.parametrize("role", ["receiver", "analyst", "reviewer", "administrator"])
def test_no_other_role_does_anything_with_consents(role: str) -> None:
    anna, other = an_actor(), an_actor(role=role)
    person = a_participant(anna)
    row = _given(anna, person)

    for act in _reads(person, row["id"]).values():
        with pytest.raises(NotAllowed):
            act(other)
    with pytest.raises(NotAllowed):
        service.ending_soon(by=other)


def test_a_protected_persons_consents_are_there_for_those_who_are_named_alone(unit: Unit) -> None:
    anna, eva = an_actor(unit_id=str(unit.id)), an_actor()
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person = a_participant(anna, protected=True)
    row = _given(anna, person, valid_to=_in(5))

    for other in (eva, chief):
        for act in _reads(person, row["id"]).values():
            with pytest.raises(NotFound):
                act(other)
    assert service.ending_soon(by=chief) == ([], False)
    assert [each["id"] for each in service.ending_soon(by=anna)[0]] == [row["id"]]


def test_nothing_more_is_told_of_whoever_asked_to_be_erased_until_that_is_decided(
    unit: Unit,
) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person = a_participant(anna)
    row = _given(anna, person, valid_to=_in(5))
    with transaction(by=anna):
        db.session.execute(
            sa.update(Participant).where(Participant.id == person).values(restricted_at=clock.now())
        )

    for by in (anna, chief):
        with pytest.raises(reading.Restricted):
            service.consent(by=by, id=row["id"])
        assert service.ending_soon(by=by) == ([], False)


def test_row_level_security_alone_shows_no_consent_to_whom_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The application's own border taken away, the database still stands."""
    anna, sn = an_actor(), an_actor(committee="SN")
    row = _given(anna, a_participant(anna))
    _given(anna, a_participant(anna, protected=True))
    monkeypatch.setattr(reading, "may_know_of", lambda *_: True)

    for other, seen in ((sn, 0), (an_actor(), 1), (anna, 2), (an_actor(role="reviewer"), 0)):
        with transaction(by=other):
            assert len(db.session.execute(sa.select(Consent)).all()) == seen
    with pytest.raises(NotFound):
        service.consent(by=sn, id=row["id"])
    commit()
    assert db.session.execute(sa.select(Consent)).all() == []
    changed: Any = db.session.execute(sa.update(Consent).values(to_team="osa"))
    assert changed.rowcount == 0
    db.session.rollback()


def _forgotten(person: UUID) -> Actor:
    """Let a supervisor of the committee decide that a person's details are forgotten."""
    chief = an_actor(role="supervisor")
    with transaction(by=chief):
        opened = reading.open_for_decision(by=chief, id=person)
        assert opened is not None
        leaving.forget_details(by=chief, person=opened)
    return chief


def test_of_whoever_is_forgotten_no_consent_says_what_for_and_none_holds() -> None:
    anna = an_actor()
    person, other = a_participant(anna), a_participant(anna)
    valid = _given(anna, person, purpose="kanariefågel")
    coming = _given(anna, person, to_team="osa", valid_from=_in(5), valid_to=_in(9))
    with time_machine.travel(clock.now() - timedelta(days=100), tick=False):
        over = _given(anna, person, to_team="syv", valid_to=_in(2))
    taken = service.withdraw(by=anna, id=_given(anna, person, to_team="kaa")["id"])
    others = _given(anna, other, purpose="kanariefågel")

    chief = _forgotten(person)

    rows = {row["id"]: row for row in service.consents_of(by=anna, participant=person)}
    assert {row["purpose"] for row in rows.values()} == {""}
    assert [rows[each["id"]]["state"] for each in (valid, coming, over, taken)] == [
        "withdrawn", "withdrawn", "expired", "withdrawn",
    ]  # fmt: skip
    assert rows[valid["id"]]["withdrawn_by"] == {"id": chief.id, "name": chief.name}
    assert rows[taken["id"]]["withdrawn_by"] == {"id": anna.id, "name": anna.name}
    assert _acts(coming["id"]) == [
        ("consent", act) for act in ("create", "withdraw", "forget", "read")
    ]
    assert service.consent(by=anna, id=others["id"])["purpose"] == "kanariefågel"
    assert service.letter("given", rows[valid["id"]]).parts[2].lines == ["–"]


def test_what_rests_on_a_consent_stops_when_it_is_forgotten_or_nothing_is(
    listening: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = an_actor()
    person = a_participant(anna)
    row = _given(anna, person)
    told: list[Any] = []
    listening(told.append)
    forget = SUBSCRIPTIONS[DetailsForgotten]
    monkeypatch.setitem(events._subscriptions, DetailsForgotten, forget)

    _forgotten(person)
    assert [each.consent_id for each in told] == [row["id"]]

    def refuse(_: object) -> None:
        raise Conflict

    again = _given(anna, person)
    monkeypatch.setitem(events._subscriptions, ConsentWithdrawn, (refuse,))
    with pytest.raises(Conflict):
        _forgotten(person)
    assert service.consent(by=anna, id=again["id"])["state"] == "valid"


def test_what_runs_out_is_listed_for_ones_own_people_the_nearest_first(unit: Unit) -> None:
    anna, eva = (an_actor(unit_id=str(unit.id)) for _ in range(2))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    elsewhere = an_actor(role="supervisor")
    people = {
        name: a_participant(anna, given_name=name, family_name="Ek") for name in ("Örjan", "Åsa")
    }
    theirs = a_participant(eva, given_name="Bo", family_name="Al")
    _given(anna, people["Örjan"], valid_to=_in(30))
    _given(anna, people["Åsa"], valid_to=_in(30))
    _given(anna, people["Åsa"], to_team="osa", valid_to=_in(0))
    _given(anna, people["Åsa"], to_team="syv", valid_to=_in(31))
    _given(eva, theirs, valid_to=_in(3))
    service.withdraw(by=anna, id=_given(anna, people["Åsa"], valid_to=_in(2))["id"])
    with time_machine.travel(clock.now() - timedelta(days=3), tick=False):
        _given(anna, people["Åsa"], to_team="kaa", valid_to=_in(2))

    def listed(by: Actor) -> list[tuple[str, date]]:
        return [(each["name"], each["valid_to"]) for each in service.ending_soon(by=by)[0]]

    soon = [clock.today() + timedelta(days=days) for days in (0, 3, 30)]
    assert listed(anna) == [("Åsa Ek", soon[0]), ("Åsa Ek", soon[2]), ("Örjan Ek", soon[2])]
    assert listed(eva) == [("Bo Al", soon[1])]
    assert [name for name, _ in listed(chief)] == ["Åsa Ek", "Bo Al", "Åsa Ek", "Örjan Ek"]
    assert listed(elsewhere) == []


def test_a_name_on_the_list_is_one_entry_a_person_and_no_team_is_told() -> None:
    anna = an_actor()
    person = a_participant(anna)
    for team in ("osa", "syv"):
        _given(anna, person, to_team=team, valid_to=_in(7))
    before = len(_acts(person))

    rows, more = service.ending_soon(by=anna)

    assert (len(rows), more) == (2, False)
    assert rows[0].keys() == {"id", "participant_id", "case_number", "name", "valid_to"}
    assert _acts(person)[before:] == [("participant", "read")]


def test_whoever_is_protected_stands_on_the_list_without_a_name_and_last() -> None:
    anna = an_actor()
    hidden = a_participant(anna, given_name="Alma", protected=True)
    known = a_participant(anna, given_name="Örjan")
    for person in (hidden, known):
        _given(anna, person, valid_to=_in(7))
    before = len(_acts(hidden))

    rows, _ = service.ending_soon(by=anna)

    assert [(row["participant_id"], row["name"]) for row in rows] == [
        (known, "Örjan Nyström"),
        (hidden, None),
    ]
    assert rows[1]["case_number"]
    assert _acts(hidden)[before:] == []


def test_what_a_later_consent_goes_on_from_does_not_run_out() -> None:
    anna = an_actor()
    person = a_participant(anna)
    _given(anna, person, valid_to=_in(7))
    later = _given(anna, person, valid_to=_in(200))

    assert service.ending_soon(by=anna) == ([], False)
    service.withdraw(by=anna, id=later["id"])
    assert len(service.ending_soon(by=anna)[0]) == 1


def test_whom_one_has_handed_over_is_no_longer_on_ones_list() -> None:
    anna, eva = an_actor(), an_actor()
    person = a_participant(anna)
    _given(anna, person, valid_to=_in(7))
    with transaction(by=anna):
        responsibilities.give_responsibility(by=anna, id=person, worker=eva.id, reason="moved")

    assert service.ending_soon(by=anna) == ([], False)
    assert len(service.ending_soon(by=eva)[0]) == 1


def test_no_more_than_two_hundred_are_listed_and_that_there_are_more_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    anna = an_actor()
    monkeypatch.setattr(service, "MOST_FOUND", 2)
    for days in (5, 3, 4):
        _given(anna, a_participant(anna, family_name=str(days)), valid_to=_in(days))

    rows, more = service.ending_soon(by=anna)

    assert ([row["name"] for row in rows], more) == (["Elsa 3", "Elsa 4"], True)


def test_a_consent_that_is_not_there_is_not_found() -> None:
    for act in (service.consent, service.withdraw):
        with pytest.raises(NotFound):
            act(by=an_actor(), id=uuid7())
    with pytest.raises(NotFound):
        _given(an_actor(), uuid7())
