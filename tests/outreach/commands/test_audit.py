"""`outreach audit`: what a reviewer runs to see whether the trail is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from click.testing import Result
from flask import Flask

from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.transaction import transaction
from tests.waiting import until_all_is_over

Run = Callable[..., Result]


@pytest.fixture
def _an_hours_wait(app: Flask) -> None:
    assert app
    with time_machine.travel(clock.now() - timedelta(hours=1)), transaction():
        trail.record(by=system("test"), action="create", kind="thing")
    until_all_is_over()


@pytest.mark.usefixtures("_an_hours_wait")
def test_a_trail_that_nobody_has_sealed_for_an_hour_is_not_called_whole(run: Run) -> None:
    late = run("audit", "verify")
    told = json.loads(run("audit", "verify", "--json").stdout)
    sealed = run("audit", "seal")
    whole = run("audit", "verify")

    assert late.exit_code == 1
    assert (
        "seal 1: it is late: entries have waited more than five minutes for it (1)" in late.stdout
    )
    assert (told["seals"], told["sealed"], told["waiting"]) == (0, 0, 1)
    assert sealed.stdout.strip() == "1"
    assert (whole.exit_code, whole.stdout.splitlines()) == (
        0,
        ["the trail is whole", "seals: 1, entries under them: 1, not yet sealed: 0"],
    )


@pytest.mark.usefixtures("_an_hours_wait")
def test_entries_that_wait_too_long_are_red_for_whoever_checks(run: Run) -> None:
    checks = json.loads(run("check", "--json").stdout)["checks"]

    assert {"name": "seals", "ok": False, "detail": "SealingOverdue"} in checks
