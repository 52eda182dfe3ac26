"""While twenty write the trail, whoever tampers with it is found out, and nobody else is accused.

The tampering is done with the owner's rights on entries that are sealed; the sealer and all the
writers go on meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from outreach.application import create_app
from outreach.audit import service, trail
from outreach.audit.models import AuditEntry, AuditSeal
from outreach.foundation.actor import Actor
from outreach.foundation.database import close_connections, db
from outreach.foundation.transaction import transaction
from tests.builders import a_recorded_contact, an_actor
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
WRITERS = 20
# For at most so long each takes a number early and commits it late, again and again.
HELD_BACK_SECONDS = 0.8
# So many entries are written before the next seal is tried, so that each holds several.
UNDER_A_SEAL = 15
SEVERAL = 4


class _ChangedTheirMindError(Exception):
    """Somebody rolls back what they have written."""


class _Writing:
    """Twenty writers and a sealer, at work for as long as the block lasts."""

    def __init__(self, app: Flask, writers: list[Actor]) -> None:
        self.app = app
        self.writers = writers
        self.written = 0
        self.seals = 0
        self._counting = threading.Lock()
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(len(writers) + 1)
        self._at_work: list[Future[None]] = []

    def __enter__(self) -> Self:
        for place, writer in enumerate(self.writers):
            self._at_work.append(self._pool.submit(self._write, writer, random.Random(place)))
        self._at_work.append(self._pool.submit(self._seal))
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Let all finish what they are at. Raises what a writer or the sealer has raised."""
        self._over.set()
        self._pool.shutdown()
        for each in self._at_work:
            each.result()

    def go_on(self, seals: int = 20) -> None:
        """Return once so many more seals with several entries are made.

        Raises what a writer or the sealer has raised.
        """
        goal = self.seals + seals
        until(lambda: self.seals >= goal or any(each.done() for each in self._at_work))
        for each in self._at_work:
            if each.done():
                each.result()

    def _write(self, by: Actor, chance: random.Random) -> None:
        with self.app.test_request_context():
            while not self._over.is_set():
                self._act(by)
                self._hold_back(by, HELD_BACK_SECONDS * chance.random())

    def _act(self, by: Actor) -> None:
        """Leave entries as use cases do: beside what is done, several, none, and of a refusal."""
        contact = a_recorded_contact(by)["id"]
        with transaction():
            trail.record_many(by=by, action="read", kind="contact", ids=[contact, by.id])
        with contextlib.suppress(_ChangedTheirMindError), transaction():
            trail.record(by=by, action="change", kind="contact", id=contact)
            raise _ChangedTheirMindError
        trail.record_apart(by=by, action="denied", kind="contact", id=contact, reason="test")
        self._count(4)

    def _hold_back(self, by: Actor, seconds: float) -> None:
        """Let others, whose numbers are later, be committed before."""
        with transaction():
            trail.record(by=by, action="export", kind="contact")
            self._over.wait(seconds)
        self._count(1)

    def _seal(self) -> None:
        with self.app.test_request_context():
            while not self._over.is_set():
                self._until_written(self.written + UNDER_A_SEAL)
                if service.seal_new_entries() >= SEVERAL:
                    self.seals += 1

    def _count(self, entries: int) -> None:
        with self._counting:
            self.written += entries

    def _until_written(self, goal: int) -> None:
        until(lambda: self.written >= goal or self._over.is_set())


@pytest.fixture
def writing(app: Flask, environment: dict[str, str]) -> Iterator[_Writing]:
    """Twenty writers, each with a connection of their own, at work until the test ends."""
    assert app
    writers = [an_actor() for _ in range(WRITERS)]
    db.session.rollback()
    crowded = create_app(config.chosen(environment | {"DATABASE_POOL": str(WRITERS + 1)}))
    try:
        with _Writing(crowded, writers) as at_work:
            at_work.go_on()
            yield at_work
    finally:
        with crowded.app_context():
            close_connections()
        crowded.extensions["outreach.vault"].dispose()
        crowded.extensions["outreach.broker"].close()


