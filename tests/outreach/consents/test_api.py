"""Consents over HTTP: repeats, faults, versions, receipts, and who is answered what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from outreach.accounts.service import actor_named
from outreach.participants import openings
from tests.builders import Visitor, a_consent, a_participant, uuid7

SignIn = Callable[..., Visitor]


def _person(visitor: Visitor, **said: Any) -> Any:
    return a_participant(actor_named(visitor.user.username), **said)


def _answers(visitor: Visitor, said: dict[str, Any]) -> list[tuple[int, str | None]]:
    """Return the status and the problem of everything that one can send about a consent."""
    answers = [
        visitor.send("consents", said | {"id": str(uuid7())}),
        visitor.get(f"consents?participant={said['participant_id']}"),
        visitor.get(f"consents/{said['id']}"),
        visitor.send(f"consents/{said['id']}/withdraw"),
    ]
    return [(answer.status_code, (answer.get_json() or {}).get("type")) for answer in answers]


def test_a_consent_is_given_once_read_listed_and_taken_back(signed_in: SignIn) -> None:
    worker = signed_in()
    said = a_consent(_person(worker))

    made = worker.send("consents", said)
    again = worker.send("consents", said)
    other = worker.send("consents", said | {"purpose": "Något annat."})
    read = worker.get(f"consents/{said['id']}")
    back = worker.send(f"consents/{said['id']}/withdraw", If_Match='"1"')
    repeat = worker.send(f"consents/{said['id']}/withdraw")
    listed = worker.get(f"consents?participant={said['participant_id']}").get_json()

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.headers["ETag"] == read.headers["ETag"] == '"1"'
    assert made.get_json() == again.get_json() == read.get_json()
    assert {name: made.get_json()[name] for name in said} == said
    assert (other.status_code, other.get_json()["type"]) == (409, "/problems/id-reuse")
    assert (back.status_code, back.headers["ETag"]) == (200, '"2"')
    assert back.get_json() == repeat.get_json()
    assert back.get_json()["state"] == "withdrawn"
    assert back.get_json()["receipt"]["lines"]
    assert listed["next"] is None
    assert [each["state"] for each in listed["items"]] == ["withdrawn"]


def test_a_withdrawal_from_an_older_version_is_told_how_it_stands(signed_in: SignIn) -> None:
    worker = signed_in()
    said = a_consent(_person(worker))
    worker.send("consents", said)

    answer = worker.send(f"consents/{said['id']}/withdraw", If_Match='"3"')

    assert answer.status_code == 412
    assert answer.get_json()["current"]["state"] == "valid"


def test_every_fault_is_told_at_once(signed_in: SignIn) -> None:
    worker = signed_in()
    said = a_consent(_person(worker)) | {
        "categories": ["diagnosis"],
        "valid_from": "2026-13-01",
        "valid_to": "soon",
        "purpose": "x" * 301,
        "form": None,
        "extra": 1,
    }
    del said["to_team"]

    answer = worker.send("consents", said)

    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/categories/0", "/valid_from", "/valid_to", "/purpose", "/form", "/extra", "/to_team",
    }  # fmt: skip


def test_a_list_says_whose(signed_in: SignIn) -> None:
    worker = signed_in()

    missing = worker.get("consents")
    faulty = worker.get("consents?participant=elsa")

    assert (missing.status_code, faulty.status_code) == (422, 422)


@pytest.mark.parametrize("role", ["caseworker", "supervisor"])
def test_a_colleague_says_why_first_and_is_then_let_in(signed_in: SignIn, role: str) -> None:
    worker, colleague = signed_in(), signed_in(role=role, sites=("bagartorp",))
    said = a_consent(_person(worker))
    worker.send("consents", said)

    assert _answers(colleague, said) == [(403, "/problems/reason-required")] * 4
    openings.open_participant(
        by=actor_named(colleague.user.username),
        id=said["participant_id"],
        given={"reason": "present"},
    )
    assert [status for status, _ in _answers(colleague, said)] == [201, 200, 200, 200]


@pytest.mark.parametrize("role", ["caseworker", "supervisor"])
def test_the_other_committee_is_told_that_there_is_nothing(signed_in: SignIn, role: str) -> None:
    worker, other = signed_in(), signed_in(role=role, committee="SN")
    said = a_consent(_person(worker))
    worker.send("consents", said)
    taken = other.send("consents", said | {"from_committee": "SN"})

    assert _answers(other, said | {"from_committee": "SN"}) == [(404, "/problems/not-found")] * 4
    assert taken.status_code == 404
    own = a_consent(_person(other), id=said["id"], from_committee="SN")
    assert other.send("consents", own).get_json()["type"] == "/problems/id-reuse"
    assert said["purpose"] not in other.send("consents", own).text


def test_a_protected_persons_consents_are_not_there_for_a_colleague(signed_in: SignIn) -> None:
    worker, colleague = signed_in(), signed_in()
    said = a_consent(_person(worker, protected=True))
    worker.send("consents", said)

    assert _answers(colleague, said) == [(404, "/problems/not-found")] * 4


@pytest.mark.parametrize("role", ["receiver", "analyst", "reviewer", "administrator"])
def test_every_other_role_is_turned_away(signed_in: SignIn, role: str) -> None:
    worker, other = signed_in(), signed_in(role=role)
    said = a_consent(_person(worker))
    worker.send("consents", said)

    assert _answers(other, said) == [(403, "/problems/not-allowed")] * 4
