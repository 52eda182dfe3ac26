"""`outreach check`: a list of green and red that says what is wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from outreach.accounts import service as accounts
from outreach.foundation.actor import system
from tests.builders import PASSWORD, a_second_factor, a_user, uuid7

Run = Callable[..., Result]


def _checks(result: Result) -> dict[str, tuple[bool, str]]:
    answer = json.loads(result.stdout)
    assert answer["ok"] is (result.exit_code == 0)
    return {check["name"]: (check["ok"], check["detail"]) for check in answer["checks"]}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder of keys that nobody else can read."""
    for name in ("session", "audit", "factor", "index", "ring-1"):
        file = tmp_path / f"{name}.key"
        file.write_text(os.urandom(32).hex())
        file.chmod(0o600)
    return tmp_path


def _a_demo_user() -> None:
    given: dict[str, Any] = {
        "id": str(uuid7()), "username": "demo", "name": "Demo", "password": PASSWORD,
        "roles": ["analyst"],
    }  # fmt: skip
    accounts.create_user(by=system("demo"), given=given, cost=(8, 1, 1))


def test_what_is_well_is_green(run: Run, keys: Path) -> None:
    found = _checks(run("check", "--json", OUTREACH_KEYS=str(keys)))

    for name in (
        "settings", "database", "migrations", "vault", "broker", "role", "append-only audit",
        "demo users", "key file audit.key", "key file factor.key", "key file index.key",
        "key file ring-1.key",
        "key file session.key",
    ):  # fmt: skip
        assert found[name][0], (name, found[name])


def test_a_superuser_is_red(run: Run, keys: Path, environment: dict[str, str]) -> None:
    url = json.loads(os.environ["OUTREACH_TEST_SERVERS"])[0]
    superuser = url.rsplit("/", 1)[0] + "/" + environment["DATABASE_URL"].rsplit("/", 1)[1]

    result = run("check", "--json", OUTREACH_KEYS=str(keys), DATABASE_URL=superuser)

    found = _checks(result)
    assert result.exit_code == 1
    assert found["role"][0] is False
    assert "superuser" in found["role"][1]
    assert found["append-only audit"][0] is False


def test_demo_users_are_red_in_production_alone(run: Run, keys: Path) -> None:
    _a_demo_user()

    embedded = _checks(run("check", "--json", OUTREACH_KEYS=str(keys)))
    production = _checks(run("check", "--json", OUTREACH_KEYS=str(keys), OUTREACH_ENV="production"))

    assert embedded["demo users"] == (True, "1 open")
    assert production["demo users"] == (False, "1 open")


def test_missing_settings_are_each_told_and_nobody_is_asked(run: Run, tmp_path: Path) -> None:
    result = run(
        "check", OUTREACH_KEYS=str(tmp_path / "none"), DATABASE_URL="", VAULT_URL="", REDIS_URL=""
    )

    assert result.exit_code == 1
    for name in (
        "DATABASE_URL",
        "VAULT_URL",
        "REDIS_URL",
        "session.key",
        "audit.key",
        "factor.key",
    ):
        assert f"RED  settings: {name}" in result.stdout
    assert "database:" not in result.stdout


def test_an_unknown_environment_is_told(run: Run) -> None:
    result = run("check", OUTREACH_ENV="staging")

    assert result.exit_code == 1
    assert "staging" in result.stdout


def test_an_open_key_file_is_red(run: Run, keys: Path) -> None:
    (keys / "audit.key").chmod(0o644)

    found = _checks(run("check", "--json", OUTREACH_KEYS=str(keys)))

    assert found["key file audit.key"] == (False, "mode 0644")


def test_a_broker_that_is_away_is_red_and_the_rest_is_still_told(run: Run, keys: Path) -> None:
    found = _checks(
        run("check", "--json", OUTREACH_KEYS=str(keys), REDIS_URL="redis://127.0.0.1:1/0")
    )

    assert found["broker"][0] is False
    assert found["database"][0] is True


def test_it_says_how_many_lack_the_second_factor_that_their_role_needs_and_not_who(
    run: Run, keys: Path
) -> None:
    a_second_factor(a_user(role="reviewer"))
    for role in ("supervisor", "reviewer", "caseworker"):
        a_user(role=role)
    told = {"OUTREACH_KEYS": str(keys), "SECOND_FACTOR_ROLES": "supervisor,reviewer"}

    result = run("check", "--json", **told)

    assert _checks(result)["second factor"] == (
        True, "needed by reviewer, supervisor; 2 of them have yet to set it up",
    )  # fmt: skip
    unneeded = _checks(run("check", "--json", OUTREACH_KEYS=str(keys)))
    assert unneeded["second factor"] == (True, "needed by no role")
