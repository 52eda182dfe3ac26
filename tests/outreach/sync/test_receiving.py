"""What becomes of each operation that a tablet hands in."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.audit.models import AuditEntry
from outreach.contacts import linking
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact, ContactVersion
from outreach.devices.models import AuthorGrant
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.shifts.models import Shift
from outreach.staff import service as staff
from outreach.sync import envelope, keeping
from outreach.sync.models import SyncCapture, SyncInbox, SyncKept
from tests.builders import (
    Visitor,
    a_contact,
    a_participant,
    a_recorded_contact,
    a_user,
    an_actor,
    commit,
    uuid7,
)
from tests.sealed_tablet import Queued, SealedTablet, a_grant, a_sealed_tablet

SignIn = Callable[..., Visitor]
Results = list[dict[str, Any]]


def _codes(results: Results) -> list[str]:
    return [result["code"] for result in results]


def _reason(result: dict[str, Any]) -> str:
    return str(result["problem"]["type"]).removeprefix("/problems/")


def _row(model: Any, key: object) -> Any:
    commit()
    return db.session.get(model, key, populate_existing=True)


def _all(model: Any) -> list[Any]:
    commit()
    wanted = sa.select(model).execution_options(populate_existing=True)
    return list(db.session.scalars(wanted))


def _kept() -> list[tuple[SyncKept, keeping.Content]]:
    commit()
    rows = db.session.execute(sa.select(SyncKept.__table__).order_by(SyncKept.kept_at)).all()
    said = keeping.contents(rows)
    return [(row, said[row.id]) for row in rows if row.id in said]  # type: ignore[misc]


def _sent(tablet: SealedTablet, item: Queued) -> dict[str, Any]:
    """Return what a tablet is told of the one item that it sends."""
    status, answer = tablet.send([item])
    assert status == 200, answer
    [result] = answer["results"]
    return dict(result)


@pytest.fixture
def anna(app: Flask) -> User:
    assert app
    return a_user()


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


@pytest.fixture
def grant(tablet: SealedTablet, anna: User) -> str:
    return a_grant(anna, tablet.device)


# Once, whatever the network does


def test_a3_the_same_operation_five_times_at_once_is_one_contact(
    tablet: SealedTablet, grant: str
) -> None:
    tablet.send([])
    item = tablet.create(grant)
    request = tablet.request([item])
    headers = {"Authorization": f"Bearer {tablet.token}"}

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: tablet.post("sync", request, headers), range(5)))

    assert {status for status, _ in answers} == {200}
    results = [answer["results"][0] for _, answer in answers]
    assert sorted(_codes(results)) == ["applied"] + ["duplicate"] * 4
    told = {(result["op_id"], result["server_seq"], result["entity_rev"]) for result in results}
    assert len(told) == 1
    assert len(_all(Contact)) == 1


def test_a2_what_was_cut_off_is_answered_as_the_first_time(
    tablet: SealedTablet, grant: str
) -> None:
    for _ in range(5):
        tablet.create(grant)
    first = tablet.send()[1]["results"]

    again = tablet.send()[1]["results"]

    assert _codes(again) == ["duplicate"] * 5
    for before, now in zip(first, again, strict=True):
        assert {**now, "code": "applied"} == before
    assert len(_all(Contact)) == 5


def test_a4_another_content_under_the_same_number_is_kept_and_overwrites_nothing(
    tablet: SealedTablet, grant: str
) -> None:
    first = tablet.create(grant, gender="woman")
    tablet.sync()
    content = {
        "v": 1,
        "grant": grant,
        "type": "contact.create",
        "entity": str(first.entity),
        "at": clock.now().isoformat(),
        "body": a_contact(id=str(first.entity), gender="man"),
    }
    other = tablet.put(envelope.padded(content), op_id=first.op_id)
    at_its_place = replace(other, seq=1)

    results = [_sent(tablet, item) for item in (at_its_place, other, other)]

    assert _codes(results) == ["id_reuse"] * 3
    assert _row(Contact, first.entity).gender == "woman"
    ((row, content_kept),) = _kept()
    assert (row.kind, row.op_id) == ("id_reuse", first.op_id)
    assert content_kept.body is not None
    assert content_kept.body["gender"] == "man"


def test_a4_an_operation_of_another_tablet_is_never_taken_for_this_ones(
    app: Flask, tablet: SealedTablet, grant: str
) -> None:
    item = tablet.create(grant)
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")

    result = _sent(other, item)

    assert _codes([result]) == ["id_reuse"]
    assert len(_all(Contact)) == 1


def test_a5_two_visitors_alike_are_two_contacts(tablet: SealedTablet, grant: str) -> None:
    at = clock.now().isoformat()
    tablet.create(grant, occurred_at=at)
    tablet.create(grant, occurred_at=at)

    assert _codes(tablet.sync()) == ["applied", "applied"]
    assert len(_all(Contact)) == 2


def test_a11_one_that_never_can_be_saved_holds_up_none_but_what_rests_on_it(
    tablet: SealedTablet, grant: str
) -> None:
    items = [tablet.create(grant) for _ in range(2)]
    poison = tablet.create(grant, activity="juggling")
    tablet.correct(grant, poison, poison, gender="man")
    items += [tablet.create(grant) for _ in range(6)]

    results = tablet.sync()

    assert _codes(results) == ["applied"] * 2 + ["needs_review", "held"] + ["applied"] * 6
    problem = results[2]["problem"]
    assert problem["type"] == "/problems/invalid"
    assert problem["errors"][0]["pointer"] == "/activity"
    assert _reason(results[3]) == "waits"
    assert {row.id for row in _all(Contact)} == {each.entity for each in items}


def test_a11_what_nobody_foresaw_is_kept_too(
    tablet: SealedTablet, grant: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def fail(**_: object) -> None:
        db.session.execute(sa.text("SELECT 1/0"))

    tablet.create(grant, gender="woman")
    tablet.create(grant, gender="man")
    with monkeypatch.context() as patched:
        patched.setattr(contacts, "record_contact", fail)
        results = tablet.sync()
    tablet.create(grant)
    results += tablet.sync()

    assert _codes(results) == ["needs_review", "needs_review", "applied"]
    assert _reason(results[0]) == "failed"
    genders = {content.body["gender"] for _, content in _kept() if content.body}
    assert genders == {"woman", "man"}
    assert "30-44" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (b"no json", "unreadable"),
        (b"[1]", "unreadable"),
        (b'{"v": 1}', "unreadable"),
        (b'{"v": 2, "grant": "%s", "new": {"shape": 1}}', "version-unknown"),
    ],
)
def test_f5_what_cannot_be_read_here_is_kept_for_somebody_to_look_at(
    tablet: SealedTablet, grant: str, anna: User, plain: bytes, reason: str
) -> None:
    tablet.put(plain.replace(b"%s", grant.encode()))
    tablet.create(grant)

    results = tablet.sync()

    assert _codes(results) == ["needs_review", "applied"]
    assert _reason(results[0]) == reason
    ((row, content),) = _kept()
    assert row.site == "hagalund"
    if reason == "version-unknown":
        assert row.author_id == anna.id
        assert content.said == {"v": 2, "new": {"shape": 1}}


def test_what_was_changed_on_its_way_is_kept_as_it_came(tablet: SealedTablet, grant: str) -> None:
    item = tablet.create(grant)
    broken = replace(item, sealed=item.sealed[:-1] + bytes([item.sealed[-1] ^ 1]))
    other = tablet.create(grant)
    lying = other.written() | {"sealed_sha256": "00" * 32}

    _, answer = tablet.send([broken, lying])

    assert [_reason(result) for result in answer["results"]] == ["seal-broken"] * 2
    assert all(content.unopened for _, content in _kept())
    assert _all(Contact) == []


def test_f5_every_type_that_was_ever_sent_is_done(tablet: SealedTablet, grant: str) -> None:
    planned = uuid7()
    tablet.send([])
    code = tablet.send([])[1]["codes"][0]
    shift = uuid7()
    begun = (clock.now() - timedelta(hours=2)).isoformat()
    made = tablet.create(grant, sealed={"locked": True})
    tablet.correct(grant, made, made, gender="man")
    tablet.queue(grant, "contact.confirm", made.entity, after=[str(made.op_id)])
    tablet.void(grant, made, 2)
    tablet.queue(grant, "code.hand_out", body={"code": code})
    body = {"id": str(shift), "site": "hagalund", "activity": "open", "starts_at": begun}
    tablet.queue(grant, "shift.start", shift, body)
    tablet.queue(grant, "shift.close", shift, {"ended_at": None})
    tablet.queue(grant, "shift.begin", planned)

    results = tablet.sync()

    assert _codes(results) == ["applied"] * 7 + ["needs_review"]
    assert _reason(results[-1]) == "not-found"
    assert _row(Contact, made.entity).voided_at is not None
    assert _row(Shift, shift).closed_at is not None


# In order, also when others change the same


def test_b2_what_waited_is_done_with_what_it_waited_for(tablet: SealedTablet, grant: str) -> None:
    later = Queued(2, uuid7(), tablet.key.id, b"", uuid7())
    first = tablet.queue(grant, "contact.confirm", later.entity, after=[str(later.op_id)])
    body = a_contact(id=str(later.entity))
    content = {
        "v": 1, "grant": grant, "type": "contact.create", "entity": str(later.entity),
        "at": clock.now().isoformat(), "locked": True, "body": body,
    }  # fmt: skip
    tablet.put(envelope.padded(content), later.entity, op_id=later.op_id)

    assert _codes(tablet.sync()) == ["held", "applied"]

    assert _row(SyncCapture, later.entity).confirmed_at is not None
    inbox = {row.op_id: (row.code, row.settled_at is not None) for row in _all(SyncInbox)}
    assert inbox[first.op_id] == ("applied", True)
    assert _kept() == []


def test_b3_two_who_change_the_same_field_are_told_apart_by_a_person(
    app: Flask, tablet: SealedTablet, grant: str, anna: User
) -> None:
    contact = tablet.create(grant, gender="unknown")
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")
    theirs = a_grant(anna, other.device)
    tablet.correct(grant, contact, 1, gender="woman")
    other.correct(theirs, contact, 1, gender="man", minutes=5)

    assert _codes(tablet.sync()) == ["applied"]
    results = other.sync()

    assert _codes(results) == ["conflict"]
    assert _reason(results[0]) == "clash"
    row = _row(Contact, contact.entity)
    assert (row.gender, row.minutes, row.version) == ("woman", None, 2)
    ((kept, content),) = _kept()
    assert kept.kind == "conflict"
    assert content.body == {"gender": "man", "minutes": 5}


def test_b4_two_who_change_different_fields_are_both_heard(
    app: Flask, tablet: SealedTablet, grant: str, anna: User
) -> None:
    contact = tablet.create(grant)
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")
    theirs = a_grant(anna, other.device)
    tablet.correct(grant, contact, 1, gender="man", topics=["cv"])
    other.correct(theirs, contact, 1, minutes=5)

    assert _codes(tablet.sync() + other.sync()) == ["applied", "merged"]

    row = _row(Contact, contact.entity)
    assert (row.gender, row.minutes, row.version) == ("man", 5, 3)
    assert {each.version for each in _all(ContactVersion)} == {1, 2}


def test_the_same_change_on_two_tablets_is_no_conflict(
    app: Flask, tablet: SealedTablet, grant: str, anna: User
) -> None:
    contact = tablet.create(grant)
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")
    theirs = a_grant(anna, other.device)
    tablet.correct(grant, contact, 1, gender="man")
    other.correct(theirs, contact, 1, gender="man")

    assert _codes(tablet.sync() + other.sync()) == ["applied", "merged"]
    assert _row(Contact, contact.entity).version == 2


def test_a_void_wins_over_what_others_corrected(
    app: Flask, tablet: SealedTablet, grant: str, anna: User
) -> None:
    contact = tablet.create(grant)
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")
    theirs = a_grant(anna, other.device)
    tablet.correct(grant, contact, 1, gender="man")
    other.void(theirs, contact, 1)
    tablet.sync()

    assert _codes(other.sync()) == ["merged"]
    assert _row(Contact, contact.entity).voided_at is not None


def test_a_correction_of_what_others_voided_is_for_a_person(
    app: Flask, tablet: SealedTablet, grant: str, anna: User
) -> None:
    contact = tablet.create(grant)
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")
    theirs = a_grant(anna, other.device)
    tablet.void(grant, contact, 1)
    other.correct(theirs, contact, 1, gender="man")
    other.void(theirs, contact, 1)
    tablet.sync()

    results = other.sync()

    assert _codes(results) == ["conflict", "merged"]
    assert _reason(results[0]) == "contact-voided"


def test_a_version_that_never_was_here_overwrites_nothing(tablet: SealedTablet, grant: str) -> None:
    contact = tablet.create(grant)
    tablet.correct(grant, contact.entity, 7, gender="man")
    tablet.correct(grant, contact.entity, 7, gender="woman")

    assert _codes(tablet.sync()) == ["applied", "conflict", "merged"]


def test_b5_what_is_no_longer_the_authors_to_know_is_gone(
    tablet: SealedTablet, grant: str, anna: User
) -> None:
    contact = tablet.create(grant)
    tablet.sync()
    colleague = an_actor(committee="KN")
    person = a_participant(colleague, protected=True)
    with transaction(by=colleague):
        linking.link(by=colleague, participant=person, contacts=[contact.entity], basis="chosen")
    tablet.correct(grant, contact, 1, gender="man")
    tablet.void(grant, contact, 1)

    results = tablet.sync()

    assert _codes(results) == ["gone", "gone"]
    assert _kept() == []
    assert _row(Contact, contact.entity).gender == "woman"
    del anna


def test_what_never_came_here_is_for_a_person_to_look_at(tablet: SealedTablet, grant: str) -> None:
    tablet.correct(grant, uuid7(), 1, gender="man")

    results = tablet.sync()

    assert (_codes(results), _reason(results[0])) == (["needs_review"], "not-found")
    assert len(_kept()) == 1


def test_b9_two_tablets_at_once_lose_no_change(
    app: Flask, tablet: SealedTablet, grant: str, anna: User
) -> None:
    contact = tablet.create(grant)
    tablet.sync()
    tablets = [tablet, *(a_sealed_tablet(app, name=f"Platta {n}") for n in range(3))]
    fields = [("gender", "man"), ("minutes", 5), ("age_band", "18-29"), ("first_time", "yes")]
    for each, (name, value) in zip(tablets, fields, strict=True):
        each.correct(a_grant(anna, each.device), contact, 1, **{name: value})

    with ThreadPoolExecutor(4) as pool:
        results = [each for found in pool.map(lambda one: one.sync(), tablets) for each in found]

    assert sorted(_codes(results)) == ["applied"] + ["merged"] * 3
    row = _row(Contact, contact.entity)
    assert {name: getattr(row, name) for name, _ in fields} == dict(fields)
    assert row.version == 5


def test_a_shift_that_somebody_else_closed_is_for_a_person(
    tablet: SealedTablet, grant: str, anna: User
) -> None:
    shift = uuid7()
    body = {"id": str(shift), "site": "hagalund", "activity": "open"}
    body["starts_at"] = (clock.now() - timedelta(hours=3)).isoformat()
    tablet.queue(grant, "shift.start", shift, body)
    tablet.queue(grant, "shift.close", shift, {})
    tablet.queue(grant, "shift.close", shift, {"ended_at": body["starts_at"]})

    results = tablet.sync()

    assert _codes(results) == ["applied", "applied", "conflict"]
    assert _reason(results[2]) == "shift-closed"
    del anna


# By whatever clock


def test_c1_a_tablet_in_2001_counts_on_the_right_day_and_is_marked(
    tablet: SealedTablet, grant: str
) -> None:
    tablet.clock_off = datetime(2001, 1, 1, tzinfo=UTC) - clock.now()
    contact = tablet.create(grant)
    tablet.correct(grant, contact, contact, gender="man")

    assert _codes(tablet.sync()) == ["applied", "applied"]

    row, capture = _row(Contact, contact.entity), _row(SyncCapture, contact.entity)
    assert abs(row.occurred_at - clock.now()) < timedelta(minutes=2)
    assert capture.clock_wrong
    assert capture.captured_at.year == 2001


def test_c1_a_tablet_in_2035_neither(tablet: SealedTablet, grant: str) -> None:
    tablet.clock_off = datetime(2035, 1, 1, tzinfo=UTC) - clock.now()
    contact = tablet.create(grant)
    tablet.sync()

    assert abs(_row(Contact, contact.entity).occurred_at - clock.now()) < timedelta(minutes=2)
    assert _row(SyncCapture, contact.entity).clock_wrong


def test_c2_a_clock_that_jumped_back_since_costs_nothing(tablet: SealedTablet, grant: str) -> None:
    tablet.clock_off = datetime(2035, 1, 1, tzinfo=UTC) - clock.now()
    contact = tablet.create(grant)
    tablet.clock_off = timedelta()

    assert _codes(tablet.sync()) == ["applied"]
    assert abs(_row(Contact, contact.entity).occurred_at - clock.now()) < timedelta(minutes=2)


def test_what_waited_for_weeks_is_judged_as_when_it_was_captured(
    tablet: SealedTablet, grant: str
) -> None:
    then = clock.now() - timedelta(days=29)
    at = {"at": then.isoformat()}
    tablet.create(grant, sealed=at, occurred_at=(then - timedelta(days=13)).isoformat())
    tablet.create(grant, sealed=at, occurred_at=(then - timedelta(days=15)).isoformat())

    results = tablet.sync()

    assert _codes(results) == ["applied", "needs_review"]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/occurred_at"


def test_what_was_captured_under_lock_waits_for_its_author(
    tablet: SealedTablet, grant: str, app: Flask
) -> None:
    contact = tablet.create(grant, sealed={"locked": True})
    other = a_grant(a_user(), tablet.device)
    tablet.queue(other, "contact.confirm", contact.entity)
    tablet.queue(grant, "contact.confirm", contact.entity, locked=True)

    assert _codes(tablet.sync()) == ["applied", "needs_review", "needs_review"]
    assert _row(SyncCapture, contact.entity).confirmed_at is None

    tablet.queue(grant, "contact.confirm", contact.entity)
    tablet.sync()
    assert _row(SyncCapture, contact.entity).confirmed_at is not None
    del app


# As whose it is


def test_e5_the_author_is_who_wrote_it_and_the_carrier_is_told_too(
    app: Flask, tablet: SealedTablet, grant: str, anna: User, signed_in: SignIn
) -> None:
    contact = tablet.create(grant)
    carrier = signed_in()
    request = tablet.request([contact])

    answer = carrier.client.post(
        "/api/v1/sync", json=request, headers={"Authorization": f"Bearer {tablet.token}"}
    )

    assert answer.status_code == 200
    assert _row(Contact, contact.entity).recorded_by == anna.id
    (inbox,) = _all(SyncInbox)
    assert (inbox.author_id, inbox.transported_by) == (anna.id, carrier.user.id)
    entries = {(row.action, row.actor_id): row.object_id for row in _all(AuditEntry)}
    assert entries["create", anna.id] == str(contact.entity)
    assert entries["carry", carrier.user.id] == request["batch_id"]
    del app


def _of_nobody(tablet: SealedTablet, user: User) -> str:
    del tablet, user
    return "og_forged"


def _of_another_tablet(tablet: SealedTablet, user: User) -> str:
    del tablet
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    other = a_sealed_tablet(app, name="Platta 2")
    return a_grant(user, other.device)


def _expired(tablet: SealedTablet, user: User) -> str:
    return a_grant(user, tablet.device, lasts=timedelta(seconds=-1))


def _revoked(tablet: SealedTablet, user: User) -> str:
    secret = a_grant(user, tablet.device)
    with transaction() as session:
        session.execute(sa.update(AuthorGrant).values(revoked_at=clock.now()))
    return secret


def _closed(tablet: SealedTablet, user: User) -> str:
    secret = a_grant(user, tablet.device)
    staff.close_user(by=system("test"), id=user.id)
    return secret


def _changed(**given: Any) -> Callable[[SealedTablet, User], str]:
    def change(tablet: SealedTablet, user: User) -> str:
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == user.id).values(**given))
        return a_grant(user, tablet.device)

    return change


@pytest.mark.parametrize(
    ("made", "reason", "known"),
    [
        (_of_nobody, "author-unknown", False),
        (_of_another_tablet, "author-unknown", False),
        (_expired, "author-expired", True),
        (_revoked, "author-revoked", True),
        (_closed, "author-closed", True),
        (_changed(roles=["analyst"]), "author-role", True),
        (_changed(sites=["bagartorp"]), "author-site", True),
    ],
)
def test_e7_what_its_author_may_no_longer_do_is_kept_for_somebody_to_look_at(
    tablet: SealedTablet,
    anna: User,
    made: Callable[[SealedTablet, User], str],
    reason: str,
    known: bool,  # noqa: FBT001 - a value of the table
) -> None:
    grant = made(tablet, anna)
    tablet.create(grant)

    results = tablet.sync()

    assert (_codes(results), _reason(results[0])) == (["needs_review"], reason)
    assert _all(Contact) == []
    ((row, content),) = _kept()
    assert (row.author_id == anna.id) == known
    assert content.body is not None
    assert "grant" not in json.dumps(content.written())


def test_what_is_about_a_known_person_is_never_written_without_a_network(
    tablet: SealedTablet, grant: str
) -> None:
    tablet.create(grant, participant_id=str(uuid7()))
    tablet.create(grant, note="Ringer på måndag")

    results = tablet.sync()

    assert [_reason(result) for result in results] == ["needs-network"] * 2


def test_a_contact_that_the_same_person_logged_with_a_network_is_the_same(
    tablet: SealedTablet, grant: str, anna: User
) -> None:
    said = a_contact()
    contacts.record_contact(by=actor_named(anna.username), given=said)
    tablet.queue(grant, "contact.create", said["id"], said)
    tablet.queue(grant, "contact.create", said["id"], said | {"gender": "man"})

    results = tablet.sync()

    assert _codes(results) == ["applied", "needs_review"]
    assert _reason(results[1]) == "id-reuse"
    assert len(_all(Contact)) == 1


def test_a_receipt_tells_the_version_that_others_can_build_on(
    tablet: SealedTablet, grant: str, anna: User
) -> None:
    row = a_recorded_contact(actor_named(anna.username))
    tablet.correct(grant, UUID(str(row["id"])), 1, gender="man")

    (result,) = tablet.sync()

    assert result["entity_rev"] == 2


def test_f10_nothing_of_what_was_refused_is_in_the_log(
    tablet: SealedTablet, grant: str, caplog: pytest.LogCaptureFixture
) -> None:
    tablet.create(grant, topics=["Zxqvilda Wkårtrand"])
    tablet.create(grant, Zxqvilda="Wkårtrand")
    tablet.put(b'{"v": 1, "Zxqvilda": "Wk')

    codes = [result["code"] for result in tablet.sync()]

    assert codes == ["needs_review"] * 3
    assert "/api/v1/sync" in caplog.text
    assert "Zxqvilda" not in caplog.text


def test_half_a_sign_in_an_operation_holds_up_nothing(tablet: SealedTablet, grant: str) -> None:
    body = a_contact(topics=["\ud83d"])
    said = {"v": 1, "grant": grant, "type": "contact.create", "entity": body["id"], "body": body}
    told = {"at": tablet.now().isoformat(), "locked": False, "base": None, "after": []}
    tablet.put(json.dumps(said | told).encode())
    tablet.create(grant)

    codes = [result["code"] for result in tablet.sync()]

    assert codes == ["needs_review", "applied"]
