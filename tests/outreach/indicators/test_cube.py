"""The daily counts, held against a second counting in plain Python over plain rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.contacts import service as contacts
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotFound
from outreach.foundation.periods import Period
from outreach.foundation.transaction import transaction
from outreach.indicators import cube, night
from outreach.indicators.models import daily_counts
from outreach.indicators.night import Scope
from tests import known_people
from tests.asked import WORLDS
from tests.builders import a_participant, a_recorded_contact, an_actor, varied_facts
from tests.counting import (
    contacts_said,
    contacts_told,
    counted,
    persons_said,
    persons_told,
    said,
)


@pytest.fixture
def author(app: Flask) -> Actor:
    """Somebody who may log and correct at any place, however late."""
    del app
    return an_actor(
        roles=["caseworker", "supervisor"], sites=("hagalund", "bagartorp", "solna_centrum")
    )


def _night(**scope: Any) -> None:
    night.run(by=system("test"), scope=Scope(**scope))


def _change(
    author: Actor,
    chance: random.Random,
    now: datetime,
    people: list[UUID],
    joins: dict[frozenset[UUID], UUID],
) -> None:
    """Do to some contact or person one of the things that happen to them."""
    open_ones = sa.select(Contact.id, Contact.version).where(Contact.voided_at.is_(None))
    known = sorted((row.id, row.version) for row in db.session.execute(open_ones))
    if not known or chance.random() < 0.5:
        a_recorded_contact(author, **varied_facts(chance, now))
        return
    contact_id, version = chance.choice(known)
    if chance.random() < 0.2:
        pair = frozenset(chance.sample(people, 2))
        if pair in joins:
            known_people.unjoin(author, joins.pop(pair))
        else:
            joins[pair] = known_people.join(author, *pair)
        return
    if chance.random() < 0.6:
        _change_whose(author, chance, contact_id, people)
        return
    # A protected person's contact is there for those alone who are named.
    with suppress(NotFound):
        if chance.random() < 0.3:
            contacts.void_contact(by=author, id=contact_id, given={"reason": "duplicate"})
            return
        moved = (now - timedelta(minutes=chance.randrange(60 * 24 * 40))).isoformat()
        contacts.correct_contact(
            by=author, id=contact_id, expected=version, given={"occurred_at": moved}
        )


def _change_whose(
    author: Actor, chance: random.Random, contact_id: UUID, people: list[UUID]
) -> None:
    what = chance.random()
    if what < 0.6:
        known_people.link(author, chance.choice(people), contact_id)
    elif what < 0.8:
        known_people.unlink(author, contact_id)
    elif what < 0.85:
        known_people.protect(author, chance.choice(people))
    else:
        known_people.erase(chance.choice(people))


@pytest.mark.parametrize("seed", WORLDS)
def test_the_cube_is_what_the_contacts_say_in_any_world_after_any_night(
    author: Actor, seed: int
) -> None:
    chance, now = random.Random(seed), clock.now()
    # The changes reach forty days back.
    period = Period(clock.today() - timedelta(days=70), clock.today())
    people = [a_participant(author) for _ in range(8)]
    joins: dict[frozenset[UUID], UUID] = {}
    for _ in range(5):
        for _ in range(chance.randrange(1, 40)):
            _change(author, chance, now, people, joins)
        _night()
        assert counted() == said()
        assert persons_told(period) == persons_said()
        assert contacts_told(period) == contacts_said(period)
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


def _identities() -> dict[str, int]:
    by_identity = sa.select(daily_counts.c.identity, sa.func.sum(daily_counts.c.contacts))
    found = db.session.execute(by_identity.group_by(daily_counts.c.identity)).all()
    db.session.rollback()
    return {row[0]: row[1] for row in found}


def test_whose_a_contact_is_moves_it_and_never_changes_how_many_there_are(author: Actor) -> None:
    contacts_ = [a_recorded_contact(author)["id"] for _ in range(3)]
    person = a_participant(author)
    _night()
    assert _identities() == {"anonymous": 3}
    known_people.link(author, person, *contacts_[:2])
    _night()
    assert _identities() == {"anonymous": 1, "identified": 2}
    known_people.protect(author, person)
    _night()
    assert _identities() == {"anonymous": 1, "protected": 2}

    known_people.unlink(author, *contacts_)
    _night()

    assert _identities() == {"anonymous": 3}


def test_who_is_erased_is_counted_as_before(author: Actor) -> None:
    contact = a_recorded_contact(author)["id"]
    person = a_participant(author)
    known_people.link(author, person, contact)
    _night()
    before = counted()
    known_people.erase(person)

    _night()

    assert counted() == before
    assert _identities() == {"identified": 1}


@pytest.mark.parametrize("by", [None, "author"])
@pytest.mark.parametrize(
    "count",
    [
        cube.rebuild_everything,
        lambda: cube.rebuild_day(clock.today()),
        lambda: cube.changed_days("0"),
        lambda: cube.wrong_days([clock.today()], "0"),
    ],
)
def test_whoever_is_not_shown_all_links_cannot_count_and_so_counts_nobody_as_unknown(
    author: Actor, by: str | None, count: Callable[[], object]
) -> None:
    known_people.link(author, a_participant(author), a_recorded_contact(author)["id"])
    _night()
    before = counted()

    with (
        pytest.raises(sa.exc.ProgrammingError, match="only the system counts for all"),
        transaction(by=author if by else None),
    ):
        count()

    assert counted() == before


def _plan(statement: str) -> str:
    with transaction(by=system("test")) as session:
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        return "\n".join(session.scalars(sa.text(f"EXPLAIN (ANALYZE) {statement}")))


def test_one_day_is_counted_from_its_own_contacts_alone(author: Actor) -> None:
    a_recorded_contact(author)

    plan = _plan("SELECT * FROM contact_counts WHERE local_day = DATE '2026-03-01'")

    assert "ix_contact_local_day_site" in plan
    assert "Index Cond: (local_day = '2026-03-01'::date)" in plan


def test_who_may_know_of_a_link_is_asked_once_not_for_each_link(author: Actor) -> None:
    known_people.link(author, a_participant(author), a_recorded_contact(author)["id"])

    plan = _plan("SELECT * FROM contact_counts")

    # What the policy says looks for the person, by the name of p, where the system does not act.
    looked_for = [line for line in plan.splitlines() if line.endswith("(never executed)")]
    assert any("on participant p" in line for line in looked_for)
    assert not any("on participant p" in line and "actual" in line for line in plan.splitlines())
