import os
import signal
import sys
from functools import partial
from pathlib import Path

import pytest

from embedded.children import Child, Program
from embedded.refusal import Refusal
from embedded.supervision import Supervisor
from tests.embedded.processes import processes_in, wait_until


def test_a_child_that_keeps_on_dying_ends_the_run_with_the_end_of_its_log(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    supervisor = Supervisor()
    supervisor.start(_program("broken", folder, "import sys; sys.exit('no such table')"))

    with pytest.raises(Refusal) as refusal:
        wait_until(partial(_looks_in_vain, supervisor))

    assert str(refusal.value).startswith(
        "broken ended with exit code 1, the 5th time within a minute, so everything stops.\n"
    )
    assert str(refusal.value).endswith("\n  no such table")
    said = capfd.readouterr().err
    assert said == "broken ended with exit code 1; starting it again.\n" * 4
    supervisor.stop()


def test_a_child_that_was_killed_is_started_again_without_what_it_had_forked(folder: Path) -> None:
    supervisor = Supervisor()
    script = "import os, time; os.fork(); print('up', flush=True); time.sleep(600)"
    first = supervisor.start(_program("forking", folder, script))
    wait_until(lambda: first.program.log.read_text().count("up") == 2)
    before = set(processes_in(folder))

    os.kill(first.process.pid, signal.SIGKILL)
    wait_until(first.ended)
    supervisor.look()
    supervisor.look()

    wait_until(lambda: first.program.log.read_text().count("up") == 4)
    assert len(processes_in(folder)) == 2
    assert not before & set(processes_in(folder))
    supervisor.stop()
    assert processes_in(folder) == {}


def test_servers_are_stopped_after_those_that_use_them(folder: Path) -> None:
    told = folder / "order"
    script = (
        "import signal, sys, time\n"
        "def stop(*_):\n"
        "    open({!r}, 'a').write({!r})\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('up', flush=True)\n"
        "time.sleep(600)\n"
    )
    supervisor = Supervisor()
    for name, is_server in (("server ", True), ("user ", False)):
        program = _program(name, folder, script.format(str(told), name), is_server=is_server)
        child = supervisor.start(program)
        wait_until(partial(_is_up, child))

    supervisor.stop()

    assert told.read_text() == "user server "


def _looks_in_vain(supervisor: Supervisor) -> bool:
    supervisor.look()
    return False


def _is_up(child: Child) -> bool:
    return child.program.log.read_text() == "up\n"


def _program(name: str, folder: Path, script: str, *, is_server: bool = False) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-c", script],
        log=folder / f"{name}.log",
        folder=folder,
        is_server=is_server,
    )
