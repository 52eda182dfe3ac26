"""Recognition codes as programs and tablets meet them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from outreach.contacts import recognition
from outreach.foundation import clock
from tests.builders import Visitor, a_contact, uuid7

SignIn = Callable[..., Visitor]


@pytest.fixture
def worker(signed_in: SignIn) -> Visitor:
    """Whoever logs contacts at Hagalund."""
    return signed_in()


def _made(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.send("recognition-codes", {"id": str(uuid7())})
    assert answer.status_code == 201
    return dict(answer.get_json())


def _looked_up(visitor: Visitor, code: object) -> Any:
    return visitor.send("recognition-codes/lookup", {"code": code})


def test_a_code_is_made_and_answered_again_to_a_repeat(worker: Visitor) -> None:
    given = {"id": str(uuid7())}

    first = worker.send("recognition-codes", given)
    second = worker.send("recognition-codes", given)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["ETag"] == '"1"'
    made = first.get_json()
    assert made == second.get_json()
    assert made.keys() == {"id", "code", "digits", "words", "expires_on", "version"}
    assert made["id"] == given["id"]
    assert [word.keys() for word in made["words"]] == [{"word", "emoji"}] * 3
    assert 360 < (date.fromisoformat(made["expires_on"]) - clock.today()).days < 370


@pytest.mark.parametrize(
    "given", [{}, {"id": "1"}, {"id": None}, {"id": str(uuid7()), "code": "katt sol ring 74"}]
)
def test_a_code_cannot_be_wished_for(worker: Visitor, given: dict[str, Any]) -> None:
    answer = worker.send("recognition-codes", given)

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/invalid")


def test_a_thread_is_found_by_words_and_by_digits(worker: Visitor, signed_in: SignIn) -> None:
    made = _made(worker)
    sent = [a_contact(recognition_code=made["code"]), a_contact()]
    for contact in sent:
        assert worker.send("contacts", contact).status_code == 201
    other = signed_in(sites=("bagartorp",), committee="SN")

    for written in (made["code"], made["code"].lower().replace("-", ", "), made["digits"]):
        assert _looked_up(other, written).get_json() == {
            "id": made["id"],
            "age_band": "30-44",
            "gender": "woman",
            "talk_language": "sv",
            "contacts": [
                {
                    "id": sent[0]["id"],
                    "date": clock.today().isoformat(),
                    "site": "hagalund",
                    "contact_type": "drop_in",
                }
            ],
        }


def test_a_slip_is_told_apart_from_a_code_that_nobody_made(worker: Visitor) -> None:
    made = _made(worker)
    first, second, third, check = made["code"].split("-")
    other = next(code.text for _ in range(9) if (code := recognition.made()).text != made["code"])

    for slip in (f"{second}-{first}-{third}-{check}", f"{first}-{second}-{third}-98", "katt", "9"):
        answer = _looked_up(worker, slip)
        problem = answer.get_json()
        assert (answer.status_code, problem["type"]) == (422, "/problems/code-mistyped")
        assert [fault["pointer"] for fault in problem["errors"]] == ["/code"]
    answer = _looked_up(worker, other)
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/code-unknown")


@pytest.mark.parametrize("typed", [None, 7, [], {}, "", "x" * 201, "katt\x00sol", "\ud800"])
def test_what_is_no_text_is_invalid(worker: Visitor, typed: object) -> None:
    answer = _looked_up(worker, typed)

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/invalid")


def test_nothing_that_was_typed_is_repeated(worker: Visitor) -> None:
    for typed in ("Fatima Karlsson Solna 74", "070-123 45 67", "19900101-9802"):
        assert typed.split()[0] not in _looked_up(worker, typed).text


def test_a_contact_answers_the_code_that_it_was_sent_with(worker: Visitor) -> None:
    made = _made(worker)

    answer = worker.send("contacts", a_contact(recognition_code=made["digits"]))

    assert answer.get_json()["recognition_code"] == made["code"]
    assert worker.get("contacts").get_json()["items"][0]["recognition_code"] == made["code"]
    refused = worker.send(
        f"contacts/{answer.get_json()['id']}",
        {"recognition_code": made["code"]},
        method="PATCH",
        If_Match='"1"',
    )
    assert refused.status_code == 422


def test_a_machine_needs_the_scope_for_what_it_does(signed_in: SignIn, worker: Visitor) -> None:
    administrator = signed_in(role="administrator")
    given = {
        "id": str(uuid7()), "name": "tablet", "username": worker.user.username,
        "scopes": ["contacts:read"],
    }  # fmt: skip
    token = administrator.send("tokens", given).get_json()["token"]
    machine = worker.client.application.test_client()
    headers = {"Authorization": f"Bearer {token}"}

    def send(path: str, body: dict[str, Any]) -> int:
        address = f"/api/v1/recognition-codes{path}"
        return int(machine.post(address, json=body, headers=headers).status_code)

    assert send("", {"id": str(uuid7())}) == 403
    assert send("/lookup", {"code": _made(worker)["code"]}) == 200
