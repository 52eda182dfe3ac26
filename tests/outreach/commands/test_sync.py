"""Saying that the database was restored."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

from outreach.devices import service as devices
from tests.builders import commit

Run = Callable[..., Result]


def test_f7_each_restore_begins_another_life(run: Run) -> None:
    before = devices.server_generation()

    told = run("sync", "restored", "--json")

    assert told.exit_code == 0, told.output
    assert json.loads(told.output) == {"server_generation": before + 1}
    commit()
    assert devices.server_generation() == before + 1
    assert "send again" in run("sync", "restored").output
