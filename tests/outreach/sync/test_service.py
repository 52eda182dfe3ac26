"""What a tablet hands in as a whole: its line, its bounds, what it is told of itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.contacts import recognition_codes
from outreach.contacts.models import Contact, RecognitionCode
from outreach.devices import service as devices
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.vault import TABLET_KEY
from outreach.sync.models import SyncEpoch, SyncInbox, SyncLoss, SyncPosition
from tests.builders import Visitor, a_user, an_actor, commit
from tests.sealed_tablet import SealedTablet, a_grant, a_sealed_tablet
from tests.statements import asked

SignIn = Callable[..., Visitor]


def _codes(results: list[dict[str, object]]) -> list[object]:
    return [result["code"] for result in results]


def _many(model: type) -> int:
    commit()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def _losses(tablet: SealedTablet) -> list[tuple[int, int, str]]:
    commit()
    wanted = sa.select(SyncLoss).where(SyncLoss.device_id == tablet.device)
    found = db.session.scalars(wanted.order_by(SyncLoss.first_seq))
    return [(row.first_seq, row.last_seq, row.kind) for row in found]


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


@pytest.fixture
def grant(tablet: SealedTablet) -> str:
    return a_grant(a_user(), tablet.device)


def test_what_was_sealed_arrives_in_order(tablet: SealedTablet, grant: str) -> None:
    queued = [tablet.create(grant) for _ in range(3)]

    results = tablet.sync()

    assert _codes(results) == ["applied"] * 3
    assert [result["seq"] for result in results] == [1, 2, 3]
    arrived = [result["server_seq"] for result in results]
    assert arrived == sorted(arrived)
    commit()
    assert set(db.session.scalars(sa.select(Contact.id))) == {each.entity for each in queued}


def test_a_contact_takes_few_round_trips(tablet: SealedTablet, grant: str) -> None:
    for _ in range(2):
        tablet.create(grant)
        tablet.sync()

    with asked() as for_two:
        tablet.create(grant)
        tablet.create(grant)
        tablet.sync()
    with asked() as for_ten:
        for _ in range(10):
            tablet.create(grant)
        tablet.sync()

    # BEGIN and COMMIT are sent besides.
    assert (len(for_ten) - len(for_two)) / 8 <= 6


def test_the_answer_tells_what_a_tablet_needs_to_go_on(tablet: SealedTablet, grant: str) -> None:
    item = tablet.create(grant)
    request = tablet.request([item])

    status, answer = tablet.post("sync", request, {"Authorization": f"Bearer {tablet.token}"})

    assert status == 200
    assert (answer["proto"], answer["batch_id"]) == (1, request["batch_id"])
    assert (answer["last_seq"], answer["server_generation"]) == (1, devices.server_generation())
    assert answer["results"][0]["sealed_sha256"] == item.written()["sealed_sha256"]
    assert answer["key"] == {"id": tablet.key.id, "public": answer["key"]["public"]}
    assert len(answer["codes"]) == 20


def test_nothing_to_hand_in_is_still_heard(tablet: SealedTablet) -> None:
    status, answer = tablet.send(
        [], app_version="2.0.1", pending_count=3, oldest_pending_s=3600, storage_persisted=False
    )

    assert (status, answer["results"], answer["last_seq"]) == (200, [], 0)
    (row,) = devices.devices(by=system("test"))
    assert (row["app_version"], row["pending_count"]) == ("2.0.1", 3)
    assert row["storage_persisted"] is False
    assert abs(clock.now() - timedelta(hours=1) - row["oldest_pending_at"]) < timedelta(minutes=1)


def test_what_was_received_no_longer_waits(tablet: SealedTablet, grant: str) -> None:
    tablet.create(grant)
    tablet.sync()

    (row,) = devices.devices(by=system("test"))
    assert (row["pending_count"], row["oldest_pending_at"]) == (0, None)


def test_a_tablet_that_nobody_knows_is_told_so(tablet: SealedTablet) -> None:
    tablet.token = "od_nobody"

    status, answer = tablet.send([])

    assert (status, answer["type"]) == (401, "/problems/device-unknown")


def test_somebody_signed_in_without_a_tablet_hands_in_nothing(signed_in: SignIn) -> None:
    assert signed_in().send("sync", {}).status_code == 401


# A12


def test_a12_more_than_fifty_at_once_are_too_many(tablet: SealedTablet, grant: str) -> None:
    for _ in range(51):
        tablet.create(grant)

    status, answer = tablet.send(tablet.outbox)

    assert (status, answer["type"]) == (413, "/problems/too-large")
    assert _many(SyncInbox) == 0
    assert _codes(tablet.sync()) == ["applied"] * 51


def test_a12_more_than_a_mebibyte_at_once_is_too_much(tablet: SealedTablet, grant: str) -> None:
    for _ in range(4):
        tablet.put(b"{" + b" " * 300_000)

    status, answer = tablet.send()

    assert (status, answer["type"]) == (413, "/problems/too-large")
    assert tablet.send(tablet.outbox[:1])[0] == 200
    del grant


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"proto": 2}, "/proto"),
        ({"epoch": "?"}, "/epoch"),
        ({"client_now": "yesterday"}, "/client_now"),
        ({"pending_count": -1}, "/pending_count"),
        ({"ops": [{"seq": 0, "op_id": None, "lost": True}]}, "/ops/0/seq"),
        ({"ops": [{"seq": 1, "op_id": None}]}, "/ops/0/op_id"),
        ({"ops": [{"seq": 1, "op_id": str(uuid4()), "lost": True}]}, "/ops/0/op_id"),
        ({"ops": [{"seq": 1, "op_id": str(uuid4()), "key_id": 1}]}, "/ops/0/sealed"),
        ({"ops": "none"}, "/ops"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_sending_that_is_none_is_refused_whole(
    tablet: SealedTablet, said: dict[str, object], pointer: str
) -> None:
    status, answer = tablet.send([], **said)

    assert (status, answer["type"]) == (422, "/problems/invalid")
    assert pointer in {error["pointer"] for error in answer["errors"]}


@pytest.mark.parametrize("alphabet", ["urlsafe", "standard"])
def test_sealed_bytes_may_be_written_in_either_alphabet(
    tablet: SealedTablet, grant: str, alphabet: str
) -> None:
    written = tablet.create(grant).written()
    if alphabet == "standard":
        plain = written["sealed"].replace("-", "+").replace("_", "/")
        written["sealed"] = plain + "=" * (-len(plain) % 4)

    status, answer = tablet.send([written])

    assert (status, _codes(answer["results"])) == (200, ["applied"])


# B1, B8: the line


def test_b1_what_comes_before_its_predecessor_is_asked_for(
    tablet: SealedTablet, grant: str
) -> None:
    first = tablet.create(grant)
    second = tablet.correct(grant, first, first, gender="man")

    status, answer = tablet.send([second])

    assert (status, answer["type"], answer["expected"]) == (409, "/problems/gap", 1)
    assert _many(SyncInbox) == 0
    assert [result["entity_rev"] for result in tablet.sync()] == [1, 2]


def test_b1_a_hole_within_a_sending_is_asked_for(tablet: SealedTablet, grant: str) -> None:
    items = [tablet.create(grant) for _ in range(3)]

    status, answer = tablet.send([items[0], items[2]])

    assert (status, answer["expected"]) == (409, 2)
    assert _many(SyncInbox) == 0


def test_b8_the_order_is_that_in_which_things_were_done(tablet: SealedTablet, grant: str) -> None:
    first, second, third = (tablet.create(grant) for _ in range(3))
    tablet.sync()
    tablet.correct(grant, first, 1, gender="man")
    tablet.void(grant, second, 1)
    tablet.correct(grant, third, 1, gender="man")

    tablet.sync()

    commit()
    wanted = sa.select(AuditEntry.action).where(AuditEntry.action.in_(["correct", "void"]))
    assert list(db.session.scalars(wanted.order_by(AuditEntry.id))) == [
        "correct",
        "void",
        "correct",
    ]


# D4, F8: another storage


def test_d4_what_a_wiped_storage_never_sent_is_told_as_lost(
    tablet: SealedTablet, grant: str
) -> None:
    for _ in range(5):
        tablet.create(grant)
    assert tablet.send(tablet.outbox[:2])[0] == 200
    tablet.outbox, tablet.next_seq, tablet.epoch = [], 1, uuid4()
    tablet.create(grant)

    assert _codes(tablet.sync()) == ["applied"]

    assert _losses(tablet) == [(3, 5, "never_arrived")]


def test_d4_a_storage_that_had_sent_all_lost_nothing(tablet: SealedTablet, grant: str) -> None:
    tablet.create(grant)
    tablet.sync()
    tablet.next_seq, tablet.epoch = 1, uuid4()
    tablet.create(grant)
    tablet.sync()

    assert _losses(tablet) == []


def test_d4_what_the_tablet_cannot_produce_any_more_is_told_and_the_line_goes_on(
    tablet: SealedTablet, grant: str
) -> None:
    items = [tablet.create(grant) for _ in range(4)]
    lost = [{"seq": seq, "op_id": None, "lost": True} for seq in (2, 3)]

    status, answer = tablet.send([items[0], *lost, items[3]])
    again = tablet.send([items[0], *lost, items[3]])[1]

    assert status == 200
    assert _codes(answer["results"]) == ["applied", "gone", "gone", "applied"]
    assert _codes(again["results"]) == ["duplicate"] * 4
    assert _losses(tablet) == [(2, 3, "lost")]


def test_what_had_come_before_it_was_lost_is_no_loss(tablet: SealedTablet, grant: str) -> None:
    tablet.send([tablet.create(grant)])

    answer = tablet.send([{"seq": 1, "op_id": None, "lost": True}])[1]

    assert _codes(answer["results"]) == ["duplicate"]
    assert _losses(tablet) == []


def test_d4_a_storage_that_is_put_back_ends_the_line_that_it_had_begun_meanwhile(
    tablet: SealedTablet, grant: str
) -> None:
    tablet.send([])
    before, tablet.epoch = tablet.epoch, uuid4()
    codes = tablet.send([])[1]["codes"]
    for _ in range(3):
        tablet.create(grant)
    tablet.send(tablet.outbox[:1])
    tablet.outbox, tablet.next_seq, tablet.epoch = [], 1, before

    again = tablet.send([])[1]["codes"]

    assert set(again).isdisjoint(codes)
    assert _losses(tablet) == [(2, 3, "never_arrived")]
    tablet.send([])
    assert tablet.codes != codes


def test_f8_a_number_that_stood_for_another_operation_is_refused(
    tablet: SealedTablet, grant: str
) -> None:
    for _ in range(3):
        tablet.create(grant)
    tablet.sync()
    tablet.next_seq = 2
    tablet.create(grant)
    tablet.create(grant)

    status, answer = tablet.send()

    assert (status, answer["type"]) == (409, "/problems/epoch-conflict")
    tablet.begin_anew()
    assert _codes(tablet.sync()) == ["applied", "applied"]
    assert _many(Contact) == 5
    assert _losses(tablet) == []


def test_f8_what_had_come_already_is_the_same_in_a_new_line(
    tablet: SealedTablet, grant: str
) -> None:
    tablet.create(grant)
    tablet.create(grant)
    assert tablet.send()[0] == 200
    tablet.begin_anew()
    tablet.create(grant)

    assert _codes(tablet.sync()) == ["duplicate", "duplicate", "applied"]
    assert _many(Contact) == 3
    assert _many(SyncPosition) == 5
    commit()
    lines = db.session.execute(sa.select(SyncEpoch.last_seq, SyncEpoch.ended_at)).all()
    assert {(row.last_seq, row.ended_at is None) for row in lines} == {(2, False), (3, True)}


# Codes


def test_codes_are_the_same_until_they_are_handed_out(tablet: SealedTablet, grant: str) -> None:
    tablet.send([])
    before = tablet.send([])[1]["codes"]
    given, logged = before[:2]
    tablet.queue(grant, "code.hand_out", body={"code": given.lower().replace("-", " ")})
    tablet.create(grant, recognition_code=logged)

    assert _codes(tablet.sync()) == ["applied", "applied"]

    assert len(tablet.codes) == 20
    assert set(before) - set(tablet.codes) == {given, logged}
    commit()
    out = sa.select(RecognitionCode).where(RecognitionCode.handed_out_at.is_not(None))
    assert {row.code for row in db.session.scalars(out)} == {given, logged}
    known = recognition_codes.look_up(by=an_actor(), given={"code": logged})
    assert len(known["contacts"]) == 1


def test_a_code_that_was_handed_out_before_the_storage_was_lost_is_never_offered_again(
    tablet: SealedTablet, grant: str
) -> None:
    tablet.send([])
    before = tablet.send([])[1]["codes"]
    # Handed out, and the tablet lost its storage before it could tell: nobody knows which.
    tablet.next_seq, tablet.epoch = 1, uuid4()

    tablet.create(grant)
    tablet.sync()

    assert len(tablet.codes) == 20
    assert set(tablet.codes).isdisjoint(before)
    # Whoever has one is still met with it, and an operation that comes late is no fault.
    tablet.create(grant, recognition_code=before[0])
    tablet.queue(grant, "code.hand_out", body={"code": before[1]})
    assert _codes(tablet.sync()) == ["applied", "applied"]
    known = recognition_codes.look_up(by=an_actor(), given={"code": before[0]})
    assert len(known["contacts"]) == 1


def test_a_tablets_first_line_gives_up_no_codes(tablet: SealedTablet) -> None:
    first = tablet.send([])[1]["codes"]

    assert tablet.send([])[1]["codes"] == first


def test_a_code_of_another_tablet_is_not_this_ones_to_hand_out(
    app: Flask, tablet: SealedTablet, grant: str
) -> None:
    others = a_sealed_tablet(app, name="Platta 2").send([])[1]["codes"]
    tablet.queue(grant, "code.hand_out", body={"code": others[0]})
    tablet.queue(grant, "code.hand_out", body={"code": "inga ord alls"})
    tablet.queue(grant, "code.hand_out", body={})

    results = tablet.sync()

    assert _codes(results) == ["needs_review"] * 3
    assert set(tablet.codes).isdisjoint(others)
    assert [result["problem"]["type"] for result in results] == [
        "/problems/code-unknown", "/problems/code-mistyped", "/problems/invalid",
    ]  # fmt: skip


# E10


def test_e10_what_a_revoked_tablet_hands_in_is_kept_apart(
    app: Flask, tablet: SealedTablet, grant: str
) -> None:
    tablet.create(grant)
    devices.revoke_device(by=system("test"), id=tablet.device)

    status, answer = tablet.send()

    assert status == 200
    assert _codes(answer["results"]) == ["needs_review"]
    assert answer["codes"] == []
    assert _many(Contact) == 0
    del app


def test_e10_a_revoked_tablet_is_wiped_only_when_nothing_is_left_on_it(
    app: Flask, tablet: SealedTablet, grant: str
) -> None:
    item = tablet.create(grant)
    devices.revoke_device(by=system("test"), id=tablet.device)
    headers = {"Authorization": f"Bearer {tablet.token}"}

    def wiped(**said: object) -> str | None:
        ops = said.pop("ops", [])
        body = tablet.request(ops, **said)  # type: ignore[arg-type]
        answer = app.test_client().post("/api/v1/sync", json=body, headers=headers)
        assert answer.status_code == 200
        return answer.headers.get("Clear-Site-Data")

    everything = {"last_seq": 1, "server_generation": 1}
    assert wiped(ops=[item], pending_count=1, wipe=everything) is None
    assert wiped(pending_count=2, wipe=everything) is None
    # Told that it is revoked it writes nothing any more; only then it asks.
    assert wiped(pending_count=0) is None
    # A database that was restored may not have what the tablet still keeps.
    assert wiped(pending_count=0, wipe=everything | {"last_seq": 2}) is None
    assert wiped(pending_count=0, wipe=everything | {"server_generation": 2}) is None
    assert wiped(pending_count=0, wipe=everything) == '"cache", "storage"'


def test_no_other_tablet_is_ever_wiped(app: Flask, tablet: SealedTablet) -> None:
    headers = {"Authorization": f"Bearer {tablet.token}"}
    asked = {"last_seq": 0, "server_generation": 1}
    body = tablet.request([], pending_count=0, wipe=asked)

    answer = app.test_client().post("/api/v1/sync", json=body, headers=headers)

    assert "Clear-Site-Data" not in answer.headers
    assert answer.get_json()["revoked"] is answer.get_json()["wiped"] is False


# Keys


def test_what_was_sealed_to_a_destroyed_key_is_told_as_lost(
    tablet: SealedTablet, grant: str, vault_owner: sa.Engine
) -> None:
    tablet.create(grant)
    with vault_owner.begin() as vault:
        vault.execute(sa.update(TABLET_KEY).values(wrapped=None, destroyed_at=clock.now()))

    results = tablet.send()[1]["results"]

    assert _codes(results) == ["needs_review"]
    assert results[0]["problem"]["type"] == "/problems/key-destroyed"
    assert _losses(tablet) == [(1, 1, "key_destroyed")]
