"""The ground that every part stands on: real servers that wait for the disk, people, contacts."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import secrets
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from flask import Flask

import config
from embedded import children, environment, postgresql, product, valkey
from embedded.ports import LOOPBACK, free_port
from outreach.accounts import service as accounts
from outreach.application import create_app
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import close_connections, db

DATABASE, VAULT = "outreach", "outreach_vault"
SITE = "hagalund"
SITES = (SITE, "solna_centrum", "bagartorp")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One of the staff, signed in: what their browser sends with every write."""

    id: UUID
    username: str
    cookie: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The servers of a run, the product in this process, and the staff at work."""

    server: postgresql.Server
    environment: Mapping[str, str]
    folder: Path
    app: Flask
    staff: tuple[Visitor, ...]
    chief: Visitor

    @contextlib.contextmanager
    def web(self, wsgi: str) -> Iterator[int]:
        """Serve a WSGI application as the product is served in production; gives its port."""
        with self.served(wsgi) as (port, _):
            yield port

    @contextlib.contextmanager
    def served(self, wsgi: str) -> Iterator[tuple[int, int]]:
        """Serve a WSGI application; gives its port and the process id of the workers' parent."""
        port = free_port()
        name = wsgi.partition(":")[0]
        metrics = self.folder / f"metrics-{name}"
        metrics.mkdir(exist_ok=True)
        told = {"PORT": str(port), "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
        program = children.Program(
            name=name,
            command=[sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", wsgi],
            environment={**os.environ, **self.environment, **told},
            folder=environment.ROOT,
            log=self.folder / f"{name}.log",
        )
        child = children.start(program)
        try:
            child.wait_until(lambda: _answers(port), seconds=60)
            yield port, child.process.pid
        finally:
            child.stop()


def _answers(port: int) -> bool:
    # Not whether it is ready: no worker is there to seal the trail, which is not measured.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{LOOPBACK}:{port}/health", timeout=5) as response:
            return bool(response.status == 200)  # noqa: PLR2004 - the one status that means well
    except OSError:
        return False


@contextlib.contextmanager
def ground(staff: int) -> Iterator[Ground]:
    """Start PostgreSQL and Valkey with every safety on, migrate, and let so many staff sign in."""
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="outreach-bench-")))
        server = opened.enter_context(postgresql.running(durable=True))
        redis_url = opened.enter_context(valkey.running(folder / "valkey", durable=True))
        for name in (DATABASE, VAULT):
            server.create_database(name)
        told = {
            "OUTREACH_ENV": "embedded",
            "OUTREACH_KEYS": str(_keys(folder)),
            "REDIS_URL": redis_url,
            **server.environment(DATABASE, VAULT),
        }
        product.outreach(["migrate"], told)
        app = create_app(_without_patience(told))
        opened.callback(_close, app)
        logging.getLogger().setLevel(logging.WARNING)
        workers = tuple(a_visitor(app) for _ in range(staff))
        chief = a_visitor(app, role="supervisor", sites=SITES)
        yield Ground(server, told, folder, app, workers, chief)


def _keys(folder: Path) -> Path:
    keys = folder / "keys"
    keys.mkdir()
    for name in ("session", "audit", "factor", "index", "ring-1"):
        (keys / f"{name}.key").write_text(secrets.token_hex(32))
    return keys


def _without_patience(told: Mapping[str, str]) -> config.Settings:
    """Return the product's settings, except that many may sign in at once from this address."""
    settings = config.chosen(dict(told))
    settings.RATE_LIMIT_SIGN_IN = "100000 per minute"
    return settings


def _close(app: Flask) -> None:
    with app.app_context():
        close_connections()


_numbers = itertools.count(1)


def a_visitor(
    app: Flask,
    *,
    role: str = "caseworker",
    sites: tuple[str, ...] = (SITE,),
    team: str | None = None,
) -> Visitor:
    """Hire somebody and let them sign in, over the product's own door."""
    number, password = next(_numbers), secrets.token_urlsafe(24)
    given = {
        "id": str(uuid7()),
        "username": f"mätning{number}",
        "name": f"Anställd {number}",
        "password": password,
        "roles": [role],
        "sites": list(sites),
        "committee": "KN",
        "team": team,
    }
    with app.test_request_context():
        # A cheap hash: how long a password takes to check is not measured here.
        user = accounts.create_user(by=system("bench"), given=given, cost=(8, 1, 1))
        db.session.remove()
    signed_in = app.test_client().post(
        "/api/v1/session", json={"username": user.username, "password": password}
    )
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
    return Visitor(user.id, user.username, cookie, signed_in.get_json()["csrf_token"])


def uuid7() -> UUID:
    """Return an id as a tablet makes it (RFC 9562, version 7)."""
    value = int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10)
    number = int.from_bytes(value, "big")
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(number & ~(0x3 << 62)) | (0x2 << 62))


def a_contact() -> dict[str, Any]:
    """Return the body of an ordinary contact, a minute ago, as the field page sends it."""
    return {
        "id": str(uuid7()),
        "site": SITE,
        "activity": "open",
        "contact_type": "drop_in",
        "occurred_at": (clock.now() - timedelta(minutes=1)).isoformat(),
        "headcount": 1,
        "age_band": "30-44",
        "gender": "woman",
        "first_time": "not_asked",
        "topics": ["cv"],
        "result": "signposted",
        "signposted_to": ["jobbteamet"],
        "talk_language": "sv",
        "interpreter": "none",
        "group_id": None,
        "minutes": 10,
    }


def a_row(recorded_by: UUID) -> dict[str, Any]:
    """Return the whole row of such a contact, for those who only insert it."""
    return a_contact() | {
        "committee": "KN",
        "recorded_by": str(recorded_by),
        "received_at": clock.now().isoformat(),
        "sameness": secrets.token_hex(16),
    }


def a_request(path: str, body: object, *headers: str) -> bytes:
    """Return a POST as it goes over the wire."""
    content = json.dumps(body).encode()
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {LOOPBACK}",
        "Accept: application/json",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *headers,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def sent_by(visitor: Visitor, path: str, body: object) -> bytes:
    """Return a POST from the browser of somebody who is signed in."""
    return a_request(path, body, f"Cookie: {visitor.cookie}", f"X-CSRF-Token: {visitor.csrf_token}")


def asked_by(visitor: Visitor, path: str) -> bytes:
    """Return a GET from the browser of somebody who is signed in."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {LOOPBACK}",
        "Accept: application/json",
        f"Cookie: {visitor.cookie}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def contacts_sent(staff: tuple[Visitor, ...], many: int) -> list[bytes]:
    """Return so many new contacts as the staff's tablets send them, each of the staff in turn."""
    turn = itertools.cycle(staff)
    return [sent_by(next(turn), "/api/v1/contacts", a_contact()) for _ in range(many)]


def rows_sent(staff: tuple[Visitor, ...], many: int) -> list[bytes]:
    """Return so many new rows as the bare application takes them."""
    turn = itertools.cycle(staff)
    return [a_request("/contacts", a_row(next(turn).id)) for _ in range(many)]
