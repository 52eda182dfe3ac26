"""Whether an installation keeps what it promises: told by the database itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.foundation import soundness
from tests.builders import commit


def test_the_applications_role_owns_nothing(app: Flask) -> None:
    assert app

    finding = soundness.role()

    assert finding.ok, finding.detail


def test_a_right_too_many_on_the_trail_is_found(app: Flask, owner: sa.Engine) -> None:
    assert app
    whole = soundness.append_only("audit_entry", "audit_seal")
    with owner.begin() as connection:
        connection.execute(sa.text("GRANT DELETE ON audit_seal TO outreach_app"))
    commit()  # a transaction under way goes on with the rights that it began with
    try:
        broken = soundness.append_only("audit_entry", "audit_seal")
    finally:
        with owner.begin() as connection:
            connection.execute(sa.text("REVOKE DELETE ON audit_seal FROM outreach_app"))

    assert whole.ok
    assert (broken.ok, broken.detail) == (False, "DELETE on audit_seal")


@pytest.mark.parametrize(("mode", "ok"), [(0o600, True), (0o400, True), (0o640, False)])
def test_a_key_that_others_can_read_is_found(
    tmp_path: Path,
    mode: int,
    ok: bool,  # noqa: FBT001 - the answer expected
) -> None:
    file = tmp_path / "session.key"
    file.write_text("x")
    file.chmod(mode)

    finding = next(iter(soundness.key_files(tmp_path)))

    assert (finding.name, finding.ok) == ("key file session.key", ok)


def test_a_server_that_does_not_wait_for_the_disk_is_not_ready_for_peoples_data(app: Flask) -> None:
    assert app  # the suite's own server does not wait, so that it is quick

    assert not soundness.durability().ok
    with pytest.raises(soundness.NotDurableError):
        soundness.require_durable()
