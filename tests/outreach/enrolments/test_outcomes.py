"""How work goes is said with one touch: what stands then, who may, and what a repeat changes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.accounts.models import Unit
from outreach.audit.models import AuditEntry
from outreach.enrolments import outcomes, service
from outreach.enrolments.models import Enrolment
from outreach.enrolments.outcomes import CheckAnswered, CheckNotDue
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, NotFound, OutreachError, RuleBroken, Stale
from outreach.foundation.transaction import transaction
from outreach.participants import leaving, openings
from outreach.participants import reading as people
from outreach.participants.models import Participant
from outreach.participants.reading import ReasonRequired, Restricted
from tests.builders import a_unit, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("wednesday", "app")

Enrol = Callable[..., tuple[UUID, UUID]]
Standing = Callable[[UUID], dict[int, dict[str, Any]]]


def _say(by: Actor, check: UUID, answer: str, **more: Any) -> dict[str, Any]:
    return outcomes.answer(by=by, id=check, given={"answer": answer}, **more)


def _period(id: UUID) -> tuple[str | None, int, str]:
    """Return what an enrolment says of the first month, its version, and who wrote it last."""
    with transaction(by=system("test")):
        row = db.session.execute(
            sa.select(Enrolment.lasted_one_month, Enrolment.version, Enrolment.changed_xid).where(
                Enrolment.id == id
            )
        ).one()
        return row.lasted_one_month, row.version, str(row.changed_xid)


def _entries(by: Actor, person: UUID) -> list[tuple[str, dict[str, Any] | None]]:
    db.session.rollback()
    wanted = sa.select(AuditEntry.action, AuditEntry.details).where(
        AuditEntry.actor_id == by.id, AuditEntry.object_id == str(person)
    )
    return [(row.action, row.details) for row in db.session.execute(wanted.order_by(AuditEntry.id))]


def _again(by: Actor, person: UUID) -> UUID:
    """Let somebody who is back begin again with a worker, who is responsible from now on."""
    openings.open_participant(by=by, id=person, given={"reason": "present"})
    given = {"id": str(uuid7()), "participant_id": str(person), "route_in": "own_initiative"}
    return UUID(str(service.begin_enrolment(by=by, given=given)[0]["id"]))


def _later(now: datetime, **by: int) -> time_machine.travel:
    return time_machine.travel(now + timedelta(**by), tick=True)


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_the_answer_at_day_30_is_whether_the_work_lasted_a_month(
    worked: Enrol, standing: Standing, answer: str
) -> None:
    anna = an_actor()
    person, period = worked(anna)
    _, version, written = _period(period)
    check = standing(person)[30]["id"]

    row = _say(anna, check, answer)

    lasted, newer, rewritten = _period(period)
    assert (lasted, newer) == (answer, version + 1)
    # By this the night finds what it is to count again.
    assert int(rewritten) > int(written)
    assert (row["answer"], row["state"], row["said_by"]["id"]) == (answer, "answered", anna.id)
    details = {"enrolment": str(period), "check": 30, "answer": answer}
    assert _entries(anna, person)[-1] == ("change", details)


def test_day_90_is_a_fact_of_its_own(worked: Enrol, standing: Standing) -> None:
    anna = an_actor()
    person, period = worked(anna, ago=90, lasted_one_month="yes")
    before = _period(period)

    _say(anna, standing(person)[90]["id"], "no")

    assert _period(period) == before
    assert [check["answer"] for check in standing(person).values()] == ["yes", "no"]


def test_of_work_that_did_not_last_a_month_nothing_more_is_asked_until_that_is_taken_back(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    person, period = worked(anna, ago=90)
    first, second = (check["id"] for check in standing(person).values())

    _say(anna, first, "no")

    assert (standing(person)[90]["state"], standing(person)[90]["offered"]) == ("resting", ())
    with pytest.raises(CheckNotDue):
        _say(anna, second, "yes")
    assert outcomes.take_back(by=anna, id=first)["state"] == "due"
    assert _period(period)[0] == "pending"
    assert standing(person)[90]["state"] == "due"


def test_an_answer_is_taken_back_once_and_a_repeat_changes_nothing(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    person, period = worked(anna)
    check = standing(person)[30]["id"]
    assert outcomes.take_back(by=anna, id=check)["version"] == 1
    said = _say(anna, check, "yes")

    undone = outcomes.take_back(by=anna, id=check, expected=said["version"])
    again = outcomes.take_back(by=anna, id=check, expected=said["version"])

    assert undone == again
    assert (undone["answer"], undone["said_at"], undone["said_by"]) == (None, None, None)
    assert (undone["version"], _period(period)[0]) == (3, "pending")
    assert _entries(anna, person)[-1][1] == {
        "enrolment": str(period), "check": 30, "answer": "undone",
    }  # fmt: skip


def test_whom_nobody_reached_is_asked_about_again_and_the_third_time_set_aside(
    worked: Enrol, standing: Standing, wednesday: datetime
) -> None:
    anna = an_actor()
    person, period = worked(anna)
    before, check = _period(period), standing(person)[30]["id"]

    for tries in (1, 2, 3):
        with _later(wednesday, days=tries):
            row = _say(anna, check, "not_reached")
            assert _say(anna, check, "not_reached") == row
            assert (len(row["tried_on"]), row["version"]) == (tries, tries + 1)
            assert row["offered"] == ("yes", "no")
            assert row["state"] == ("set_aside" if tries == 3 else "due")
    with _later(wednesday, days=9):
        assert _say(anna, check, "not_reached")["version"] == 4
        assert _period(period) == before
        assert _say(anna, check, "yes")["state"] == "answered"
        assert _period(period)[0] == "yes"


def test_a_try_is_taken_back_on_its_day(
    worked: Enrol, standing: Standing, wednesday: datetime
) -> None:
    anna = an_actor()
    check = standing(worked(anna)[0])[30]["id"]
    _say(anna, check, "not_reached")
    with _later(wednesday, days=1):
        tried = _say(anna, check, "not_reached")

        undone = outcomes.take_back(by=anna, id=check)
        again = outcomes.take_back(by=anna, id=check)

    assert [len(row["tried_on"]) for row in (tried, undone)] == [2, 1]
    assert again == undone


def test_the_same_answer_again_changes_nothing_and_another_is_refused(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    person, period = worked(anna)
    check = standing(person)[30]["id"]
    row = _say(anna, check, "yes", expected=1)
    before, entries = _period(period), _entries(anna, person)

    assert _say(anna, check, "yes", expected=1) == row
    for other in ("no", "not_reached"):
        with pytest.raises(CheckAnswered):
            _say(anna, check, other)

    assert (_period(period), _entries(anna, person)) == (before, entries)


@pytest.mark.parametrize(("ago", "early"), [(26, True), (27, False), (30, False)])
def test_nothing_is_answered_earlier_than_three_days_before(
    worked: Enrol, standing: Standing, ago: int, *, early: bool
) -> None:
    anna = an_actor()
    person, period = worked(anna, ago=ago)
    check = standing(person)[30]

    assert check["offered"] == (() if early else ("yes", "no", "not_reached"))
    if early:
        with pytest.raises(CheckNotDue):
            _say(anna, check["id"], "yes")
        assert _period(period)[0] == "pending"
    else:
        assert _say(anna, check["id"], "yes")["answer"] == "yes"


def test_an_answer_from_an_older_version_is_told_what_stands(
    worked: Enrol, standing: Standing
) -> None:
    anna = an_actor()
    person, period = worked(anna)
    check = standing(person)[30]["id"]
    _say(anna, check, "not_reached")

    with pytest.raises(Stale) as refused:
        _say(anna, check, "yes", expected=1)

    assert refused.value.current is not None
    assert refused.value.current["version"] == 2
    assert refused.value.current["tried_on"] == [clock.today().isoformat()]
    with pytest.raises(Stale):
        outcomes.take_back(by=anna, id=check, expected=1)
    assert (_period(period)[0], standing(person)[30]["version"]) == ("pending", 2)


@pytest.mark.parametrize("given", [{}, {"answer": "perhaps"}, {"answer": None}, [], "yes"])
def test_what_is_no_answer_is_told(worked: Enrol, standing: Standing, given: object) -> None:
    anna = an_actor()
    check = standing(worked(anna)[0])[30]["id"]

    with pytest.raises(RuleBroken):
        outcomes.answer(by=anna, id=check, given=given)

    assert outcomes.take_back(by=anna, id=check)["version"] == 1


def test_whoever_closed_answers_without_reading_anybody_while_nobody_is_responsible(
    worked: Enrol, standing: Standing
) -> None:
    anna, bo = an_actor(), an_actor()
    person, _ = worked(anna)
    check = standing(person)[30]["id"]
    before = _entries(anna, person)

    _say(anna, check, "not_reached")

    assert [action for action, _ in _entries(anna, person)[len(before):]] == ["change"]  # fmt: skip
    _again(bo, person)
    with pytest.raises(ReasonRequired):
        _say(anna, check, "yes")
    assert _say(bo, check, "yes")["said_by"]["id"] == bo.id


def test_whoever_may_read_the_person_answers_and_nobody_else(
    worked: Enrol, standing: Standing, unit: Unit
) -> None:
    anna, eva = an_actor(unit_id=str(unit.id)), an_actor()
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person, _ = worked(anna)
    hidden, _ = worked(anna, person={"protected": True})
    first, shielded = standing(person)[30]["id"], standing(hidden)[30]["id"]
    acts: tuple[Callable[[Actor, UUID], object], ...] = (
        lambda by, check: _say(by, check, "not_reached"),
        lambda by, check: outcomes.take_back(by=by, id=check),
        lambda by, check: outcomes.participant_of(by=by, id=check),
    )

    for act in acts[:2]:
        with pytest.raises(ReasonRequired):
            act(eva, first)
    for act in acts:
        with pytest.raises(NotFound):
            act(an_actor(committee="SN"), first)
        for stranger in (eva, chief):
            with pytest.raises(NotFound):
                act(stranger, shielded)
        with pytest.raises(NotFound):
            act(anna, uuid7())
        for role in ("receiver", "analyst", "reviewer", "administrator"):
            with pytest.raises(NotAllowed):
                act(an_actor(role=role), first)
        for by, check in ((chief, first), (anna, shielded)):
            act(by, check)
    openings.open_participant(by=eva, id=person, given={"reason": "calling"})
    assert _say(eva, first, "yes")["said_by"]["id"] == eva.id


def test_nobody_answers_about_whoever_has_asked_to_be_erased_or_is_no_longer_known(
    worked: Enrol, standing: Standing
) -> None:
    anna, bo, chief = an_actor(), an_actor(), an_actor(role="supervisor")
    person, _ = worked(anna)
    other, _ = worked(anna)
    first, second = standing(person)[30]["id"], standing(other)[30]["id"]
    _again(bo, person)
    with transaction(by=chief):
        for whom in (person, other):
            asked = sa.update(Participant).where(Participant.id == whom)
            db.session.execute(asked.values(restricted_at=clock.now()))

    acts: tuple[Callable[[Actor, UUID], object], ...] = (
        lambda by, check: _say(by, check, "yes"),
        lambda by, check: outcomes.take_back(by=by, id=check),
    )
    for act in acts:
        with pytest.raises(Restricted):
            act(bo, first)
        with pytest.raises(ReasonRequired):
            act(anna, second)
    with transaction(by=chief):
        opened = people.open_for_decision(by=chief, id=other)
        assert opened is not None
        leaving.remove(by=chief, person=opened, removed_as="erased")
    with pytest.raises(NotFound):
        _say(anna, second, "yes")


@pytest.mark.parametrize(
    ("answers", "ends"),
    [
        (("yes", "no"), [["check-answered", "done"]]),
        (("yes", "yes"), [["done", "done"]]),
        (("not_reached", "not_reached"), [["done", "done"]]),
        (("not_reached", "yes"), [["done", "done"], ["check-answered", "done"]]),
    ],
)
def test_of_two_who_answer_at_once_one_answer_stands(
    app: Flask,
    worked: Enrol,
    standing: Standing,
    answers: tuple[str, str],
    ends: list[list[str]],
) -> None:
    unit = str(a_unit().id)
    anna, chief = an_actor(unit_id=unit), an_actor(role="supervisor", unit_id=unit)

    def say(by: Actor, answer: str) -> str:
        with app.app_context():
            start.wait()
            try:
                _say(by, check, answer)
            except OutreachError as error:
                return error.slug
            return "done"

    for _ in range(4):
        person, period = worked(anna)
        check, start = standing(person)[30]["id"], Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            ended = sorted(pool.map(say, (anna, chief), answers))
        assert ended in ends
        found = standing(person)[30]
        assert (found["answer"] or "pending") == _period(period)[0]
        # What was said twice is kept once, and what was refused is not kept.
        kept = len(set(answers)) if ended == ["done", "done"] else 1
        assert found["version"] == 1 + kept
