"""When it is asked how work goes: booked with the result, followed, and gone with the person."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts.models import Unit
from outreach.enrolments import checks, outcomes, reading, rules, service
from outreach.enrolments.models import WorkCheck
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import OutreachError
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, regret
from outreach.participants import leaving, openings, responsibilities
from outreach.participants import reading as people
from outreach.participants.rules import REMOVALS
from tests.builders import a_participant, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("wednesday", "app")

Enrol = Callable[..., tuple[UUID, UUID]]
Standing = Callable[[UUID], dict[int, dict[str, Any]]]


def _day(ahead: int) -> date:
    return clock.today() + timedelta(days=ahead)


def _falls(found: dict[int, dict[str, Any]]) -> dict[int, date]:
    return {day: check["falls_on"] for day, check in found.items()}


def _change(by: Actor, person: UUID, period: UUID, **change: Any) -> dict[str, Any]:
    """Correct how a person's enrolment ended, having said why they are opened."""
    openings.open_participant(by=by, id=person, given={"reason": "correction"})
    version = reading.enrolment(by=by, id=period)["version"]
    return service.change_enrolment(by=by, id=period, expected=version, given=change)


def _take_in(person: UUID, ago: int, **said: Any) -> dict[str, Any]:
    """Take in an enrolment of a person that ended with work so many days ago; return the line."""
    line = {
        "id": str(uuid7()),
        "participant_id": str(person),
        "opened_on": _day(-300).isoformat(),
        "route_in": "own_initiative",
        "closed_on": _day(-ago).isoformat(),
        "closing_result": "work_unsupported",
    } | said
    assert _import(line) == [True]
    return line


def _import(*lines: dict[str, Any]) -> list[bool]:
    return [each.created for each in service.import_enrolments(by=system("test"), items=lines)]


def _opened(by: Actor, person: UUID) -> people.Person:
    opened = people.open_for_decision(by=by, id=person)
    assert opened is not None
    return opened


