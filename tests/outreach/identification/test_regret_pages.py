"""*Personen ångrar sig* on the screen: a question before each door, a receipt that is not lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.contacts import recognition_codes
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.identification import information_texts, regret, service
from outreach.identification.rules import DOORS
from tests.builders import Visitor, a_code, a_number, a_person, a_recorded_contact, an_actor

SignIn = Callable[..., Visitor]
ADDRESSES = {"direkt": "undo", "kod": "back_to_code", "radering": "erasure"}


@pytest.fixture
def closed(app: Flask) -> Iterator[Callable[[str], None]]:
    """A function: close a door of KN for as long as the test lasts."""
    assert app
    keeper = an_actor(role="administrator", committee=None)

    def set_doors(**said: bool) -> None:
        (kn, _) = regret.all_doors(by=keeper)
        given = dict.fromkeys(DOORS, True) | said
        regret.set_doors(by=keeper, committee="KN", expected=kn["version"], given=given)

    yield lambda door: set_doors(**{door: False})
    set_doors()


def _actor(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _known(visitor: Visitor, **said: Any) -> UUID:
    return UUID(str(service.identify(by=_actor(visitor), given=a_person(**said))[0]["id"]))


def _post(visitor: Visitor, address: str, **form: Any) -> TestResponse:
    return visitor.client.post(address, data=form, headers=visitor.headers)


def _sending(page: str) -> str:
    found = re.search(r'name="id" value="([\w-]+)"', page)
    assert found is not None
    return found[1]


def _go(visitor: Visitor, person: UUID, door: str, **more: Any) -> TestResponse:
    address = f"/deltagare/{person}/angra/{door}"
    return _post(visitor, address, id=_sending(visitor.get(address).text), **more)


def _paper(page: TestResponse) -> str:
    return page.text.partition("<article")[2].partition("</article>")[0]


def test_three_doors_tell_what_they_do_and_cannot_undo_and_nothing_happens_yet(
    signed_in: SignIn,
) -> None:
    worker = signed_in()
    person = _known(worker)

    page = worker.get(f"/deltagare/{person}/angra").text
    for door in ADDRESSES:
        assert f'href="/deltagare/{person}/angra/{door}"' in page
        assert "Säg till personen" in worker.get(f"/deltagare/{person}/angra/{door}").text

    assert page.count("Det går inte att få tillbaka.") == 2
    assert "överklaga" in page
    assert service.suggestions_for(by=_actor(worker), id=person) == []


@pytest.mark.parametrize("door", ADDRESSES)
def test_the_same_sending_again_answers_the_same_receipt(signed_in: SignIn, door: str) -> None:
    worker = signed_in()
    code = str(a_code(_actor(worker))["code"])
    a_recorded_contact(_actor(worker), recognition_code=code)
    person = _known(worker, recognition_code=code, number=a_number())
    address = f"/deltagare/{person}/angra/{door}"
    sending = _sending(worker.get(address).text)

    first, second = (_post(worker, address, id=sending) for _ in range(2))

    assert first.status_code == second.status_code == 200
    assert _paper(first) == _paper(second)
    assert "JV-" in _paper(first)
    for secret in ("Elsa", "Nyström", a_number()):
        assert secret not in _paper(first)
    # Another sending is another wish.
    assert _post(worker, address, id=str(uuid4())).status_code in {403, 404, 200}


def test_a_second_sending_never_makes_a_second_code(signed_in: SignIn) -> None:
    worker = signed_in()
    a_recorded_contact(_actor(worker), participant_id=str(person := _known(worker)))
    address = f"/deltagare/{person}/angra/kod"
    sending = _sending(worker.get(address).text)

    codes = {
        re.search(r"code__digits.*?<strong[^>]*>([\d-]+)<", page.text, re.DOTALL)[1]  # type: ignore[index]
        for page in (_post(worker, address, id=sending) for _ in range(3))
    }
    foreign = _post(worker, address, id=str(uuid4()))

    (digits,) = codes
    thread = recognition_codes.look_up(by=an_actor(), given={"code": digits})
    assert len(thread["contacts"]) == 1
    assert foreign.status_code == 404


@pytest.mark.parametrize("text", information_texts.offered(), ids=lambda text: text.language)
@pytest.mark.parametrize("door", ADDRESSES)
def test_a_receipt_is_in_the_language_that_was_chosen_and_in_another_on_asking(
    signed_in: SignIn, door: str, text: information_texts.InformationText
) -> None:
    worker = signed_in()
    person = _known(worker)

    chosen = _go(worker, person, door, text=text.language)
    again = _post(
        worker, f"/deltagare/{person}/angra/{door}", id=_sending(chosen.text), show_in="sv"
    )

    assert text.said[ADDRESSES[door]]["title"] in _paper(chosen)
    assert f'lang="{text.said["locale"]}"' in _paper(chosen)
    assert information_texts.text("sv").said[ADDRESSES[door]]["title"] in _paper(again)


def test_the_new_code_stands_huge_with_words_pictures_digits_and_a_square(
    signed_in: SignIn,
) -> None:
    worker = signed_in()

    page = _go(worker, _known(worker), "kod").text

    assert "Fota gärna koden" in page
    assert page.count('class="code__picture"') == 3
    assert "<svg" in page.partition("code__square")[2][:200]
    assert re.search(r"\d{3}-\d{3}-\d{3}-\d{2}", page)


def test_a_request_says_by_when_by_whom_and_where_to_complain(signed_in: SignIn) -> None:
    worker, chief = signed_in(), signed_in(role="supervisor")
    person = _known(worker)

    paper = _paper(_go(worker, person, "radering"))

    (waiting,) = regret.open_requests(by=_actor(chief))
    assert str(waiting["due_on"].day) in paper
    for told in ("En chef hos kompetensnämnden", "imy@imy.se", "senast"):
        assert told in paper
    refused = worker.get(f"/deltagare/{person}/angra")
    assert refused.status_code == 403
    assert "begärt radering" in refused.text


def test_what_is_closed_says_why_and_offers_the_others(
    signed_in: SignIn, closed: Callable[[str], None]
) -> None:
    worker = signed_in()
    noted, person = _known(worker), _known(worker)
    a_recorded_contact(_actor(worker), participant_id=str(noted), note="Vill bli snickare")
    with time_machine.travel(clock.now() - timedelta(days=2), tick=False):
        late = _known(worker)
    closed("back_to_code")

    for whom, door, why in (
        (noted, "direkt", "Det finns anteckningar"),
        (late, "direkt", "mer än 24 timmar"),
        (person, "kod", "Nämnden har inte öppnat"),
    ):
        assert why in worker.get(f"/deltagare/{whom}/angra").text
        page = worker.get(f"/deltagare/{whom}/angra/{door}").text
        assert why in page
        assert "Ja, " not in page
        refused = _post(worker, f"/deltagare/{whom}/angra/{door}", id=str(uuid4()))
        assert refused.status_code in {403, 409}
        assert worker.get(f"/deltagare/{whom}/angra").status_code == 200


def test_no_door_leads_nowhere(signed_in: SignIn) -> None:
    worker = signed_in()
    person = _known(worker)

    assert worker.get(f"/deltagare/{person}/angra/fonster").status_code == 404
    assert _post(worker, f"/deltagare/{person}/angra/fonster").status_code == 404
    assert _post(worker, f"/deltagare/{person}/angra/kod", id="inget id").status_code == 422


def test_the_doors_are_for_those_who_may_read_the_person(signed_in: SignIn) -> None:
    worker, colleague, other = signed_in(), signed_in(), signed_in(committee="SN")
    person, hidden = _known(worker), _known(worker, protected=True)

    for path in ("angra", *(f"angra/{door}" for door in ADDRESSES)):
        assert worker.get(f"/deltagare/{hidden}/{path}").status_code == 200
        assert colleague.get(f"/deltagare/{person}/{path}").status_code == 403
        assert other.get(f"/deltagare/{person}/{path}").status_code == 404
        assert colleague.get(f"/deltagare/{hidden}/{path}").status_code == 404
    for door in ADDRESSES:
        address = f"/deltagare/{person}/angra/{door}"
        assert _post(colleague, address, id=str(uuid4())).status_code == 403
        assert _post(other, address, id=str(uuid4())).status_code == 404
    assert service.suggestions_for(by=_actor(worker), id=person) == []


def test_another_committee_is_not_told_what_became_of_a_person(signed_in: SignIn) -> None:
    worker, other = signed_in(), signed_in(committee="SN")
    person = _known(worker)
    sending = _sending(worker.get(f"/deltagare/{person}/angra/kod").text)
    _post(worker, f"/deltagare/{person}/angra/kod", id=sending)

    for door in ADDRESSES:
        assert _post(other, f"/deltagare/{person}/angra/{door}", id=sending).status_code == 404
