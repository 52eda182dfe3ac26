"""Doing what was done on a tablet: who somebody was, received once and shown to nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts.service import actor_named
from outreach.foundation import vault
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.identification import later
from outreach.sync import upkeep
from outreach.sync.models import SyncKept
from tests.builders import Visitor, commit
from tests.sealed_tablet import Queued, SealedTablet, a_grant, a_sealed_tablet

SignIn = Callable[..., Visitor]
NAME = "Kanarina"


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


@pytest.fixture
def grant(tablet: SealedTablet, anna: Visitor) -> str:
    return a_grant(anna.user, tablet.device)


def _later(tablet: SealedTablet, grant: str, contact: Queued, **said: Any) -> Queued:
    body = {"contact_id": str(contact.entity), "given_name": NAME}
    return tablet.queue(grant, "link.later", body=body, after=[str(contact.op_id)], **said)


def _waiting(visitor: Visitor) -> list[str]:
    commit()
    return [row["given_name"] for row in later.waiting(by=actor_named(visitor.user.username))]


def _codes(results: list[dict[str, Any]]) -> list[str]:
    return [result["code"] for result in results]


def _keys() -> int:
    with vault.reading() as connection:
        counted = sa.select(sa.func.count()).select_from(vault.PAYLOAD_KEY)
        return connection.scalar(counted) or 0


def test_it_comes_after_its_contact_and_waits_for_its_author(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    _later(tablet, grant, tablet.create(grant))

    assert _codes(tablet.sync()) == ["applied", "applied"]
    assert _waiting(anna) == [NAME]


def test_the_same_operation_again_is_a_duplicate_and_waits_once(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    _later(tablet, grant, tablet.create(grant))
    tablet.send()

    assert _codes(tablet.sync()) == ["duplicate", "duplicate"]
    assert _waiting(anna) == [NAME]
    assert _keys() == 1


def test_of_a_contact_that_was_removed_nothing_is_kept(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    contact = tablet.create(grant)
    tablet.void(grant, contact, contact)
    _later(tablet, grant, contact)

    assert _codes(tablet.sync()) == ["applied", "applied", "gone"]
    assert _waiting(anna) == []
    assert _keys() == 0


def test_what_somebody_must_look_at_names_nobody(
    tablet: SealedTablet, grant: str, anna: Visitor, signed_in: SignIn
) -> None:
    eva = signed_in(role="supervisor")
    contact = tablet.create(grant)
    _later(tablet, grant, contact, locked=True)
    tablet.queue(grant, "link.later", body={"given_name": NAME}, at="no time at all")

    assert _codes(tablet.sync()) == ["applied", "needs_review", "needs_review"]
    for visitor in (anna, eva):
        answer = visitor.get("sync/review")
        assert NAME not in answer.text
        told = [item["facts"] for item in answer.get_json()["items"]]
        assert told == [{"contact_id": str(contact.entity)}, {}]
    assert _waiting(anna) == []


def test_of_several_at_once_it_goes_to_review_with_the_reason(
    tablet: SealedTablet, grant: str
) -> None:
    group: dict[str, Any] = {
        "contact_type": "group",
        "headcount": 3,
        "age_band": "unknown",
        "gender": "unknown",
    }
    _later(tablet, grant, tablet.create(grant, **group))

    assert _codes(tablet.sync()) == ["applied", "needs_review"]
    db.session.rollback()
    assert db.session.scalars(sa.select(SyncKept.reason)).all() == ["nobodys-contact"]


def test_what_nobody_has_decided_about_for_a_week_is_let_go(
    tablet: SealedTablet, grant: str, owner: sa.Engine
) -> None:
    contact = tablet.create(grant)
    _later(tablet, grant, contact, locked=True)
    tablet.sync()
    upkeep.keep_up(by=system("test"))
    assert _keys() == 1
    with owner.begin() as database:
        older = SyncKept.__table__.c.kept_at - timedelta(days=7, minutes=1)
        database.execute(sa.update(SyncKept).values(kept_at=older))

    upkeep.keep_up(by=system("test"))

    commit()
    [kept] = db.session.execute(sa.select(SyncKept.sealed, SyncKept.decision)).all()
    assert tuple(kept) == (None, "discarded")
    assert _keys() == 0


def test_nothing_of_it_is_in_what_a_tablet_reads_back(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    contact = tablet.create(grant)
    _later(tablet, grant, contact)
    _later(tablet, grant, contact, locked=True)
    tablet.sync()

    answer = anna.client.get("/api/v1/changes", headers={"Authorization": f"Bearer {tablet.token}"})

    assert answer.status_code == 200
    assert len(answer.get_json()["attention"]) == 1
    assert NAME not in json.dumps(answer.get_json(), ensure_ascii=False)
