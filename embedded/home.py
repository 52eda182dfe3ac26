"""OUTREACH_HOME: the one folder that holds a running copy's data, secrets, ports and logs."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from embedded import environment
from embedded.ports import free_port, is_free
from embedded.postgresql import Passwords
from embedded.refusal import Refusal, say

LOGS_KEPT = 3
KEYS = ("session.key", "audit.key", "factor.key", "index.key", "ring-1.key")


@dataclass(frozen=True)
class Running:
    """What a run tells the commands that want to use its servers."""

    address: str
    environment: dict[str, str]


@dataclass(frozen=True)
class Home:
    """The folder; made with `open_home`."""

    folder: Path

    @property
    def keys(self) -> Path:
        """The folder of key files."""
        return self.folder / "keys"

    @property
    def metrics(self) -> Path:
        """Where the web processes share their counters."""
        return self.folder / "metrics"

    def log(self, name: str) -> Path:
        """Where a child writes."""
        return self.folder / "logs" / f"{name}.log"

    def rotate_log(self, name: str) -> Path:
        """Put the last run's log aside, keep a few of those, and begin a new one."""
        log = self.log(name)
        for age in range(LOGS_KEPT, 0, -1):
            older = log.with_suffix(f".log.{age}")
            newer = log if age == 1 else log.with_suffix(f".log.{age - 1}")
            if newer.exists():
                newer.replace(older)
        log.touch(mode=0o600)
        return log

    def passwords(self) -> Passwords:
        """The databases' passwords, made up at the first start."""
        kept = self.folder / "passwords.json"
        if not kept.exists():
            _write_secret(kept, json.dumps(asdict(Passwords.random()), indent=2))
        return Passwords(**json.loads(kept.read_text()))

    def queue_password(self) -> str:
        """Valkey's password, made up at the first start."""
        kept = self.folder / "queue-password"
        if not kept.exists():
            _write_secret(kept, secrets.token_urlsafe(24))
        return kept.read_text()

    def port(self, name: str) -> int:
        """The port a server of ours had last time, or a new one if another program took it."""
        kept = self.folder / "ports.json"
        ports: dict[str, int] = json.loads(kept.read_text()) if kept.exists() else {}
        if name not in ports or not is_free(ports[name]):
            ports[name] = free_port()
            _write_secret(kept, json.dumps(ports, indent=2))
        return ports[name]

    def make_keys(self) -> None:
        """Make up the product's own keys that are not there yet: 32 bytes each, as hex."""
        self.keys.mkdir(mode=0o700, exist_ok=True)
        for name in KEYS:
            if not (self.keys / name).exists():
                _write_secret(self.keys / name, secrets.token_hex(32))

    def empty_metrics(self) -> None:
        """Counters belong to one run: those of dead processes would be added up for ever."""
        shutil.rmtree(self.metrics, ignore_errors=True)
        self.metrics.mkdir(mode=0o700)

    @contextlib.contextmanager
    def held(self, purpose: str) -> Iterator[bool]:
        """Be the one process that starts servers here; gives False when another already is.

        The kernel lets go of it however we end, so a crashed run never stands in the way.
        """
        with (self.folder / "held-by").open("a+") as holder:
            try:
                fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            holder.truncate(0)
            holder.write(f"{purpose} (process {os.getpid()})")
            holder.flush()
            yield True

    def holder(self) -> str:
        """Who holds it, in words."""
        return (self.folder / "held-by").read_text()

    def announce(self, running: Running) -> None:
        """Let other commands use the servers of this run."""
        _write_secret(self.folder / "running.json", json.dumps(asdict(running), indent=2))

    def withdraw(self) -> None:
        """The servers are about to stop, or a killed run left its announcement behind."""
        (self.folder / "running.json").unlink(missing_ok=True)

    def announced(self) -> Running | None:
        """What the run that holds this home has announced. Ask only while another holds it."""
        try:
            return Running(**json.loads((self.folder / "running.json").read_text()))
        except FileNotFoundError:
            return None


def open_home() -> Home:
    """The folder OUTREACH_HOME names, else `.outreach` in the checkout; made if it is not there."""
    folder = Path(os.environ.get("OUTREACH_HOME") or environment.ROOT / ".outreach").absolute()
    # Others may pass through, as PostgreSQL's account must, but not look around; every file in it
    # that matters is closed to them on its own.
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    (folder / "logs").mkdir(mode=0o700, exist_ok=True)
    return Home(folder)


def wait_for_servers(home: Home, *, seconds: float) -> Running | None:
    """Another command holds the home: its servers once announced, or None once it lets go."""
    deadline = time.monotonic() + seconds
    told = False
    while time.monotonic() < deadline:
        running = home.announced()
        if running is not None:
            return running
        with home.held("a look") as free:
            if free:
                return None
        if not told:
            say(f"Waiting for {home.holder()} …")
            told = True
        time.sleep(0.1)
    raise Refusal(f"Gave up after {seconds:.0f} seconds: {home.holder()} holds {home.folder}.")


def _write_secret(path: Path, text: str) -> None:
    """Write whole or not at all, readable by us alone from its first byte."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(path)
