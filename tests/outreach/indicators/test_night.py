"""The night: nothing is missed, nothing counted twice, whatever is killed or comes late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from outreach.audit import service as audit
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, RuleBroken
from outreach.indicators import cube, night
from outreach.indicators.cube import NightRunning
from outreach.indicators.models import CountFault, JobRun, daily_counts
from outreach.indicators.night import Scope
from tests import known_people
from tests.builders import a_participant, a_recorded_contact, an_actor
from tests.waiting import until, until_all_is_over

_SYSTEM = system("test")


@pytest.fixture
def author(app: Flask) -> Actor:
    """Somebody who may log and correct, however late."""
    del app
    return an_actor(roles=["caseworker", "supervisor"])


def _ago(days: int) -> str:
    """Return this time of the day so many days ago, on the wall: an hour may be between."""
    return (clock.local(clock.now()) - timedelta(days=days)).isoformat()


def _night(**scope: Any) -> JobRun:
    return night.run(by=_SYSTEM, scope=Scope(**scope))


def _settled_night(**scope: Any) -> JobRun:
    """Do a night once everything written so far is over (see `until_all_is_over`)."""
    until_all_is_over()
    return _night(**scope)


def _total() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.sum(daily_counts.c.contacts))) or 0


def _count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@contextmanager
def _counts_refused(owner: sa.Engine) -> Iterator[None]:
    """Let the database refuse every count inside the block."""
    db.session.rollback()
    with owner.begin() as connection:
        connection.execute(sa.text("ALTER TABLE daily_counts ADD CHECK (contacts < 0) NOT VALID"))
    try:
        yield
    finally:
        db.session.rollback()
        with owner.begin() as connection:
            connection.execute(
                sa.text("ALTER TABLE daily_counts DROP CONSTRAINT daily_counts_contacts_check")
            )


def test_the_first_night_counts_everything_there_is(author: Actor) -> None:
    a_recorded_contact(author, occurred_at=_ago(300))
    a_recorded_contact(author)

    run = _night()

    assert (run.scope, run.state, run.rows, run.error) == ("full", "done", 2, None)
    assert _total() == 2


def test_a_night_counts_only_the_days_that_have_changed(author: Actor) -> None:
    a_recorded_contact(author, occurred_at=_ago(300))
    _settled_night()
    late = a_recorded_contact(author, occurred_at=_ago(40))

    run = _night()

    assert run.scope == "changed"
    assert run.days == [clock.local(late["occurred_at"]).date()]
    assert _total() == 2


def test_a_night_with_nothing_new_counts_nothing_and_says_so(author: Actor) -> None:
    a_recorded_contact(author)
    _settled_night()

    run = _night()

    assert (run.days, run.rows, run.state) == ([], 0, "done")
    assert _total() == 1


def test_a_contact_that_moves_to_another_day_is_counted_on_the_new_day_only(
    author: Actor,
) -> None:
    kept = a_recorded_contact(author, occurred_at=_ago(10))
    _settled_night()
    contacts.correct_contact(by=author, id=kept["id"], expected=1, given={"occurred_at": _ago(20)})
    contacts.correct_contact(by=author, id=kept["id"], expected=2, given={"occurred_at": _ago(30)})

    run = _night()

    today = clock.today()
    assert run.days == [today - timedelta(days=days) for days in (30, 20, 10)]
    assert db.session.scalars(sa.select(daily_counts.c.local_day)).all() == [run.days[0]]


def test_a_voided_contact_is_counted_no_more(author: Actor) -> None:
    kept = a_recorded_contact(author)
    _night()
    contacts.void_contact(by=author, id=kept["id"], given={"reason": "mistap"})

    _night()

    assert _total() == 0


def test_a_night_counts_the_days_of_links_that_came_or_went_and_of_people_who_are_protected(
    author: Actor,
) -> None:
    kept = [a_recorded_contact(author, occurred_at=_ago(days))["id"] for days in (30, 20, 10)]
    person, other = a_participant(author), a_participant(author)
    days = [clock.today() - timedelta(days=each) for each in (30, 20, 10)]
    _settled_night()
    known_people.link(author, person, kept[0], kept[1])
    assert _settled_night().days == days[:2]
    known_people.unlink(author, kept[1])
    known_people.link(author, other, kept[2])
    assert _settled_night().days == days[1:]

    known_people.protect(author, person)

    assert _settled_night().days == days[:1]
    found = sa.select(daily_counts.c.identity).order_by(daily_counts.c.local_day)
    assert db.session.scalars(found).all() == ["protected", "anonymous", "identified"]
    assert _count(CountFault) == 0


def test_a_link_that_comes_while_the_night_runs_is_no_fault_and_is_not_lost(author: Actor) -> None:
    kept = [a_recorded_contact(author)["id"] for _ in range(2)]
    _settled_night()
    a_recorded_contact(author)
    run_id = night.begin_queued(by=_SYSTEM)
    assert run_id is not None
    known_people.link(author, a_participant(author), *kept)
    while not night.continue_queued(by=_SYSTEM, id=run_id):
        pass

    _night()

    identified = sa.select(daily_counts.c.contacts).where(daily_counts.c.identity == "identified")
    assert db.session.scalars(identified).all() == [2]
    assert _count(CountFault) == 0


def _insert_another(connection: sa.Connection) -> None:
    """Insert a copy of the contact there is, as a second browser's transaction would."""
    columns = ", ".join(
        column.name
        for column in Contact.__table__.columns
        if column.name not in {"id", "local_day", "changed_xid"}
    )
    connection.execute(
        sa.text(
            f"INSERT INTO contact (id, {columns})"
            f" SELECT gen_random_uuid(), {columns} FROM contact LIMIT 1"
        )
    )


