"""Machines' keys by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result
from flask import Flask

from tests.builders import a_user, commit

Run = Callable[..., Result]


def test_a_key_is_made_listed_and_revoked(app: Flask, run: Run) -> None:
    user = a_user()
    words = ("--name", "Export", "--username", user.username, "--scope", "contacts:read")

    made = json.loads(run("token", "create", *words, "--json").stdout)
    commit()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    before = app.test_client().get("/api/v1/contacts", headers=bearer).status_code
    listed = json.loads(run("token", "list", "--json").stdout)
    revoked = run("token", "revoke", made["id"])

    assert before == 200
    assert [row["id"] for row in listed["items"]] == [made["id"]]
    assert made["token"] not in str(listed)
    assert revoked.exit_code == 0
    assert app.test_client().get("/api/v1/contacts", headers=bearer).status_code == 401


def test_a_key_for_nobody_is_refused_with_its_reason(run: Run) -> None:
    result = run("token", "create", "--name", "X", "--username", "ingen", "--scope", "admin")

    assert result.exit_code == 1
    assert "/username" in result.stderr
    assert "or_" not in result.output
