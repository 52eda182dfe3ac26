"""Who may read a person by what right; row-level security says so too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine

from outreach.accounts.models import Unit
from outreach.audit.models import AuditEntry
from outreach.consents import service as consents
from outreach.followups import service as followups
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, NotFound, OutreachError, Stale
from outreach.foundation.transaction import transaction
from outreach.participants import (
    next_steps,
    openings,
    reading,
    searching,
    service,
)
from outreach.participants.models import Participant
from tests.builders import (
    a_consent,
    a_followup,
    a_free_time,
    a_number,
    a_participant,
    an_actor,
    commit,
)

pytestmark = pytest.mark.usefixtures("app")


def _acts(person: object) -> list[str]:
    entries = sa.select(AuditEntry.action).where(AuditEntry.object_id == str(person))
    return list(db.session.scalars(entries.order_by(AuditEntry.xid, AuditEntry.id)))


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

    with pytest.raises(reading.ReasonRequired):
        service.participant(by=colleague, id=person)
    openings.open_participant(by=colleague, id=person, given={"reason": "calling"})

    assert service.participant(by=colleague, id=person)["right"] == "opening"
    with (
        time_machine.travel(clock.now() + timedelta(hours=3, seconds=1), tick=False),
        pytest.raises(reading.ReasonRequired),
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
    with pytest.raises(reading.ReasonRequired):
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
            assert searching.search(by=other, given=wanted) == ([], False)


@pytest.mark.parametrize("role", ["receiver", "analyst", "reviewer", "administrator"])
def test_no_other_role_reads_a_person(role: str) -> None:
    person = a_participant(an_actor())
    other = an_actor(role=role)

    for act in (
        lambda: service.participant(by=other, id=person),
        lambda: searching.search(by=other, given={"name": "Elsa"}),
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
        assert searching.search(by=other, given={"number": a_number()}) == ([], False)
    named = [str(anna.id), str(eva.id)]
    service.change_participant(by=anna, id=person, expected=1, given={"named_workers": named})

    assert service.participant(by=eva, id=person)["right"] == "named"


def test_row_level_security_alone_shows_nobody_to_whom_they_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The application's own border taken away, the database still stands."""
    anna, sn = an_actor(), an_actor(committee="SN")
    a_participant(anna)
    hidden = a_participant(anna, protected=True)
    monkeypatch.setattr(reading, "may_know_of", lambda *_: True)
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


def _change(by: Actor, person: UUID) -> None:
    service.change_participant(by=by, id=person, expected=77, given={"family_name": "Al"})


def _plan(by: Actor, person: UUID) -> None:
    given = {"text": "Ringer", "turn": "worker"}
    next_steps.set_next_step(by=by, id=person, expected=77, given=given)


def _take_back(by: Actor, person: UUID) -> None:
    row, _ = consents.give_consent(by=by, given=a_consent(person))
    consents.withdraw(by=by, id=row["id"], expected=77)


def _move(by: Actor, person: UUID) -> None:
    row = a_followup(by, participant_id=str(person), starts_at=a_free_time())
    followups.change(by=by, id=row["id"], expected=77, given={})


@pytest.mark.parametrize("act", [_change, _plan, _take_back, _move])
def test_what_is_shown_with_the_refusal_of_an_old_change_is_read(
    act: Callable[[Actor, UUID], None],
) -> None:
    anna = an_actor()
    person = a_participant(anna)

    with pytest.raises(Stale) as refused:
        act(anna, person)

    assert refused.value.current
    db.session.rollback()
    latest = (
        sa.select(AuditEntry.action)
        .where(AuditEntry.actor_id == anna.id, AuditEntry.object_id == str(person))
        .order_by(AuditEntry.id.desc())
    )
    assert db.session.scalars(latest.limit(1)).one() == "read"
