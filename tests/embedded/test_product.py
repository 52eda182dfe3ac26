import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.product import welcome
from tests.embedded.processes import processes_in, wait_until
from tests.embedded.small_checkout import DevRun, environment_of


def test_a_run_prints_its_address_and_who_may_sign_in(standing_run: DevRun) -> None:
    assert "outreach runs at http://127.0.0.1:" in standing_run.output
    assert "fia       långt lösen  field_worker  Hagalund, Bergshamra" in standing_run.output


def test_a_second_run_on_the_same_home_says_that_it_already_runs(standing_run: DevRun) -> None:
    second = _dev(standing_run.checkout, "run")

    assert second.returncode == 1
    assert "It already runs at http://127.0.0.1:" in second.stderr
    assert second.stdout == ""


def test_a_command_gives_only_its_own_words_and_its_exit_code(standing_run: DevRun) -> None:
    days = _dev(standing_run.checkout, "outreach", "days")

    assert json.loads(days.stdout) == ["first"]
    assert days.stderr == ""
    assert _dev(standing_run.checkout, "outreach", "unheard of").returncode == 7


def test_every_killed_child_is_started_again(standing_run: DevRun) -> None:
    before = standing_run.children()
    assert sorted(before) == ["beat", "postgresql", "valkey", "web", "worker"]

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    wait_until(lambda: standing_run.output.count("was killed by signal 9; starting") == 5)
    wait_until(lambda: sorted(standing_run.children()) == sorted(before))
    assert not set(before.values()) & set(standing_run.children().values())
    wait_until(standing_run.is_ready)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_leaves_no_process(dev_run: DevRun, number: signal.Signals) -> None:
    # At once, half-way through a start, or when it is up: each signal finds another moment.
    if number == signal.SIGINT:
        dev_run.wait_until_up()
    elif number == signal.SIGTERM:
        wait_until(lambda: len(processes_in(dev_run.checkout)) > 3)
    else:
        wait_until((dev_run.checkout / "home" / "held-by").exists)

    dev_run.process.send_signal(number)

    assert dev_run.process.wait(timeout=30) == 0
    assert processes_in(dev_run.checkout) == {}


def test_a_killed_run_leaves_no_process_and_its_data_are_there_the_next_time(
    dev_run: DevRun,
) -> None:
    dev_run.wait_until_up()
    assert _dev(dev_run.checkout, "outreach", "add", "second").returncode == 0
    dev_run.process.kill()
    dev_run.process.wait()

    # No run is up: the command starts servers of its own, while the killed run's are stopping.
    days = _dev(dev_run.checkout, "outreach", "days")

    assert json.loads(days.stdout) == ["first", "second"]
    wait_until(lambda: processes_in(dev_run.checkout) == {})


def test_a_table_shows_only_the_columns_that_somebody_has() -> None:
    users: list[dict[str, object]] = [
        {"username": "fia", "password": "x", "roles": ["a", "b"], "sites": [], "committee": None},
        {"username": "lo", "password": "yyyyyyyyyy", "roles": [], "sites": []},
    ]

    assert welcome("http://here", users) == (
        "\noutreach runs at http://here\n\n"
        "  username  password    roles\n"
        "  --------  ----------  -----\n"
        "  fia       x           a, b\n"
        "  lo        yyyyyyyyyy\n\n"
        "Ctrl-C stops it."
    )


def _dev(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, checkout / "dev", *arguments],
        env=environment_of(checkout),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
