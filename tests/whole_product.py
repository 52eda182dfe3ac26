"""The whole product as `./dev run` starts it, with a home of its own."""

from __future__ import annotations

import http.cookiejar
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embedded import servers
from embedded.ports import free_port
from tests.embedded.processes import parent_of
from tests.waiting import until

ROOT = Path(__file__).parent.parent

# How the command line of each child is told from others.
_MARKS = {
    "postgresql": "postgres -D",
    "valkey": "valkey",
    "web": "gunicorn",
    "worker": "tasks.worker worker",
}


class WholeProduct:
    """A `./dev run` that is up."""

    def __init__(self, home: Path, more: Mapping[str, str]) -> None:
        self.home = home
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        hidden = {*servers.DATABASE_VARIABLES, "REDIS_URL"}
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in hidden and not name.startswith("OUTREACH_")
        } | {"OUTREACH_HOME": str(home / "home"), "PORT": str(self.port), **more}
        self.log = home / "output"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "dev", "run"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_up(self) -> None:
        """Return when it has printed its address and its sign-ins."""
        until(lambda: "Ctrl-C stops it" in self.said or self.process.poll() is not None, seconds=90)
        assert self.process.poll() is None, self.said

    @property
    def said(self) -> str:
        """What `./dev run` has printed so far."""
        return self.log.read_text()

    def outreach(self, *arguments: str) -> Any:
        """Run a command of the product on the same data and return its JSON answer."""
        done = subprocess.run(
            [sys.executable, ROOT / "dev", "outreach", *arguments, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def password_of(self, username: str) -> str:
        """Return the password that the demo gave one of its people."""
        users = self.outreach("demo")["users"]
        return next(str(user["password"]) for user in users if user["username"] == username)

    def kill(self, name: str) -> None:
        """Kill a child on the spot (SIGKILL), as a machine short of memory would."""
        os.kill(self._child(name), signal.SIGKILL)

    def kill_whole(self, name: str) -> None:
        """Kill a child with all that it has started, as when the machine goes down."""
        pid = self._child(name)
        for each in (pid, *_children(pid)):
            os.kill(each, signal.SIGKILL)

    def _child(self, name: str) -> int:
        (pid,) = [
            each
            for each in _children(self.process.pid)
            if _MARKS[name] in _command(Path("/proc", str(each)))
        ]
        return pid

    def is_ready(self) -> bool:
        """Tell whether every part of it is there."""
        try:
            with urllib.request.urlopen(f"{self.address}/ready", timeout=10) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    def end(self) -> None:
        """Stop it and everything that it started."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)


def _children(of: int) -> list[int]:
    found = (process for process in Path("/proc").glob("[0-9]*") if _parent(process) == of)
    return [int(process.name) for process in found]


def _command(process: Path) -> str:
    try:
        return process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _parent(process: Path) -> int:
    try:
        return parent_of(int(process.name))
    except OSError:
        return 0


class Program:
    """A program that has signed in: sends JSON, and says what came back, whatever it was."""

    def __init__(self, address: str, username: str, password: str) -> None:
        self.address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        self._token = ""
        status, answer, _ = self.send("session", {"username": username, "password": password})
        assert status == 201, answer
        self._token = answer["csrf_token"]

    def send(
        self, path: str, body: object = None, *, method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, Any], str]:
        """Return the status, the JSON and the media type; status 0 when nobody answered.

        `body` is sent as JSON, bytes as they are; header names with _ for -.
        """
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(  # noqa: S310
            f"{self.address}/api/v1/{path}",
            None if method in {"GET", "DELETE"} else sent,
            {"Content-Type": "application/json", "X-CSRF-Token": self._token} | named,
            method=method,
        )
        try:
            with self._opener.open(request, timeout=20) as answer:
                content = answer.read()
                told = json.loads(content) if content else {}
                return answer.status, told, answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            return error.code, json.load(error), error.headers.get_content_type()
        except (OSError, http.client.HTTPException):
            return 0, {}, ""


@contextmanager
def whole_product(
    more: Mapping[str, str] | None = None, keys: Mapping[str, str] | None = None
) -> Iterator[WholeProduct]:
    """Start the product for as long as the block lasts, with more settings and secrets if given."""
    with tempfile.TemporaryDirectory(prefix="outreach-whole-") as made:
        home = Path(made)
        # The database's own account walks through it to its data.
        home.chmod(0o711)
        for name, secret in (keys or {}).items():
            folder = home / "home" / "keys"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.parent.chmod(0o711)
            folder.joinpath(f"{name}.key").write_text(secret)
        product = WholeProduct(home, more or {})
        try:
            product.wait_until_up()
            yield product
        finally:
            product.end()
