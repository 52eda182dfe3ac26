"""One's own list and the search on the screen; no address ever says who was sought."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from outreach.accounts.models import Unit
from outreach.accounts.permissions import ROLES
from outreach.accounts.service import actor_named
from outreach.foundation.actor import Actor
from outreach.participants import next_steps, openings
from outreach.participants import service as participants
from tests.builders import Visitor, a_finished_enrolment, a_number

SignIn = Callable[..., Visitor]
Identify = Callable[..., UUID]


def _by(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _search(visitor: Visitor, sought: str) -> str:
    answer = visitor.client.post("/deltagare", data={"sought": sought}, headers=visitor.headers)
    assert answer.status_code == 200
    return answer.text


def test_ones_own_list_tells_what_waits(signed_in: SignIn, identify: Identify) -> None:
    worker = signed_in()
    person = identify(_by(worker))
    identify(_by(worker), given_name="Bo", protected=True)
    given = {"text": "Ring <Komvux>", "turn": "worker", "due_on": "2020-01-30"}
    next_steps.set_next_step(by=_by(worker), id=person, expected=1, given=given)

    page = worker.get("/mina-deltagare").text

    assert f'href="/deltagare/{person}">Elsa Nyström</a>' in page
    for words in (
        "Ring &lt;Komvux&gt;", "Vår tur", "senast 30 januari 2020", "har passerat",
        "Ingen kontakt än", "Visas inte i listor",
    ):  # fmt: skip
        assert words in page
    assert ">Bo" not in page
    assert "Vems deltagare?" not in page
    assert "Elsa" not in page.partition("</title>")[0]


@pytest.mark.parametrize("path", ["/stodperiod", "/efter-jobbstart", "/far-vi-beratta"])
def test_the_lists_of_what_waits_are_reached_from_ones_own_and_lead_back(
    signed_in: SignIn, path: str
) -> None:
    worker = signed_in()

    assert f'href="{path}"' in worker.get("/mina-deltagare").text
    assert '<a class="reach" href="/mina-deltagare">' in worker.get(path).text


def test_ones_own_list_counts_whom_to_ask_how_work_goes(
    signed_in: SignIn, identify: Identify
) -> None:
    worker, colleague = signed_in(), signed_in()
    a_finished_enrolment(_by(worker), identify(_by(worker)))

    counted = 'Att följa upp efter jobbstart <span class="numbers">(1)</span>'
    assert counted in worker.get("/mina-deltagare").text
    assert counted not in colleague.get("/mina-deltagare").text


def test_an_empty_list_says_what_to_do(signed_in: SignIn) -> None:
    page = signed_in().get("/mina-deltagare").text

    assert "Du är inte ansvarig för någon än" in page
    assert 'href="/deltagare/ny"' in page
    assert 'href="/deltagare"' in page


def test_a_supervisor_chooses_whose_list(signed_in: SignIn, identify: Identify, unit: Unit) -> None:
    worker = signed_in(unit_id=str(unit.id), name="Anna Åberg")
    chief = signed_in(role="supervisor", unit_id=str(unit.id))
    identify(_by(worker))

    own = chief.get("/mina-deltagare").text
    theirs = chief.get(f"/mina-deltagare?handlaggare={worker.user.id}").text

    assert "Anna Åberg (1)" in own
    assert "Elsa" not in own
    assert "Elsa Nyström" in theirs
    assert re.search(f'value="{worker.user.id}" selected', theirs)
    assert chief.get(f"/mina-deltagare?handlaggare={uuid4()}").status_code == 404
    assert chief.get("/mina-deltagare?handlaggare=anna").status_code == 404
    answer = worker.get(f"/mina-deltagare?handlaggare={chief.user.id}")
    assert answer.status_code == 403


def test_whoever_is_sought_is_found_by_name_number_or_case_number(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker), number=a_number())
    identify(_by(worker), given_name="Någon", family_name="Annan")
    case = participants.participant(by=_by(worker), id=person)["case_number"]
    number = a_number()

    for sought in ("nystrom elsa", f"{number[:8]}-{number[8:]}", f"{number[2:8]}-{number[8:]}",
                   case.lower(), case.removeprefix("JV-")):  # fmt: skip
        page = _search(worker, sought)
        assert "1 träff" in page
        assert "Elsa Nyström" in page
        assert "född 1990" in page
        assert f'href="/deltagare/{person}">{case}</a>' in page
        assert f'value="{sought}"' in page


def test_of_somebody_elses_participant_only_year_and_case_number_are_shown(
    signed_in: SignIn, identify: Identify
) -> None:
    worker, colleague = signed_in(), signed_in()
    person = identify(_by(worker), number=a_number())
    identify(_by(worker), protected=True, birth_date="1970-01-01")

    page = _search(colleague, "Nyström")

    assert "1 träff" in page
    assert "född 1990" in page
    assert "JV-" in page
    assert "Säg först varför, så visas namnet." in page
    assert "Elsa" not in page
    openings.open_participant(by=_by(colleague), id=person, given={"reason": "calling"})
    assert "Elsa Nyström" in _search(colleague, "Nyström")
    assert "Ingen träff" in _search(signed_in(committee="SN"), "Nyström")


@pytest.mark.parametrize(
    ("sought", "told"),
    [
        ("", "Sök på ett av tre: nummer, namn eller ärendenummer."),
        ("19900101-9999", "Kontrollera"),
        ("JV-2026-0412-1", "Någon siffra i ärendenumret är fel."),
        ("x" * 300, "Längden ska vara mellan 1 och 200."),
    ],
)
def test_what_cannot_be_sought_is_told_beside_the_field(
    signed_in: SignIn, sought: str, told: str
) -> None:
    worker = signed_in()

    answer = worker.client.post("/deltagare", data={"sought": sought}, headers=worker.headers)

    assert answer.status_code == 422
    message = re.search(r'id="sought-error">([^<]+)', answer.text)
    assert message
    assert told in message[1] or sought.startswith("19900101")
    assert not sought or f'value="{sought}"' in answer.text


def test_a_search_that_finds_nobody_says_what_to_do_next(signed_in: SignIn) -> None:
    page = _search(signed_in(), "Nyström")

    assert "Ingen träff" in page
    assert "Välj Skriv in ny" in page


@pytest.mark.parametrize("role", ROLES)
def test_the_lists_are_found_in_the_menu_by_those_who_work_with_people(
    signed_in: SignIn, role: str
) -> None:
    team = {"team": "osa"} if role == "receiver" else {}
    visitor = signed_in(role=role, **team)
    menu = visitor.get("/vart").text.partition('class="places"')[2].partition("</nav>")[0]
    works_with_people = role in {"caseworker", "supervisor"}

    assert ('href="/mina-deltagare"' in menu) == works_with_people
    assert ('href="/deltagare"' in menu) == works_with_people
    for path in ("/mina-deltagare", "/deltagare"):
        assert visitor.get(path).status_code == (200 if works_with_people else 403)
