"""The pages of codes, in words and with scripts off."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from outreach.contacts import recognition
from outreach.contacts.recognition import read_code
from tests.builders import Visitor, a_contact, uuid7

SignIn = Callable[..., Visitor]


@pytest.fixture
def worker(signed_in: SignIn) -> Visitor:
    """Whoever logs contacts at Hagalund."""
    return signed_in()


def _post(visitor: Visitor, address: str, **fields: str) -> TestResponse:
    return visitor.client.post(address, data=fields, headers=visitor.headers)


def _made(visitor: Visitor) -> tuple[str, str]:
    """Make a code by the page; return where it is shown, and its words."""
    answer = _post(visitor, "/koder", id=str(uuid7()))
    assert answer.status_code == 303
    address = answer.headers["Location"]
    return address, _codes_on(visitor.get(address).text)[0]


def _codes_on(page: str) -> list[str]:
    digits = re.findall(r"\b\d{3}-\d{3}-\d{3}-\d{2}\b", page)
    return [read_code(each).text for each in digits]


def test_a_code_is_shown_large_with_pictures_digits_and_a_square(worker: Visitor) -> None:
    address, code = _made(worker)
    page = worker.get(address).text

    for word in read_code(code).words:
        assert word.word.upper() in page
        assert word.emoji in page
    assert "Fota gärna koden" in page
    assert re.search(r'<svg viewBox="0 0 (\d+) \1" class="square"', page)
    assert "style=" not in page.partition('class="square"')[2].partition("</svg>")[0]
    title = re.search(r"<title>(.*?)</title>", page)
    assert title
    assert not any(word.word.upper() in title[1].upper() for word in read_code(code).words)
    assert not any(word.word in address for word in read_code(code).words)


def test_the_same_form_sent_twice_makes_one_code(worker: Visitor) -> None:
    form = str(uuid7())

    answers = [_post(worker, "/koder", id=form).headers["Location"] for _ in range(2)]

    assert answers[0] == answers[1]


def test_a_typed_code_shows_whom_and_where_and_nothing_else(
    worker: Visitor, signed_in: SignIn
) -> None:
    _, code = _made(worker)
    assert "Inga besök är registrerade" in _post(worker, "/koder/sok", code=code).text
    for contact in (a_contact(recognition_code=code), a_contact(age_band="66+", topics=["cv"])):
        worker.send("contacts", contact)
    other = signed_in(sites=("bagartorp",), committee="SN")

    answer = _post(other, "/koder/sok", code=code.lower())

    assert answer.status_code == 200
    for told in (code, "Kvinna, 30–44, Svenska", "Hagalund", "Spontanbesök"):
        assert told in answer.text
    for untold in ("66+", "CV", worker.user.name):
        assert untold not in answer.text


def test_a_mistyped_code_stays_in_its_field_with_what_is_wrong(worker: Visitor) -> None:
    answer = _post(worker, "/koder/sok", code="kat sol ring 74")

    assert answer.status_code == 422
    assert 'value="kat sol ring 74"' in answer.text
    assert "Liknande ord: KATT" in answer.text
    assert 'href="#code"' in answer.text


def test_an_unknown_or_empty_code_is_told_in_a_sentence(worker: Visitor) -> None:
    unknown = _post(worker, "/koder/sok", code=recognition.made().text)
    empty = _post(worker, "/koder/sok", code="")

    assert (unknown.status_code, empty.status_code) == (404, 422)
    assert "Koden finns inte" in unknown.text
    assert "Fyll i det här." in empty.text


def test_cards_are_printed_once_and_used_ones_are_left_out(worker: Visitor) -> None:
    answer = _post(worker, "/koder/ark", id=str(uuid7()), count="12")
    assert answer.status_code == 303
    sheet = answer.headers["Location"]
    codes = _codes_on(worker.get(sheet).text)
    assert len(set(codes)) == 12

    worker.send("contacts", a_contact(recognition_code=codes[3]))

    page = worker.get(sheet).text
    assert _codes_on(page) == [code for code in codes if code != codes[3]]
    assert "1 kort på arket är redan använt" in page


@pytest.mark.parametrize("count", ["", "0", "101", "tio", "1e1", "٣", "9" * 6000])
def test_a_wrong_number_of_cards_is_told_beside_the_field(worker: Visitor, count: str) -> None:
    answer = _post(worker, "/koder/ark", id=str(uuid7()), count=count)

    assert answer.status_code == 422
    assert 'href="#count"' in answer.text


def test_what_is_not_there_is_not_found(worker: Visitor) -> None:
    for address in (f"/koder/{uuid7()}", f"/koder/ark/{uuid7()}"):
        assert worker.get(address).status_code == 404


def test_codes_are_in_the_menu_of_those_who_log_contacts(signed_in: SignIn) -> None:
    assert 'href="/koder"' in signed_in().get("/falt").text
    assert 'href="/koder"' not in signed_in(role="supervisor").get("/pass").text