@pytest.fixture
def verify(writing: _Writing, environment: dict[str, str]) -> Callable[..., dict[int, str]]:
    """A function: run `outreach audit verify`, and return which seals it finds broken, and how.

    The writers have written meanwhile.
    """

    def outreach(*more: str) -> dict[int, str]:
        before = writing.written
        done = subprocess.run(
            [sys.executable, "-m", "outreach", "audit", "verify", "--json", *more],
            cwd=ROOT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
        found = json.loads(done.stdout)["breaches"]
        assert done.returncode == bool(found)
        assert writing.written > before
        return {breach["seal"]: breach["reason"] for breach in found}

    return outreach


Verify = Callable[..., dict[int, str]]
Tamper = Callable[[sa.Connection, random.Random], set[int]]


def _entries(connection: sa.Connection, seal: Any) -> list[Any]:
    """Return the entries under a seal, in their order."""
    wanted = sa.text(
        "SELECT xid::text, id FROM audit_entry WHERE xid >= CAST(:first AS xid8)"
        " AND xid < CAST(:after AS xid8) ORDER BY audit_entry.xid, id"
    )
    span = {"first": str(seal.from_xid), "after": str(seal.until_xid)}
    return list(connection.execute(wanted, span).all())


def _victims(connection: sa.Connection, chance: random.Random, number: int) -> dict[int, list[Any]]:
    """Return so many seals with their entries, several each: the first, the last, some between."""
    sealed = connection.execute(sa.select(AuditSeal.__table__).order_by(AuditSeal.number)).all()
    several = [seal for seal in sealed if seal.entries >= SEVERAL]
    first, *between, last = several
    chosen = [first, *chance.sample(between, number - 2), last]
    return {seal.number: _entries(connection, seal) for seal in chosen}


# What each part of an entry is altered to; its number, so that it still is under the same seal.
_ALTERED = {
    "xid": "(SELECT from_xid FROM audit_seal WHERE from_xid < xid ORDER BY from_xid DESC LIMIT 1)",
    "id": "DEFAULT",
    "at": "at + interval '1 microsecond'",
    "actor_id": "gen_random_uuid()",
    "actor": "actor || '1'",
    "action": "action || 'd'",
    "kind": "kind || 's'",
    "object_id": "coalesce(object_id, '') || '1'",
    "details": """coalesce(details, '{}') || '{"raw": true}'""",
    "request_id": "coalesce(request_id, '') || '1'",
}


def _alter(connection: sa.Connection, chance: random.Random) -> set[int]:
    """Alter one part of one entry, each part under another seal."""
    victims = _victims(connection, chance, len(_ALTERED))
    for entries, (column, altered) in zip(victims.values(), _ALTERED.items(), strict=True):
        # The first one's number may be the seal's beginning already.
        entry = entries[-1] if column == "xid" else chance.choice(entries)
        connection.execute(
            sa.text(f"UPDATE audit_entry SET {column} = {altered} WHERE id = {entry.id}")
        )
    return set(victims)


def _remove(connection: sa.Connection, chance: random.Random) -> set[int]:
    """Remove one entry under each of some seals, and under the last of these all."""
    victims = _victims(connection, chance, 8)
    for seal, entries in victims.items():
        for entry in entries if seal == max(victims) else [chance.choice(entries)]:
            connection.execute(sa.text(f"DELETE FROM audit_entry WHERE id = {entry.id}"))
    return set(victims)


def _swap(connection: sa.Connection, chance: random.Random) -> set[int]:
    """Let two entries change places: under each of some seals, and two that are under different."""
    victims = _victims(connection, chance, 8)
    *alone, last_but_one, last = sorted(victims)
    pairs = [(victims[seal][0], victims[seal][-1]) for seal in alone]
    pairs.append((chance.choice(victims[last_but_one]), chance.choice(victims[last])))
    for one, other in pairs:
        connection.execute(
            sa.text(
                f"UPDATE audit_entry SET xid = CASE id WHEN {one.id} THEN '{other.xid}'::xid8"
                f" ELSE '{one.xid}'::xid8 END WHERE id IN ({one.id}, {other.id})"
            )
        )
    return set(victims)


def _add(connection: sa.Connection, chance: random.Random) -> set[int]:
    """Add under each of some seals an entry that reads like one that is there."""
    victims = _victims(connection, chance, 8)
    columns = ", ".join(
        column.name for column in AuditEntry.__table__.columns if column.name not in {"id", "xid"}
    )
    for entries in victims.values():
        like = chance.choice(entries)
        added = connection.scalar(
            sa.text(
                f"INSERT INTO audit_entry ({columns})"
                f" SELECT {columns} FROM audit_entry WHERE id = {like.id} RETURNING id"
            )
        )
        # Whatever number it is given at first, the database gives it its own.
        connection.execute(sa.text(f"UPDATE audit_entry SET xid = '{like.xid}' WHERE id = {added}"))
    return set(victims)


def test_every_part_of_an_entry_is_tried() -> None:
    assert set(_ALTERED) == {column.name for column in AuditEntry.__table__.columns}


@pytest.mark.parametrize("tamper", [_alter, _remove, _swap, _add])
def test_what_was_tampered_with_is_found_under_its_seal_and_nothing_else_is(
    writing: _Writing, verify: Verify, owner: sa.Engine, tamper: Tamper
) -> None:
    with owner.begin() as connection:
        tampered = tamper(connection, random.Random(7))

    assert set(verify()) == tampered
    writing.go_on()
    assert {breach.number for breach in service.verify()} == tampered


def test_nobody_is_accused_while_twenty_write_and_each_entry_comes_under_a_seal(
    writing: _Writing, verify: Verify
) -> None:
    assert verify() == {}
    for _ in range(10):
        writing.go_on(seals=1)
        assert service.verify() == []
        db.session.rollback()

    writing.end()

    def all_sealed() -> bool:
        service.seal_new_entries()
        return service.tally().waiting == 0

    until(all_sealed)
    assert service.verify() == []
    entries = db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    assert service.tally().sealed == entries
    assert entries is not None
    assert entries >= writing.written


def _told_seals(caplog: pytest.LogCaptureFixture) -> dict[int, str]:
    """Return the seals that the log stream has told, each as `NUMBER:DIGEST`."""
    told = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return {
        line["number"]: f"{line['number']}:{line['digest']}"
        for line in told
        if line["event"] == "audit_sealed"
    }


def _cut(connection: sa.Connection, number: int) -> None:
    """Cut the seal off, and all after it, with their entries.

    Between two seals, as somebody would who knows how they are made: what is left fits together.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(service._SEALER_LOCK)))
    begins = f"(SELECT from_xid FROM audit_seal WHERE number = {number})"
    ends = "(SELECT until_xid FROM audit_seal ORDER BY number DESC LIMIT 1)"
    connection.execute(sa.text(f"DELETE FROM audit_entry WHERE xid >= {begins} AND xid < {ends}"))
    connection.execute(sa.delete(AuditSeal).where(AuditSeal.number >= number))


def test_a_tail_that_is_cut_off_shows_against_every_seal_of_it_that_the_log_has_told(
    writing: _Writing, verify: Verify, owner: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    writing.go_on()
    told = _told_seals(caplog)
    first, *_, cut, last = sorted(told)

    with owner.begin() as connection:
        _cut(connection, cut)

    assert verify() == {}
    assert verify("--known-seal", told[first]) == {}
    assert set(verify("--known-seal", told[last])) == {last}
    # By now others have come, under the numbers of those that were cut off.
    writing.go_on()
    assert verify("--known-seal", told[last]) == {last: "the seal is not the one that was logged"}
    for number in (cut - 1, cut):
        assert bool(service.verify(known_seal=told[number])) == (number == cut)
