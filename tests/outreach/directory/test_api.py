"""The directory over HTTP: all staff read it, the administrator keeps it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.directory.models import DirectoryEntry
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import Visitor, uuid7

SignIn = Callable[..., Visitor]
Entry = Callable[..., dict[str, Any]]


@pytest.fixture
def keeper(signed_in: SignIn) -> Visitor:
    """The administrator's browser."""
    return signed_in(role="administrator", sites=(), committee=None)


def test_an_entry_is_added_checked_today_and_read_by_all_staff(
    keeper: Visitor, signed_in: SignIn, an_entry: Entry
) -> None:
    sent = an_entry()

    answer = keeper.send("directory", sent)

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    row = answer.get_json()
    assert (row["checked_on"], row["checked_by"]) == (
        clock.today().isoformat(),
        str(keeper.user.id),
    )
    assert row["requirements"] == {
        "min_age": 16, "max_age": None, "resident": True, "af_registered": False,
        "af_decision": False,
    }  # fmt: skip
    assert row["stale"] is False
    assert signed_in(role="receiver").get("directory").get_json() == {"items": [row], "next": None}


def test_a_repeat_answers_the_row_and_another_content_is_refused(
    keeper: Visitor, an_entry: Entry
) -> None:
    sent = an_entry()
    keeper.send("directory", sent)

    again = keeper.send("directory", sent | {"languages": ["en", "sv"]})
    other = keeper.send("directory", sent | {"name": "Något annat"})

    assert again.status_code == 200
    assert other.status_code == 409
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DirectoryEntry)) == 1


def test_every_fault_is_told_at_once(keeper: Visitor, an_entry: Entry) -> None:
    wrong = an_entry(
        target="moon",
        requirements={"min_age": 40, "max_age": 20},
        phone="ring",
        url="javascript:alert(1)",
        needs=["cv", "cv"],
        languages=["klingon"],
        valid_to="2024-01-01",
        owner="me",
    )
    wrong.pop("name")

    answer = keeper.send("directory", wrong)

    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/languages/0",
        "/name",
        "/needs/1",
        "/owner",
        "/phone",
        "/requirements/max_age",
        "/target",
        "/url",
        "/valid_to",
    }


def test_a_change_needs_its_version_and_keeps_what_it_does_not_name(
    keeper: Visitor, an_entry: Entry
) -> None:
    sent = an_entry()
    keeper.send("directory", sent)
    address, change = f"directory/{sent['id']}", {"requirements": {"max_age": 64}}

    without = keeper.send(address, change, method="PATCH")
    stale = keeper.send(address, change, method="PATCH", If_Match='"7"')
    changed = keeper.send(address, change, method="PATCH", If_Match='"1"')
    same = keeper.send(address, change, method="PATCH", If_Match='"2"')

    assert (without.status_code, stale.status_code) == (428, 412)
    assert stale.get_json()["current"]["version"] == 1
    assert changed.get_json()["version"] == 2
    assert changed.get_json()["requirements"]["min_age"] == 16
    assert changed.get_json()["requirements"]["max_age"] == 64
    assert changed.get_json()["phone"] == sent["phone"]
    assert same.get_json()["version"] == 2


def test_a_change_is_held_against_what_it_does_not_name(keeper: Visitor, an_entry: Entry) -> None:
    sent = an_entry()
    keeper.send("directory", sent)

    answer = keeper.send(
        f"directory/{sent['id']}", {"requirements": {"max_age": 10}}, method="PATCH", If_Match='"1"'
    )

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/requirements/max_age"]


def test_checked_today_makes_a_stale_entry_fresh(keeper: Visitor, an_entry: Entry) -> None:
    sent = an_entry()
    keeper.send("directory", sent)
    long_ago = clock.today() - timedelta(days=181)
    db.session.execute(sa.update(DirectoryEntry).values(checked_on=long_ago))
    db.session.commit()

    before = keeper.get(f"directory/{sent['id']}").get_json()
    answer = keeper.send(f"directory/{sent['id']}/check")

    assert before["stale"] is True
    assert answer.get_json()["stale"] is False
    assert answer.get_json()["checked_on"] == clock.today().isoformat()


def test_an_entry_checked_180_days_ago_is_not_stale_yet(keeper: Visitor, an_entry: Entry) -> None:
    sent = an_entry()
    keeper.send("directory", sent)
    db.session.execute(
        sa.update(DirectoryEntry).values(checked_on=clock.today() - timedelta(days=180))
    )
    db.session.commit()

    assert keeper.get(f"directory/{sent['id']}").get_json()["stale"] is False


def test_a_retired_entry_is_gone_from_the_list_after_its_last_day_but_kept(
    keeper: Visitor, an_entry: Entry
) -> None:
    sent = an_entry()
    keeper.send("directory", sent)
    address = f"directory/{sent['id']}"
    yesterday = (clock.today() - timedelta(days=1)).isoformat()

    today = keeper.send(f"{address}/retire", {}).get_json()
    still = keeper.get("directory").get_json()["items"]
    keeper.send(f"{address}/retire", {"valid_to": yesterday})

    assert today["valid_to"] == clock.today().isoformat()
    assert len(still) == 1
    assert keeper.get("directory").get_json()["items"] == []
    assert keeper.get(address).get_json()["valid_to"] == yesterday


def test_a_list_holds_only_what_helps_with_the_need_in_swedish_order(
    keeper: Visitor, an_entry: Entry
) -> None:
    for name in ("Östra", "Arken", "Ågården", "Zonen", "Ängen"):
        keeper.send("directory", an_entry(name=name, needs=["cv"]))
    keeper.send("directory", an_entry(name="Helt annat", needs=["language"]))

    items = keeper.get("directory?need=cv").get_json()["items"]

    assert [entry["name"] for entry in items] == ["Arken", "Zonen", "Ågården", "Ängen", "Östra"]


def test_keeping_the_directory_is_audited_with_ids_and_codes(
    keeper: Visitor, an_entry: Entry
) -> None:
    sent = an_entry()
    keeper.send("directory", sent)
    keeper.send(f"directory/{sent['id']}", {"name": "Nytt"}, method="PATCH", If_Match='"1"')
    keeper.send(f"directory/{sent['id']}/retire", {})

    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.kind == "directory_entry").order_by(AuditEntry.id)
    ).all()

    assert [(entry.action, entry.details) for entry in entries] == [
        ("create", {"target": "komvux_sfi"}),
        ("change", {"fields": ["name"]}),
        ("retire", None),
    ]
    assert {entry.object_id for entry in entries} == {sent["id"]}


def test_an_unknown_entry_is_not_found(keeper: Visitor) -> None:
    address = f"directory/{uuid7()}"

    assert keeper.get(address).status_code == 404
    assert keeper.send(f"{address}/check").status_code == 404
