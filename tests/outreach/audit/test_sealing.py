"""The trail is append-only, and whoever tampers with it as the database's owner is found out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.audit import service, trail
from outreach.audit.models import AuditEntry, AuditSeal
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction

SWAP = (
    "UPDATE audit_entry SET object_id = CASE object_id WHEN '1' THEN '2' ELSE '1' END"
    " WHERE object_id IN ('1', '2')"
)
ADD = (
    "INSERT INTO audit_entry (xid, at, actor_id, actor, action, kind)"
    " SELECT xid, at, actor_id, actor, 'read', kind FROM audit_entry WHERE object_id = '1'"
)


def _seal(count: int) -> None:
    """Seal until so many entries are; other databases of the server hold the horizon back."""
    deadline = time.monotonic() + 20
    while count > 0:
        count -= service.seal_new_entries()
        assert time.monotonic() < deadline
    assert count == 0


@pytest.fixture
def write(app: Flask) -> Callable[[int], None]:
    assert app

    def entries(count: int) -> None:
        for number in range(count):
            with transaction():
                trail.record(by=system("test"), action="create", kind="thing", id=number)

    return entries


@pytest.fixture
def tamper(owner: sa.Engine) -> Iterator[Callable[[str], None]]:
    def as_owner(statement: str) -> None:
        with owner.begin() as connection:
            connection.execute(sa.text(statement))
        db.session.rollback()

    return as_owner  # type: ignore[return-value]


Write = Callable[[int], None]
Tamper = Callable[[str], None]


def test_a_seal_holds_every_new_entry_once(write: Write) -> None:
    write(3)
    _seal(3)

    assert service.seal_new_entries() == 0
    write(2)
    _seal(2)
    assert service.verify() == []


def test_an_empty_trail_is_whole(write: Write) -> None:
    write(0)

    assert service.seal_new_entries() == 0
    assert service.verify() == []


@pytest.mark.parametrize(
    "act",
    [
        "DELETE FROM audit_entry WHERE object_id = '1'",
        "UPDATE audit_entry SET actor = 'somebody else' WHERE object_id = '1'",
        SWAP,
        ADD,
        "DELETE FROM audit_seal WHERE number = 1",
        "UPDATE audit_seal SET entries = entries + 1 WHERE number = 1",
        "UPDATE audit_seal SET digest = '\\x00' WHERE number = 2",
    ],
    ids=["removed", "altered", "swapped", "added", "seal removed", "count", "digest"],
)
def test_tampering_is_found(write: Write, tamper: Tamper, act: str) -> None:
    for _ in range(2):
        write(3)
        _seal(3)

    tamper(act)

    assert service.verify()


def test_a_cut_off_tail_shows_against_the_seal_that_the_log_told(
    write: Write, tamper: Tamper
) -> None:
    for _ in range(2):
        write(2)
        _seal(2)
    told = db.session.scalars(sa.select(AuditSeal).order_by(AuditSeal.number.desc())).first()
    assert told
    told_number = told.number
    known = f"{told.number}:{told.digest.hex()}"

    assert service.verify(known_seal=known) == []
    tamper(
        "DELETE FROM audit_entry WHERE xid >= (SELECT from_xid FROM audit_seal WHERE number = 2)"
    )
    tamper("DELETE FROM audit_seal WHERE number >= 2")

    assert service.verify() == []
    assert [breach.number for breach in service.verify(known_seal=known)] == [told_number]


def test_an_entry_whose_transaction_was_open_while_sealing_is_sealed_next(
    write: Write,
) -> None:
    write(1)
    _seal(1)
    with db.engine.connect() as slow, slow.begin():
        slow.execute(
            sa.text(
                "INSERT INTO audit_entry (at, actor_id, actor, action, kind)"
                " VALUES (now(), '00000000-0000-0000-0000-000000000000', 'slow', 'create', 'x')"
            )
        )
        write(1)
        assert service.seal_new_entries() == 0
    _seal(2)

    assert service.verify() == []


@pytest.mark.parametrize("act", ["UPDATE audit_entry SET actor = ''", "DELETE FROM audit_entry"])
def test_the_application_may_only_add_to_the_trail(write: Write, act: str) -> None:
    write(1)

    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.text(act))
    db.session.rollback()

    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 1
