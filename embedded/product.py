"""The product itself: its programs, the run that keeps them going, and single commands of it."""

import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NoReturn

from embedded import children, environment, servers
from embedded.home import Home, Running, open_home, wait_for_servers
from embedded.ports import LOOPBACK, is_free
from embedded.refusal import Refusal, say
from embedded.supervision import Supervisor

READY_WITHIN = 60.0
"""Seconds the web has to answer that it is ready."""


def run() -> None:
    """Start everything, print where it is and who may sign in, and keep it going until stopped."""
    children.turn_stop_signals_into_interrupts()
    home = open_home()
    try:
        with home.held("./dev run") as ours:
            if not ours:
                raise Refusal(_who_is_here(home))
            _run(home)
    except KeyboardInterrupt:
        say("Stopped.")


def _who_is_here(home: Home) -> str:
    running = home.announced()
    where = f" at {running.address}" if running else ""
    return f"It already runs{where}: {home.holder()} holds {home.folder}."


def _run(home: Home) -> None:
    home.withdraw()
    port = int(os.environ.get("PORT") or 8000)
    if not is_free(port):
        raise Refusal(f"Port {port} is taken by another program. Choose one: PORT=8080 ./dev run")
    environment.prepare()
    supervisor = Supervisor()
    try:
        told = _start_servers(home, supervisor)
        # Passwords that everybody knows are for this machine alone, whatever HOST says.
        told |= {"PORT": str(port), "HOST": LOOPBACK}
        address = f"http://{LOOPBACK}:{port}"
        outreach(["migrate"], told)
        outreach(["demo", "--if-empty"], told)
        home.empty_metrics()
        for program in programs(home, told):
            supervisor.start(program)
        _wait_until_ready(address, home, supervisor)
        home.announce(Running(address, told))
        print(welcome(address, demo_users(told)), flush=True)
        while True:
            supervisor.look()
            time.sleep(0.2)
    finally:
        children.ignore_stop_signals()
        home.withdraw()
        supervisor.stop()


def _start_servers(home: Home, supervisor: Supervisor) -> dict[str, str]:
    """Start PostgreSQL and Valkey as far as they are ours; gives the product's environment."""
    plan = servers.plan(home)
    for service in plan.services:
        child = supervisor.start(service.program)
        child.wait_until(partial(service.answers, child.process.pid), seconds=60)
    plan.settle()
    return plan.environment


def programs(home: Home, told: dict[str, str]) -> list[children.Program]:
    """The product's three long-lived programs."""
    celery = [str(environment.VENV / "bin" / "celery"), "-A", "tasks.worker"]
    # One worker at a time: no need to look for others, or to tell them about every task.
    worker = ["worker", "--concurrency", "1", "--without-gossip", "--without-mingle"]
    # The timetable is kept in Valkey, not in a file beside the checkout, as in production.
    beat = ["beat", "-S", "redbeat.RedBeatScheduler", "--pidfile="]
    level = ["--loglevel", "INFO"]
    commands = {
        "web": [str(environment.VENV / "bin" / "gunicorn"), "-c", "gunicorn.conf.py", "wsgi:app"],
        "worker": [*celery, *worker, *level],
        "beat": [*celery, *beat, *level],
    }
    return [
        children.Program(
            name=name,
            command=command,
            environment={**os.environ, **told},
            folder=environment.ROOT,
            log=home.rotate_log(name),
            is_server=False,
        )
        for name, command in commands.items()
    ]


def _wait_until_ready(address: str, home: Home, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while (answer := _ask(f"{address}/ready")) != "200":
        supervisor.look()
        if time.monotonic() > deadline:
            raise Refusal(
                f"{address}/ready did not answer 200 within {READY_WITHIN:.0f} seconds but: "
                f"{answer}\n{children.tail(home.log('web'))}"
            )
        time.sleep(0.1)


def _ask(url: str) -> str:
    """The status a GET is answered with, or why there was none."""
    # Never by way of a proxy that the environment names: it is this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return str(response.status)
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)


def outreach(arguments: Sequence[str], told: dict[str, str]) -> None:
    """Run one command of the product with its words on standard error; a Refusal if it fails."""
    done = children.run(
        [environment.PYTHON, "-m", "outreach", *arguments],
        folder=environment.ROOT,
        environment={**os.environ, **told},
    )
    if done.returncode != 0:
        raise Refusal(f"`outreach {' '.join(arguments)}` ended with exit code {done.returncode}.")


def demo_users(told: dict[str, str]) -> list[dict[str, Any]]:
    """The demonstration's sign-ins, as the product tells them."""
    asked = subprocess.run(
        [environment.PYTHON, "-m", "outreach", "demo", "--json"],
        cwd=environment.ROOT,
        env={**os.environ, **told},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    if asked.returncode != 0:
        raise Refusal(f"`outreach demo --json` ended with exit code {asked.returncode}.")
    users: list[dict[str, Any]] = json.loads(asked.stdout)["users"]
    return users


def welcome(address: str, users: Sequence[dict[str, Any]]) -> str:
    """What is printed once all is up: the address, and a table of who may sign in as what."""
    columns = ("username", "password", "roles", "sites", "committee", "team", "totp_secret")
    shown = [column for column in columns if any(user.get(column) for user in users)]
    rows = [shown, *([_cell(user.get(column)) for column in shown] for user in users)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if lines:
        lines.insert(1, "  ".join("-" * width for width in widths))
    table = "\n".join(f"  {line}" for line in lines)
    return f"\noutreach runs at {address}\n\n{table}\n\nCtrl-C stops it."


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)


def command(arguments: Sequence[str]) -> NoReturn:
    """Run `python -m outreach` on the home's data, using a run's servers or starting our own.

    Ends this process with the command's exit code; only the command writes to standard output.
    """
    environment.prepare_python()
    home = open_home()
    # -P: a module of the caller's folder must not stand in for one of ours.
    words = [str(environment.PYTHON), "-P", "-m", "outreach", *arguments]
    while True:
        with home.held(f"./dev outreach {' '.join(arguments[:1])}") as ours:
            if ours:
                with _servers_for_now(home) as told:
                    code = subprocess.run(words, env=_importing(told), check=False).returncode
                raise SystemExit(code if code >= 0 else 128 - code)
        running = wait_for_servers(home, seconds=READY_WITHIN)
        if running is not None:
            os.execve(  # noqa: S606 - arguments as they are, no shell between
                words[0], words, _importing(running.environment)
            )


def _importing(told: dict[str, str]) -> dict[str, str]:
    """The command runs in the caller's folder, so that paths it is given mean what they say."""
    return {**os.environ, **told, "PYTHONPATH": str(environment.ROOT)}


@contextlib.contextmanager
def _servers_for_now(home: Home) -> Iterator[dict[str, str]]:
    children.turn_stop_signals_into_interrupts()
    home.withdraw()
    supervisor = Supervisor()
    try:
        yield _start_servers(home, supervisor)
    finally:
        children.ignore_stop_signals()
        supervisor.stop()
