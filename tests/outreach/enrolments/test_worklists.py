"""Who waits to be heard of, whose list they are on, and what a list tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.accounts.models import Unit
from outreach.application import SUBSCRIPTIONS
from outreach.audit.models import AuditEntry
from outreach.contacts import linking
from outreach.enrolments import reading, service, worklists
from outreach.enrolments.events import LongSilence
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed
from outreach.foundation.transaction import transaction
from outreach.participants import openings
from outreach.participants.models import Participant
from tests.builders import a_recorded_contact, an_actor

pytestmark = pytest.mark.usefixtures("app")

Enrol = Callable[..., tuple[UUID, UUID]]


def _day(ago: int) -> date:
    return clock.today() - timedelta(days=ago)


def _silent(by: Actor, **more: Any) -> list[str | None]:
    return [row["name"] for row in worklists.without_contact(by=by, **more)[0]]


def _reads(by: Actor) -> int:
    wanted = sa.select(sa.func.count()).where(
        AuditEntry.actor_id == by.id, AuditEntry.action == "read"
    )
    return db.session.scalar(wanted) or 0


def _old(**name: str) -> dict[str, Any]:
    return {"person": name, "opened_on": _day(100).isoformat()}


@pytest.fixture
def booked() -> Iterator[set[UUID]]:
    people: set[UUID] = set()
    events.connect({LongSilence: (lambda silence: silence.excuse(people),)})
    yield people
    events.connect(SUBSCRIPTIONS)


def test_whoever_nobody_met_for_ninety_days_is_on_the_list_in_swedish_order(enrol: Enrol) -> None:
    anna = an_actor()
    enrol(anna, **_old(given_name="Åke", family_name="Ö"))
    enrol(anna, **_old(given_name="Åke", family_name="Zorn"))
    enrol(anna, person={"given_name": "Ny"}, opened_on=_day(89).isoformat())
    met, _ = enrol(anna, **_old(given_name="Mött"))
    contact = a_recorded_contact(anna)["id"]
    with transaction(by=anna):
        linking.link(by=anna, participant=met, contacts=[contact], basis="logged")
    _, closed = enrol(anna, **_old(given_name="Klar"))
    service.close_enrolment(
        by=anna,
        id=closed,
        given={"closing_result": "no_contact", "closed_on": clock.today().isoformat()},
    )
    enrol(an_actor(), **_old(given_name="Kollegas"))
    before = _reads(anna)

    assert _silent(anna) == ["Åke Zorn", "Åke Ö"]

    assert _reads(anna) - before == 2
    ((first, _), more) = worklists.without_contact(by=anna)
    assert (first["last_heard_on"], first["days"], more) == (_day(100), 100, False)
    assert len(_silent(anna, days=89)) == 3


def test_a_supervisor_has_the_list_of_the_unit(enrol: Enrol, unit: Unit) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    enrol(anna, **_old(given_name="Vår", family_name="Ek"))
    enrol(an_actor(), **_old(given_name="Annans"))

    assert _silent(chief) == ["Vår Ek"]
    assert _silent(an_actor(role="supervisor")) == []
    assert _silent(an_actor(role="supervisor", committee="SN", unit_id=str(unit.id))) == []
    for role in ("receiver", "analyst", "reviewer", "administrator"):
        with pytest.raises(NotAllowed):
            worklists.without_contact(by=an_actor(role=role))
        with pytest.raises(NotAllowed):
            worklists.month_checks(by=an_actor(role=role))


def test_for_whom_something_is_going_on_it_is_no_silence(enrol: Enrol, booked: set[UUID]) -> None:
    anna = an_actor()
    person, _ = enrol(anna, **_old(given_name="Bokad"))
    enrol(anna, **_old(given_name="Tyst", family_name="Alm"))

    booked.add(person)

    assert _silent(anna) == ["Tyst Alm"]


def test_no_list_names_whoever_is_protected(enrol: Enrol, unit: Unit) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    enrol(anna, person={"given_name": "Dold", "protected": True}, opened_on=_day(100).isoformat())

    ((row,), _) = worklists.without_contact(by=anna)

    assert (row["name"], row["reason_required"]) == (None, False)
    assert _silent(chief) == []


def test_the_list_is_bounded_and_says_so(enrol: Enrol, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = an_actor()
    for ago in (100, 102, 101):
        enrol(anna, person={"given_name": str(ago)}, opened_on=_day(ago).isoformat())
    monkeypatch.setattr(worklists, "MOST_SHOWN", 2)

    rows, more = worklists.without_contact(by=anna)

    assert ([row["days"] for row in rows], more) == ([101, 102], True)


def test_whether_work_lasted_a_month_is_asked_by_whoever_closed_and_by_the_supervisor(
    enrol: Enrol, unit: Unit
) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    people = {}
    for name, started, lasted in (
        ("Över", 31, None),
        ("Än", 30, None),
        ("Svarat", 60, "no"),
    ):
        people[name] = enrol(anna, **_old(given_name=name, family_name="Ek"))
        given = {
            "closing_result": "work_supported",
            "closed_on": _day(20).isoformat(),
            "start_date": _day(started).isoformat(),
            "lasted_one_month": lasted,
        }
        service.close_enrolment(by=anna, id=people[name][1], given=given)

    ((row,), more) = worklists.month_checks(by=anna)

    person, period = people["Över"]
    assert (row["enrolment_id"], row["began_on"], more) == (period, _day(31), False)
    assert (row["name"], row["reason_required"]) == (None, True)
    assert [each["name"] for each in worklists.month_checks(by=chief)[0]] == ["Över Ek"]
    assert worklists.month_checks(by=an_actor())[0] == []
    openings.open_participant(by=anna, id=person, given={"reason": "calling"})
    assert [each["name"] for each in worklists.month_checks(by=anna)[0]] == ["Över Ek"]
    service.change_enrolment(by=anna, id=period, expected=2, given={"lasted_one_month": "yes"})
    assert worklists.month_checks(by=anna)[0] == []


def test_whoever_has_asked_to_be_erased_is_on_the_supervisors_list_alone_without_a_name(
    enrol: Enrol, unit: Unit
) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person, _ = enrol(anna, **_old(given_name="Ångrar"))
    with transaction(by=anna):
        asked = sa.update(Participant).where(Participant.id == person)
        db.session.execute(asked.values(restricted_at=clock.now()))

    assert _silent(anna) == []
    assert _silent(chief) == [None]
    assert reading.enrolments(by=anna) == reading.enrolments(by=chief) == ([], False)
