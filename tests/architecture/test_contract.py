"""The running server is what its own description says, whatever is sent to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts import tokens
from outreach.accounts.permissions import SCOPES
from outreach.foundation.actor import system
from outreach.identification.models import CommitteeDoors
from outreach.sites.models import CodeRevision, SiteActivity
from tests.builders import Visitor, a_tablet, shown_by, uuid7

SignIn = Callable[..., Visitor]

# What a person does with their own session; a machine's token has none.
IN_PERSON = "session|me/password"
# What may end the very token that is used, once a list has told its id.
ENDING = "tokens/|users/"
# What is about one person; tried by itself, so that nothing waits for the longest of all.
PEOPLE = "participants|checks|consents|enrolments|erasure|recognition|followups|handoffs"
# What a tablet's own token opens; all the others know nothing of it.
TABLETS = "v1/sync$"
EVERY_ROLE = ["caseworker", "supervisor", "administrator", "analyst", "receiver", "reviewer"]


@pytest.fixture(autouse=True)
def decided_as_before(owner: sa.Engine) -> Iterator[None]:
    """Put back what committees have decided, which made-up input may change: others stand on it."""
    decided: list[Any] = [SiteActivity.__table__, CommitteeDoors.__table__]
    with owner.begin() as connection:
        before = [list(connection.execute(sa.select(table)).mappings()) for table in decided]
    yield
    with owner.begin() as connection:
        for table, rows in zip(decided, before, strict=True):
            connection.execute(sa.delete(table))
            connection.execute(sa.insert(table), [dict(row) for row in rows])
        revision: Any = CodeRevision.__table__
        connection.execute(sa.update(revision).values(number=revision.c.number + 1))


def _tried(product: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Send made-up input of every kind to the operations that the options choose."""
    return subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run"),
            f"{product}/api/v1/openapi.json",
            *("--checks", "not_a_server_error,status_code_conformance,content_type_conformance"),
            *("--checks", "response_schema_conformance"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "8"),
            *("--generation-deterministic", "--no-color", "--workers", "1"),
            *("--request-timeout", "10"),
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "120"},
    )


def _token(visitor: Visitor) -> str:
    given = {
        "id": str(uuid7()),
        "name": "contract test",
        "username": visitor.user.username,
        "scopes": [*SCOPES],
    }
    return tokens.create_token(by=system("test"), given=given)[1]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "chosen",
    [
        ("--exclude-path-regex", f"{IN_PERSON}|{ENDING}|{PEOPLE}|{TABLETS}"),
        ("--include-path-regex", PEOPLE),
        ("--include-path-regex", ENDING),
    ],
    ids=["all but the rest", "what is about one person", "what may end the token"],
)
def test_made_up_input_never_breaks_the_server_nor_its_description(
    product: str, signed_in: SignIn, tmp_path: Path, chosen: tuple[str, str]
) -> None:
    token = _token(signed_in(roles=EVERY_ROLE))

    result = _tried(product, tmp_path, "-H", f"Authorization: Bearer {token}", *chosen)

    assert "401 Unauthorized" not in result.stdout
    assert result.returncode == 0, result.stdout + result.stderr[-2000:]


def test_made_up_input_to_ones_own_session_breaks_nothing_either(
    product: str, signed_in: SignIn, tmp_path: Path
) -> None:
    visitor = signed_in(roles=EVERY_ROLE)
    cookie = visitor.client.get_cookie("outreach")
    assert cookie is not None

    result = _tried(
        product,
        tmp_path,
        *("-H", f"Cookie: outreach={cookie.value}"),
        *("-H", f"X-CSRF-Token: {visitor.headers['X-CSRF-Token']}"),
        *("--include-path-regex", IN_PERSON),
    )

    assert result.returncode == 0, result.stdout + result.stderr[-2000:]


def test_made_up_input_of_a_tablet_breaks_nothing_either(
    app: Flask, product: str, tmp_path: Path
) -> None:
    assert app
    shown = shown_by(a_tablet())["Authorization"]

    result = _tried(
        product, tmp_path, "-H", f"Authorization: {shown}", "--include-path-regex", TABLETS
    )

    assert "401 Unauthorized" not in result.stdout
    assert result.returncode == 0, result.stdout + result.stderr[-2000:]
