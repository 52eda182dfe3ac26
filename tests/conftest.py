"""The ground that every test stands on: real servers, a database of its own, people to be.

The controlling process starts one PostgreSQL and one Valkey and makes a migrated template; each
parallel worker copies it into a database of its own. After a test every row is gone again; the
code lists stay.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from contextvars import Context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import DeadlockDetected
from werkzeug.test import TestResponse

import config
from embedded import postgresql, valkey
from embedded.ports import free_port
from outreach.application import create_app
from outreach.foundation.database import Model, close_connections, db
from outreach.foundation.vault import METADATA
from outreach.migrations import upgrade, upgrade_vault
from tests.builders import Visitor, a_user

TEMPLATE = "outreach_template"
VAULT = "outreach_vault"
_SERVERS = ExitStack()
ROOT = Path(__file__).parent.parent
_KEPT_TABLES = {
    "code", "site", "site_activity", "code_revision", "committee_doors", "server_generation",
}  # fmt: skip

_AT_WORK = sa.text("""
    SELECT count(*) FROM pg_locks
    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND locktype = 'relation' AND pid <> pg_backend_pid()
""")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the texts and start the servers, once: the workers are children of this process."""
    if hasattr(config, "workerinput") or "OUTREACH_TEST_SERVERS" in os.environ:
        return
    _compile_texts()
    folder = Path(_SERVERS.enter_context(_scratch()))
    server = _SERVERS.enter_context(postgresql.running(folder))
    redis_url = _SERVERS.enter_context(valkey.running(folder / "valkey"))
    for name in (TEMPLATE, VAULT):
        server.create_database(name)
    keys = folder / "keys"
    keys.mkdir()
    for name in ("session", "audit", "factor", "index", "ring-1"):
        (keys / f"{name}.key").write_text(os.urandom(32).hex())
    passwords = server.passwords
    os.environ |= {
        "OUTREACH_TEST_SERVERS": json.dumps(
            [server.superuser_url, passwords.superuser, passwords.owner, passwords.app]
        ),
        "OUTREACH_ENV": "testing",
        "OUTREACH_KEYS": str(keys),
        "REDIS_URL": redis_url,
        **server.environment(TEMPLATE, VAULT),
    }
    upgrade_vault()
    upgrade()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers."""
    if not hasattr(config, "workerinput"):
        _SERVERS.close()


def _compile_texts() -> None:
    # As `./dev build` does, so that the tests run without it too.
    for source in ROOT.glob("translations/*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            with source.open("rb") as texts, compiled.open("wb") as out:
                write_mo(out, read_po(texts, locale=source.parts[-3]))


def _scratch() -> Any:
    return TemporaryDirectory(prefix="outreach-tests-")


class ApartClient(FlaskClient):
    """A browser whose requests know nothing of the test's own context, as in real life."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return Context().run(super().open, *args, **kwargs)


@pytest.fixture(scope="session")
def server() -> postgresql.Server:
    """The PostgreSQL server that all workers share."""
    url, *passwords = json.loads(os.environ["OUTREACH_TEST_SERVERS"])
    return postgresql.server_at(url, postgresql.Passwords(*passwords))


@pytest.fixture(scope="session")
def environment(server: postgresql.Server, worker_id: str) -> Iterator[dict[str, str]]:
    """The environment of this worker's product: its own database, its own numbered store."""
    name, vault = f"outreach_{worker_id}", f"{VAULT}_{worker_id}"
    server.create_database(name, template=TEMPLATE)
    server.create_database(vault, template=VAULT)
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    own = server.environment(name, vault) | {
        "OUTREACH_ENV": "testing",
        "OUTREACH_KEYS": os.environ["OUTREACH_KEYS"],
        "REDIS_URL": os.environ["REDIS_URL"].removesuffix("/0") + f"/{number}",
        # Nobody is there: no test asks the real one.
        "KOLADA_URL": "http://127.0.0.1:9/v3",
    }
    yield own
    server.drop_database(name)
    server.drop_database(vault)


@pytest.fixture(scope="session")
def settings(environment: dict[str, str]) -> config.Settings:
    """The settings of this worker's product."""
    return config.chosen(environment)


@pytest.fixture(scope="session")
def application(settings: config.Settings) -> Iterator[Flask]:
    """The application, made once for each worker."""
    app = create_app(settings)
    app.test_client_class = ApartClient
    yield app
    with app.app_context():
        close_connections()
    app.extensions["outreach.vault"].dispose()
    app.extensions["outreach.broker"].close()


@pytest.fixture(scope="session")
def owner(settings: config.Settings) -> Iterator[sa.Engine]:
    """The database as its owner: for looking at what the application may not touch."""
    engine = sa.create_engine(settings.MIGRATION_DATABASE_URL, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def vault_owner(settings: config.Settings) -> Iterator[sa.Engine]:
    """The vault as its owner."""
    engine = sa.create_engine(settings.VAULT_MIGRATION_URL, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def product(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web server on this worker's database."""
    port = free_port()
    log = tmp_path_factory.mktemp("web") / "web.log"
    with log.open("w") as out:
        web = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"),
                *("--worker-class", "gthread", "--threads", "8", "--keep-alive", "75"),
                "wsgi:app",
            ],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=out,
            stderr=out,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, log)
        yield address
    finally:
        # At once: a browser may hold its connections for as long as it lives.
        web.send_signal(signal.SIGINT)
        web.wait(30)


def _wait_until_ready(address: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"{address}/ready", timeout=10) as answer:  # noqa: S310
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()


@pytest.fixture
def app(application: Flask, owner: sa.Engine, vault_owner: sa.Engine) -> Iterator[Flask]:
    """The application with empty tables, inside its context."""
    with application.test_request_context():
        yield application
        db.session.remove()
    tables = [table.name for table in Model.metadata.sorted_tables]
    emptied = ", ".join(name for name in tables if name not in _KEPT_TABLES)
    while not _emptied(owner, emptied):
        pass
    with vault_owner.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {', '.join(METADATA.tables)}"))


def _emptied(owner: sa.Engine, tables: str) -> bool:
    """Empty the tables; False when what a browser had asked for before it was closed is in the way.

    What the web server has begun is waited for: its rows must not come after.
    """
    deadline = time.monotonic() + 20
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(_AT_WORK) and time.monotonic() < deadline:
            time.sleep(0.02)
    try:
        with owner.begin() as connection:
            connection.execute(sa.text(f"TRUNCATE {tables}"))
            connection.execute(sa.text("UPDATE server_generation SET generation = 1"))
    except sa.exc.OperationalError as error:
        if isinstance(error.orig, DeadlockDetected):
            return False
        raise
    return True


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> Callable[..., Visitor]:
    """A function: make a user (see `a_user`) and return their browser, signed in."""

    def sign_in(**person: Any) -> Visitor:
        return Visitor(app, a_user(**person))

    return sign_in
