"""Whatever is killed under load, nothing that was answered as saved is lost, and all heals."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import psycopg
import pytest

from tests.builders import a_contact
from tests.waiting import until
from tests.whole_product import Program, WholeProduct, whole_product

LOADERS = 4


@pytest.fixture(scope="module")
def standing() -> Iterator[WholeProduct]:
    with whole_product() as product:
        yield product


def _database(product: WholeProduct) -> Any:
    running = product.home / "home" / "running.json"
    text = running.read_text()
    url = text.split('"DATABASE_URL": "')[1].split('"')[0]
    return psycopg.connect(url.replace("+psycopg", ""))


class _Load:
    """Contacts posted without a pause from several programs, with what was answered to each."""

    def __init__(self, product: WholeProduct) -> None:
        password = product.password_of("anna.hagalund")
        self.programs = [
            Program(product.address, "anna.hagalund", password) for _ in range(LOADERS)
        ]
        self.answers: list[tuple[str, int, str, str]] = []
        self._over = threading.Event()

    def _post_until_over(self, program: Program) -> None:
        while not self._over.is_set():
            contact = a_contact()
            status, answer, kind = program.send("contacts", contact)
            self.answers.append((contact["id"], status, str(answer.get("type", "")), kind))

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(LOADERS)
        for program in self.programs:
            self._pool.submit(self._post_until_over, program)
        until(lambda: len(self.saved()) >= 20)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._pool.shutdown()

    def saved(self) -> list[str]:
        """The ids of the contacts that were answered as saved."""
        return [id_ for id_, status, _, _ in list(self.answers) if status == 201]

    def statuses(self) -> set[int]:
        """Every status that was answered; 0 where nobody did."""
        return {status for _, status, _, _ in list(self.answers)}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("victim", ["web", "worker", "valkey", "postgresql"])
def test_a_killed_service_loses_nothing_that_was_answered_as_saved(
    standing: WholeProduct, victim: str
) -> None:
    with _Load(standing) as load:
        standing.kill(victim)
        before = len(load.saved())
        until(standing.is_ready)
        until(lambda: len(load.saved()) > before + 20)

    with _database(standing) as database:
        kept = {str(row[0]) for row in database.execute("SELECT id FROM contact")}
    assert set(load.saved()) - kept == set()
    if victim in {"worker", "valkey"}:
        # The queue and the limits are never the truth: nobody notices that they were away.
        assert load.statuses() == {201}
    if victim == "postgresql":
        away = {(kind, type_) for _, status, type_, kind in load.answers if status == 503}
        assert away <= {("application/problem+json", "/problems/unavailable")}
        assert load.statuses() <= {201, 503}


def test_a_committed_contact_is_on_the_disk_before_it_is_answered(standing: WholeProduct) -> None:
    with _database(standing) as database:
        settings = {
            name: database.execute(f"SHOW {name}").fetchone()[0]
            for name in ("fsync", "synchronous_commit", "full_page_writes")
        }

    assert settings == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
