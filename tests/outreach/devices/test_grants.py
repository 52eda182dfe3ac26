"""Whose operation it is that a tablet hands in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts import passwords
from outreach.accounts.models import User
from outreach.devices import grants
from outreach.devices.models import AuthorGrant
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.staff import service as staff
from tests.builders import Visitor, a_tablet, a_user, commit, shown_by, uuid7

SignedIn = Callable[..., Visitor]

pytestmark = pytest.mark.usefixtures("app")


def _grant(device: UUID, user: User, **more: Any) -> str:
    secret, now = f"og_{uuid7()}", clock.now()
    row = {"issued_at": now, "expires_at": now + timedelta(days=30)} | more
    digest = passwords.digest(secret)
    db.session.add(AuthorGrant(id=uuid7(), digest=digest, device_id=device, user_id=user.id, **row))
    commit()
    return secret


def test_a_grant_tells_who_wrote_and_that_nothing_is_wrong() -> None:
    device, user = a_tablet()["device_id"], a_user(sites=("hagalund",))

    found = grants.author_of(_grant(device, user), device=device)

    assert found is not None
    assert found.author is not None
    assert (found.user_id, found.author.id, found.author.sites) == (
        user.id,
        user.id,
        frozenset({"hagalund"}),
    )
    assert (found.expired, found.revoked, found.other_device) == (False, False, False)


def test_what_is_wrong_with_a_grant_is_told_one_by_one() -> None:
    device, other, user = a_tablet()["device_id"], a_tablet()["device_id"], a_user()
    now = clock.now()
    kept = {
        "expired": _grant(device, user, expires_at=now - timedelta(seconds=1)),
        "revoked": _grant(device, user, revoked_at=now),
        "other_device": _grant(other, user),
    }

    for fault, secret in kept.items():
        found = grants.author_of(secret, device=device)
        assert found is not None
        told = {name for name in kept if getattr(found, name)}
        assert told == {fault}


def test_a_grant_of_somebody_who_has_left_has_no_author() -> None:
    device, user = a_tablet()["device_id"], a_user()
    secret = _grant(device, user)
    staff.close_user(by=system("test"), id=user.id)

    found = grants.author_of(secret, device=device)

    assert found is not None
    assert (found.user_id, found.author) == (user.id, None)


def test_what_nobody_issued_is_no_grant() -> None:
    device = a_tablet()["device_id"]

    assert grants.author_of("og_ingenting", device=device) is None
    assert grants.author_of("", device=device) is None


def test_whoever_is_signed_in_at_a_tablet_may_hand_in_from_it_for_thirty_days(
    signed_in: SignedIn,
) -> None:
    tablet, visitor = a_tablet(), signed_in()

    answer = visitor.send("devices/here/grants", **shown_by(tablet))

    assert answer.status_code == 201
    told = answer.get_json()
    assert told["user"] == {"id": str(visitor.user.id), "name": visitor.user.name}
    assert told["grant"].startswith("og_")
    left = datetime.fromisoformat(told["expires_at"]) - clock.now()
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    commit()
    found = grants.author_of(told["grant"], device=tablet["device_id"])
    assert found is not None
    assert found.user_id == visitor.user.id
    kept = db.session.scalars(sa.select(AuthorGrant.digest)).all()
    assert kept == [passwords.digest(told["grant"])]


def test_an_earlier_grant_holds_on_since_what_waits_carries_it(signed_in: SignedIn) -> None:
    tablet, visitor = a_tablet(), signed_in()

    def issue() -> str:
        answer = visitor.send("devices/here/grants", **shown_by(tablet))
        return str(answer.get_json()["grant"])

    first, second = issue(), issue()
    commit()

    assert first != second
    for grant in (first, second):
        found = grants.author_of(grant, device=tablet["device_id"])
        assert found is not None
        assert (found.expired, found.revoked) == (False, False)


def test_a_grant_wants_a_caseworker_an_open_session_a_tablet_and_the_pages_token(
    signed_in: SignedIn,
) -> None:
    shown, visitor = shown_by(a_tablet()), signed_in()

    def told(visitor: Visitor, **headers: str) -> str:
        answer = visitor.send("devices/here/grants", **headers)
        return str(answer.get_json()["type"])

    bare = visitor.client.post("/api/v1/devices/here/grants", headers=shown)
    assert bare.get_json()["type"] == "/problems/csrf"
    assert told(visitor) == "/problems/device-unknown"
    assert told(signed_in(role="supervisor"), **shown) == "/problems/not-allowed"
    visitor.send("session/lock")
    assert told(visitor, **shown) == "/problems/locked"
    assert db.session.scalars(sa.select(AuthorGrant)).all() == []


def test_a_grant_opens_nothing_by_itself(app: Flask, signed_in: SignedIn) -> None:
    visitor = signed_in()
    grant = visitor.send("devices/here/grants", **shown_by(a_tablet())).get_json()["grant"]

    for secret in (grant, f"od_{grant}"):
        headers = {"Authorization": f"Bearer {secret}"}
        assert app.test_client().get("/api/v1/me", headers=headers).status_code == 401
        switched = app.test_client().post("/api/v1/session/switch", json={}, headers=headers)
        assert switched.status_code == 401
