"""Which tablet asks, and what its token opens: nothing but its own routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from outreach.accounts import guard
from outreach.accounts.limits import Limiter
from outreach.accounts.permissions import BY_DEVICE, access
from outreach.devices import door, service
from outreach.devices.door import DeviceRevoked, DeviceUnknown
from outreach.foundation.actor import system
from tests.builders import Visitor, a_contact, a_tablet, shown_by

SignedIn = Callable[..., Visitor]
BY = system("test")


@pytest.fixture
def echo(app: Flask) -> Iterator[str]:
    """A route that a tablet's token alone opens, in place of one of the product's own."""

    @access(BY_DEVICE)
    def view() -> Any:
        tablet, who = door.tablet(), guard.somebody()
        return jsonify(
            tablet=str(tablet.id),
            revoked=tablet.revoked,
            who=who.username if who else None,
            read=len(request.get_data()),
        )

    before = app.view_functions["accounts_api.create_token"]
    app.view_functions["accounts_api.create_token"] = view
    yield "/api/v1/tokens"
    app.view_functions["accounts_api.create_token"] = before


def test_a_route_for_tablets_asks_for_no_person_and_no_page(echo: str, client: FlaskClient) -> None:
    tablet = a_tablet()

    answer = client.post(echo, json={}, headers=shown_by(tablet))

    assert answer.status_code == 200
    assert answer.get_json() | {"read": 0} == {
        "tablet": str(tablet["device_id"]), "revoked": False, "who": None, "read": 0,
    }  # fmt: skip


def test_a_route_for_tablets_answers_nobody_without_a_token_of_one(
    app: Flask, echo: str, signed_in: SignedIn
) -> None:
    visitor, tablet = signed_in(role="administrator"), a_tablet()
    told = [
        app.test_client().post(echo, json={}),
        app.test_client().post(echo, json={}, headers={"Authorization": "Bearer od_ingen"}),
        app.test_client().post(echo, json={}, headers={"Authorization": "Bearer or_ingen"}),
        app.test_client().post(echo, json={}, headers={"Authorization": tablet["token"]}),
        visitor.client.post(echo, json={}, headers=visitor.headers),
    ]

    assert [answer.get_json()["type"] for answer in told] == ["/problems/device-unknown"] * 5
    assert {answer.status_code for answer in told} == {401}


def test_a_revoked_tablet_still_hands_in_and_is_known_for_what_it_is(
    echo: str, client: FlaskClient
) -> None:
    tablet = a_tablet()
    service.revoke_device(by=BY, id=tablet["device_id"])

    answer = client.post(echo, json={}, headers=shown_by(tablet))

    assert answer.get_json()["revoked"] is True


def test_a_tablet_sends_more_than_a_stranger_and_no_more_than_a_megabyte(
    echo: str, client: FlaskClient
) -> None:
    header = shown_by(a_tablet())

    def send(size: int) -> int:
        return client.post(echo, data=b"x" * size, headers=header).status_code

    assert send(1024 * 1024) == 200
    assert send(1024 * 1024 + 1) == 413


def test_whoever_is_signed_in_at_the_tablet_is_told_locked_or_not(
    echo: str, signed_in: SignedIn
) -> None:
    visitor, header = signed_in(), shown_by(a_tablet())
    open_ = visitor.client.post(echo, json={}, headers=header).get_json()
    visitor.send("session/lock")

    locked = visitor.client.post(echo, json={}, headers=header).get_json()

    assert (open_["who"], locked["who"]) == (visitor.user.username,) * 2


def test_each_tablet_is_counted_by_itself_and_a_stranger_on_its_address(
    app: Flask, echo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "limiter", Limiter())
    monkeypatch.setitem(app.config, "RATE_LIMIT", "3 per minute")
    one, other = shown_by(a_tablet()), shown_by(a_tablet())

    def statuses(headers: list[dict[str, str]]) -> list[int]:
        client = app.test_client()
        return [client.post(echo, json={}, headers=each).status_code for each in headers]

    strangers = [{"Authorization": f"Bearer od_{number}"} for number in range(4)]
    assert statuses([one] * 4) == [200, 200, 200, 429]
    assert statuses([other] * 3) == [200] * 3
    assert statuses(strangers) == [401, 401, 401, 429]


def test_a_tablets_token_is_never_a_machines(app: Flask) -> None:
    header = shown_by(a_tablet())
    client = app.test_client()

    for address in ("/api/v1/me", "/api/v1/contacts?site=hagalund", "/api/v1/devices"):
        answer = client.get(address, headers=header)
        assert (answer.status_code, answer.get_json()["type"]) == (401, "/problems/sign-in")
    assert client.get("/falt", headers=header).status_code == 303


def test_beside_a_tablets_token_the_session_counts_and_a_write_wants_the_pages_token(
    signed_in: SignedIn,
) -> None:
    visitor, header = signed_in(), shown_by(a_tablet())

    assert visitor.get("me", headers=header).status_code == 200
    without = visitor.client.post("/api/v1/contacts", json=a_contact(), headers=header)
    assert (without.status_code, without.get_json()["type"]) == (403, "/problems/csrf")
    assert visitor.send("contacts", a_contact(), **header).status_code == 201


def test_the_door_tells_a_revoked_tablet_from_an_unknown_one(app: Flask) -> None:
    tablet = a_tablet()

    def asked(**headers: str) -> Any:
        with app.test_request_context(headers=headers):
            return door.tablet_or_none(), door.unrevoked_tablet()

    found, unrevoked = asked(**shown_by(tablet))
    assert found == unrevoked
    assert found.id == tablet["device_id"]
    with pytest.raises(DeviceUnknown):
        asked()
    service.revoke_device(by=BY, id=tablet["device_id"])
    with pytest.raises(DeviceRevoked):
        asked(**shown_by(tablet))
