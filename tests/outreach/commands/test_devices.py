"""Tablets by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result
from flask import Flask

from outreach.devices import service
from tests.builders import commit

Run = Callable[..., Result]


def test_a_tablet_is_enrolled_listed_and_revoked(app: Flask, run: Run) -> None:
    assert app
    words = ("--name", "Platta 1", "--site", "hagalund")

    made = json.loads(run("device", "enrol", *words, "--json").stdout)
    commit()
    before = service.tablet_of_token(made["token"])
    listed = run("device", "list")
    revoked = run("device", "revoke", made["device_id"])
    commit()
    after = service.tablet_of_token(made["token"])

    assert before is not None
    assert after is not None
    assert (str(before.id), before.revoked, after.revoked) == (made["device_id"], False, True)
    assert listed.stdout == f"{made['device_id']}  enrolled  hagalund  Platta 1\n"
    assert revoked.stdout == f"revoked {made['device_id']}\n"
    again = json.loads(run("device", "list", "--json").stdout)
    assert [row["revoked_at"] is None for row in again["items"]] == [False]
    assert run("device", "list").stdout.split()[1] == "revoked"


def test_a_tablet_at_no_place_is_refused_with_its_reason(run: Run) -> None:
    result = run("device", "enrol", "--name", "X", "--site", "ingenstans")

    assert result.exit_code == 1
    assert "/site" in result.stderr
    assert "od_" not in result.output
