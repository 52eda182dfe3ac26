"""Who waits to be heard of, whose list they are on, and what a list tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from outreach.accounts.models import Unit
from outreach.application import SUBSCRIPTIONS
from outreach.audit.models import AuditEntry
from outreach.contacts import linking
from outreach.enrolments import outcomes, reading, service, worklists
from outreach.enrolments.events import LongSilence
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, NotFound
from outreach.foundation.transaction import transaction
from outreach.participants import openings
from outreach.participants.models import Participant
from outreach.participants.reading import ReasonRequired
from tests.builders import a_recorded_contact, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

Enrol = Callable[..., tuple[UUID, UUID]]
Standing = Callable[[UUID], dict[int, dict[str, Any]]]


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
        for listed in (
            worklists.month_checks,
            worklists.due_checks,
            worklists.how_many_due,
            worklists.said_today,
        ):
            with pytest.raises(NotAllowed):
                listed(by=an_actor(role=role))


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


def test_of_whom_no_check_asks_whoever_closed_and_the_supervisor_ask_after_a_month(
    enrol: Enrol, unit: Unit
) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    people = {}
    for name, result, started, lasted in (
        ("Över", "osa_employment", 31, "pending"),
        ("Än", "osa_employment", 30, "pending"),
        ("Svarat", "osa_employment", 60, "no"),
        ("Frågas", "work_supported", 60, None),
    ):
        people[name] = enrol(anna, **_old(given_name=name, family_name="Ek"))
        given = {
            "closing_result": result,
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


def _due(by: Actor, on: date | None = None) -> list[tuple[UUID, int]]:
    """Return whom somebody is to ask, and at which day; the count of today agrees."""
    rows, more = worklists.due_checks(by=by, on=on)
    assert not more
    if on is None:
        assert worklists.how_many_due(by=by) == len(rows)
    return [(row["participant_id"], row["day"]) for row in rows]


def _on(now: datetime, days: int) -> time_machine.travel:
    return time_machine.travel(now + timedelta(days=days), tick=True)


def _begin_again(by: Actor, person: UUID) -> None:
    openings.open_participant(by=by, id=person, given={"reason": "present"})
    given = {"id": str(uuid7()), "participant_id": str(person), "route_in": "own_initiative"}
    service.begin_enrolment(by=by, given=given)


@pytest.mark.usefixtures("wednesday")
def test_it_is_asked_how_work_goes_from_the_day_on_what_fell_first_first(worked: Enrol) -> None:
    anna = an_actor()
    today, _ = worked(anna, ago=30)
    tomorrow, _ = worked(anna, ago=29)
    long_ago, _ = worked(anna, ago=120)
    worked(an_actor(), ago=60)

    assert _due(anna) == [(long_ago, 30), (long_ago, 90), (today, 30)]

    assert _due(anna, _day(-1)) == [*_due(anna), (tomorrow, 30)]
    assert _due(anna, _day(1)) == [(long_ago, 30), (long_ago, 90)]
    ((row, *_), _) = worklists.due_checks(by=anna)
    assert (row["began_on"], row["closing_result"], row["name"]) == (
        _day(120), "work_supported", None,
    )  # fmt: skip


def test_what_falls_on_a_free_day_waits_for_the_next_working_day(
    worked: Enrol, wednesday: datetime
) -> None:
    anna = an_actor()
    person, _ = worked(anna, ago=27)

    found = {}
    for days in range(2, 6):
        with _on(wednesday, days):
            found[clock.today().strftime("%a")] = _due(anna)

    assert found == {"Fri": [], "Sat": [], "Sun": [], "Mon": [(person, 30)]}


def test_what_is_answered_tried_today_set_aside_or_known_not_to_have_lasted_waits_for_nobody(
    worked: Enrol, standing: Standing, wednesday: datetime
) -> None:
    anna = an_actor()
    person, _ = worked(anna, ago=100)
    first, second = (check["id"] for check in standing(person).values())

    outcomes.answer(by=anna, id=second, given={"answer": "not_reached"})
    assert _due(anna) == [(person, 30)]
    assert [row["id"] for row in worklists.said_today(by=anna)] == [second]
    outcomes.answer(by=anna, id=first, given={"answer": "yes"})
    assert _due(anna) == []
    assert [row["id"] for row in worklists.said_today(by=anna)] == [first, second]
    for days in (1, 2):
        with _on(wednesday, days):
            assert _due(anna) == [(person, 90)]
            assert worklists.said_today(by=anna) == []
            outcomes.answer(by=anna, id=second, given={"answer": "not_reached"})
    with _on(wednesday, 3):
        assert _due(anna) == []
    outcomes.take_back(by=anna, id=first)
    outcomes.answer(by=anna, id=first, given={"answer": "no"})
    other, _ = worked(anna, ago=100, lasted_one_month="no")
    assert standing(other)[90]["state"] == "resting"
    assert _due(anna) == []


@pytest.mark.usefixtures("wednesday")
def test_whoever_is_responsible_asks_and_until_somebody_is_whoever_closed(
    worked: Enrol, unit: Unit
) -> None:
    anna, bo = an_actor(unit_id=str(unit.id)), an_actor()
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    strangers = (bo, an_actor(role="supervisor"), an_actor(role="supervisor", committee="SN"))
    person, _ = worked(anna)

    assert [_due(by) for by in (anna, chief)] == [[(person, 30)]] * 2
    assert [_due(by) for by in strangers] == [[]] * 3
    before = _reads(chief)
    assert worklists.due_checks(by=chief)[0][0]["name"] == "Elsa Nyström"
    assert _reads(chief) == before + 1

    _begin_again(bo, person)

    assert [_due(by) for by in (anna, chief)] == [[]] * 2
    ((row,), _) = worklists.due_checks(by=bo)
    assert (row["name"], row["reason_required"]) == ("Elsa Nyström", False)


@pytest.mark.usefixtures("wednesday")
def test_of_whoever_is_protected_those_alone_are_told_who_are_named(
    worked: Enrol, unit: Unit
) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person, _ = worked(anna, person={"protected": True})

    assert (_due(anna), _due(chief)) == ([(person, 30)], [])
    assert worklists.due_checks(by=anna)[0][0]["name"] is None


@pytest.mark.usefixtures("wednesday")
def test_nobody_is_to_ask_whoever_has_asked_to_be_erased_until_that_is_decided(
    worked: Enrol, unit: Unit
) -> None:
    anna, bo = an_actor(unit_id=str(unit.id)), an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person, _ = worked(anna)
    theirs, _ = worked(anna)
    _begin_again(bo, theirs)

    def restrict(since: datetime | None) -> None:
        with transaction(by=chief):
            asked = sa.update(Participant).where(Participant.id.in_([person, theirs]))
            db.session.execute(asked.values(restricted_at=since))

    restrict(clock.now())
    assert [_due(by) for by in (anna, bo, chief)] == [[], [], []]
    restrict(None)
    assert (_due(anna), _due(bo)) == ([(person, 30)], [(theirs, 30)])


@pytest.mark.usefixtures("wednesday")
def test_the_list_of_checks_is_bounded_and_says_so(
    worked: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = an_actor()
    for ago in (40, 42, 41):
        worked(anna, ago=ago)
    monkeypatch.setattr(worklists, "MOST_SHOWN", 2)

    rows, more = worklists.due_checks(by=anna)

    assert ([row["began_on"] for row in rows], more) == ([_day(42), _day(41)], True)
    assert worklists.how_many_due(by=anna) == 3


@pytest.mark.usefixtures("wednesday")
def test_all_checks_of_somebody_are_told_to_whoever_may_read_them_and_that_is_on_the_trail(
    worked: Enrol,
) -> None:
    anna = an_actor()
    person, _ = worked(anna)
    with pytest.raises(ReasonRequired):
        worklists.checks_of(by=anna, participant=person)
    openings.open_participant(by=anna, id=person, given={"reason": "calling"})
    before = _reads(anna)

    rows = worklists.checks_of(by=anna, participant=person)

    assert [(row["day"], row["name"]) for row in rows] == [
        (30, "Elsa Nyström"),
        (90, "Elsa Nyström"),
    ]
    assert _reads(anna) == before + 1
    with pytest.raises(NotFound):
        worklists.checks_of(by=an_actor(committee="SN"), participant=person)
