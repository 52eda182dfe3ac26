"""What every page shows around its own content: the menu of places, one's own menu."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.builders import Visitor

SignIn = Callable[..., Visitor]


def _marked(page: str) -> list[tuple[str, str]]:
    """Return what the main menu marks: where it leads and how it is marked."""
    return re.findall(r'<a class="places__link" href="([^"]+)" aria-current="(\w+)"', page)


def test_ones_own_account_is_reached_from_the_menu(signed_in: SignIn, client: FlaskClient) -> None:
    assert 'href="/konto"' in signed_in().get("/vart").text
    assert 'href="/konto"' not in client.get("/om").text


@pytest.mark.parametrize(
    ("role", "path", "marked"),
    [
        ("supervisor", "/pass", ("/pass", "page")),
        ("supervisor", "/pass?vecka=2026-W53", ("/pass", "page")),
        ("supervisor", "/pass/ny?plats=hagalund", ("/pass", "true")),
        ("supervisor", "/pass/oppettider/hagalund", ("/pass", "true")),
        ("supervisor", "/kontakter", ("/siffror", "true")),
        ("caseworker", "/falt/efterat", ("/falt", "true")),
        ("caseworker", "/stodperiod", ("/mina-deltagare", "true")),
        ("caseworker", "/far-vi-beratta", ("/mina-deltagare", "true")),
        ("administrator", "/personal", ("/personal", "page")),
        ("administrator", "/personal/ny", ("/personal", "true")),
        ("administrator", "/kodlistor/topic/cv", ("/personal", "true")),
        ("administrator", "/platser", ("/personal", "true")),
        ("administrator", "/katalog", ("/personal", "true")),
        ("administrator", "/nycklar", ("/personal", "true")),
    ],
)
def test_the_menu_marks_the_place_that_a_page_belongs_to(
    signed_in: SignIn, role: str, path: str, marked: tuple[str, str]
) -> None:
    assert _marked(signed_in(role=role).get(path).text) == [marked]


def test_a_page_that_belongs_nowhere_marks_nothing(signed_in: SignIn) -> None:
    assert _marked(signed_in().get("/om").text) == []


def test_a_form_that_comes_back_with_faults_is_no_longer_the_page_itself(signed_in: SignIn) -> None:
    chief = signed_in(role="supervisor")

    answer = chief.client.post("/pass", data={"site": "hagalund"}, headers=chief.headers)

    assert answer.status_code == 422
    assert _marked(answer.text) == [("/pass", "true")]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/pass?vecka=2026-W53&plats=hagalund", "/pass?vecka=2026-W53&plats=hagalund"),
        ("/pass", "/pass"),
        ("/pass?", "/pass"),
    ],
)
def test_choosing_language_or_theme_leads_back_to_the_very_same_page(
    signed_in: SignIn, path: str, kept: str
) -> None:
    chief = signed_in(role="supervisor")

    page = chief.get(path).text
    said = [found.replace("&amp;", "&") for found in re.findall(r'name="next" value="(.*?)"', page)]
    answer = chief.client.post("/sprak", data={"locale": "en", "next": kept})

    assert said == [kept, kept]
    assert answer.headers["Location"] == kept


def test_after_a_refused_form_the_language_leads_to_a_page_that_there_is(
    signed_in: SignIn,
) -> None:
    worker = signed_in()

    answer = worker.client.post("/konto/losenord", data={}, headers=worker.headers)
    [address, _] = re.findall(r'name="next" value="(.*?)"', answer.text)

    assert answer.status_code == 422
    assert worker.client.get(address, follow_redirects=True).status_code == 200


def test_what_is_told_of_the_service_is_what_is_there(client: FlaskClient) -> None:
    told = client.get("/om").text + client.get("/logga-in").text

    for missing in ("krypterade", "granskas", "uppföljning", "följa upp", "överlämning"):
        assert missing not in told


def test_one_may_type_ones_name_at_once(client: FlaskClient) -> None:
    field = re.search(r'<input [^>]*id="username"[^>]*>', client.get("/logga-in").text)

    assert field
    assert "autofocus" in field[0]


def test_a_wrong_password_on_the_locked_screen_is_told_beside_the_field_alone(
    signed_in: SignIn,
) -> None:
    worker = signed_in()
    worker.client.post("/las", headers=worker.headers)

    answer = worker.client.post("/las/oppna", data={"password": "fel"}, headers=worker.headers)

    assert answer.status_code == 401
    assert answer.text.count("Fel lösenord") == 1
