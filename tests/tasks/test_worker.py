"""The worker as it really runs: a process of its own, a broker, tasks end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import celery
import pytest
import redis
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from embedded import children
from outreach.audit import service as audit
from outreach.audit import trail
from outreach.audit.models import AuditSeal
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.queue import SEAL_AUDIT, enqueue
from outreach.foundation.transaction import transaction
from tests.builders import Visitor, a_recorded_contact, an_actor
from tests.waiting import until, until_all_is_over

ROOT = Path(__file__).parents[2]

SignIn = Callable[..., Visitor]


@pytest.fixture
def author(app: Flask) -> Actor:
    """Somebody who logs contacts."""
    del app
    return an_actor()


CANARY = "kanariefågel"

BROKEN = f"""
from celery import shared_task


@shared_task(name="broken")
def broken(*_, **__):
    raise ValueError("{CANARY}")


@shared_task(name="tried_again", bind=True)
def tried_again(task, *_, **__):
    raise task.retry(exc=ValueError("{CANARY}"), countdown=600)
"""


@pytest.fixture
def worker(
    app: Flask, author: Actor, environment: dict[str, str], tmp_path: Path
) -> Iterator[Path]:
    """A worker of this test's own database; gives its log. A contact is there before it starts."""
    a_recorded_contact(author)
    broker = redis.Redis.from_url(app.config["REDIS_URL"])
    broker.flushdb()
    broker.close()
    (tmp_path / "broken_tasks.py").write_text(BROKEN)
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "tasks.worker", "worker", "--loglevel", "INFO"]
    child = children.start(
        children.Program(
            name="worker",
            command=[
                *(*command, "--concurrency", "1", "--without-gossip", "--without-mingle"),
                *("--include", "broken_tasks"),
            ],
            environment=os.environ | environment | {"PYTHONPATH": str(tmp_path)},
            folder=ROOT,
            log=log,
        )
    )
    try:
        yield log
    finally:
        # As `./dev run` stops it: asked first, and made to when it does not go in time.
        child.stop()


@pytest.fixture
def an_hours_wait(app: Flask) -> None:
    """Leave an entry unsealed for an hour, as where no worker was there."""
    assert app
    with time_machine.travel(clock.now() - timedelta(hours=1)), transaction():
        trail.record(by=system("test"), action="create", kind="thing")


def _jobs(visitor: Visitor) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = visitor.get("jobs").get_json()["items"]
    return items


def _contacts(visitor: Visitor) -> int:
    today = clock.today()
    answer = visitor.get(f"figures?period={today}..{today}&raw=true").get_json()
    return int(answer["figures"][0]["beside"]["contacts"])


def test_the_worker_does_the_missed_night_then_the_ordered_one_and_seals_the_trail(
    worker: Path, author: Actor, signed_in: SignIn
) -> None:
    administrator, supervisor = signed_in(role="administrator"), signed_in(role="supervisor")

    until(lambda: [job for job in _jobs(administrator) if job["state"] == "done"])
    assert _contacts(supervisor) == 1

    a_recorded_contact(author)
    ordered = administrator.send("jobs/nightly").get_json()["id"]
    done = until(
        lambda: [
            job for job in _jobs(administrator) if job["id"] == ordered and job["state"] == "done"
        ]
    )
    assert _contacts(supervisor) == 2
    assert done[0]["days"] == [clock.today().isoformat()]
    assert done[0]["error"] is None

    # What another test's open transaction holds back is sealed a minute later in real use.
    until_all_is_over()
    with transaction():
        enqueue(SEAL_AUDIT)
    until(_sealed)
    told = worker.read_text()
    assert '"event": "night_done"' in told
    assert author.name not in told


@pytest.mark.usefixtures("an_hours_wait")
def test_a_worker_that_starts_seals_at_once_what_has_waited(
    client: FlaskClient, request: pytest.FixtureRequest
) -> None:
    def said() -> str:
        return str(client.get("/ready").get_json()["checks"]["seals"])

    assert said() == "SealingOverdue"
    until_all_is_over()
    request.getfixturevalue("worker")

    until(lambda: said() == "ok", seconds=30)
    assert audit.verify() == []


def test_what_came_with_a_task_is_never_logged(worker: Path, environment: dict[str, str]) -> None:
    with celery.Celery(broker=environment["REDIS_URL"], set_as_current=False) as sender:
        for name in ("no.such.task", "broken", "tried_again", SEAL_AUDIT):
            sender.send_task(name, [CANARY], {"who": CANARY}, ignore_result=True)
    broker = redis.Redis.from_url(environment["REDIS_URL"])
    broker.lpush("celery", json.dumps({"body": CANARY, "headers": {}, "properties": {}}))
    broker.close()

    def errors() -> list[str]:
        lines = [line for line in worker.read_text().splitlines() if line.startswith("{")]
        return [json.loads(line).get("error", "") for line in lines]

    until(lambda: {"KeyError", "ValueError", "TypeError"} <= set(errors()), seconds=30)
    assert "kanarie" not in worker.read_text()


def _sealed() -> bool:
    db.session.rollback()
    return bool(db.session.scalar(sa.select(sa.func.count()).select_from(AuditSeal)))


def test_the_worker_keeps_to_the_rules_of_the_queue(environment: dict[str, str]) -> None:
    """Read in a process of its own: importing the worker makes an application."""
    program = (
        "import json; from tasks.worker import app; c = app.conf;"
        "app.loader.import_default_modules();"
        "print(json.dumps([c.task_acks_late, c.task_reject_on_worker_lost, c.accept_content,"
        " c.task_serializer, c.result_backend, c.timezone, c.task_time_limit,"
        " c.broker_transport_options['visibility_timeout'], sorted(app.tasks)]))"
    )

    told = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    late, lost, accepts, writes, backend, zone, limit, visible, tasks = json.loads(told)
    assert (late, lost, accepts, writes, backend) == (True, True, ["json"], "json", None)
    assert zone == "Europe/Stockholm"
    assert visible > limit
    assert {name for name in tasks if name.startswith("tasks.")} == {
        "tasks.audit.seal",
        "tasks.handoffs.tell_of_overdue",
        "tasks.indicators.nightly",
        "tasks.indicators.nightly_step",
        "tasks.outgoing.deliver",
        "tasks.participants.erase_later",
        "tasks.participants.sweep_keys",
        "tasks.sync.keep_up",
    }
