"""Caseloads for programs."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from outreach.accounts.models import Unit
from outreach.accounts.service import actor_named
from outreach.participants import next_steps
from tests.builders import Visitor

SignIn = Callable[..., Visitor]
Identify = Callable[..., UUID]


def test_a_caseload_is_answered_with_what_waits(signed_in: SignIn, identify: Identify) -> None:
    worker = signed_in()
    by = actor_named(worker.user.username)
    person = identify(by)
    said = {"text": "Tar med betyg", "turn": "person", "due_on": "2020-01-30"}
    next_steps.set_next_step(by=by, id=person, expected=1, given=said)

    answer = worker.get("caseload").get_json()

    assert (answer["next"], answer["more"]) == (None, False)
    (item,) = answer["items"]
    assert item["participant_id"] == str(person)
    assert item["case_number"].startswith("JV-")
    assert item["name"] == "Elsa Nyström"
    assert item["next_step"]["text"] == "Tar med betyg"
    assert item["overdue"] is True
    assert item["silent"] is False
    assert item["last_contact_on"] is item["next_followup_at"] is None
    assert item["missing"] == []


def test_a_supervisor_names_a_worker_of_the_unit(
    signed_in: SignIn, identify: Identify, unit: Unit
) -> None:
    worker = signed_in(unit_id=str(unit.id))
    chief = signed_in(role="supervisor", unit_id=str(unit.id))
    identify(actor_named(worker.user.username))

    own = chief.get(f"caseload?worker={worker.user.id}")
    other = signed_in(role="supervisor").get(f"caseload?worker={worker.user.id}")
    colleague = signed_in().get(f"caseload?worker={worker.user.id}")
    wrong = chief.get("caseload?worker=eva")

    assert [item["name"] for item in own.get_json()["items"]] == ["Elsa Nyström"]
    assert (other.status_code, colleague.status_code, wrong.status_code) == (404, 403, 422)
