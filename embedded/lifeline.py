"""A watcher that outlives its parent just long enough to take the parent's children with it.

Run as a program (it is its own main module); `children.py` starts it and tells it, on standard
input, which process groups to guard: `guard <group> <signal>` and `release <group>`. When the
parent is gone, however it went, each guarded group's leader gets its signal, and whatever is
left of the groups after `PATIENCE` gets SIGKILL.

Why not PR_SET_PDEATHSIG alone: the kernel clears it on fork, so the workers of gunicorn and
Celery would stay; it is bound to the thread that started the child, not to the process; and it
needs code between fork and exec, which is not safe in a process that has threads (pytest-xdist).
"""

import contextlib
import os
import select
import signal
import sys
import time
from pathlib import Path

PATIENCE = 4.0
"""Seconds a guarded group is given to stop by itself."""


def main() -> None:
    """Watch until the parent is gone, then take its children along."""
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.SIG_IGN)
    parent, guarded = os.getppid(), dict[int, int]()
    _listen(parent, guarded)
    for group, number in guarded.items():
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, number)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(_lives(group) for group in guarded):
        time.sleep(0.05)
    for group in guarded:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _listen(parent: int, guarded: dict[int, int]) -> None:
    """Keep `guarded` up to date until standard input ends or the parent has changed.

    Both, because a process forked off the parent may hold the other end of the pipe open.
    """
    unread = b""
    while os.getppid() == parent:
        if not select.select([sys.stdin], [], [], 0.5)[0]:
            continue
        received = os.read(sys.stdin.fileno(), 4096)
        if not received:
            return
        *lines, unread = (unread + received).split(b"\n")
        for line in lines:
            word, group, *rest = line.decode().split()
            if word == "guard":
                guarded[int(group)] = int(rest[0])
            else:
                guarded.pop(int(group), None)


def _lives(group: int) -> bool:
    """Whether any process of the group still runs; one that only waits to be reaped does not."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    processes = list(Path("/proc").glob("[0-9]*/stat"))
    return not processes or any(_runs_in(group, process) for process in processes)


def _runs_in(group: int, process: Path) -> bool:
    try:
        # The name, in brackets, may hold anything; state, parent and group follow it.
        state, _parent, its_group = process.read_text().rpartition(")")[2].split()[:3]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return int(its_group) == group and state not in "ZX"


if __name__ == "__main__":
    main()
