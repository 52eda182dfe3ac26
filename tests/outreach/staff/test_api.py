"""Staff over HTTP: added, changed, closed; what is taken away is gone at the next request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts import factors
from outreach.accounts.events import UserClosed
from outreach.accounts.models import SignIn as SignIn_
from outreach.accounts.models import Token, User
from outreach.application import SUBSCRIPTIONS
from outreach.audit.models import AuditEntry
from outreach.foundation import clock, events
from outreach.foundation.database import db
from outreach.foundation.errors import Conflict
from tests.builders import PASSWORD, Visitor, a_second_factor, a_user, an_otp, commit, uuid7

SignIn = Callable[..., Visitor]
Body = Callable[..., dict[str, Any]]


@pytest.fixture
def listening() -> Iterator[list[UserClosed]]:
    """The announcements of closed accounts, as a listener hears them."""
    heard: list[UserClosed] = []
    events.connect({UserClosed: (heard.append,)})
    yield heard
    events.connect(SUBSCRIPTIONS)


def _signs_in(app: Flask, username: str, password: str = PASSWORD) -> int:
    return (
        app.test_client()
        .post("/api/v1/session", json={"username": username, "password": password})
        .status_code
    )


def _audited(kind: str, id: object) -> list[tuple[str, Any]]:
    rows = db.session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.kind == kind, AuditEntry.object_id == str(id))
        .order_by(AuditEntry.id)
    )
    return [(row.action, row.details) for row in rows]


def test_a_colleague_is_added_and_can_sign_in(
    app: Flask, administrator: Visitor, a_colleague: Body
) -> None:
    sent = a_colleague()

    answer = administrator.send("users", sent)

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert "password" not in answer.text
    assert _signs_in(app, "Ny.Kollega ") == 201
    assert _audited("user", sent["id"]) == [("create", {"roles": ["caseworker"]})]


def test_every_fault_of_a_new_colleague_is_told_at_once(
    administrator: Visitor, a_colleague: Body
) -> None:
    taken = administrator.user.username
    wrong = a_colleague(
        username=taken.upper(),
        password="kort",
        roles=["caseworker", "receiver"],
        sites=["moon"],
        committee=None,
        unit_id=str(uuid7()),
        shoe_size=43,
    )
    wrong.pop("name")

    answer = administrator.send("users", wrong)

    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/committee",
        "/name",
        "/password",
        "/shoe_size",
        "/sites/0",
        "/team",
        "/unit_id",
        "/username",
    }


def test_a_taken_id_is_refused(administrator: Visitor, a_colleague: Body) -> None:
    sent = a_colleague()
    administrator.send("users", sent)

    assert administrator.send("users", sent).status_code == 409


def test_a_change_holds_from_the_very_next_request(
    administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in()
    address = f"users/{worker.user.id}"

    answer = administrator.send(
        address, {"roles": ["analyst"], "sites": []}, method="PATCH", If_Match='"1"'
    )

    assert (answer.status_code, answer.get_json()["version"]) == (200, 2)
    assert worker.get("contacts").status_code == 403
    assert _audited("user", worker.user.id)[-1] == (
        "change",
        {"fields": ["roles", "sites"], "roles": ["analyst"]},
    )


def test_a_change_needs_its_version(administrator: Visitor, signed_in: SignIn) -> None:
    address = f"users/{signed_in().user.id}"

    without = administrator.send(address, {"name": "X"}, method="PATCH")
    stale = administrator.send(address, {"name": "X"}, method="PATCH", If_Match='"4"')

    assert without.status_code == 428
    assert stale.status_code == 412
    assert stale.get_json()["current"]["version"] == 1


def test_a_change_is_held_against_what_it_does_not_name(
    administrator: Visitor, signed_in: SignIn
) -> None:
    answer = administrator.send(
        f"users/{signed_in().user.id}", {"roles": ["receiver"]}, method="PATCH", If_Match='"1"'
    )

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/team"]


def test_a_username_is_for_ever(administrator: Visitor, signed_in: SignIn) -> None:
    answer = administrator.send(
        f"users/{signed_in().user.id}", {"username": "annan"}, method="PATCH", If_Match='"1"'
    )

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/username"]


def test_closing_a_colleague_ends_sessions_and_tokens_at_once_and_tells_the_others(
    app: Flask, administrator: Visitor, signed_in: SignIn, listening: list[UserClosed]
) -> None:
    worker = signed_in()
    other = Visitor(app, worker.user)
    token = administrator.send(
        "tokens",
        {"id": str(uuid7()), "name": "Export", "username": worker.user.username,
         "scopes": ["contacts:read"]},
    ).get_json()["token"]  # fmt: skip

    def reads_by_token() -> int:
        bearer = {"Authorization": f"Bearer {token}"}
        return app.test_client().get("/api/v1/contacts", headers=bearer).status_code

    before = (worker.get("me").status_code, other.get("me").status_code, reads_by_token())
    answer = administrator.send(f"users/{worker.user.id}/close")
    again = administrator.send(f"users/{worker.user.id}/close")

    assert before == (200, 200, 200)
    assert answer.status_code == 200
    assert answer.get_json()["closed_at"] is not None
    assert again.get_json() == answer.get_json()
    assert (worker.get("me").status_code, other.get("me").status_code) == (401, 401)
    assert reads_by_token() == 401
    assert _signs_in(app, worker.user.username) == 401
    assert db.session.scalars(sa.select(Token.revoked_at)).one() is not None
    assert listening == [UserClosed(worker.user.id)]
    assert [action for action, _ in _audited("user", worker.user.id)].count("close") == 1


def test_a_listener_that_cannot_follow_keeps_the_account_open(
    administrator: Visitor, signed_in: SignIn
) -> None:
    class Busy(Conflict):
        slug = "busy-in-a-test"
        title = "Upptagen"

    def refuse(_: UserClosed) -> None:
        raise Busy

    worker = signed_in()
    events.connect({UserClosed: (refuse,)})
    try:
        answer = administrator.send(f"users/{worker.user.id}/close")
    finally:
        events.connect(SUBSCRIPTIONS)

    assert answer.status_code == 409
    assert worker.get("me").status_code == 200


def test_a_closed_account_cannot_be_changed(administrator: Visitor, signed_in: SignIn) -> None:
    address = f"users/{signed_in().user.id}"
    administrator.send(f"{address}/close")

    changed = administrator.send(address, {"name": "X"}, method="PATCH", If_Match='"2"')
    password = administrator.send(f"{address}/password", {"password": PASSWORD}, method="PUT")

    assert changed.get_json()["type"] == "/problems/account-closed"
    assert password.status_code == 409


def test_the_last_administrator_cannot_be_closed(administrator: Visitor, signed_in: SignIn) -> None:
    address = f"users/{administrator.user.id}/close"

    refused = administrator.send(address)
    signed_in(role="administrator", sites=(), committee=None)
    allowed = administrator.send(address)

    assert refused.status_code == 409
    assert refused.get_json()["type"] == "/problems/last-administrator"
    assert "systemförvaltare" in refused.get_json()["detail"]
    assert allowed.status_code == 200


def test_nobody_changes_their_own_rights(administrator: Visitor, signed_in: SignIn) -> None:
    colleague = signed_in(role="administrator", sites=(), committee=None)
    address = f"users/{administrator.user.id}"
    more = {"roles": ["administrator", "supervisor"], "sites": ["hagalund"], "committee": "KN"}

    refused = administrator.send(address, more, method="PATCH", If_Match='"1"')
    renamed = administrator.send(address, {"name": "Nils"}, method="PATCH", If_Match='"1"')
    by_another = colleague.send(address, more, method="PATCH", If_Match='"2"')

    assert {fault["pointer"] for fault in refused.get_json()["errors"]} == {
        "/roles",
        "/sites",
        "/committee",
    }
    assert (renamed.status_code, by_another.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("POST", "users", {}),
        ("PATCH", "users/{id}", {"roles": ["supervisor"]}),
        ("PUT", "users/{id}/password", {"password": "moln-kanna-ficka-onsdag"}),
        ("POST", "tokens", {}),
    ],
)
def test_no_machine_decides_who_may_do_what(
    app: Flask, administrator: Visitor, method: str, address: str, body: dict[str, Any]
) -> None:
    given = {
        "id": str(uuid7()),
        "name": "machine",
        "username": administrator.user.username,
        "scopes": ["admin"],
    }
    token = administrator.send("tokens", given).get_json()["token"]

    answer = app.test_client().open(
        f"/api/v1/{address.format(id=administrator.user.id)}",
        method=method,
        json=body,
        headers={"Authorization": f"Bearer {token}", "If-Match": '"1"'},
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "username", ["system", "System", "system:console", " ", "anna\u200b", "anna hagalund", "a\n"]
)
def test_a_username_is_plain_and_not_the_systems(administrator: Visitor, username: str) -> None:
    given = {
        "id": str(uuid7()),
        "username": username,
        "name": "Anna",
        "password": PASSWORD,
        "roles": ["analyst"],
    }

    answer = administrator.send("users", given)

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/username"]


def test_ending_sessions_signs_out_everywhere_but_lets_in_again(
    app: Flask, administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in()

    answer = administrator.send(f"users/{worker.user.id}/end-sessions")

    assert answer.status_code == 204
    assert worker.get("me").status_code == 401
    assert _signs_in(app, worker.user.username) == 201
    assert ("end_sessions", {"ended": 1}) in _audited("user", worker.user.id)


def test_a_new_password_ends_sessions_and_the_old_one_is_over(
    app: Flask, administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in()
    fresh = "moln-kanna-ficka-onsdag"

    weak = administrator.send(
        f"users/{worker.user.id}/password", {"password": "password1234"}, method="PUT"
    )
    answer = administrator.send(
        f"users/{worker.user.id}/password", {"password": fresh}, method="PUT"
    )

    assert weak.status_code == 422
    assert answer.status_code == 204
    assert worker.get("me").status_code == 401
    assert _signs_in(app, worker.user.username) == 401
    assert _signs_in(app, worker.user.username, fresh) == 201
    assert fresh not in str(_audited("user", worker.user.id))


def test_a_resting_account_is_let_in_again_by_the_administrator(
    app: Flask, administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in()
    for _ in range(5):
        _signs_in(app, worker.user.username, "fel lösenord här")
    resting = _signs_in(app, worker.user.username)

    answer = administrator.send(f"users/{worker.user.id}/reset-tries")

    assert resting == 429
    assert answer.status_code == 204
    assert _signs_in(app, worker.user.username) == 201


def test_staff_are_found_by_a_part_of_name_or_username_in_swedish_order(
    administrator: Visitor, a_colleague: Body
) -> None:
    for number, name in enumerate(("Öst Berg", "Arne Berg", "Åsa Berg", "Zeb Dal")):
        administrator.send("users", a_colleague(name=name, username=f"u{number}"))
    closed = administrator.get("users?search=zeb").get_json()["items"][0]
    administrator.send(f"users/{closed['id']}/close")

    def names(query: str) -> list[str]:
        return [user["name"] for user in administrator.get(f"users?{query}").get_json()["items"]]

    assert names("search=BERG") == ["Arne Berg", "Åsa Berg", "Öst Berg"]
    assert names("search=u2") == ["Åsa Berg"]
    assert names("search=zeb") == []
    assert names("closed=true") == ["Zeb Dal"]


def test_a_unit_gives_its_supervisor_its_sites(administrator: Visitor, signed_in: SignIn) -> None:
    unit = {"id": str(uuid7()), "name": "Uppsökande", "committee": "KN", "sites": ["bagartorp"]}
    created = administrator.send("units", unit)
    again = administrator.send("units", unit)
    supervisor = signed_in(role="supervisor", sites=())
    administrator.send(
        f"users/{supervisor.user.id}", {"unit_id": unit["id"]}, method="PATCH", If_Match='"1"'
    )
    first = supervisor.get("me").get_json()["user"]["sites"]
    changed = administrator.send(
        f"units/{unit['id']}", {"sites": ["hagalund"]}, method="PATCH", If_Match='"1"'
    )

    assert (created.status_code, again.status_code) == (201, 200)
    assert first == ["bagartorp"]
    assert changed.get_json()["version"] == 2
    assert supervisor.get("me").get_json()["user"]["sites"] == ["hagalund"]
    assert [action for action, _ in _audited("unit", unit["id"])] == ["create", "change"]


def test_a_unit_cannot_lie_below_itself_or_be_changed_unseen(administrator: Visitor) -> None:
    top = {"id": str(uuid7()), "name": "Topp", "committee": "KN"}
    below = {"id": str(uuid7()), "name": "Under", "committee": "KN", "parent_id": top["id"]}
    administrator.send("units", top)
    administrator.send("units", below)
    address = f"units/{top['id']}"

    loop = administrator.send(address, {"parent_id": below["id"]}, method="PATCH", If_Match='"1"')
    stale = administrator.send(address, {"name": "X"}, method="PATCH", If_Match='"3"')

    assert [fault["pointer"] for fault in loop.get_json()["errors"]] == ["/parent_id"]
    assert stale.status_code == 412


def test_a_session_that_is_over_is_not_counted_as_ended(
    administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in()
    long_ago = clock.now() - timedelta(hours=1)
    theirs = sa.update(SignIn_).where(SignIn_.user_id == worker.user.id)
    db.session.execute(theirs.values(expires_at=long_ago))
    db.session.commit()

    administrator.send(f"users/{worker.user.id}/end-sessions")

    assert ("end_sessions", {"ended": 0}) in _audited("user", worker.user.id)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 2


def test_a_reset_second_factor_is_gone_with_every_session(
    app: Flask, administrator: Visitor
) -> None:
    user = a_user()
    worker = Visitor(app, user, otp=an_otp(a_second_factor(user)))

    answer = administrator.send(f"users/{user.id}/reset-second-factor")
    again = administrator.send(f"users/{user.id}/reset-second-factor")

    assert (answer.status_code, again.status_code) == (204, 204)
    assert worker.get("me").status_code == 401
    fresh = Visitor(app, user)
    administrator.send(f"users/{user.id}/reset-second-factor")
    assert fresh.get("me").status_code == 200
    commit()
    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "reset_second_factor")
    ).all()
    assert [(entry.actor_id, entry.object_id, entry.details) for entry in entries] == [
        (administrator.user.id, str(user.id), {"ended": 1})
    ]


def test_nobody_resets_their_own_second_factor(app: Flask) -> None:
    user = a_user(role="administrator", sites=(), committee=None)
    visitor = Visitor(app, user, otp=an_otp(a_second_factor(user)))

    answer = visitor.send(f"users/{user.id}/reset-second-factor")

    assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/own-second-factor")
    commit()
    assert factors.enrolled_at(user.id) is not None


def test_no_machines_key_resets_a_second_factor(app: Flask, administrator: Visitor) -> None:
    user = a_user()
    a_second_factor(user)
    key = {
        "id": str(uuid7()),
        "name": "Maskin",
        "username": administrator.user.username,
        "scopes": ["admin"],
    }
    token = administrator.send("tokens", key).get_json()["token"]

    answer = app.test_client().post(
        f"/api/v1/users/{user.id}/reset-second-factor",
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 403
    commit()
    assert factors.enrolled_at(user.id) is not None


def test_a_closed_account_keeps_no_secret(administrator: Visitor) -> None:
    user = a_user()
    a_second_factor(user)

    administrator.send(f"users/{user.id}/close")
    refused = administrator.send(f"users/{user.id}/reset-second-factor")

    commit()
    assert factors.enrolled_at(user.id) is None
    assert refused.get_json()["type"] == "/problems/account-closed"