def test_a_contact_that_is_committed_after_the_night_belongs_to_the_next_night(
    author: Actor, owner: sa.Engine
) -> None:
    a_recorded_contact(author)
    db.session.rollback()
    with owner.connect() as early, owner.connect() as late:
        _insert_another(early)  # begun before the night, and still open when it ends
        # A later transaction that is over at once: the night's own view moves past the open one.
        _insert_another(late)
        late.commit()
        _night()
        assert _total() == 2

        early.commit()
    _night()

    assert _total() == 3


def test_a_contact_that_is_committed_while_the_night_runs_is_no_fault_and_is_not_lost(
    author: Actor, owner: sa.Engine
) -> None:
    a_recorded_contact(author)
    _night()
    a_recorded_contact(author)
    db.session.rollback()
    with owner.connect() as other:
        _insert_another(other)
        run_id = night.begin_queued(by=_SYSTEM)
        assert run_id is not None
        other.commit()
    while not night.continue_queued(by=_SYSTEM, id=run_id):
        pass

    _night()

    assert _count(CountFault) == 0
    assert _total() == 3


def test_a_run_that_is_killed_half_way_is_picked_up_by_the_next(
    author: Actor, owner: sa.Engine, environment: dict[str, str]
) -> None:
    kept = [a_recorded_contact(author, occurred_at=_ago(days))["id"] for days in (3, 2, 1)]
    _night()
    for days in (3, 2, 1):
        a_recorded_contact(author, occurred_at=_ago(days))
    known_people.link(author, a_participant(author), *kept)
    with _held(owner, days=2), _nightly(environment) as process:
        until(lambda: _waiting(owner))
        assert _total() == 4, "the first day is counted, the second is waited for"
        process.send_signal(signal.SIGKILL)
        process.wait()

    run = _night()

    killed = db.session.scalars(sa.select(JobRun).where(JobRun.state == "failed")).one()
    assert (killed.error, len(killed.remaining)) == ("interrupted", 2)
    assert (run.state, len(run.days)) == ("done", 3)
    assert _total() == 6
    identities = sa.select(daily_counts.c.identity).order_by(daily_counts.c.identity)
    assert db.session.scalars(identities).all() == ["anonymous"] * 3 + ["identified"] * 3


def test_of_two_nights_at_once_one_works_and_the_other_says_so(
    author: Actor, owner: sa.Engine, environment: dict[str, str]
) -> None:
    a_recorded_contact(author, occurred_at=_ago(1))
    _night()
    a_recorded_contact(author, occurred_at=_ago(1))
    with ExitStack() as held, ExitStack() as started:
        held.enter_context(_held(owner, days=1))
        process = started.enter_context(_nightly(environment))
        until(lambda: _waiting(owner))

        with pytest.raises(NightRunning):
            _night()
        assert night.begin_queued(by=_SYSTEM) is None
        held.close()

    assert process.returncode == 0
    assert _total() == 2
    assert _count(JobRun) == 2


