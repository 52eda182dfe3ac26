"""Many book at the same moment: each time is given once, all others are told what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts.service import actor_named
from outreach.followups import booking, outcomes
from outreach.followups.models import Followup, FollowupTime
from outreach.followups.recording import SlotTaken
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.shifts import service as shifts
from outreach.shifts import staffing
from tests.builders import (
    Visitor,
    a_booking,
    a_code,
    a_followup,
    a_participant,
    a_user,
    an_actor,
    uuid7,
)

TIMES, ASKING = 20, 200
HALF_AN_HOUR = timedelta(minutes=30)


def _next_workday() -> datetime:
    """Return eight in the morning of a Tuesday a few weeks from now, when nothing is a holiday."""
    day = clock.today() + timedelta(days=21)
    day += timedelta(days=(1 - day.weekday()) % 7)
    return datetime.combine(day, time(8), clock.STOCKHOLM).astimezone(UTC)


def _plan(worker: Actor, begin: datetime) -> None:
    given = {
        "id": str(uuid7()),
        "site": "hagalund",
        "activity": "open",
        "starts_at": begin.isoformat(),
        # Two more times than all ask for: somebody who is late still finds one.
        "ends_at": (begin + (TIMES + 2) * HALF_AN_HOUR).isoformat(),
        "workers": [staffing.named([worker.id])[worker.id]["username"]],
    }
    shifts.open_shift(by=an_actor(role="supervisor"), given=given)


def test_of_two_hundred_who_book_twenty_times_at_once_twenty_get_one_and_all_others_are_told(
    app: Flask,
) -> None:
    worker = a_user()
    actor, begin = actor_named(worker.username), _next_workday()
    _plan(actor, begin)
    code = a_code(actor)["code"]
    starts = [begin + HALF_AN_HOUR * (number % TIMES) for number in range(ASKING)]
    bodies = [
        a_booking(actor, recognition_code=code, starts_at=start.isoformat()) for start in starts
    ]
    visitors = [Visitor(app, worker) for _ in range(10)]

    def ask(number: int) -> tuple[int, Any]:
        answer = visitors[number % len(visitors)].send("followups", bodies[number])
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(len(visitors)) as pool:
        answers = list(pool.map(ask, range(ASKING)))

    assert Counter(status for status, _ in answers) == {201: TIMES, 409: ASKING - TIMES}
    free = {
        (begin + HALF_AN_HOUR * TIMES + timedelta(minutes=15) * more).isoformat()
        for more in range(3)
    }
    for status, body in answers:
        if status == 409:
            assert body["type"] == "/problems/slot-taken"
            assert body["alternatives"]
    last = {each.replace("Z", "+00:00") for each in answers[-1][1]["alternatives"]}
    assert free & last
    with transaction(by=system("test")):
        booked = list(
            db.session.scalars(sa.select(Followup.starts_at).order_by(Followup.starts_at))
        )
        times = db.session.scalars(sa.select(sa.func.count()).select_from(FollowupTime)).one()
    assert booked == sorted(set(starts))
    assert times == TIMES


def test_the_same_booking_sent_five_times_at_once_is_one(
    app: Flask, signed_in: Callable[..., Visitor]
) -> None:
    visitor = signed_in()
    actor = actor_named(visitor.user.username)
    said = a_booking(actor, recognition_code=a_code(actor)["code"])
    visitors = [Visitor(app, visitor.user) for _ in range(5)]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda each: each.send("followups", said).status_code, visitors))

    assert sorted(answers) == [200, 200, 200, 200, 201]


def _again(by: Actor, at: datetime, **whose: str) -> SlotTaken:
    with pytest.raises(SlotTaken) as refused:
        a_followup(by, workers=[str(an_actor().id)], starts_at=at.isoformat(), **whose)
    return refused.value


@pytest.mark.usefixtures("app")
def test_nobody_is_booked_at_two_places_at_once_however_many_work_there() -> None:
    anna, bo = an_actor(), [str(an_actor().id)]
    at = _next_workday() + timedelta(hours=2)
    whose: list[dict[str, str]] = [
        {"participant_id": str(a_participant(anna))},
        {"recognition_code": str(a_code(anna)["code"])},
    ]
    for number, each in enumerate(whose):
        begin = at + timedelta(hours=3 * number)
        a_followup(anna, starts_at=begin.isoformat(), minutes=60, **each)

        refused = _again(anna, begin + HALF_AN_HOUR, **each)

        assert refused.detail.startswith("Personen har redan ett möte då")
        told = cast("list[str]", refused.members["alternatives"])
        offered = [datetime.fromisoformat(when) for when in told]
        assert not [when for when in offered if begin - HALF_AN_HOUR < when < begin + HALF_AN_HOUR]
        assert a_followup(
            anna, workers=bo, starts_at=(begin + 2 * HALF_AN_HOUR).isoformat(), **each
        )


@pytest.mark.usefixtures("app")
def test_a_meeting_of_two_who_work_is_one_and_is_moved_within_its_own_time() -> None:
    anna, bo = an_actor(), an_actor()
    at = _next_workday() + timedelta(hours=2)
    person = str(a_participant(anna))
    row = a_followup(
        anna, participant_id=person, workers=[str(anna.id), str(bo.id)], starts_at=at.isoformat()
    )
    given = {
        "id": str(uuid7()),
        "starts_at": (at + timedelta(minutes=15)).isoformat(),
        "asked_by": "participant",
    }

    moved = booking.reschedule(by=anna, id=row["id"], given=given)

    assert moved["supersedes"] == row["id"]
    assert _again(anna, at + HALF_AN_HOUR, participant_id=person)
    outcomes.set_outcome(by=anna, id=moved["id"], given={"state": "cancelled_by_us"})
    a_followup(
        anna, workers=[str(an_actor().id)], participant_id=person, starts_at=given["starts_at"]
    )
    with pytest.raises(SlotTaken):
        outcomes.undo_outcome(by=anna, id=moved["id"])


def test_of_five_who_book_the_same_person_at_once_each_with_another_one_books(app: Flask) -> None:
    workers = [a_user() for _ in range(5)]
    begin = _next_workday() + timedelta(hours=2)
    code = a_code(actor_named(workers[0].username))["code"]
    bodies = [
        a_booking(actor_named(each.username), recognition_code=code, starts_at=begin.isoformat())
        for each in workers
    ]
    visitors = [Visitor(app, each) for each in workers]

    with ThreadPoolExecutor(len(visitors)) as pool:
        sent = pool.map(lambda each, body: each.send("followups", body), visitors, bodies)
        answers = Counter(each.status_code for each in sent)

    assert answers == {201: 1, 409: len(workers) - 1}
