"""The page of one's own calendar: made with a touch, its address shown once, ended with another."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.builders import PASSWORD, Visitor

SignIn = Callable[..., Visitor]
FRESH = "moln-kanna-ficka-onsdag"


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


def _post(visitor: Visitor, path: str, **form: str) -> TestResponse:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _address_on(answer: TestResponse) -> str:
    found = re.search(r'<code id="address">([^<]+)</code>', answer.text)
    assert found is not None
    return html.unescape(found[1])


def _stop(visitor: Visitor) -> str:
    found = re.search(r'action="(/konto/kalender/[^"/]+/stoppa)"', visitor.get(PAGE).text)
    assert found is not None
    return found[1]


PAGE = "/konto/kalender"


def test_the_page_says_what_is_in_it_and_what_is_not(anna: Visitor) -> None:
    page = anna.get(PAGE).text

    assert "Du har ingen länk" in page
    assert "Mötet heter alltid ”Bokat möte”" in page
    assert "Möten med den som har skyddade personuppgifter" in page
    assert "Stoppa länken" not in page


def test_the_address_is_shown_once_and_is_the_calendar(app: Flask, anna: Visitor) -> None:
    made = _post(anna, PAGE)
    address = _address_on(made)

    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert "Den visas bara här" in made.text
    assert 'data-copy="address"' in made.text
    assert app.test_client().get(urlsplit(address).path).status_code == 200
    page = anna.get(PAGE).text
    assert "Du har en länk, gjord " in page
    assert "Senast hämtad " in page
    assert urlsplit(address).path not in page


def test_a_new_link_ends_the_old_and_stopping_it_twice_is_no_fault(
    app: Flask, anna: Visitor
) -> None:
    paths = [urlsplit(_address_on(_post(anna, PAGE))).path for _ in range(2)]
    assert "Den har inte hämtats än." in anna.get(PAGE).text
    assert [app.test_client().get(each).status_code for each in paths] == [404, 200]

    stop = _stop(anna)
    answers = [_post(anna, stop), _post(anna, stop)]

    assert [each.status_code for each in answers] == [303, 303]
    assert app.test_client().get(paths[1]).status_code == 404
    page = anna.get(PAGE).text
    assert "Länken är stoppad" in page
    assert "Du har ingen länk" in page


def test_nobody_stops_somebody_elses(app: Flask, anna: Visitor, signed_in: SignIn) -> None:
    path = urlsplit(_address_on(_post(anna, PAGE))).path

    _post(signed_in(), _stop(anna))

    assert app.test_client().get(path).status_code == 200


def test_another_password_ends_it(app: Flask, anna: Visitor) -> None:
    path = urlsplit(_address_on(_post(anna, PAGE))).path

    _post(anna, "/konto/losenord", current=PASSWORD, password=FRESH, repeated=FRESH)

    assert app.test_client().get(path).status_code == 404
    assert "Du har ingen länk" in anna.get(PAGE).text


@pytest.mark.parametrize("role", ["caseworker", "supervisor", "receiver"])
def test_whoever_meets_people_finds_it_under_their_account(signed_in: SignIn, role: str) -> None:
    visitor = signed_in(role=role, team="osa" if role == "receiver" else None)

    assert f'href="{PAGE}"' in visitor.get("/konto").text
    assert visitor.get(PAGE).status_code == 200
    if role != "receiver":
        assert f'href="{PAGE}"' in visitor.get("/uppfoljningar").text


@pytest.mark.parametrize("role", ["analyst", "reviewer", "administrator"])
def test_whoever_meets_nobody_is_not_led_there(signed_in: SignIn, role: str) -> None:
    visitor = signed_in(role=role, sites=(), committee=None)

    assert PAGE not in visitor.get("/konto").text
    assert visitor.get(PAGE).status_code == 403


def test_it_is_said_in_english_too(anna: Visitor) -> None:
    anna.client.post("/sprak", data={"locale": "en"}, headers=anna.headers)

    assert "Calendar in your phone" in anna.get(PAGE).text
    assert "Your link" in _post(anna, PAGE).text
