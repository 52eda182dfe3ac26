"""Handoffs over HTTP: what is answered to each side, in which order it is refused, versions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from outreach.accounts.service import actor_named
from outreach.consents import service as consents
from outreach.consents.rules import BACK
from tests.builders import Visitor, a_consent, a_handoff, a_participant, uuid7

SignIn = Callable[..., Visitor]


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


@pytest.fixture
def team(signed_in: SignIn) -> Visitor:
    return _of_team(signed_in, "jobbteamet")


def _of_team(signed_in: SignIn, team: str) -> Visitor:
    return signed_in(role="receiver", sites=(), committee=None, team=team)


def _begun(visitor: Visitor, **said: Any) -> dict[str, Any]:
    """Begin a handoff of somebody new who has said yes; return what was sent."""
    by = actor_named(visitor.user.username)
    person = a_participant(by)
    consents.give_consent(by=by, given=a_consent(person, back=[*BACK]))
    given = a_handoff(person, **said)
    assert visitor.send("handoffs", given).status_code == 201
    return given


def _sent(visitor: Visitor) -> str:
    given = _begun(visitor)
    assert visitor.send(f"handoffs/{given['id']}/send", {}).status_code == 200
    return str(given["id"])


def _problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].removeprefix("/problems/")


def test_a_handoff_is_begun_once_changed_tried_and_read(anna: Visitor) -> None:
    by = actor_named(anna.user.username)
    said = a_handoff(a_participant(by))
    path = f"handoffs/{said['id']}"

    made = anna.send("handoffs", said)
    again = anna.send("handoffs", said)
    other = anna.send("handoffs", said | {"team": "osa"})
    read = anna.get(path)
    changed = anna.send(path, {"fields": ["name"]}, method="PATCH", If_Match='"1"')
    seen = anna.get(f"{path}/preview")

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.headers["ETag"] == read.headers["ETag"] == '"1"'
    assert made.get_json() == again.get_json()
    assert _problem(other) == (409, "id-reuse")
    assert made.get_json()["participant_id"] == said["participant_id"]
    assert (changed.get_json()["fields"], changed.headers["ETag"]) == (["name"], '"2"')
    assert seen.headers["ETag"] == '"2"'
    assert seen.get_json()["sends"] == {"name": "Elsa Nyström"}
    assert seen.get_json()["not_agreed"] == ["name"]
    assert isinstance(seen.get_json()["requirements"], list)


def test_the_same_handoff_begun_five_times_at_once_is_one(app: Flask, anna: Visitor) -> None:
    said = a_handoff(a_participant(actor_named(anna.user.username)))
    visitors = [Visitor(app, anna.user) for _ in range(5)]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda each: each.send("handoffs", said).status_code, visitors))

    assert sorted(answers) == [200, 200, 200, 200, 201]
    assert len(anna.get(f"handoffs/{said['id']}").get_json()["history"]) == 1


def test_a_handoff_goes_its_whole_way_by_both_sides(anna: Visitor, team: Visitor) -> None:
    path = f"handoffs/{_begun(anna)['id']}"

    def do(visitor: Visitor, act: str, **said: Any) -> tuple[str, str | None]:
        answer = visitor.send(f"{path}/{act}", said)
        assert answer.status_code == 200, answer.get_json()
        assert answer.headers["ETag"] == f'"{answer.get_json()["version"]}"'
        return answer.get_json()["state"], answer.get_json()["turn"]

    assert do(anna, "send") == ("sent", "receiver")
    assert do(team, "return", missing=["phone"]) == ("sent", "sender")
    assert do(anna, "send", fields=["name"]) == ("sent", "receiver")
    assert do(anna, "first-meeting", state="booked", at="2199-01-15T10:00:00+01:00") == (
        "sent", "receiver",
    )  # fmt: skip
    assert do(team, "accept") == ("accepted", "receiver")
    assert do(team, "messages", id=str(uuid7()), text="Välkommen") == ("accepted", "receiver")
    assert do(team, "start") == ("in_progress", "receiver")
    assert do(team, "complete", outcome="job_found") == ("completed", None)

    theirs, ours = team.get(path).get_json(), anna.get(path).get_json()
    assert theirs["participant_id"] is None
    assert theirs["snapshot"] == ours["snapshot"] == {"name": "Elsa Nyström"}
    assert ours["messages"][0]["text"] == "Välkommen"
    assert ours["first_meeting"]["at"] == "2199-01-15T09:00:00Z"
    assert [each["action"] for each in ours["history"]] == [
        "create", "send", "return", "send", "first-meeting", "accept", "message", "start",
        "complete",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("acts", "reason", "state"),
    [
        (("decline",), "queue_full", "declined"),
        (("accept", "not-complete"), "moved", "not_completed"),
    ],
)
def test_the_team_says_no_or_that_it_came_to_nothing(
    anna: Visitor, team: Visitor, acts: tuple[str, ...], reason: str, state: str
) -> None:
    path = f"handoffs/{_sent(anna)}"

    for act in acts:
        said = {"reason": reason} if act == acts[-1] else {}
        assert team.send(f"{path}/{act}", said).status_code == 200

    seen = anna.get(path).get_json()
    assert (seen["state"], seen["reason"]) == (state, reason)


def test_what_is_withdrawn_is_told_the_team_and_nothing_more(anna: Visitor, team: Visitor) -> None:
    path = f"handoffs/{_sent(anna)}"

    answer = anna.send(f"{path}/withdraw", {"reason": "person"})
    theirs = team.get(path).get_json()

    assert (answer.status_code, answer.get_json()["state"]) == (200, "withdrawn")
    assert (theirs["state"], theirs["snapshot"], theirs["name"]) == ("withdrawn", None, None)
    assert "Nyström" not in team.get(path).text


@pytest.mark.parametrize("act", ["accept", "start", "send"])
def test_what_needs_no_word_is_done_without_one(
    app: Flask, anna: Visitor, team: Visitor, act: str
) -> None:
    assert app
    handoff = _begun(anna)["id"] if act == "send" else _sent(anna)
    visitor = anna if act == "send" else team
    if act == "start":
        team.send(f"handoffs/{handoff}/accept", {})

    answer = visitor.client.post(f"/api/v1/handoffs/{handoff}/{act}", headers=visitor.headers)

    assert answer.status_code == 200, answer.get_json()


def test_a_change_says_which_version_it_was_made_from(anna: Visitor) -> None:
    path = f"handoffs/{_begun(anna)['id']}"

    def change(**headers: str) -> Any:
        return anna.send(path, {"fields": ["email"]}, method="PATCH", **headers)

    assert change().status_code == 428
    stale = change(If_Match='"7"')
    assert (stale.status_code, stale.get_json()["current"]["fields"]) == (412, ["name", "phone"])
    assert change(If_Match='"1"').status_code == 200


def test_an_act_may_say_which_version_it_was_made_from(anna: Visitor, team: Visitor) -> None:
    path = f"handoffs/{_sent(anna)}"
    version = team.get(path).headers["ETag"]

    stale = team.send(f"{path}/accept", {}, If_Match='"1"')
    nonsense = team.send(f"{path}/accept", {}, If_Match="soon")
    done = team.send(f"{path}/accept", {}, If_Match=version)

    assert (stale.status_code, stale.get_json()["current"]["state"]) == (412, "sent")
    assert stale.get_json()["current"]["participant_id"] is None
    assert (nonsense.status_code, done.status_code) == (412, 200)


def test_whose_it_is_comes_before_how_it_stands_and_that_before_what_is_wrong(
    anna: Visitor, team: Visitor
) -> None:
    path = f"handoffs/{_sent(anna)}"
    wrong = {"reason": "nonsense", "extra": 1}

    assert _problem(anna.send(f"{path}/decline", wrong)) == (403, "not-allowed")
    assert _problem(team.send(f"{path}/complete", wrong)) == (409, "handoff-settled")
    assert _problem(team.send(f"{path}/decline", wrong)) == (422, "invalid")
    assert team.get(path).get_json()["state"] == "sent"


def test_what_the_person_has_not_agreed_on_is_named(anna: Visitor) -> None:
    path = f"handoffs/{_begun(anna, fields=['name', 'email'])['id']}"

    answer = anna.send(f"{path}/send", {})

    assert _problem(answer) == (409, "consent-missing")
    assert answer.get_json()["missing"] == ["email"]


def test_every_fault_is_told_at_once(anna: Visitor) -> None:
    answer = anna.send(
        "handoffs", {"id": "x", "direction": "up", "fields": ["x"], "note_ids": 1, "extra": 1}
    )

    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.get_json()["errors"]} == {
        "/id", "/participant_id", "/direction", "/fields/0", "/note_ids", "/extra", "/team",
    }  # fmt: skip


def _answers(visitor: Visitor, handoff: str) -> set[tuple[int, str]]:
    """Return the problems of everything that one can ask about a handoff."""
    path, message = f"handoffs/{handoff}", {"id": str(uuid7()), "text": "Hej"}
    return {
        _problem(visitor.get(path)),
        _problem(visitor.send(f"{path}/accept", {})),
        _problem(visitor.send(f"{path}/decline", {"reason": "queue_full"})),
        _problem(visitor.send(f"{path}/return", {"missing": ["email"]})),
        _problem(visitor.send(f"{path}/start", {})),
        _problem(visitor.send(f"{path}/complete", {"outcome": "job_found"})),
        _problem(visitor.send(f"{path}/not-complete", {"reason": "moved"})),
        _problem(visitor.send(f"{path}/first-meeting", {"state": "person_declined"})),
        _problem(visitor.send(f"{path}/messages", message)),
        _problem(visitor.send(f"{path}/withdraw", {"reason": "person"})),
        _problem(visitor.send(f"{path}/send", {})),
    }


def test_another_team_and_the_other_committee_are_told_that_there_is_nothing(
    anna: Visitor, signed_in: SignIn
) -> None:
    handoff = _sent(anna)

    for stranger in (
        _of_team(signed_in, "osa"),
        signed_in(committee="SN"),
        signed_in(role="supervisor", committee="SN"),
    ):
        assert _answers(stranger, handoff) == {(404, "not-found")}


def test_the_team_is_not_told_of_a_draft(anna: Visitor, team: Visitor) -> None:
    handoff = _begun(anna)["id"]

    assert _answers(team, handoff) == {(404, "not-found")}
    assert team.get("handoffs?box=in").get_json() == {"items": [], "next": None}


@pytest.mark.parametrize("role", ["analyst", "reviewer", "administrator"])
def test_every_other_role_is_turned_away(anna: Visitor, signed_in: SignIn, role: str) -> None:
    handoff = _sent(anna)

    assert _answers(signed_in(role=role), handoff) == {(403, "not-allowed")}
    assert signed_in(role=role).get("handoffs").status_code == 403


def test_a_receiver_neither_begins_changes_nor_tries_anything(anna: Visitor, team: Visitor) -> None:
    handoff = _sent(anna)

    assert _problem(team.send("handoffs", {})) == (403, "not-allowed")
    change = team.send(f"handoffs/{handoff}", {}, method="PATCH", If_Match='"1"')
    assert _problem(change) == (403, "not-allowed")
    assert _problem(team.get(f"handoffs/{handoff}/preview")) == (403, "not-allowed")
    assert _problem(team.get("handoffs?box=out")) == (403, "not-allowed")


def test_a_list_goes_on_where_it_ended(anna: Visitor, team: Visitor) -> None:
    made = [_sent(anna) for _ in range(3)]

    for visitor, box in ((anna, "out"), (team, "in")):
        first = visitor.get(f"handoffs?box={box}&limit=2").get_json()
        rest = visitor.get(f"handoffs?box={box}&limit=2&cursor={first['next']}").get_json()
        assert [each["id"] for each in first["items"] + rest["items"]] == made
        assert (len(first["items"]), rest["next"]) == (2, None)
        assert "team" not in first["items"][0]


def test_a_list_holds_what_is_open_or_what_is_over(anna: Visitor, team: Visitor) -> None:
    still, gone = _sent(anna), _sent(anna)
    team.send(f"handoffs/{gone}/decline", {"reason": "queue_full"})

    def listed(visitor: Visitor, query: str) -> list[str]:
        return [each["id"] for each in visitor.get(f"handoffs?{query}").get_json()["items"]]

    assert (listed(team, "box=in"), listed(team, "box=in&over=true")) == ([still], [gone])
    # Its sender has to decide what comes instead.
    assert (listed(anna, "box=out"), listed(anna, "box=out&over=true")) == ([still, gone], [])
    assert anna.send(f"handoffs/{gone}/take-in", {}).get_json()["waits"] is False
    assert anna.send(f"handoffs/{still}/take-in", {}).status_code == 409
    assert (listed(anna, "box=out"), listed(anna, "box=out&over=true")) == ([still], [gone])
    assert listed(anna, "box=in") == []


def test_what_a_list_is_asked_for_is_read_with_care(anna: Visitor) -> None:
    answer = anna.get("handoffs?box=up&over=maybe&limit=0&x=1")

    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.get_json()["errors"]} == {
        "/query/box", "/query/over", "/query/limit", "/query/x",
    }  # fmt: skip
    assert anna.get("handoffs?box=out&cursor=xyz").status_code == 422


def test_a_receivers_own_list_is_what_comes(anna: Visitor, team: Visitor) -> None:
    handoff = _sent(anna)

    answer = team.get("handoffs")

    assert answer.status_code == 200
    assert [each["id"] for each in answer.get_json()["items"]] == [handoff]
