"""The trail is append-only, and whoever tampers with it as the database's owner is found out."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from outreach.audit import service, trail
from outreach.audit.models import AuditEntry, AuditSeal
from outreach.foundation import clock, keyring
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from tests.waiting import until

SWAP = (
    "UPDATE audit_entry SET object_id = CASE object_id WHEN '1' THEN '2' ELSE '1' END"
    " WHERE object_id IN ('1', '2')"
)
ADD = (
    "ALTER TABLE audit_entry DISABLE TRIGGER USER;"
    "INSERT INTO audit_entry (xid, at, actor_id, actor, action, kind)"
    " SELECT xid, at, actor_id, actor, 'read', kind FROM audit_entry WHERE object_id = '1';"
    "ALTER TABLE audit_entry ENABLE TRIGGER USER"
)
LAST = "(SELECT max(number) FROM audit_seal)"
FAR = 9 * 10**18


def _seal(count: int) -> None:
    """Seal until so many entries are; other databases of the server hold the horizon back."""
    left = count

    def all_sealed() -> bool:
        nonlocal left
        left -= service.seal_new_entries()
        return left <= 0

    until(all_sealed, seconds=20)
    assert left == 0


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
        f"UPDATE audit_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = {LAST}",
        f"UPDATE audit_seal SET until_xid = '{FAR}' WHERE number = {LAST}",
        "UPDATE audit_seal SET from_xid = '1' WHERE number = 1",
        f"UPDATE audit_seal SET number = number + 1 WHERE number = {LAST}",
        f"UPDATE audit_seal SET form = 1 WHERE number = {LAST}",
        f"UPDATE audit_seal SET form = 3 WHERE number = {LAST}",
    ],
    ids=[
        "removed", "altered", "swapped", "added", "seal removed", "count", "digest",
        "sealed at another time", "end raised", "beginning", "number", "older form", "no such form",
    ],
)  # fmt: skip
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


def test_the_database_numbers_an_entry_whatever_number_it_is_given(write: Write) -> None:
    given = sa.insert(AuditEntry).values(
        xid=str(FAR), at=clock.now(), actor_id=system("test").id, actor="test", action="create",
        kind="thing",
    )  # fmt: skip
    with transaction() as session:
        session.execute(given)
        own = session.scalar(sa.text("SELECT pg_current_xact_id()::text"))

    numbered = db.session.scalar(sa.select(sa.cast(AuditEntry.xid, sa.Text)))
    assert numbered == own
    write(1)
    _seal(2)


def _old_digest(before: bytes) -> tuple[bytes, int]:
    """Return the digest over every entry as it was made before seals covered themselves."""
    columns = [column for column in AuditEntry.__table__.columns if column.name != "xid"]
    ordered = sa.select(sa.cast(AuditEntry.xid, sa.Text), *columns).order_by(
        AuditEntry.xid, AuditEntry.id
    )
    seal, count = hmac.new(keyring.audit_key(), before, hashlib.sha256), 0
    for row in db.session.execute(ordered):
        line = json.dumps(list(row), default=str, ensure_ascii=False, sort_keys=True)
        seal.update(line.encode() + b"\n")
        count += 1
    return seal.digest(), count


def _seal_as_before() -> None:
    """Write the first seal as the product did before: over the entries alone."""
    digest, count = _old_digest(b"outreach audit")
    with transaction() as session:
        ended = session.scalar(sa.text("SELECT pg_current_xact_id()::text"))
        session.execute(
            sa.insert(AuditSeal).values(
                number=1, form=1, from_xid="0", until_xid=ended, entries=count, digest=digest,
                sealed_at=clock.now(),
            )
        )  # fmt: skip


def test_seals_of_the_form_before_still_hold_and_newer_ones_follow_them(write: Write) -> None:
    write(2)
    _seal_as_before()
    write(2)
    _seal(2)

    forms = db.session.scalars(sa.select(AuditSeal.form).order_by(AuditSeal.number)).all()
    assert list(forms) == [1, 2]
    assert service.verify() == []


def test_a_seal_of_the_form_before_is_no_seal_behind_a_newer_one(
    write: Write, tamper: Tamper
) -> None:
    write(2)
    _seal_as_before()
    write(2)
    _seal(2)

    tamper("UPDATE audit_seal SET form = 3 - form")

    reasons = {breach.reason for breach in service.verify() if breach.number == 2}
    assert "it is of an older form than the seal before it" in reasons


def test_what_waits_longer_than_five_minutes_for_its_seal_is_told(
    write: Write, client: FlaskClient
) -> None:
    assert client.get("/ready").get_json()["checks"]["seals"] == "ok"
    with time_machine.travel(clock.now() - timedelta(minutes=4)):
        write(1)
    assert client.get("/ready").get_json()["checks"]["seals"] == "ok"
    assert service.verify() == []

    with time_machine.travel(clock.now() - timedelta(minutes=6)):
        write(2)
    answer = client.get("/ready")
    overdue = service.verify()

    assert (answer.status_code, answer.get_json()["checks"]["seals"]) == (503, "SealingOverdue")
    assert [(breach.number, breach.reason) for breach in overdue] == [
        (1, "it is late: entries have waited more than five minutes for it (2)")
    ]
    _seal(3)
    assert service.verify() == []
    assert client.get("/ready").get_json()["checks"]["seals"] == "ok"


def test_a_last_seal_that_ends_in_the_future_is_told_since_nothing_can_follow_it(
    write: Write, tamper: Tamper, client: FlaskClient
) -> None:
    write(1)
    _seal(1)

    tamper(f"UPDATE audit_seal SET until_xid = '{FAR}'")

    assert client.get("/ready").get_json()["checks"]["seals"] == "SealAhead"
    assert "it ends where no transaction has come yet" in {
        breach.reason for breach in service.verify()
    }


def test_how_much_is_sealed_and_how_much_waits_is_told(write: Write) -> None:
    write(3)
    _seal(3)
    write(2)

    assert service.tally() == service.Tally(seals=1, sealed=3, waiting=2)
