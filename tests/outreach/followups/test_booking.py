"""Many book at the same moment: each time is given once, all others are told what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from outreach.accounts.service import actor_named
from outreach.followups.models import Followup, FollowupTime
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.shifts import service as shifts
from outreach.shifts import staffing
from tests.builders import Visitor, a_booking, a_code, a_user, an_actor, uuid7

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
