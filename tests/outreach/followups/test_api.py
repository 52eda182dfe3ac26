"""Booked meetings over HTTP: what is answered, and what nobody is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from outreach.accounts.service import actor_named
from outreach.foundation import clock
from tests.builders import Visitor, a_booking, a_code, a_participant, uuid7

SignIn = Callable[..., Visitor]


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


def _body(visitor: Visitor, **said: Any) -> dict[str, Any]:
    actor = actor_named(visitor.user.username)
    return a_booking(actor, participant_id=str(a_participant(actor)), **said)


def _in(**time: float) -> str:
    return (clock.now() + timedelta(**time)).isoformat()


def test_a_meeting_is_booked_once_read_listed_and_changed(anna: Visitor) -> None:
    said = _body(anna, purpose="CV")

    made = anna.send("followups", said)
    again = anna.send("followups", said)
    other = anna.send("followups", said | {"minutes": 60})
    read = anna.get(f"followups/{said['id']}")
    changed = anna.send(
        f"followups/{said['id']}", {"purpose": "Praktik"}, method="PATCH", If_Match='"1"'
    )
    listed = anna.get("followups").get_json()

    assert (made.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert made.headers["ETag"] == read.headers["ETag"] == '"1"'
    assert made.get_json()["workers"] == [{"id": str(anna.user.id), "name": anna.user.name}]
    assert made.get_json()["starts_at"].endswith("Z")
    assert (changed.get_json()["purpose"], changed.headers["ETag"]) == ("Praktik", '"2"')
    assert [each["id"] for each in listed["items"]] == [said["id"]]
    assert "purpose" not in listed["items"][0]


def test_a_change_says_which_version_it_was_made_from(anna: Visitor) -> None:
    said = _body(anna)
    anna.send("followups", said)

    def change(**headers: str) -> int:
        path = f"followups/{said['id']}"
        return anna.send(path, {"place": "remote"}, method="PATCH", **headers).status_code

    assert (change(), change(If_Match='"7"'), change(If_Match='"1"')) == (428, 412, 200)


def test_a_taken_time_is_a_conflict_that_names_free_ones(anna: Visitor) -> None:
    said = _body(anna)
    anna.send("followups", said)

    answer = anna.send("followups", _body(anna, starts_at=said["starts_at"]))

    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/slot-taken"
    assert isinstance(answer.get_json()["alternatives"], list)


def test_every_fault_is_told_at_once_with_where_it_is(anna: Visitor) -> None:
    answer = anna.send(
        "followups",
        {
            "id": str(uuid7()),
            "workers": [],
            "minutes": 30.5,
            "place": "",
            "starts_at": "2026-03-02T10:00:00",
            "extra": 1,
        },
    )

    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.get_json()["errors"]} == {
        "/workers", "/minutes", "/place", "/starts_at", "/extra", "/participant_id",
    }  # fmt: skip


def test_a_meeting_is_moved_and_said_to_be_held_and_that_is_undone(anna: Visitor) -> None:
    said = _body(anna, starts_at=_in(minutes=-5))
    anna.send("followups", said)
    move = {"id": str(uuid7()), "starts_at": _in(minutes=-3), "asked_by": "worker", "why": "Kö"}

    moved = anna.send(f"followups/{said['id']}/reschedule", move)
    held = anna.send(f"followups/{move['id']}/outcome", {"state": "held"})
    again = anna.send(f"followups/{move['id']}/outcome", {"state": "no_show"})
    undone = anna.send(f"followups/{move['id']}/outcome", method="DELETE")

    assert (moved.status_code, moved.get_json()["supersedes"]) == (200, said["id"])
    assert (held.status_code, bool(held.get_json()["contact_id"])) == (200, True)
    assert (again.status_code, again.get_json()["type"]) == (409, "/problems/followup-settled")
    assert (undone.status_code, undone.get_json()["state"]) == (200, "booked")


def test_a_list_goes_on_where_it_ended(anna: Visitor) -> None:
    for hours in (1, 2, 3):
        anna.send("followups", _body(anna, starts_at=_in(hours=hours)))

    first = anna.get("followups?limit=2").get_json()
    rest = anna.get(f"followups?limit=2&cursor={first['next']}").get_json()

    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    tomorrow = (clock.today() + timedelta(days=2)).isoformat()
    assert anna.get(f"followups?from={tomorrow}").get_json()["items"] == []


def test_free_times_are_asked_for_by_worker_and_day(anna: Visitor) -> None:
    today = clock.today()

    answer = anna.get(f"followups/slots?worker={anna.user.id}&day={today}&minutes=30")
    wrong = anna.get(f"followups/slots?worker={uuid7()}&day={today}")
    unreadable = anna.get("followups/slots?worker=me&day=soon&minutes=0")

    assert (answer.status_code, answer.get_json()["next"]) == (200, None)
    assert wrong.status_code == 422
    assert {each["pointer"] for each in unreadable.get_json()["errors"]} == {
        "/query/worker", "/query/day", "/query/minutes",
    }  # fmt: skip


def test_whoever_holds_a_code_is_booked_by_it(anna: Visitor) -> None:
    actor = actor_named(anna.user.username)
    code = a_code(actor)["code"]

    made = anna.send("followups", a_booking(actor, recognition_code=code))
    mistyped = anna.send("followups", a_booking(actor, recognition_code="KATT-SOL"))

    assert (made.status_code, made.get_json()["recognition_code"]) == (201, code)
    assert [each["pointer"] for each in mistyped.get_json()["errors"]] == ["/recognition_code"]
