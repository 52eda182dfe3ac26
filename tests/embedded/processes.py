"""Looking at the machine's processes, and waiting for what another process does."""

import time
from collections.abc import Callable
from pathlib import Path


def processes_in(folder: Path) -> dict[int, str]:
    """The command lines of all processes that name the folder or work in it, by process id."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
            works_in = process.joinpath("cwd").readlink()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if command and (str(folder) in command or works_in.is_relative_to(folder)):
            found[int(process.name)] = command
    return found


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_until(holds: Callable[[], bool], *, seconds: float = 30) -> None:
    """Return as soon as it holds; fail when it still does not after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
