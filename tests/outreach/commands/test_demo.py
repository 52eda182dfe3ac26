"""The demonstration from the console."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

from outreach.accounts import service as accounts
from outreach.demonstration.people import STAFF
from tests.builders import a_user, commit

Run = Callable[..., Result]


def test_the_sign_ins_are_told_as_one_document_also_when_it_is_loaded_already(
    run: Run,
) -> None:
    first = run("demo", "--if-empty", "--json")
    again = run("demo", "--json")

    users = json.loads(first.stdout)["users"]
    assert json.loads(again.stdout) == {"users": users}
    assert (first.exit_code, again.exit_code) == (0, 0)
    names = {"username", "password", "roles", "sites", "committee"}
    assert all(user.keys() - {"team"} == names for user in users)
    assert "loaded" in first.stderr
    assert "already there" in again.stderr


def test_it_is_not_loaded_beside_real_staff_when_asked_to_be_careful(run: Run) -> None:
    a_user()

    done = run("demo", "--if-empty", "--json")

    assert (done.exit_code, json.loads(done.stdout)) == (0, {"users": []})
    assert "not loaded" in done.stderr
    commit()
    assert accounts.staff_ids([STAFF[0].username]) == {}
