"""The staff from the console: the first administrator, and a second factor that was lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from outreach.accounts import factors
from tests.builders import PASSWORD, Visitor, a_second_factor, a_user, an_otp, commit

Run = Callable[..., Result]


def test_the_first_administrator_sets_up_a_second_factor_before_anything_else(
    app: Flask, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SECOND_FACTOR_ROLES", ("administrator",))

    made = run(
        *("user", "create", "--username", "nils", "--name", "Nils Ek"),
        *("--role", "administrator", "--password", PASSWORD),
    )
    signed_in = app.test_client().post(
        "/logga-in", data={"username": "nils", "password": PASSWORD, "next": "/personal"}
    )

    assert made.exit_code == 0, made.output
    assert signed_in.headers["Location"] == "/konto/tva-steg?next=/personal"


def test_a_lost_second_factor_is_reset_from_the_console(app: Flask, run: Run) -> None:
    user = a_user(role="administrator")
    visitor = Visitor(app, user, otp=an_otp(a_second_factor(user)))

    done = run("user", "reset-second-factor", "--username", user.username)

    assert done.exit_code == 0, done.output
    assert visitor.get("me").status_code == 401
    commit()
    assert factors.enrolled_at(user.id) is None


def test_nobody_of_that_name_is_told(run: Run) -> None:
    done = run("user", "reset-second-factor", "--username", "ingen")

    assert (done.exit_code, done.stdout) == (1, "")
