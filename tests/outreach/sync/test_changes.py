"""What a tablet reads of its worker's day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.contacts import linking
from outreach.contacts.models import Contact
from outreach.devices import service as devices
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.sync import changes, upkeep
from tests.builders import (
    Visitor,
    a_code,
    a_participant,
    a_recorded_contact,
    an_actor,
    commit,
    uuid7,
)
from tests.sealed_tablet import SealedTablet, a_grant, a_sealed_tablet
from tests.waiting import until_all_is_over

SignIn = Callable[..., Visitor]


class _Reader:
    """A tablet with somebody signed in, that reads on from where it was."""

    def __init__(self, visitor: Visitor, tablet: SealedTablet) -> None:
        self.visitor, self.tablet, self.cursor = visitor, tablet, ""

    def answer(self) -> Any:
        where = f"changes?cursor={self.cursor}" if self.cursor else "changes"
        return self.visitor.get(where, headers={"Authorization": f"Bearer {self.tablet.token}"})

    def read(self) -> dict[str, Any]:
        answer = self.answer()
        assert answer.status_code == 200, answer.json
        told: dict[str, Any] = answer.get_json()
        self.cursor = told["next"]
        return told

    def ids(self, *, gone: bool = False) -> set[UUID]:
        return {UUID(item["id"]) for item in self.read()["items"] if item["gone"] == gone}


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


@pytest.fixture
def grant(tablet: SealedTablet, anna: Visitor) -> str:
    return a_grant(anna.user, tablet.device)


@pytest.fixture
def reader(anna: Visitor, tablet: SealedTablet) -> _Reader:
    return _Reader(anna, tablet)


def _actor(user: User) -> Any:
    return actor_named(user.username)


def test_the_day_is_told_once_and_then_what_changes_of_it(
    reader: _Reader, tablet: SealedTablet, grant: str
) -> None:
    first, second = tablet.create(grant), tablet.create(grant)
    tablet.sync()

    until_all_is_over()
    assert reader.ids() == {first.entity, second.entity}
    assert reader.ids() == set()
    tablet.correct(grant, first, 1, gender="man")
    tablet.sync()
    told = reader.read()["items"]
    assert [(item["id"], item["contact"]["gender"]) for item in told] == [
        (str(first.entity), "man")
    ]


def test_an_anonymous_contact_is_told_whole_and_without_who_logged_it(
    reader: _Reader, tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    code = a_code(_actor(anna.user))["code"]
    tablet.create(grant, sealed={"locked": True}, recognition_code=code)
    tablet.sync()

    (item,) = reader.read()["items"]

    assert set(item["contact"]) == {
        "id", "version", "occurred_at", "site", "activity", "contact_type", "headcount",
        "age_band", "gender", "topics", "result", "signposted_to", "first_time", "talk_language",
        "interpreter", "minutes", "voided_at", "recognition_code", "identity",
        "captured_locked", "clock_wrong",
    }  # fmt: skip
    assert item["contact"]["recognition_code"] == code
    assert (item["contact"]["captured_locked"], item["contact"]["clock_wrong"]) == (True, False)


def test_of_a_known_persons_contact_next_to_nothing_is_told(reader: _Reader, anna: Visitor) -> None:
    actor = _actor(anna.user)
    person = a_participant(actor)
    a_recorded_contact(actor, participant_id=str(person))

    (item,) = reader.read()["items"]

    assert set(item["contact"]) == {
        "id", "version", "occurred_at", "site", "activity", "contact_type", "identity",
        "voided_at",
    }  # fmt: skip
    assert item["contact"]["identity"] == "identified"


def test_somebody_elses_contacts_and_other_days_are_not_told(
    reader: _Reader, anna: Visitor
) -> None:
    a_recorded_contact(an_actor())
    yesterday = (clock.now() - timedelta(days=1)).isoformat()
    a_recorded_contact(_actor(anna.user), occurred_at=yesterday)

    assert reader.read()["items"] == []


def test_a_contact_that_was_moved_to_another_day_is_gone(
    reader: _Reader, tablet: SealedTablet, grant: str
) -> None:
    contact = tablet.create(grant)
    tablet.sync()
    reader.read()
    yesterday = (clock.now() - timedelta(days=1)).isoformat()
    tablet.correct(grant, contact, 1, occurred_at=yesterday)
    tablet.sync()

    assert reader.ids(gone=True) == {contact.entity}


def test_b5_a_contact_that_is_no_longer_ones_to_know_is_gone(
    reader: _Reader, tablet: SealedTablet, grant: str
) -> None:
    contact = tablet.create(grant)
    tablet.sync()
    reader.read()
    colleague = an_actor()
    person = a_participant(colleague, protected=True)
    with transaction(by=colleague):
        linking.link(by=colleague, participant=person, contacts=[contact.entity], basis="chosen")

    assert reader.ids(gone=True) == {contact.entity}


def test_b10_what_was_begun_before_a_look_and_kept_after_it_is_told_by_the_next(
    app: Flask, reader: _Reader, tablet: SealedTablet, grant: str, owner: sa.Engine
) -> None:
    slow = tablet.create(grant)
    tablet.sync()
    # What was under way elsewhere on this server would have it told once more.
    until_all_is_over()
    reader.read()
    with owner.connect() as late, late.begin():
        late.execute(
            sa.text(
                "UPDATE contact SET minutes = 5, version = 2,"
                " changed_xid = pg_current_xact_id() WHERE id = :id"
            ),
            {"id": slow.entity},
        )
        quick = tablet.create(grant)
        tablet.sync()
        assert reader.ids() == {quick.entity}
        assert reader.ids() == {quick.entity}

    assert slow.entity in reader.ids()
    del app


def test_a_long_day_is_told_in_parts(
    reader: _Reader, tablet: SealedTablet, grant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MOST_AT_ONCE", 2)
    queued = {tablet.create(grant).entity for _ in range(5)}
    tablet.sync()
    until_all_is_over()
    told: set[UUID] = set()
    more = True
    while more:
        answer = reader.read()
        assert len(answer["items"]) <= 2
        told |= {UUID(item["id"]) for item in answer["items"]}
        more = answer["more"]

    assert told == queued
    assert reader.ids() == set()


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "YQpiCmMKZA"])
def test_a_place_that_was_never_told_is_refused_or_begins_anew(
    reader: _Reader, cursor: str
) -> None:
    reader.cursor = cursor

    assert reader.answer().status_code in {200, 422}


def test_another_at_the_same_tablet_begins_anew_with_their_own(
    reader: _Reader, tablet: SealedTablet, grant: str, signed_in: SignIn
) -> None:
    tablet.create(grant)
    tablet.sync()
    reader.read()
    other = signed_in()
    a_recorded_contact(_actor(other.user))
    reader.visitor = other

    assert len(reader.read()["items"]) == 1


def test_f7_another_life_of_the_database_begins_anew(
    reader: _Reader, tablet: SealedTablet, grant: str
) -> None:
    tablet.create(grant)
    tablet.sync()
    reader.read()

    generation = upkeep.restored(by=system("test"))

    assert reader.read()["server_generation"] == generation
    reader.cursor = ""
    assert len(reader.read()["items"]) == 1


def test_the_day_as_it_stands_is_told_with_it(
    reader: _Reader, tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    shift = uuid7()
    begun = (clock.now() - timedelta(hours=1)).isoformat()
    body = {"id": str(shift), "site": "hagalund", "activity": "open", "starts_at": begun}
    tablet.queue(grant, "shift.start", shift, body)
    locked = tablet.create(grant, sealed={"locked": True})
    tablet.create(grant, activity="juggling")
    tablet.sync()

    told = reader.read()

    assert told["shift"]["id"] == str(shift)
    assert told["shift"]["site_label"] == "Hagalund"
    assert told["counts"] == {"own": 1, "shift": 1}
    assert told["unconfirmed"] == [str(locked.entity)]
    (kept,) = told["attention"]
    assert (kept["kind"], kept["reason"]) == ("needs_review", "invalid")
    assert kept["facts"]["activity"] == "juggling"
    assert told["user"] == {"id": str(anna.user.id), "name": anna.user.name}
    assert told["sites"] == ["hagalund"]
    tablet.queue(grant, "contact.confirm", locked.entity)
    tablet.sync()
    assert reader.read()["unconfirmed"] == []


def test_both_sides_are_told_in_words_but_not_of_somebody_who_is_known_by_now(
    reader: _Reader, tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    contact = tablet.create(grant, gender="unknown")
    tablet.correct(grant, contact, 1, gender="woman")
    tablet.correct(grant, contact.entity, 1, gender="man")
    tablet.sync()

    (kept,) = reader.read()["attention"]

    assert kept["sides"] == [{"label": "Kön", "said": "Man", "now": "Kvinna"}]
    assert kept["current"]["gender"] == "woman"
    commit()
    author = actor_named(anna.user.username)
    somebody = a_participant(author)
    with transaction(by=author):
        linking.link(by=author, participant=somebody, contacts=[contact.entity], basis="chosen")
    (kept,) = reader.read()["attention"]
    assert (kept["sides"], kept["current"]) == ([], None)


def test_the_token_that_comes_with_it_lets_the_tablet_write(reader: _Reader, anna: Visitor) -> None:
    token = reader.read()["csrf_token"]
    anna.headers = {"X-CSRF-Token": token}

    assert anna.send("session/lock").status_code == 204
    assert reader.answer().status_code == 401


def test_a_revoked_tablet_reads_nothing(reader: _Reader, tablet: SealedTablet) -> None:
    devices.revoke_device(by=system("test"), id=tablet.device)

    answer = reader.answer()

    assert (answer.status_code, answer.json["type"]) == (401, "/problems/device-revoked")


def test_a_browser_that_is_no_tablet_reads_nothing(anna: Visitor) -> None:
    answer = anna.get("changes")

    assert answer.status_code == 401
    assert answer.get_json()["type"] == "/problems/device-unknown"


def test_nobody_signed_in_reads_nothing(client: Any, tablet: SealedTablet) -> None:
    answer = client.get("/api/v1/changes", headers={"Authorization": f"Bearer {tablet.token}"})

    assert answer.status_code == 401


@pytest.mark.parametrize(("told", "status"), [("1.9.0", 426), ("1.10.0", 200), ("dev", 200)])
def test_f5_an_app_that_is_too_old_reads_nothing_and_hands_in_all_the_same(
    reader: _Reader, grant: str, monkeypatch: pytest.MonkeyPatch, told: str, status: int
) -> None:
    tablet = reader.tablet
    monkeypatch.setitem(current_app.config, "OLDEST_APP", "1.10")
    tablet.create(grant)

    assert tablet.send(app_version=told)[0] == 200

    answer = reader.answer()
    assert answer.status_code == status
    if status == 426:
        assert answer.get_json()["type"] == "/problems/app-too-old"
    commit()
    assert len(db.session.scalars(sa.select(Contact.id)).all()) == 1
