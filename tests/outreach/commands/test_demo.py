"""The demonstration from the console."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result
from flask import Flask

from outreach.accounts import factors
from outreach.accounts import service as accounts
from outreach.demonstration.people import STAFF
from outreach.foundation.actor import system
from tests.builders import a_user, an_otp, commit

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


def test_where_roles_need_a_second_factor_its_secret_is_told_and_works(
    app: Flask, run: Run
) -> None:
    roles = {"supervisor", "reviewer", "administrator"}
    done = run("demo", "--json", SECOND_FACTOR_ROLES=",".join(roles))
    again = run("demo", SECOND_FACTOR_ROLES=",".join(roles))

    users = json.loads(done.stdout)["users"]
    having = [user for user in users if "totp_secret" in user]
    assert {role for user in having for role in user["roles"]} == roles
    assert len({user["totp_secret"] for user in having}) == len(having) == 4
    for user in having:
        assert user["totp_secret"] in again.stdout
        given = {name: user[name] for name in ("username", "password")}
        codes = [{}, {"otp": an_otp(user["totp_secret"])}]
        statuses = [
            app.test_client().post("/api/v1/session", json=given | code).status_code
            for code in codes
        ]
        assert statuses == [401, 201]
    assert run("demo", "--json").stdout == done.stdout


def test_a_second_factor_that_somebody_set_up_since_is_not_told(run: Run) -> None:
    run("demo", "--json", SECOND_FACTOR_ROLES="reviewer")
    [reviewer] = accounts.staff_ids(["bo.granskare"]).values()
    factors.enrol_for_demo(
        by=system("test"), user_id=reviewer, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    )

    assert "totp_secret" not in run("demo", "--json", SECOND_FACTOR_ROLES="reviewer").stdout
