import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embedded import children, environment
from embedded.children import Program
from embedded.refusal import Refusal
from tests.embedded.processes import processes_in, wait_until

# A master that ignores being asked, and a worker it has forked: the hardest to be rid of.
STUBBORN = (
    "import os, signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "os.fork()\n"
    "print('up', flush=True)\n"
    "time.sleep(600)\n"
)


def test_stopping_a_child_that_does_not_listen_takes_what_it_forked_along(folder: Path) -> None:
    child = children.start(_program(folder, STUBBORN, patience=0.2))
    wait_until(lambda: child.program.log.read_text().count("up") == 2)

    child.stop()

    assert child.process.returncode == -signal.SIGKILL
    wait_until(lambda: processes_in(folder) == {})


def test_a_killed_parent_takes_even_those_along_that_do_not_listen(folder: Path) -> None:
    parent = (
        "import os, time\n"
        "from pathlib import Path\n"
        "from embedded import children\n"
        f"log = Path({str(folder / 'log')!r})\n"
        f"command = [{sys.executable!r}, '-c', {STUBBORN!r}]\n"
        f"children.start(children.Program('it', command, log, folder=Path({str(folder)!r})))\n"
        "while log.read_text().count('up') < 2: time.sleep(0.01)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    told = {**os.environ, "PYTHONPATH": str(environment.ROOT)}
    subprocess.run([sys.executable, "-c", parent], env=told, check=False)
    assert len(processes_in(folder)) == 2

    wait_until(lambda: processes_in(folder) == {})


def test_a_child_that_ends_while_starting_shows_the_end_of_its_log(folder: Path) -> None:
    child = children.start(_program(folder, "print('line 1\\nwhy it ended')"))

    with pytest.raises(Refusal, match=r"it ended while starting\.\nThe end of .*\n.*\n  why it"):
        child.wait_until(lambda: False, seconds=30)
    child.stop()


def test_a_command_run_to_its_end_gives_its_words_and_exit_code() -> None:
    command = [sys.executable, "-c", "import sys; print('out'); sys.exit('err')"]

    done = children.run(command, capture=True)

    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 1)


def test_nothing_that_a_command_left_in_the_background_stays(folder: Path) -> None:
    children.run(["sh", "-c", "sleep 600 & echo"], folder=folder, capture=False)

    wait_until(lambda: processes_in(folder) == {}, seconds=5)


def test_a_signal_that_comes_while_held_interrupts_afterwards() -> None:
    reached: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        _get_a_signal_in_the_inner_of_two_blocks(reached)

    assert reached == ["the end of the inner block", "the end of the outer block"]


def _get_a_signal_in_the_inner_of_two_blocks(reached: list[str]) -> None:
    signals = children._StopSignals()
    with signals.held():
        with signals.held():
            signals.arrived(signal.SIGTERM, None)
            reached.append("the end of the inner block")
        reached.append("the end of the outer block")


def _program(folder: Path, script: str, patience: float = 10) -> Program:
    return Program(
        name="it",
        command=[sys.executable, "-c", script],
        log=folder / f"log-{time.monotonic_ns()}",
        folder=folder,
        patience=patience,
    )