@contextmanager
def _held(owner: sa.Engine, *, days: int) -> Iterator[None]:
    """Keep the counts of a day from being replaced."""
    day = clock.today() - timedelta(days=days)
    db.session.rollback()
    with owner.connect() as connection:
        held = sa.select(daily_counts).where(daily_counts.c.local_day == day).with_for_update()
        assert connection.execute(held).all()
        yield


def _waiting(owner: sa.Engine) -> bool:
    with owner.connect() as connection:
        waiting = (
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        return bool(connection.scalar(sa.text(waiting)))


@contextmanager
def _nightly(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run the night as a process of its own."""
    command = [sys.executable, "-m", "outreach", "nightly"]
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    except BaseException:
        process.kill()
        raise
    finally:
        process.wait(30)


def test_counts_that_somebody_altered_are_found_told_and_mended(
    author: Actor, owner: sa.Engine
) -> None:
    a_recorded_contact(author, occurred_at=_ago(cube.TURNS))
    a_recorded_contact(author, occurred_at=_ago(1))
    _settled_night()
    with owner.begin() as connection:
        connection.execute(sa.update(daily_counts).values(minutes=7))

    _settled_night()

    in_turn = clock.today() - timedelta(days=cube.TURNS)
    assert db.session.scalars(sa.select(CountFault.local_day)).all() == [in_turn]
    _settled_night(full=True)
    told = db.session.scalars(sa.select(CountFault.local_day).order_by(CountFault.local_day)).all()
    assert told == [in_turn, clock.today() - timedelta(days=1)]
    assert db.session.scalars(sa.select(daily_counts.c.minutes)).all() == [0, 0]


def test_every_day_of_history_has_its_turn_within_thirty_nights(author: Actor) -> None:
    for days in range(1, 41):
        a_recorded_contact(author, occurred_at=_ago(days))
    _night()
    today = clock.today()

    checked = [
        day
        for later in range(cube.TURNS)
        for day in cube.days_in_turn(today + timedelta(days=later))
    ]

    assert sorted(checked) == [today - timedelta(days=days) for days in range(40, 0, -1)]
    assert cube.history() == sorted(checked)


def test_after_a_restore_into_another_database_everything_is_counted(
    author: Actor, owner: sa.Engine
) -> None:
    a_recorded_contact(author)
    _night()
    with owner.begin() as connection:
        connection.execute(sa.update(JobRun).values(cluster="another:1"))
        connection.execute(sa.delete(daily_counts))

    run = _night()

    assert (run.scope, _total(), _count(CountFault)) == ("full", 1, 0)


def test_a_night_that_fails_says_what_kind_of_error_and_leaves_its_days_to_the_next(
    author: Actor, owner: sa.Engine
) -> None:
    a_recorded_contact(author)
    _night()
    a_recorded_contact(author)
    db.session.rollback()
    with _counts_refused(owner), pytest.raises(sa.exc.IntegrityError):
        _night()

    failed = db.session.scalars(sa.select(JobRun).where(JobRun.state == "failed")).one()
    assert (failed.error, failed.ended_at is not None) == ("IntegrityError", True)
    _night()
    assert _total() == 2


def test_a_range_of_days_does_not_hide_what_else_has_changed(author: Actor) -> None:
    a_recorded_contact(author)
    _night()
    a_recorded_contact(author)
    yesterday = clock.today() - timedelta(days=1)

    ranged = _night(first=yesterday, last=yesterday)

    assert (ranged.scope, _total()) == ("range", 1)
    _night()
    assert _total() == 2


@pytest.mark.parametrize(
    "scope",
    [
        Scope(first=datetime(2026, 2, 1).date(), last=datetime(2026, 1, 1).date()),  # noqa: DTZ001
        Scope(first=datetime(2026, 2, 1).date(), full=True),  # noqa: DTZ001
    ],
)
def test_a_scope_that_means_nothing_is_refused(app: Flask, scope: Scope) -> None:
    del app
    with pytest.raises(RuleBroken):
        night.run(by=_SYSTEM, scope=scope)
    assert _count(JobRun) == 0


def test_only_the_system_counts_and_only_an_administrator_orders(author: Actor) -> None:
    for act in (
        lambda: night.run(by=author),
        lambda: night.begin_queued(by=author),
        lambda: night.continue_queued(by=author, id=uuid4()),
        lambda: night.queue_what_was_missed(by=author),
        lambda: night.order(by=author),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_days_of_a_night_in_the_queue_are_done_one_at_a_time(author: Actor) -> None:
    a_recorded_contact(author)
    _settled_night()
    for days in (1, 2):
        a_recorded_contact(author, occurred_at=_ago(days))

    run_id = night.begin_queued(by=_SYSTEM)

    assert run_id is not None
    assert _total() == 1
    assert night.begin_queued(by=_SYSTEM) is None, "a second night leaves"
    assert night.begin_queued(by=_SYSTEM, id=run_id) == run_id, "a repeat goes on"
    assert not night.continue_queued(by=_SYSTEM, id=run_id)
    assert _total() == 2
    assert night.continue_queued(by=_SYSTEM, id=run_id)
    assert _total() == 3
    assert night.continue_queued(by=_SYSTEM, id=run_id), "a repeat does nothing"
    assert db.session.get_one(JobRun, run_id).state == "done"


def test_a_night_whose_task_was_lost_is_taken_over_after_a_while(author: Actor) -> None:
    a_recorded_contact(author)
    _night()
    a_recorded_contact(author)
    lost = night.begin_queued(by=_SYSTEM)

    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        found = night.begin_queued(by=_SYSTEM)

    assert found is not None
    assert found != lost
    assert night.continue_queued(by=_SYSTEM, id=found)
    assert _total() == 2


@pytest.mark.parametrize(
    ("now", "missed"),
    [
        ("2026-03-30T01:29:00Z", False),  # 03:29, the night of the 29th is done
        ("2026-03-30T01:31:00Z", True),  # 03:31, the night of the 30th is not
        ("2026-03-31T12:00:00Z", True),
    ],
)
def test_a_worker_that_starts_orders_the_night_that_was_missed(
    app: Flask,
    now: str,
    missed: bool,  # noqa: FBT001
) -> None:
    del app
    # Half past three on the morning when the clocks go forward is half past one in UTC.
    with time_machine.travel(datetime(2026, 3, 29, 1, 30, 30, tzinfo=UTC), tick=False):
        _night()

    with time_machine.travel(datetime.fromisoformat(now), tick=False):
        assert night.queue_what_was_missed(by=_SYSTEM) is missed


def test_a_worker_that_starts_goes_on_with_a_night_that_stopped_half_way(author: Actor) -> None:
    a_recorded_contact(author)
    _night()
    night.begin_queued(by=_SYSTEM)

    assert night.queue_what_was_missed(by=_SYSTEM)


def test_the_night_is_never_in_the_hour_that_comes_twice_or_not_at_all() -> None:
    assert not 2 <= night.STARTS_AT.hour < 3


@pytest.mark.parametrize(
    ("hour", "status", "said"), [(3, 200, "ok"), (6, 200, "ok"), (7, 503, "NightOverdue")]
)
def test_a_night_that_is_late_is_told_to_whoever_watches(
    author: Actor, client: FlaskClient, hour: int, status: int, said: str
) -> None:
    with time_machine.travel(datetime(2026, 11, 10, 12, 0, tzinfo=UTC), tick=False):
        a_recorded_contact(author)
        _settled_night()
        until_all_is_over()
        audit.seal_new_entries()
    with time_machine.travel(datetime(2026, 11, 11, hour, 0, tzinfo=clock.STOCKHOLM), tick=False):
        answer = client.get("/ready")

    assert answer.status_code == status
    assert answer.get_json()["checks"]["night"] == said


def test_a_night_that_failed_does_not_count_as_done(
    author: Actor, client: FlaskClient, owner: sa.Engine
) -> None:
    with time_machine.travel(datetime(2026, 11, 10, 12, 0, tzinfo=UTC), tick=False):
        a_recorded_contact(author)
    with time_machine.travel(datetime(2026, 11, 11, 8, 0, tzinfo=UTC), tick=False):
        with _counts_refused(owner), pytest.raises(sa.exc.IntegrityError):
            _night()
        assert client.get("/ready").get_json()["checks"]["night"] == "NightOverdue"

        _settled_night()
        assert client.get("/ready").get_json()["checks"]["night"] == "ok"


def test_where_nobody_has_logged_anything_no_night_is_missed(client: FlaskClient) -> None:
    assert client.get("/ready").get_json()["checks"]["night"] == "ok"
