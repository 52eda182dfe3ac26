"""Tablets: entering, enrolling, listing, revoking."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.devices import service
from outreach.devices.models import AuthorGrant, Device, DeviceCode, DevicePerson
from outreach.devices.service import CodeNotValid, RevokedForGood
from outreach.foundation import clock, exchange
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, OutreachError, RuleBroken
from tests.builders import a_tablet, a_user, an_actor, commit, uuid7

pytestmark = pytest.mark.usefixtures("app")
BY = system("test")


def _given(**said: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "name": "Platta 1", "site": "hagalund"} | said


def _enrol(code: str) -> dict[str, Any]:
    return service.enrol(given={"code": code})


def _actions() -> list[tuple[str, str]]:
    entries = db.session.execute(
        sa.select(AuditEntry.action, AuditEntry.actor)
        .where(AuditEntry.kind == "device")
        .order_by(AuditEntry.id)
    )
    return [(row.action, row.actor) for row in entries]


def test_a_tablet_is_enrolled_with_the_code_of_its_entry() -> None:
    made, created = service.create_device(by=BY, given=_given(name="Platta 7"))

    kept = _enrol(made["code"])

    assert created
    assert kept["device_id"] == made["id"]
    assert (kept["name"], kept["site"], kept["server_generation"]) == ("Platta 7", "hagalund", 1)
    assert kept["token"].startswith("od_")
    assert _actions() == [
        ("create", "system:test"), ("give_code", "system:test"), ("enrol", "system:tablet"),
    ]  # fmt: skip


def test_an_enrolled_tablet_is_told_the_key_that_it_seals_to() -> None:
    kept = a_tablet()

    point = base64.urlsafe_b64decode(kept["key"]["public"] + "=")
    assert (kept["key"]["id"], point) == (exchange.newest().id, exchange.newest().public)
    assert len(point) == 65


def test_neither_a_token_nor_a_code_is_kept() -> None:
    made, _ = service.create_device(by=BY, given=_given())
    token = a_tablet()["token"]

    kept = [*db.session.scalars(sa.select(DeviceCode.digest))]
    kept += [each for each in db.session.scalars(sa.select(Device.token_digest)) if each]

    assert len(kept) == 2
    for secret in (token, made["code"], made["code"].replace("-", "")):
        assert not any(secret.encode() in each for each in kept)


def test_a_token_leads_to_its_tablet_and_no_other_does() -> None:
    kept = a_tablet(name="Platta 2", site="bagartorp")

    found = service.tablet_of_token(kept["token"])

    assert found == service.Tablet(kept["device_id"], "Platta 2", "bagartorp", revoked=False)
    assert service.tablet_of_token(kept["token"] + "x") is None
    assert service.tablet_of_token("") is None


def test_a_code_is_used_once() -> None:
    made, _ = service.create_device(by=BY, given=_given())
    _enrol(made["code"])

    with pytest.raises(CodeNotValid):
        _enrol(made["code"])


def test_a_code_is_too_old_after_an_hour() -> None:
    made, _ = service.create_device(by=BY, given=_given())

    with time_machine.travel(clock.now() + timedelta(hours=1)), pytest.raises(CodeNotValid):
        _enrol(made["code"])
    with time_machine.travel(clock.now() + timedelta(minutes=59)):
        assert _enrol(made["code"])["device_id"] == made["id"]


@pytest.mark.parametrize("given", [{}, {"code": ""}, {"code": "x" * 41}, {"code": 7}])
def test_what_is_no_code_is_told_beside_the_field(given: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken) as caught:
        service.enrol(given=given)

    assert [fault.pointer for fault in caught.value.faults] == ["/code"]


def test_of_two_who_use_a_code_at_once_one_comes_too_late(app: Flask) -> None:
    made, _ = service.create_device(by=BY, given=_given())
    commit()

    def use(_: int) -> str:
        with app.test_request_context():
            try:
                return str(_enrol(made["code"])["token"])
            except CodeNotValid:
                return ""
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        tokens = [token for token in pool.map(use, range(4)) if token]

    commit()
    assert len(tokens) == 1
    assert service.tablet_of_token(tokens[0]) is not None


def test_a_repeat_answers_a_fresh_code_and_the_earlier_one_ends() -> None:
    given = _given()
    first, _ = service.create_device(by=BY, given=given)

    second, created = service.create_device(by=BY, given=given)

    assert (created, second["id"]) == (False, first["id"])
    with pytest.raises(CodeNotValid):
        _enrol(first["code"])
    assert _enrol(second["code"])["device_id"] == first["id"]


def test_the_same_id_for_another_tablet_is_refused() -> None:
    given = _given()
    service.create_device(by=BY, given=given)

    with pytest.raises(IdReuse):
        service.create_device(by=BY, given=given | {"name": "En annan"})


def test_a_tablet_at_no_place_is_refused_with_all_that_is_wrong() -> None:
    with pytest.raises(RuleBroken) as caught:
        service.create_device(by=BY, given=_given(site="ingenstans", name=""))

    assert {fault.pointer for fault in caught.value.faults} == {"/site", "/name"}


def test_a_new_code_replaces_the_token_and_lets_everybody_set_their_plattkod_anew() -> None:
    before = a_tablet()
    service.heard(
        before["device_id"],
        app_version="3",
        pending_count=2,
        oldest_pending_at=clock.now(),
        storage_persisted=True,
    )
    db.session.add(
        DevicePerson(
            device_id=before["device_id"], user_id=a_user().id, code_hash="x", set_at=clock.now()
        )
    )
    code = service.give_code(by=BY, id=before["device_id"])["code"]
    assert service.tablet_of_token(before["token"]) is not None

    after = _enrol(code)

    assert after["device_id"] == before["device_id"]
    assert service.tablet_of_token(before["token"]) is None
    assert service.tablet_of_token(after["token"]) is not None
    assert db.session.scalars(sa.select(DevicePerson)).all() == []
    row = service.device(by=BY, id=before["device_id"])
    assert (row["pending_count"], row["app_version"], row["oldest_pending_at"]) == (0, None, None)


def test_what_a_tablet_tells_of_itself_is_kept_and_leaves_no_trail() -> None:
    tablet, since = a_tablet(), clock.now() - timedelta(hours=3)
    before = len(_actions())

    service.heard(
        tablet["device_id"],
        app_version="1.4.0",
        pending_count=4,
        oldest_pending_at=since,
        storage_persisted=False,
    )

    row = service.device(by=BY, id=tablet["device_id"])
    told = (row["app_version"], row["pending_count"], row["oldest_pending_at"])
    assert told == ("1.4.0", 4, since)
    assert row["storage_persisted"] is False
    assert clock.now() - row["last_seen_at"] < timedelta(minutes=1)
    assert len(_actions()) == before


def test_revoking_takes_codes_and_grants_from_the_tablet_and_keeps_its_token_known() -> None:
    tablet, person = a_tablet(), a_user()
    service.give_code(by=BY, id=tablet["device_id"])
    now = clock.now()
    here = {"device_id": tablet["device_id"], "user_id": person.id}
    db.session.add_all(
        [
            DevicePerson(**here, code_hash="x", set_at=now),
            AuthorGrant(**here, id=uuid7(), digest=b"1", issued_at=now, expires_at=now),
        ]
    )
    commit()

    row = service.revoke_device(by=BY, id=tablet["device_id"])
    again = service.revoke_device(by=BY, id=tablet["device_id"])

    assert row["revoked_at"] is not None
    assert again == row
    found = service.tablet_of_token(tablet["token"])
    assert found is not None
    assert found.revoked
    assert db.session.scalars(sa.select(DeviceCode)).all() == []
    assert db.session.scalars(sa.select(DevicePerson)).all() == []
    assert db.session.scalars(sa.select(AuthorGrant.revoked_at)).one() is not None
    assert [action for action, _ in _actions()].count("revoke") == 1


def test_a_revoked_tablet_gets_no_code_any_more() -> None:
    given = _given()
    made, _ = service.create_device(by=BY, given=given)
    service.revoke_device(by=BY, id=made["id"])

    with pytest.raises(CodeNotValid):
        _enrol(made["code"])
    with pytest.raises(RevokedForGood):
        service.give_code(by=BY, id=made["id"])
    with pytest.raises(RevokedForGood):
        service.create_device(by=BY, given=given)


def test_tablets_are_listed_by_place_and_name_and_the_revoked_last() -> None:
    for name, site in (("Örn", "bagartorp"), ("Ask", "hagalund"), ("Åsk", "bagartorp")):
        a_tablet(name=name, site=site)
    gone = a_tablet(name="Al", site="bagartorp")
    service.revoke_device(by=BY, id=gone["device_id"])

    assert [row["name"] for row in service.devices(by=BY)] == ["Åsk", "Örn", "Ask", "Al"]


def test_a_supervisor_sees_the_tablets_of_own_places_and_changes_none() -> None:
    own, other = a_tablet(site="hagalund"), a_tablet(site="bagartorp")
    chief = an_actor(role="supervisor", sites=("hagalund",))

    assert [row["id"] for row in service.devices(by=chief)] == [own["device_id"]]
    assert service.device(by=chief, id=own["device_id"])["name"] == "Platta 1"
    with pytest.raises(NotFound):
        service.device(by=chief, id=other["device_id"])
    for act in (service.give_code, service.revoke_device):
        with pytest.raises(NotAllowed):
            act(by=chief, id=own["device_id"])
    with pytest.raises(NotAllowed):
        service.create_device(by=chief, given=_given())


@pytest.mark.parametrize("role", ["caseworker", "receiver", "analyst", "reviewer"])
def test_nobody_else_sees_a_tablet(role: str) -> None:
    tablet = a_tablet()
    by = an_actor(role=role, team="osa")

    with pytest.raises(NotAllowed):
        service.devices(by=by)
    with pytest.raises(NotAllowed):
        service.device(by=by, id=tablet["device_id"])


def test_a_tablet_that_nobody_entered_is_not_found() -> None:
    for act in (service.give_code, service.revoke_device, service.device):
        with pytest.raises(NotFound):
            act(by=BY, id=uuid7())


def test_every_refusal_of_a_code_reads_alike() -> None:
    used, _ = service.create_device(by=BY, given=_given())
    _enrol(used["code"])
    told = set()
    for code in (used["code"], "ABCD-EFGH", "inte ens en kod"):
        with pytest.raises(OutreachError) as caught:
            _enrol(code)
        told.add((type(caught.value), caught.value.detail, str(caught.value.faults)))

    assert len(told) == 1
