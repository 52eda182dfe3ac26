"""What stands of somebody's time here, and to whom it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from outreach.accounts.models import Unit
from outreach.audit.models import AuditEntry
from outreach.contacts import linking
from outreach.enrolments import reading, service
from outreach.enrolments.models import Enrolment
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotFound
from outreach.foundation.transaction import transaction
from outreach.participants import openings
from outreach.participants import reading as people
from outreach.participants.reading import ReasonRequired
from tests.builders import a_recorded_contact, an_actor, commit

pytestmark = pytest.mark.usefixtures("app")

Enrol = Callable[..., tuple[UUID, UUID]]


def _today(ago: int = 0) -> date:
    return clock.today() - timedelta(days=ago)


def _acts(person: UUID) -> list[str]:
    entries = sa.select(AuditEntry.action).where(AuditEntry.object_id == str(person))
    return list(db.session.scalars(entries.order_by(AuditEntry.xid, AuditEntry.id)))


def _met(by: Actor, person: UUID, *, days: int = 0, **said: Any) -> UUID:
    at = (clock.now() - timedelta(days=days, minutes=1)).isoformat()
    contact: UUID = a_recorded_contact(by, occurred_at=at, **said)["id"]
    with transaction(by=by):
        linking.link(by=by, participant=person, contacts=[contact], basis="logged")
    return contact


def test_an_enrolment_is_read_by_whoever_may_read_the_person_and_it_is_on_the_trail(
    enrol: Enrol,
) -> None:
    anna, eva = an_actor(), an_actor()
    person, period = enrol(
        anna,
        route_in="signposted",
        origin="af",
        occupation_before={"code": "part_time", "extent": 50},
        income_before=["wage", "financial_assistance"],
    )

    (row,) = reading.enrolments_of(by=anna, participant=person)

    assert (row["id"], row["opened_on"], row["closed_on"]) == (period, _today(), None)
    assert row["occupation_before"] == {"code": "part_time", "extent": 50}
    assert row["income_before"] == ["wage", "financial_assistance"]
    assert row["responsible"] == {"id": anna.id, "name": anna.name}
    assert _acts(person) == ["create", "assign", "enrol", "read"]
    with pytest.raises(ReasonRequired):
        reading.enrolment(by=eva, id=period)
    openings.open_participant(by=eva, id=person, given={"reason": "calling"})
    assert reading.enrolment(by=eva, id=period)["route_in"] == "signposted"


def test_what_was_before_is_missing_from_the_second_meeting_after_the_first_day(
    enrol: Enrol,
) -> None:
    anna = an_actor()
    person, period = enrol(anna, opened_on=_today(10).isoformat())
    _met(anna, person, days=10)
    _met(anna, person, days=5)
    _met(anna, person, days=4, contact_type="phone")
    assert reading.enrolment(by=anna, id=period)["missing"] == ()

    _met(anna, person, days=3)

    asked = ("occupation_before", "income_before")
    assert reading.enrolment(by=anna, id=period)["missing"] == asked
    changed = service.change_enrolment(
        by=anna, id=period, expected=1, given={"occupation_before": {"code": "none"}}
    )
    assert (changed["missing"], changed["version"]) == (("income_before",), 2)


def test_the_list_holds_ones_own_caseload_or_unit_and_no_others(enrol: Enrol, unit: Unit) -> None:
    anna, eva = an_actor(unit_id=str(unit.id)), an_actor()
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person, period = enrol(anna)
    enrol(eva)
    enrol(an_actor(committee="SN"))

    for by in (anna, chief):
        ((row,), more) = reading.enrolments(by=by, state="open")
        assert (row["id"], more) == (period, False)
    assert reading.enrolments(by=anna, state="closed") == ([], False)
    assert _acts(person)[-2:] == ["read", "read"]


def test_row_level_security_alone_shows_no_enrolment_to_whom_it_is_not(
    enrol: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The application's own border taken away, the database still stands."""
    anna = an_actor()
    enrol(anna)
    _, hidden = enrol(anna, person={"protected": True})
    monkeypatch.setattr(people, "may_know_of", lambda *_: True)

    for other, seen in ((an_actor(committee="SN"), 0), (an_actor(), 1), (anna, 2)):
        with transaction(by=other):
            assert len(db.session.execute(sa.select(Enrolment)).all()) == seen
    with pytest.raises(NotFound):
        reading.enrolment(by=an_actor(), id=hidden)


def test_no_actor_no_enrolments_and_none_can_be_written(enrol: Enrol) -> None:
    anna = an_actor()
    person, _ = enrol(anna)
    commit()

    assert db.session.execute(sa.select(Enrolment)).all() == []
    changed: Any = db.session.execute(sa.update(Enrolment).values(route_in="unknown"))
    assert changed.rowcount == 0
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        db.session.execute(
            sa.insert(Enrolment).values(
                id=uuid4(),
                participant_id=person,
                opened_on=_today(),
                opened_by=anna.id,
                route_in="unknown",
                sameness=b"",
            )
        )
    db.session.rollback()