def test_a_result_of_work_books_a_check_at_day_30_and_one_at_day_90(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    began, period = worked(anna, ago=10)
    ended, _ = worked(anna, start_date=None)
    noise, _ = worked(anna, closing_result="moved", start_date=None)

    found = standing(began)

    assert _falls(found) == {30: _day(20), 90: _day(80)}
    assert _falls(standing(ended)) == {30: _day(30), 90: _day(90)}
    assert standing(noise) == {}
    for check in found.values():
        assert (check["enrolment_id"], check["state"], check["version"]) == (period, "coming", 1)
        assert (check["answer"], check["said_by"], check["tried_on"]) == (None, None, [])


@pytest.mark.parametrize("result", rules.GROUPS)
def test_no_other_result_than_work_is_asked_about(
    worked: Enrol, standing: Standing, result: str
) -> None:
    person, _ = worked(an_actor(), closing_result=result, start_date=None)

    assert set(standing(person)) == ({30, 90} if rules.GROUPS[result] == "work" else set())


def test_a_check_that_falls_on_a_free_day_is_due_the_next_working_day(
    worked: Enrol, standing: Standing
) -> None:
    # Saturday the 28th of November, and Saturday the 26th of December.
    on_a_saturday, _ = worked(an_actor(), ago=27)
    at_christmas, _ = worked(an_actor(), start_date="2026-11-26")

    assert standing(on_a_saturday)[30]["due_on"] == date(2026, 11, 30)
    assert standing(at_christmas)[30]["due_on"] == date(2026, 12, 28)


def test_what_the_closing_says_of_the_first_month_is_the_answer_of_the_first_check(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()

    found = standing(worked(anna, ago=40, lasted_one_month="yes")[0])

    assert [check["answer"] for check in found.values()] == ["yes", None]
    assert (found[30]["said_by"]["id"], found[90]["said_by"]) == (anna.id, None)


def test_checks_go_with_the_result_and_are_booked_anew_when_it_was_work_after_all(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    person, period = worked(anna, ago=95)
    noise, _ = worked(anna, ago=95)
    before = standing(person)
    outcomes.answer(by=anna, id=before[90]["id"], given={"answer": "yes"})

    _change(anna, person, period, closing_result="moved")
    gone = standing(person)
    _change(anna, person, period, closing_result="own_business", start_date=_day(-60).isoformat())

    after = standing(person)
    assert (gone, set(standing(noise))) == ({}, {30, 90})
    assert _falls(after) == {30: _day(-30), 90: _day(30)}
    assert [check["answer"] for check in after.values()] == [None, None]
    assert {check["id"] for check in after.values()}.isdisjoint(
        check["id"] for check in before.values()
    )


def test_another_kind_of_work_is_asked_about_on_the_same_days(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    person, period = worked(anna)
    before = standing(person)

    _change(anna, person, period, closing_result="work_unsupported")

    after = standing(person)
    assert [(check["id"], check["version"]) for check in after.values()] == [
        (check["id"], 1) for check in before.values()
    ]
    assert after[30]["closing_result"] == "work_unsupported"


def test_checks_follow_a_corrected_day_and_keep_what_was_said(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    person, period = worked(anna, ago=92)
    check = standing(person)[90]["id"]
    outcomes.answer(by=anna, id=check, given={"answer": "no"})

    _change(anna, person, period, start_date=_day(-91).isoformat())

    found = standing(person)
    assert _falls(found) == {30: _day(-61), 90: _day(-1)}
    assert (found[90]["id"], found[90]["answer"]) == (check, "no")


def test_whether_work_lasted_answers_the_first_check_wherever_it_is_said(
    worked: Enrol, standing: Standing
) -> None:
    anna, eva = an_actor(), an_actor()
    person, period = worked(anna)

    _change(eva, person, period, lasted_one_month="yes")
    said = standing(person)[30]
    _change(eva, person, period, income_after=["wage"])
    same = standing(person)[30]
    _change(eva, person, period, lasted_one_month="pending")
    open_again = standing(person)[30]

    assert (said["answer"], said["said_by"]["id"], said["state"]) == ("yes", eva.id, "answered")
    assert same == said
    assert (open_again["answer"], open_again["said_at"], open_again["state"]) == (None, None, "due")


def test_of_what_ended_elsewhere_is_asked_what_lies_ahead_alone(standing: Standing) -> None:
    anna = an_actor()
    soon, later, never = (a_participant(anna) for _ in range(3))
    line = _take_in(soon, 30)
    _take_in(later, 31, start_date=_day(-32).isoformat())
    _take_in(never, 91)

    assert _import(line) == [False]

    assert _falls(standing(soon)) == {30: clock.today(), 90: _day(60)}
    assert _falls(standing(later)) == {90: _day(58)}
    assert standing(never) == {}


def test_what_is_corrected_of_what_ended_elsewhere_books_nothing_that_is_over(
    standing: Standing,
) -> None:
    anna = an_actor()
    person = a_participant(anna)
    line = _take_in(person, 200, lasted_one_month="pending")

    _change(anna, person, UUID(line["id"]), lasted_one_month="yes", income_after=["wage"])

    assert standing(person) == {}


@pytest.mark.parametrize("removed_as", REMOVALS)
def test_nobody_is_asked_about_whoever_is_no_longer_known(
    worked: Enrol, standing: Standing, removed_as: str
) -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    person, _ = worked(anna)
    noise, _ = worked(anna)

    with transaction(by=chief):
        leaving.remove(by=chief, person=_opened(chief, person), removed_as=removed_as)

    assert (standing(person), set(standing(noise))) == ({}, {30, 90})


def test_whoever_goes_back_to_a_code_is_asked_nothing(worked: Enrol, standing: Standing) -> None:
    anna = an_actor()
    person, _ = worked(anna)
    openings.open_participant(by=anna, id=person, given={"reason": "present"})

    regret.regret(by=anna, id=person, given={"door": "back_to_code"})

    assert standing(person) == {}


def test_of_whoever_is_forgotten_no_check_is_left(worked: Enrol, standing: Standing) -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    person, period = worked(anna, ago=95)
    outcomes.answer(by=anna, id=standing(person)[90]["id"], given={"answer": "yes"})

    with transaction(by=chief):
        leaving.forget_details(by=chief, person=_opened(chief, person))

    assert standing(person) == {}
    assert reading.enrolments_of(by=system("test"), participant=person)[0]["id"] == period


def test_of_two_who_turn_out_to_be_one_person_each_enrolment_keeps_its_own_checks(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    one, other = worked(anna, ago=20)[0], worked(anna, ago=40)[0]
    before = standing(one), standing(other)
    for person in (one, other):
        openings.open_participant(by=anna, id=person, given={"reason": "correction"})

    duplicates.join(by=anna, id=one, given={"id": str(uuid7()), "other_id": str(other)})

    assert (standing(one), standing(other)) == before


def test_a_failing_closing_books_nothing(
    enrol: Enrol, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = an_actor()
    person, period = enrol(anna)

    def fail(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(responsibilities, "end_responsibility", fail)
    given = {"closing_result": "work_supported", "closed_on": clock.today().isoformat()}
    with pytest.raises(RuntimeError):
        service.close_enrolment(by=anna, id=period, given=given)

    assert standing(person) == {}


def test_two_who_close_at_once_book_each_check_once(
    app: Flask, enrol: Enrol, unit: Unit, standing: Standing
) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person, period = enrol(anna)
    given = {"closing_result": "own_business", "closed_on": clock.today().isoformat()}
    start = Barrier(2)

    def close(by: Actor) -> str:
        with app.app_context():
            start.wait()
            try:
                service.close_enrolment(by=by, id=period, given=given)
            except OutreachError as error:
                return error.slug
            return "done"

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(close, (anna, chief)))

    # Nobody is responsible any more: a worker who comes second would have to say why.
    assert ended in (["done", "enrolment-closed"], ["done", "reason-required"])
    assert _falls(standing(person)) == {30: _day(30), 90: _day(90)}


def test_the_database_keeps_one_check_of_an_enrolment_for_a_day(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    person, period = worked(anna)
    before = standing(person)

    with transaction(by=system("test")):
        checks.book(rows=[reading.find(period)], recorder=anna.id)
    assert standing(person) == before
    with (
        pytest.raises(sa.exc.IntegrityError, match="uq_work_check_enrolment_id_day"),
        transaction(by=system("test")),
    ):
        db.session.execute(
            sa.insert(WorkCheck).values(
                id=uuid7(), enrolment_id=period, participant_id=person, day=30, falls_on=_day(0)
            )
        )
