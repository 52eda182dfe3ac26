"""Who is responsible for a person: one at a time, all kept, and whose unit the person is."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import OutreachError
from outreach.foundation.transaction import transaction
from outreach.participants import reading, responsibilities, service
from outreach.participants.models import Participant, Responsibility
from outreach.staff import service as staff
from tests.builders import a_participant, a_unit, an_actor, commit

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def anna() -> Actor:
    return an_actor()


@pytest.fixture
def elsa(anna: Actor) -> UUID:
    """Somebody whom Anna is responsible for."""
    return a_participant(anna)


def _kept() -> list[tuple[UUID, bool, str]]:
    with transaction(by=system("test")):
        rows = db.session.scalars(sa.select(Responsibility).order_by(Responsibility.since)).all()
    return [(row.worker_id, row.until is None, row.reason) for row in rows]


def _unit_of(person: UUID) -> UUID | None:
    with transaction(by=system("test")):
        return db.session.scalar(sa.select(Participant.unit_id).where(Participant.id == person))


def _give(by: Actor, person: UUID, to: UUID) -> None:
    responsibilities.give_responsibility(by=by, id=person, worker=to, reason="moved")


def test_the_person_goes_with_whoever_is_responsible_to_their_unit(anna: Actor, elsa: UUID) -> None:
    unit = a_unit()
    eva = an_actor(unit_id=str(unit.id))
    assert _unit_of(elsa) is None

    _give(anna, elsa, eva.id)

    assert _unit_of(elsa) == unit.id
    assert _kept() == [(anna.id, False, "registered"), (eva.id, True, "moved")]
    commit()
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "assign").order_by(AuditEntry.id.desc())
    ).first()
    assert entry
    assert entry.details == {"worker": str(eva.id), "reason": "moved"}


def test_to_whom_it_is_already_is_no_change(anna: Actor, elsa: UUID) -> None:
    _give(anna, elsa, anna.id)

    assert _kept() == [(anna.id, True, "registered")]


def test_nobody_is_given_a_person_of_the_other_committee_or_after_they_have_left(
    anna: Actor, elsa: UUID
) -> None:
    gone = an_actor()
    staff.close_user(by=an_actor(role="administrator"), id=gone.id)

    for worker in (an_actor(committee="SN").id, gone.id, an_actor(role="analyst").id, uuid4()):
        with pytest.raises(OutreachError) as refused:
            _give(anna, elsa, worker)
        assert [fault.pointer for fault in refused.value.faults] == ["/worker"]
    assert _kept() == [(anna.id, True, "registered")]


def test_it_ends_once_and_the_caseload_is_empty_then(anna: Actor, elsa: UUID) -> None:
    responsibilities.end_responsibility(by=anna, id=elsa)
    responsibilities.end_responsibility(by=anna, id=elsa)

    assert _kept() == [(anna.id, False, "registered")]
    assert responsibilities.caseload(by=anna, workers=[anna.id]) == {anna.id: []}
    with pytest.raises(reading.ReasonRequired):
        service.participant(by=anna, id=elsa)


def test_a_caseload_holds_those_alone_whom_the_one_who_asks_may_know_of(
    anna: Actor, elsa: UUID
) -> None:
    hidden = a_participant(anna, protected=True)
    sn = an_actor(committee="SN")
    a_participant(sn)
    workers = [anna.id, sn.id]

    own = responsibilities.caseload(by=anna, workers=workers)
    colleagues = responsibilities.caseload(by=an_actor(), workers=workers)
    others = responsibilities.caseload(by=an_actor(committee="SN"), workers=[anna.id])

    assert {worker: set(people) for worker, people in own.items()} == {
        anna.id: {elsa, hidden},
        sn.id: set(),
    }
    assert colleagues == {anna.id: [elsa], sn.id: []}
    assert others == {anna.id: []}
