"""The list of whom to ask how work goes, and the one touch that answers, there and on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.enrolments import outcomes, service
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.participants import openings
from tests.builders import Visitor, an_actor

pytestmark = pytest.mark.usefixtures("wednesday", "app")

SignIn = Callable[..., Visitor]
Enrol = Callable[..., tuple[UUID, UUID]]
Standing = Callable[[UUID], dict[int, dict[str, Any]]]


def _as(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _post(visitor: Visitor, path: str, **form: Any) -> TestResponse:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _forms(page: str) -> list[dict[str, str]]:
    """Return the forms about checks of a page: where each goes, and what it sends along."""
    return [
        {"": address, **dict(re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', inside))}
        for address, inside in re.findall(
            r'<form[^>]* action="(/efter-jobbstart/[^"]*)">(.*?)</form>', page, re.DOTALL
        )
    ]


def _touch(visitor: Visitor, page: str, **more: str) -> TestResponse:
    """Send the only form about a check that a page has, as a browser without scripts does."""
    (form,) = _forms(page)
    return _post(visitor, form.pop(""), **form, **more)


def _answers(page: str) -> list[str]:
    return re.findall(r'name="answer" value="(\w+)"', page)


def test_nobody_is_to_be_asked_until_somebody_has_worked_for_a_month(
    signed_in: SignIn, worked: Enrol
) -> None:
    worker = signed_in()
    worked(_as(worker), ago=20)

    page = worker.get("/efter-jobbstart").text

    assert "Ingen just nu. Den som har börjat jobba kommer hit" in page
    assert "Kolla: varade jobbet" not in page


def test_one_touch_on_the_list_answers_and_one_takes_it_back(
    signed_in: SignIn, worked: Enrol, standing: Standing
) -> None:
    worker = signed_in()
    person, _ = worked(_as(worker), ago=31)

    before = worker.get("/efter-jobbstart").text
    said = _touch(worker, before, answer="yes")
    after = worker.get("/efter-jobbstart").text

    assert f'href="/deltagare/{person}">JV-' in before
    assert "Elsa" not in before
    for words in ("30 dagar efter jobbstart", "Arbete med stöd sedan", "Ja, jobbar kvar"):
        assert words in before
    assert _answers(before) == ["yes", "no", "not_reached"]
    assert (said.status_code, said.headers["Location"]) == (303, "/efter-jobbstart")
    assert standing(person)[30]["answer"] == "yes"
    assert ("Det du har svarat i dag" in after, _answers(after)) == (True, [])
    undone = _touch(worker, after)
    assert (undone.status_code, standing(person)[30]["answer"]) == (303, None)
    assert _answers(worker.get("/efter-jobbstart").text) == ["yes", "no", "not_reached"]


def test_whom_nobody_reached_is_told_with_the_tries(
    signed_in: SignIn, worked: Enrol, standing: Standing, wednesday: datetime
) -> None:
    worker = signed_in()
    person, _ = worked(_as(worker))

    told = _touch(worker, worker.get("/efter-jobbstart").text, answer="not_reached")

    assert told.status_code == 303
    page = worker.get("/efter-jobbstart").text
    assert "Efter tre försök läggs frågan åt sidan." in page
    assert "Försökt 1 gång, senast 25 november 2026" in page
    assert _answers(page) == ["yes", "no"]
    with time_machine.travel(wednesday + timedelta(minutes=1), tick=True):
        assert standing(person)[30]["tried_on"] == [clock.today()]


def test_the_persons_page_shows_both_checks_and_answers_where_it_stands(
    signed_in: SignIn, worked: Enrol, standing: Standing
) -> None:
    worker = signed_in(name="Anna Lindqvist")
    person, _ = worked(_as(worker), ago=33)
    openings.open_participant(by=_as(worker), id=person, given={"reason": "calling"})
    address = f"/deltagare/{person}"

    before = worker.get(address).text
    said = _touch(worker, before, answer="no")
    after = worker.get(address).text

    assert "30 dagar efter jobbstart: Jobbar personen kvar?" in before
    # Day 90 is a Thursday of January.
    assert "90 dagar efter jobbstart: Frågas 21 januari 2027" in before
    assert (said.status_code, said.headers["Location"]) == (303, address)
    assert "30 dagar efter jobbstart: Nej · 25 november 2026, Anna Lindqvist" in after
    assert "90 dagar efter jobbstart: Frågas inte: jobbet varade inte en månad." in after
    assert _touch(worker, after).headers["Location"] == address
    assert standing(person)[30]["state"] == "due"


def test_what_cannot_be_done_any_more_is_told_on_the_way_back(
    signed_in: SignIn, worked: Enrol, standing: Standing
) -> None:
    worker, chief = signed_in(), an_actor()
    person, _ = worked(_as(worker))
    soon, _ = worked(_as(worker), ago=10)
    page = worker.get("/efter-jobbstart").text
    openings.open_participant(by=chief, id=person, given={"reason": "calling"})
    outcomes.answer(by=chief, id=standing(person)[30]["id"], given={"answer": "no"})

    late = _touch(worker, page, answer="yes")
    address = f"/efter-jobbstart/{standing(soon)[30]['id']}"
    early = _post(worker, address, version="1", answer="yes", next="/vart")
    nothing = _post(worker, address, version="1")

    assert (late.status_code, late.headers["Location"]) == (303, "/efter-jobbstart")
    assert (early.status_code, early.headers["Location"]) == (303, "/vart")
    assert nothing.status_code == 303
    told = worker.get("/vart").text
    assert "Frågan är redan besvarad" in told
    assert "Svara tidigast tre dagar före dagen" in told
    assert standing(person)[30]["answer"] == "no"


def test_of_whom_no_check_asks_the_list_tells_too(signed_in: SignIn, enrol: Enrol) -> None:
    worker = signed_in()
    long_ago = (clock.today() - timedelta(days=60)).isoformat()
    person, period = enrol(_as(worker), opened_on=long_ago)
    given = {
        "closing_result": "osa_employment",
        "closed_on": long_ago,
        "lasted_one_month": "pending",
    }
    service.close_enrolment(by=_as(worker), id=period, given=given)

    page = worker.get("/efter-jobbstart").text

    assert "Kolla: varade jobbet en månad?" in page
    assert f'href="/deltagare/{person}">JV-' in page


def test_whoever_has_yet_to_say_why_is_asked_and_nobody_else_is_told(
    signed_in: SignIn, worked: Enrol, standing: Standing
) -> None:
    person, _ = worked(an_actor())
    check = standing(person)[30]["id"]
    colleague, foreign = signed_in(), signed_in(committee="SN")

    for path in ("", "/angra"):
        form = {"version": "1", "answer": "yes"}
        asked = _post(colleague, f"/efter-jobbstart/{check}{path}", **form)
        refused = _post(foreign, f"/efter-jobbstart/{check}{path}", **form)
        assert (asked.status_code, asked.headers["Location"]) == (303, f"/deltagare/{person}")
        assert refused.status_code == 404
    for stranger in (colleague, foreign):
        assert str(person) not in stranger.get("/efter-jobbstart").text
    assert standing(person)[30]["version"] == 1
