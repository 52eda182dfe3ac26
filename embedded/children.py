"""Processes of our own: started so that they cannot outlive us, and stopped for certain.

Each child leads a process group, so that what it forks (gunicorn's and Celery's workers) is
stopped with it, and Ctrl-C in the terminal reaches only us: we stop the children in order.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from embedded import lifeline
from embedded.refusal import Refusal

_STANDARD_ERROR = 2
TAIL = 40
"""Lines of a log shown when its child could not be kept running."""


@dataclass(frozen=True)
class Account:
    """Another user of the machine, to run a child as."""

    user: int
    group: int


@dataclass(frozen=True)
class Program:
    """How to start one child, and how to ask it to stop."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] | None = None
    folder: Path = Path("/")
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    """Seconds it is given to stop before SIGKILL."""
    is_server: bool = True
    """Whether other children use it, so that it must be stopped after them."""


class _Lifeline:
    """The parent's end of `lifeline.py`; one for each process, started with its first child."""

    def __init__(self) -> None:
        self._watcher: subprocess.Popen[bytes] | None = None
        self._guarded: dict[int, int] = {}

    def guard(self, group: int, number: int) -> None:
        self._guarded[group] = number
        self._tell(f"guard {group} {number}")

    def release(self, group: int) -> None:
        self._guarded.pop(group, None)
        if self._watcher is None:
            return
        if self._guarded:
            self._tell(f"release {group}")
        else:
            # Nothing left to watch: it goes when its input ends.
            cast("IO[bytes]", self._watcher.stdin).close()
            self._watcher.wait()
            self._watcher = None

    def keep(self) -> None:
        """Start the watcher again if someone killed it."""
        if self._guarded:
            self._pipe()

    def _tell(self, line: str) -> None:
        # Killed while we speak: the next keep() tells a new watcher everything.
        with contextlib.suppress(BrokenPipeError):
            self._pipe().write(f"{line}\n".encode())

    def _pipe(self) -> IO[bytes]:
        """Give the watcher's standard input; a new watcher has been told of every group."""
        if self._watcher is None or self._watcher.poll() is not None:
            self._watcher = subprocess.Popen(
                [sys.executable, "-I", "-S", lifeline.__file__],
                bufsize=0,
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
            for group, number in self._guarded.items():
                self._tell(f"guard {group} {number}")
        return cast("IO[bytes]", self._watcher.stdin)


_lifeline = _Lifeline()


def keep_guarding() -> None:
    """Start the lifeline again if someone killed it; for long-lived parents, now and then."""
    _lifeline.keep()


@dataclass
class Child:
    """A program that was started."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)

    def ended(self) -> bool:
        """Whether the program itself has ended; what it forked may still be there."""
        return self.process.poll() is not None

    def sweep(self) -> None:
        """Kill whatever is left of its process group, and forget it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        _lifeline.release(self.process.pid)

    def ask_to_stop(self) -> None:
        """Send its stop signal; returns at once."""
        if not self.ended():
            self.process.send_signal(self.program.stop_signal)

    def stop(self) -> None:
        """Ask it to stop, wait, and then make sure that nothing of it is left."""
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=self.program.patience)
        self.sweep()

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Return when `ready()`; a Refusal with the log's tail if it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.ended():
                raise Refusal(
                    f"{self.program.name} ended while starting.\n{tail(self.program.log)}"
                )
            if time.monotonic() > deadline:
                raise Refusal(
                    f"{self.program.name} was not ready after {seconds:.0f} seconds.\n"
                    f"{tail(self.program.log)}"
                )
            time.sleep(0.02)


def start(program: Program) -> Child:
    """Start a program as the leader of its own group, guarded by the lifeline."""
    with program.log.open("ab") as log:
        process = _start_guarded(
            program.command,
            program.stop_signal,
            account=program.account,
            cwd=program.folder,
            env=program.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Child(program, process)


def run(
    command: Sequence[str | Path],
    *,
    folder: Path = Path("/"),
    environment: Mapping[str, str] | None = None,
    account: Account | None = None,
    capture: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; interrupted, it is killed with everything it has started.

    Both its outputs go to standard error, or are given back when `capture`.
    """
    into = subprocess.PIPE if capture else _STANDARD_ERROR
    with stop_signals.held():
        process = _start_guarded(
            command,
            signal.SIGKILL,
            account=account,
            cwd=folder,
            env=environment,
            stdout=into,
            stderr=into,
        )
        with _ended_for_certain(process), stop_signals.let_through():
            told, complained = process.communicate()
    return subprocess.CompletedProcess(
        command, process.returncode, (told or b"").decode(), (complained or b"").decode()
    )


@contextlib.contextmanager
def _ended_for_certain(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _lifeline.release(process.pid)


def _start_guarded(
    command: Sequence[str | Path],
    number: signal.Signals,
    *,
    account: Account | None,
    cwd: Path,
    env: Mapping[str, str] | None,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
) -> subprocess.Popen[bytes]:
    with stop_signals.held():
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )
        _lifeline.guard(process.pid, number)
        return process


def tail(log: Path, lines: int = TAIL) -> str:
    """The last lines of a log, indented, under its path."""
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in last)])


class _StopSignals:
    """Turns a stop signal into KeyboardInterrupt, but not while it is held.

    Held while a child is started and entered in the books: none may be started and forgotten.
    """

    def __init__(self) -> None:
        self._holders = 0
        self._came = False

    def arrived(self, _number: int, _frame: object) -> None:
        self._came = True
        self._interrupt()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Put a signal that comes now off until the outermost block has ended."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
        self._interrupt()

    @contextlib.contextmanager
    def let_through(self) -> Iterator[None]:
        """Inside `held`: interrupt this part all the same, for it cleans up after itself."""
        holders, self._holders = self._holders, 0
        try:
            self._interrupt()
            yield
        finally:
            self._holders = holders

    def _interrupt(self) -> None:
        if self._came and not self._holders:
            self._came = False
            raise KeyboardInterrupt


stop_signals = _StopSignals()


def turn_stop_signals_into_interrupts() -> None:
    """Make Ctrl-C, SIGTERM and a closed terminal all raise KeyboardInterrupt in the main thread.

    Set for SIGINT too: a shell that starts us in the background has it ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_signals.arrived)


def ignore_stop_signals() -> None:
    """From here on only finish: a second Ctrl-C must not leave half of the children behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
