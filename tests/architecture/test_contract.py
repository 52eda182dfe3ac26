"""The running server is what its own description says, whatever is sent to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.builders import Visitor

SignIn = Callable[..., Visitor]

# Signing out, locking, or revoking the token that is used would only test the door from then on.
LEFT_OUT = "session|revoke|me/password|end-sessions|/close$|/password$|users/"


def test_made_up_input_never_breaks_the_server_nor_its_description(
    product: str, signed_in: SignIn, tmp_path: Path
) -> None:
    visitor = signed_in(
        role="caseworker", roles=["caseworker", "supervisor", "administrator", "analyst"]
    )
    token = visitor.send(
        "tokens",
        {
            "id": "0192f0c8-0000-7000-8000-000000000001",
            "name": "contract test",
            "username": visitor.user.username,
            "scopes": [
                *("contacts:read", "contacts:write", "sites:read", "sites:write"),
                *("figures:read", "admin"),
            ],
        },
    ).get_json()["token"]

    result = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run"),
            f"{product}/api/v1/openapi.json",
            *("-H", f"Authorization: Bearer {token}"),
            *("--checks", "not_a_server_error,status_code_conformance,content_type_conformance"),
            *("--checks", "response_schema_conformance"),
            *("--exclude-path-regex", LEFT_OUT),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "8"),
            *("--generation-deterministic", "--no-color", "--workers", "1"),
            *("--request-timeout", "10"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "120"},
    )

    assert "401 Unauthorized" not in result.stdout
    assert result.returncode == 0, result.stdout + result.stderr[-2000:]
