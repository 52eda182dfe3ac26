"""The upkeep of what comes from tablets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.devices import service as devices
from outreach.foundation import clock, events, exchange, payloads, vault
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.foundation.vault import PAYLOAD_KEY, TABLET_KEY
from outreach.participants.events import ParticipantRemoved
from outreach.sync import upkeep
from outreach.sync.models import SyncInbox, SyncKept, SyncLoss
from tests.builders import a_participant, a_user, an_actor, commit
from tests.sealed_tablet import SealedTablet, a_grant, a_sealed_tablet

BY = system("test")


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


@pytest.fixture
def grant(tablet: SealedTablet) -> str:
    return a_grant(a_user(), tablet.device)


def _aged(owner: sa.Engine, vault_owner: sa.Engine, days: int) -> None:
    """Let all that has come, and every key, be so many days older."""
    by = timedelta(days=days)
    inbox: Any = SyncInbox.__table__.c
    with owner.begin() as database:
        older = {name: inbox[name] - by for name in ("received_at", "settled_at")}
        database.execute(sa.update(SyncInbox).values(older))
    with vault_owner.begin() as keys:
        keys.execute(sa.update(TABLET_KEY).values(made_at=TABLET_KEY.c.made_at - by))


def test_a_key_is_renewed_each_month_and_tablets_are_told(
    tablet: SealedTablet, grant: str, owner: sa.Engine, vault_owner: sa.Engine
) -> None:
    tablet.create(grant)
    tablet.sync()
    _aged(owner, vault_owner, 31)
    first = tablet.key.id

    done = upkeep.keep_up(by=BY)
    tablet.create(grant)
    tablet.sync()

    assert done.newest > first
    assert tablet.key.id == done.newest


def test_an_old_key_is_destroyed_when_nothing_can_come_under_it_any_more(
    tablet: SealedTablet, grant: str, owner: sa.Engine, vault_owner: sa.Engine
) -> None:
    tablet.create(grant)
    tablet.sync()
    first = tablet.key.id
    _aged(owner, vault_owner, 31)

    assert upkeep.keep_up(by=BY).destroyed == ()
    _aged(owner, vault_owner, 80)
    assert upkeep.keep_up(by=BY).destroyed == ()
    _aged(owner, vault_owner, 11)
    assert upkeep.keep_up(by=BY).destroyed == (first,)
    assert exchange.newest().id > first


def test_a_key_is_kept_while_something_that_came_under_it_is_not_settled(
    tablet: SealedTablet, grant: str, owner: sa.Engine, vault_owner: sa.Engine
) -> None:
    tablet.create(grant, activity="juggling")
    tablet.sync()
    _aged(owner, vault_owner, 31)
    upkeep.keep_up(by=BY)
    _aged(owner, vault_owner, 100)

    assert upkeep.keep_up(by=BY).destroyed == ()


def test_no_key_is_kept_alive_for_ever_by_what_comes_under_it(
    tablet: SealedTablet, grant: str, owner: sa.Engine, vault_owner: sa.Engine
) -> None:
    first = tablet.key.id
    tablet.create(grant, activity="juggling")
    _aged(owner, vault_owner, 31)
    upkeep.keep_up(by=BY)
    _aged(owner, vault_owner, 366)
    tablet.sync()

    assert upkeep.keep_up(by=BY).destroyed == (first,)


def test_a_key_is_kept_while_something_comes_under_it(
    tablet: SealedTablet, grant: str, owner: sa.Engine, vault_owner: sa.Engine
) -> None:
    tablet.create(grant)
    _aged(owner, vault_owner, 31)
    upkeep.keep_up(by=BY)
    _aged(owner, vault_owner, 100)

    assert [result["code"] for result in tablet.sync()] == ["applied"]
    assert upkeep.keep_up(by=BY).destroyed == ()


def test_keys_of_what_was_never_kept_are_swept(
    tablet: SealedTablet, grant: str, vault_owner: sa.Engine
) -> None:
    tablet.create(grant, activity="juggling")
    tablet.sync()
    payloads.seal(uuid4(), "of a receipt that failed")
    with vault_owner.begin() as keys:
        keys.execute(sa.update(PAYLOAD_KEY).values(made_at=clock.now() - timedelta(days=2)))

    assert upkeep.keep_up(by=BY).swept == 1
    with vault.reading() as connection:
        left = set(connection.scalars(sa.select(PAYLOAD_KEY.c.payload_id)))
    commit()
    assert left == set(db.session.scalars(sa.select(SyncKept.id)))


def test_b2_what_was_missed_when_two_crossed_is_done_at_night(
    tablet: SealedTablet, grant: str, owner: sa.Engine
) -> None:
    poison = tablet.create(grant, activity="juggling")
    held = tablet.create(grant, sealed={"after": [str(poison.op_id)]})
    tablet.sync()
    with owner.begin() as database:
        late = sa.update(SyncInbox).where(SyncInbox.op_id == poison.op_id)
        database.execute(late.values(settled_at=clock.now()))

    assert upkeep.keep_up(by=BY).settled == 1
    assert upkeep.keep_up(by=BY).settled == 0
    commit()
    code = sa.select(SyncInbox.code).where(SyncInbox.op_id == held.op_id)
    assert db.session.scalar(code) == "applied"


def test_f7_after_a_restore_nothing_that_comes_again_is_told_as_lost(
    tablet: SealedTablet, grant: str
) -> None:
    for _ in range(3):
        tablet.create(grant)
    kept = tablet.outbox
    assert tablet.send(kept[:1])[0] == 200
    before = devices.server_generation()

    upkeep.restored(by=BY)

    assert tablet.send([])[1]["server_generation"] == before + 1
    tablet.begin_anew()
    assert [result["code"] for result in tablet.sync()] == ["duplicate", "applied", "applied"]
    commit()
    assert db.session.scalars(sa.select(SyncLoss)).all() == []


def test_what_waits_about_somebody_who_is_no_longer_known_is_gone_with_them(
    tablet: SealedTablet, grant: str
) -> None:
    anna = an_actor()
    person, other = a_participant(anna), a_participant(anna)
    for each in (person, other):
        tablet.create(grant, participant_id=str(each), note="Ringer")
    tablet.sync()

    with transaction(by=anna):
        events.announce(ParticipantRemoved(anna, person, "erased"))

    commit()
    rows = db.session.execute(sa.select(SyncKept.decision, SyncKept.sealed)).all()
    assert sorted((row.decision or "", row.sealed is None) for row in rows) == [
        ("", False), ("discarded", True),
    ]  # fmt: skip
