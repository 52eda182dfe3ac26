"""The daily counts, held against a second counting in plain Python over plain rows."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.contacts import service as contacts
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.indicators import cube, night
from outreach.indicators.models import daily_counts
from outreach.indicators.night import Scope
from outreach.indicators.periods import Period
from tests.builders import a_recorded_contact, an_actor, varied_facts
from tests.counting import counted, said


@pytest.fixture
def author(app: Flask) -> Actor:
    """Somebody who may log and correct at any place, however late."""
    del app
    return an_actor(
        roles=["caseworker", "supervisor"], sites=("hagalund", "bagartorp", "solna_centrum")
    )


def _night(**scope: Any) -> None:
    night.run(by=system("test"), scope=Scope(**scope))


def _change(author: Actor, chance: random.Random, now: datetime) -> None:
    """Do to some contact one of the things that happen to contacts."""
    open_ones = sa.select(Contact.id, Contact.version).where(Contact.voided_at.is_(None))
    known = sorted((row.id, row.version) for row in db.session.execute(open_ones))
    if not known or chance.random() < 0.5:
        a_recorded_contact(author, **varied_facts(chance, now))
        return
    contact_id, version = chance.choice(known)
    if chance.random() < 0.3:
        contacts.void_contact(by=author, id=contact_id, given={"reason": "duplicate"})
        return
    moved = (now - timedelta(minutes=chance.randrange(60 * 24 * 40))).isoformat()
    contacts.correct_contact(
        by=author, id=contact_id, expected=version, given={"occurred_at": moved}
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_cube_is_what_the_contacts_say_in_any_world_after_any_night(
    author: Actor, seed: int
) -> None:
    chance, now = random.Random(seed), clock.now()
    for _ in range(5):
        for _ in range(chance.randrange(1, 25)):
            _change(author, chance, now)
        _night()
        assert counted() == said()
    before = counted()

    _night(full=True)

    assert counted() == before


@pytest.mark.parametrize(
    ("instants", "day"),
    [
        # The clocks go forward: the day is 23 hours long.
        (
            ["2026-03-28T23:00:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z",
             "2026-03-29T21:59:59Z"],
            date(2026, 3, 29),
        ),
        # The clocks go back: the hour from two to three comes twice.
        (
            ["2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z",
             "2026-10-25T22:59:59Z"],
            date(2026, 10, 25),
        ),
        # The day that most years do not have.
        (["2028-02-28T23:00:00Z", "2028-02-29T22:59:59Z"], date(2028, 2, 29)),
    ],
)  # fmt: skip
def test_a_day_of_unusual_length_is_counted_whole(
    author: Actor, instants: list[str], day: date
) -> None:
    with _at(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=3)):
        first = datetime.fromisoformat(instants[0])
        last = datetime.fromisoformat(instants[-1])
        outside = [first - timedelta(seconds=1), last + timedelta(seconds=1)]
        for instant in (*instants, *(each.isoformat() for each in outside)):
            a_recorded_contact(author, occurred_at=instant)
        _night()

        found = sum(row.contacts for row in cube.rows_of(Period(day, day)))

    assert found == len(instants)
    assert counted() == said()


def _at(now: datetime) -> Any:
    return time_machine.travel(now, tick=False)


def test_rebuilding_one_day_leaves_the_others_alone(author: Actor) -> None:
    a_recorded_contact(author)
    _night()
    before = counted()

    _night(first=date(2025, 1, 1), last=date(2025, 1, 31))

    assert counted() == before


def test_the_days_between_two_days_are_rebuilt(author: Actor, owner: sa.Engine) -> None:
    a_recorded_contact(author)
    _night()
    _spoil(owner)
    assert counted() != said()

    _night(first=clock.today() - timedelta(days=2), last=clock.today())

    assert counted() == said()


def _spoil(owner: sa.Engine) -> None:
    with owner.begin() as connection:
        connection.execute(sa.update(daily_counts).values(contacts=daily_counts.c.contacts + 1))


def test_one_day_is_counted_from_its_own_contacts_alone(author: Actor) -> None:
    a_recorded_contact(author)
    db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))

    plan = db.session.scalars(
        sa.text("EXPLAIN SELECT * FROM contact_counts WHERE local_day = DATE '2026-03-01'")
    ).all()

    assert any("ix_contact_local_day_site" in line for line in plan)
    assert any("Index Cond: (local_day = '2026-03-01'::date)" in line for line in plan)
