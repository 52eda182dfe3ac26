"""A PostgreSQL of our own: made, started, given its roles and databases, and stopped.

Sorting is by code point everywhere (`--no-locale`): which languages a PostgreSQL can sort differs
from build to build, so the product never asks it to sort words.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from embedded import children
from embedded.ports import LOOPBACK, free_port
from embedded.postgresql_programs import (
    SHARED,
    Programs,
    account,
    find_programs,
    is_reachable,
)
from embedded.refusal import Refusal

SUPERUSER = "postgres"
OWNER = "outreach_owner"
"""Owns the databases and changes their tables; used by migrations alone."""
APP = "outreach_app"
"""What the product runs as. Owns nothing, so that row-level security and grants bind it."""


@dataclass(frozen=True)
class Passwords:
    """One for each role."""

    superuser: str
    owner: str
    app: str

    @classmethod
    def random(cls) -> "Passwords":
        """New ones, of letters, digits, - and _ alone: they go into URLs and SQL as they are."""
        return cls(*(secrets.token_urlsafe(24) for _role in range(3)))


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that runs, seen by its superuser."""

    port: int
    passwords: Passwords
    programs: Programs

    @property
    def superuser_url(self) -> str:
        """The address of its first database for the superuser."""
        return self.url(SUPERUSER, self.passwords.superuser, "postgres")

    def url(self, role: str, password: str, database: str) -> str:
        """An address for SQLAlchemy with psycopg."""
        return f"postgresql+psycopg://{role}:{password}@{LOOPBACK}:{self.port}/{database}"

    def environment(self, database: str, vault: str) -> dict[str, str]:
        """What the product reads its two databases' addresses from."""
        return {
            "DATABASE_URL": self.url(APP, self.passwords.app, database),
            "MIGRATION_DATABASE_URL": self.url(OWNER, self.passwords.owner, database),
            "VAULT_URL": self.url(APP, self.passwords.app, vault),
            "VAULT_MIGRATION_URL": self.url(OWNER, self.passwords.owner, vault),
        }

    def execute(self, sql: str, database: str = "postgres", **variables: str) -> str:
        """Run SQL (psql's commands too) as the superuser; gives the rows, one a line, | between.

        `:'name'` and `:"name"` in the SQL are the variable of that name as a string and as an
        identifier. Stops at the first error, with a Refusal that holds it.
        """
        settings = "".join(f"\\set {name} {_quoted(text)}\n" for name, text in variables.items())
        ran = subprocess.run(
            [self.programs.named("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1"],
            input=settings + sql,
            env={
                "PGHOST": LOOPBACK,
                "PGPORT": str(self.port),
                "PGUSER": SUPERUSER,
                "PGPASSWORD": self.passwords.superuser,
                "PGDATABASE": database,
                "PGCONNECT_TIMEOUT": "10",
                "PGOPTIONS": "-c client_min_messages=warning",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise Refusal(f"PostgreSQL refused: {ran.stderr.strip()}")
        return ran.stdout.strip()

    def create_roles(self) -> None:
        """Make the two roles, or give them their rights and passwords again; repeatable.

        Neither may enter the databases that every server has besides.
        """
        for role, password in ((OWNER, self.passwords.owner), (APP, self.passwords.app)):
            self.execute(_CREATE_ROLE, role=role, password=password)
        self.execute(_CLOSE_OTHER_DATABASES)

    def create_database(self, name: str, template: str = "template1") -> None:
        """Make a database for the owner that only the two roles may enter; repeatable.

        Large objects, which are in no table, cannot be made there by either. `template` is a
        database to copy (nobody may be connected to it).
        """
        self.execute(_CREATE_DATABASE, name=name, template=template, owner=OWNER, app=APP)
        self.execute(_NO_LARGE_OBJECTS, database=name)

    def drop_database(self, name: str) -> None:
        """Throw a database away, together with whoever is connected to it."""
        self.execute('DROP DATABASE IF EXISTS :"name" WITH (FORCE);', name=name)


_CREATE_ROLE = """
SELECT format('CREATE ROLE %I', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \\gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'password';
"""
_CLOSE_OTHER_DATABASES = "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;"
_NO_LARGE_OBJECTS = """
REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea)
    FROM PUBLIC;
"""
_CREATE_DATABASE = """
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE %I', :'name', :'owner', :'template')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"app";
"""


def _quoted(text: str) -> str:
    r"""As psql's \set reads it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def server_at(superuser_url: str, passwords: Passwords) -> Server:
    """The server another process started: pass it the URL and the passwords."""
    return Server(urlsplit(superuser_url).port or 5432, passwords, find_programs())


@dataclass(frozen=True)
class Cluster:
    """One server's data folder and how the server on it runs."""

    folder: Path
    port: int
    passwords: Passwords
    log: Path
    durable: bool = True

    def prepare(self) -> Server:
        """Make the data folder when there is none, and clear away a dead server's traces."""
        version = self.folder / "PG_VERSION"
        programs = find_programs(int(version.read_text()) if version.exists() else None)
        if not version.exists():
            self._initialise(programs)
        _clear_stale_pid(self.folder)
        return Server(self.port, self.passwords, programs)

    def _initialise(self, programs: Programs) -> None:
        # Made beside its place and moved there when whole: a start broken off here begins anew.
        unfinished = self.folder.with_name(f"{self.folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        runs_as = account()
        unfinished.mkdir(mode=0o700)
        handed_over = unfinished.with_suffix(".password")
        handed_over.touch(mode=0o600)
        handed_over.write_text(self.passwords.superuser)
        if runs_as is not None:
            os.chown(unfinished, runs_as.user, runs_as.group)
            os.chown(handed_over, runs_as.user, runs_as.group)
        command: list[str | Path] = [
            programs.named("initdb"),
            *(
                "-D",
                unfinished,
                "--no-locale",
                "--encoding=UTF8",
                "--auth=scram-sha-256",
            ),
            *("-U", SUPERUSER, f"--pwfile={handed_over}"),
            *([] if self.durable else ["--no-sync"]),
        ]
        made = children.run(command, account=runs_as, capture=True)
        handed_over.unlink()
        if made.returncode != 0:
            raise Refusal(f"PostgreSQL could not make its data folder: {made.stderr.strip()}")
        unfinished.rename(self.folder)

    def program(self, server: Server) -> children.Program:
        """How to start it."""
        on = "on" if self.durable else "off"
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "fsync": on,
            "synchronous_commit": on,
            "full_page_writes": on,
            # A log must not hold personal data: no values of rows that were refused, no statements.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        return children.Program(
            name="postgresql",
            command=[
                server.programs.named("postgres"),
                *("-D", self.folder),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            log=self.log,
            account=account(),
            # Fast: SIGTERM would wait for every client to hang up, and a pool never does.
            stop_signal=signal.SIGINT,
            patience=20.0,
        )

    def answers(self, pid: int) -> bool:
        """Whether the server with this process id has written that it is ready."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and lines[7:8] == ["ready   "]


def _clear_stale_pid(folder: Path) -> None:
    """Remove the note of a server that is dead, or stop one that a killed run is leaving behind.

    PostgreSQL does this itself unless the dead server's number now belongs to another process of
    the same account: then it would never start again.
    """
    note = folder / "postmaster.pid"
    deadline = time.monotonic() + 15
    while note.exists():
        pid = int(note.read_text().split("\n", 1)[0] or 0)
        if not _is_server_of(pid, folder):
            note.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise Refusal(f"A PostgreSQL (process {pid}) still runs on {folder}; stop it first.")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(0.1)


def _is_server_of(pid: int, folder: Path) -> bool:
    told = Path(f"/proc/{pid}/cmdline")
    if told.exists():
        command = told.read_bytes()
    else:
        # Not Linux, or no such process: both are ps's to answer.
        asked = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
        command = subprocess.run(asked, capture_output=True, check=False).stdout
    return b"postgres" in command and os.fsencode(folder) in command


def place_within_reach(wanted: Path) -> Path:
    """A folder for data at `wanted`, or behind a link there when the server could not reach it.

    The server runs as `nobody` when we are root. Opening up the folders on the way (/root, say)
    is not ours to do; so the data go to a folder of their own under /var/lib, which only `nobody`
    and root can read, and `wanted` becomes a link to it. Its name is random: when the home is
    thrown away and made anew, nothing finds old data it has no password for.
    """
    if os.geteuid() != 0 or is_reachable(wanted) or wanted.is_symlink():
        return wanted.resolve()
    SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="data-", dir=SHARED))
    place.chmod(0o711)
    wanted.symlink_to(place)
    return place


@contextlib.contextmanager
def running(inside: Path | None = None, *, durable: bool = False) -> Iterator[Server]:
    """A server with its two roles for as long as the block lasts. It dies with this process.

    Its data are thrown away at the end. They lie in a new folder `inside` the one given (else
    where temporary files go); `durable` makes every commit wait for the disk, for measuring.
    """
    inside = inside or Path(tempfile.gettempdir())
    if os.geteuid() == 0 and not is_reachable(inside / "data"):
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        inside = SHARED
    with tempfile.TemporaryDirectory(prefix="outreach-", dir=inside) as made:
        folder = Path(made)
        # The server's account walks through it to its data.
        folder.chmod(0o711)
        cluster = Cluster(
            folder=folder / "data",
            port=free_port(),
            passwords=Passwords.random(),
            log=folder / "postgresql.log",
            durable=durable,
        )
        server = cluster.prepare()
        child = children.start(cluster.program(server))
        try:
            child.wait_until(lambda: cluster.answers(child.process.pid), seconds=60)
            server.create_roles()
            yield server
        finally:
            child.stop()
