"""A checkout whose product is three small files, so that `./dev` is tried in seconds."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from embedded import environment, ports, servers
from tests.embedded.processes import parent_of, processes_in, wait_until

WSGI = """
import os
import psycopg

def app(environ, start_response):
    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", "")) as connection:
        connection.execute("SELECT 1")
    start_response("200 OK", [("Content-Length", "0")])
    return []
"""
COMMANDS = """
import json, os, sys
import psycopg

def connection(variable):
    return psycopg.connect(os.environ[variable].replace("+psycopg", ""))

match sys.argv[1:]:
    case ["migrate"]:
        with connection("MIGRATION_DATABASE_URL") as database:
            database.execute("CREATE TABLE IF NOT EXISTS day (name text)")
            database.execute("GRANT SELECT, INSERT ON day TO outreach_app")
        print("words that are not a result")
    case ["demo", "--if-empty"]:
        with connection("DATABASE_URL") as database:
            database.execute("INSERT INTO day SELECT 'first' WHERE NOT EXISTS (SELECT FROM day)")
    case ["demo", "--json"]:
        print(json.dumps({"users": [
            {"username": "fia", "password": "långt lösen", "roles": ["field_worker"],
             "sites": ["Hagalund", "Bergshamra"], "committee": None},
            {"username": "lo", "password": "annat", "roles": ["analyst"], "sites": [],
             "committee": "SN"}]}))
    case ["add", name]:
        with connection("DATABASE_URL") as database:
            database.execute("INSERT INTO day VALUES (%s)", [name])
    case ["days"]:
        with connection("DATABASE_URL") as database:
            print(json.dumps([name for name, in database.execute("SELECT name FROM day")]))
    case _:
        sys.exit(7)
"""
WORKER = """
import os
from celery import Celery

app = Celery("small", broker=os.environ["REDIS_URL"])
app.conf.broker_connection_retry_on_startup = True
app.conf.redbeat_lock_key = None
"""


def make_checkout(root: Path) -> None:
    """Put our own `dev` and `embedded` there, the small product, and this virtual environment."""
    (root / "outreach").mkdir(parents=True)
    (root / "tasks").mkdir()
    for name in ("dev", "gunicorn.conf.py", "requirements-dev.lock"):
        shutil.copy2(environment.ROOT / name, root)
    shutil.copytree(environment.ROOT / "embedded", root / "embedded")
    # gunicorn's settings ask for it.
    foundation = root / "outreach" / "foundation"
    foundation.mkdir()
    shutil.copy2(environment.ROOT / "outreach" / "foundation" / "logging.py", foundation)
    (root / "wsgi.py").write_text(WSGI)
    (root / "outreach" / "__main__.py").write_text(COMMANDS)
    (root / "tasks" / "worker.py").write_text(WORKER)
    (root / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != ".made-from":
            (root / ".venv" / part.name).symlink_to(part)
    environment.note_made_from(root / ".venv", root / "requirements-dev.lock")


def environment_of(checkout: Path) -> dict[str, str]:
    """Ours, with a home in the checkout and without the servers that the whole suite shares."""
    shared = {*servers.DATABASE_VARIABLES, "REDIS_URL", "PROMETHEUS_MULTIPROC_DIR"}
    ours = {
        name: value
        for name, value in os.environ.items()
        if name not in shared and not name.startswith("OUTREACH_")
    }
    return {**ours, "OUTREACH_HOME": str(checkout / "home")}


class DevRun:
    """One `./dev run` in a checkout, and every process that came of it."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self._port = str(ports.free_port())
        with (checkout / "output").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, checkout / "dev", "run"],
                env={**environment_of(checkout), "PORT": self._port},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """What it has said so far."""
        return (self.checkout / "output").read_text()

    def wait_until_up(self) -> None:
        """Return when it has printed its address."""
        wait_until(lambda: "Ctrl-C stops it" in self.output or self.process.poll() is not None)
        assert self.process.poll() is None, self.output

    def children(self) -> dict[str, int]:
        """The run's children that run now, by name."""
        marks = {
            "postgresql": "postgres -D",
            "valkey": f"127.0.0.1:{self._kept_port('valkey')}",
            "web": "gunicorn",
            "worker": "tasks.worker worker",
            "beat": "tasks.worker beat",
        }
        return {
            name: pid
            for pid, command in processes_in(self.checkout).items()
            for name, mark in marks.items()
            if mark in command and parent_of(pid) == self.process.pid
        }

    def _kept_port(self, name: str) -> int:
        ports_kept = json.loads((self.checkout / "home" / "ports.json").read_text())
        return int(ports_kept[name])

    def is_ready(self) -> bool:
        """Whether the product answers a request."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/ready", timeout=5) as told:
                return bool(told.status == 200)
        except OSError:
            return False

    def end(self) -> None:
        """Leave nothing of it, whatever the test did."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
