"""A new key of the ring: killed half way it goes on, and nobody is locked out meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import Result
from flask import Flask

from embedded.ports import free_port
from outreach.audit.models import AuditEntry
from outreach.foundation import clock, keyring, rewrapping, vault
from outreach.foundation.database import db
from tests.builders import PASSWORD, a_participant, an_actor, commit
from tests.waiting import until

ROOT = Path(__file__).parents[3]
MANY = 10_000

Run = Callable[..., Result]


@pytest.fixture
def ring(
    app: Flask, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Keys of its own, whose ring may grow, for this process and for those that it starts."""
    keys = shutil.copytree(environment["OUTREACH_KEYS"], tmp_path / "keys")
    monkeypatch.setitem(environment, "OUTREACH_KEYS", str(keys))
    monkeypatch.setitem(app.config, "KEYS_FOLDER", keys)
    monkeypatch.delitem(app.extensions, "outreach.ring", raising=False)
    return keys


class _Reader:
    """Somebody at another process of the product, who reads people over HTTP."""

    def __init__(self, address: str, username: str, password: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        body = json.dumps({"username": username, "password": password}).encode()
        self._answer("session", body)

    def names(self, people: list[UUID]) -> list[str]:
        """Return everybody's name as that process reads it."""
        return [self._answer(f"participants/{person}")["given_name"] for person in people]

    def _answer(self, path: str, body: bytes | None = None) -> dict[str, str]:
        request = urllib.request.Request(  # noqa: S310
            f"{self.address}/api/v1/{path}", body, {"Content-Type": "application/json"}
        )
        with self.opener.open(request, timeout=20) as answer:
            found: dict[str, str] = json.load(answer)
            return found


@pytest.fixture
def web(ring: Path, environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a web process that has the ring's keys from these files."""
    assert ring
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return bool(urllib.request.urlopen(f"{address}/health", timeout=5).status)  # noqa: S310
        except OSError:
            return False

    with (tmp_path / "web.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log
        )
        try:
            until(answers)
            yield address
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
def rotating(ring: Path, environment: dict[str, str]) -> Callable[[], subprocess.Popen[str]]:
    """A function: start `outreach keys rotate` as a process of its own."""
    assert ring

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "outreach", "keys", "rotate", "--json"],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    return start


def _told(process: subprocess.Popen[str]) -> dict[str, object]:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    told: dict[str, object] = json.loads(output)
    return told


def _entries() -> list[tuple[str | None, dict[str, object] | None]]:
    commit()
    wanted = sa.select(AuditEntry).where(AuditEntry.action == "rotate").order_by(AuditEntry.id)
    return [(entry.object_id, entry.details) for entry in db.session.scalars(wanted)]


def test_a_rotation_that_is_killed_goes_on_with_its_key_and_nobody_is_locked_out(
    ring: Path, web: str, rotating: Callable[[], subprocess.Popen[str]]
) -> None:
    anna = an_actor()
    people = [a_participant(anna, given_name=name) for name in ("Åsa", "Bo", "Cia")]
    keys = vault.make_keys([uuid4() for _ in range(MANY)])
    reader = _Reader(web, anna.username, PASSWORD)
    assert reader.names(people) == ["Åsa", "Bo", "Cia"]

    killed = rotating()
    until(lambda: 2 in rewrapping.rings())
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    assert killed.stdout
    killed.stdout.close()

    waiting = rewrapping.behind()
    assert 0 < waiting < MANY + len(people)
    assert reader.names(people) == ["Åsa", "Bo", "Cia"]
    assert vault.keys_of(keys) == keys
    again = rotating()
    reads = 0
    while again.poll() is None:
        assert reader.names(people) == ["Åsa", "Bo", "Cia"]
        reads += 1
    told = _told(again)

    assert reads
    assert (told["ring"], told["resumed"], told["rewrapped"]) == (2, True, waiting)
    assert told["unused"] == ["ring-1.key"]
    assert sorted(file.name for file in ring.glob("*ring-*")) == ["ring-1.key", "ring-2.key"]
    assert rewrapping.rings() == {2: MANY + len(people)}
    assert reader.names(people) == ["Åsa", "Bo", "Cia"]
    assert vault.keys_of(keys) == keys
    assert [entry for entry, _ in _entries()] == ["2", "2", "2"]
    assert _entries()[-1][1] == {"phase": "end", "rewrapped": waiting}


def test_a_whole_rotation_says_what_to_keep_and_for_how_long(ring: Path, run: Run) -> None:
    vault.make_keys([uuid4() for _ in range(3)])

    done = run("keys", "rotate", OUTREACH_KEYS=str(ring))
    again = run("keys", "rotate", "--json", OUTREACH_KEYS=str(ring))

    assert done.exit_code == 0, done.output
    first, copy, old = done.stdout.splitlines()
    assert first == "Made ring-2.key, which now wraps every person's key (3 anew)."
    assert "Keep a copy of ring-2.key" in copy
    assert "ring-1.key" in old
    told = json.loads(again.stdout)
    assert (told["ring"], told["resumed"], told["unused"]) == (
        3,
        False,
        ["ring-1.key", "ring-2.key"],
    )
    assert (clock.today() - clock.today().fromisoformat(told["keep_until"])).days == -30
    assert (ring / "ring-3.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_was_laid_there_by_hand_is_taken_into_use(ring: Path, run: Run) -> None:
    """As where the product runs on several machines, and each is given the key first."""
    vault.make_keys([uuid4()])
    (ring / "ring-2.key").write_text("1b2c" * 16)

    told = json.loads(run("keys", "rotate", "--json", OUTREACH_KEYS=str(ring)).stdout)

    assert (told["ring"], told["resumed"], told["rewrapped"]) == (2, True, 1)


def test_nothing_is_rotated_while_a_key_in_use_is_missing(ring: Path, run: Run) -> None:
    vault.make_keys([uuid4()])
    (ring / "ring-2.key").write_text("1b2c" * 16)
    vault.make_keys([uuid4()])
    (ring / "ring-2.key").unlink()

    done = run("keys", "rotate", OUTREACH_KEYS=str(ring))

    assert done.exit_code == 1
    assert "ring-2.key is not in" in done.stderr
    assert sorted(file.name for file in ring.glob("*ring-*")) == ["ring-1.key"]
    assert _entries() == []


def test_two_that_begin_at_once_make_one_key(
    ring: Path, rotating: Callable[[], subprocess.Popen[str]]
) -> None:
    keys = vault.make_keys([uuid4() for _ in range(3_000)])

    told = [_told(process) for process in [rotating(), rotating()]]

    assert rewrapping.behind() == 0
    assert sum(int(str(each["rewrapped"])) for each in told) >= len(keys)
    assert vault.keys_of(keys) == keys
    assert keyring.ring().newest in {2, 3}
    assert ring.joinpath("ring-1.key").exists()


def test_more_than_a_few_keys_are_destroyed_only_when_it_is_said_how_many(run: Run) -> None:
    with time_machine.travel(clock.now() - timedelta(days=2)):
        lost = [uuid4() for _ in range(3)]
        vault.make_keys(lost)

    asked = run("keys", "sweep")
    fewer = run("keys", "sweep", "--destroy", "2")

    assert (asked.exit_code, fewer.exit_code) == (1, 1)
    assert "3 of 3 keys are nobody's" in asked.stderr
    assert "outreach keys sweep --destroy 3" in asked.stderr
    assert vault.keys_of(lost).keys() == set(lost)
    done = run("keys", "sweep", "--destroy", "3", "--json")
    assert json.loads(done.stdout) == {"swept": 3}
    assert vault.keys_of(lost) == {}
    assert run("keys", "sweep").stdout == "0 keys were nobody's.\n"
