"""*Får vi berätta?* on the screen: nothing is on from the start, nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from babel.dates import format_date
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.consents import consent_texts, service
from outreach.foundation import clock
from tests.builders import Visitor, a_consent, a_participant, uuid7

SignIn = Callable[..., Visitor]


def _person(visitor: Visitor, **said: Any) -> UUID:
    return a_participant(actor_named(visitor.user.username), **said)


def _given(visitor: Visitor, person: UUID, **said: Any) -> UUID:
    row, _ = service.give_consent(
        by=actor_named(visitor.user.username), given=a_consent(person, **said)
    )
    return UUID(str(row["id"]))


def _typed(**said: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "id": str(uuid7()),
        "text_version": "1",
        "to_team": "jobbteamet",
        "categories": ["name", "phone"],
        "back": ["outcome"],
        "purpose": "Boka ett <första> möte",
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=60)).isoformat(),
        "form": "written",
        "language": "sv-easy",
        "step": "read",
    } | said


def _post(visitor: Visitor, address: str, **form: Any) -> TestResponse:
    return visitor.client.post(address, data=form, headers=visitor.headers)


def _kept(page: str) -> dict[str, list[str]]:
    """Return the hidden fields of a page, by name."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page):
        found.setdefault(name, []).append(value)
    return found


def test_everything_is_off_until_the_person_says_yes_to_it(signed_in: SignIn) -> None:
    worker = signed_in()
    person = _person(worker)

    page = worker.get(f"/deltagare/{person}/beratta/ny").text

    boxes = re.findall(r'<input type="checkbox" name="(\w+)"([^>]*)>', page)
    assert len(boxes) == 15
    assert not [name for name, rest in boxes if "checked" in rest]
    assert "checked" in page.partition('name="language"')[2][:60]
    assert not re.search(r'name="form"[^>]*checked', page)
    assert "Elsa Nyström" in page
    assert "Elsa" not in page.partition("</title>")[0]


def test_the_whole_way_from_asking_to_taking_back(signed_in: SignIn) -> None:
    worker = signed_in()
    person = _person(worker)
    address = f"/deltagare/{person}/beratta"

    text = _post(worker, address, **_typed())
    in_english = _post(worker, address, **_kept(text.text), show_in="en")
    before = worker.get(address).text
    saved = _post(worker, address, **_kept(in_english.text), step="save")
    receipt = worker.get(saved.headers["Location"]).text
    asked = worker.get(f"{saved.headers['Location']}/ta-tillbaka").text
    back = _post(worker, f"{saved.headers['Location']}/ta-tillbaka")
    gone = worker.get(back.headers["Location"]).text

    assert text.status_code == in_english.status_code == 200
    assert "Du får ångra dig" in text.text
    assert "Boka ett &lt;första&gt; möte" in text.text
    assert "You can take back your yes" in in_english.text
    assert "Personen har inte sagt ja till något" in before
    assert saved.status_code == back.status_code == 303
    assert saved.headers["Location"] == back.headers["Location"]
    for words in ("You have said yes", "Phone number", "Jobbteamet", "How it ended"):
        assert words in receipt
    assert "Ja, ta tillbaka" in asked
    assert "You have taken back your yes" in gone
    assert "/ta-tillbaka" not in gone
    assert "Tillbakatagen" in worker.get(address).text


def test_a_double_tap_saves_once(signed_in: SignIn) -> None:
    worker = signed_in()
    person = _person(worker)
    form = _typed(step="save")

    first = _post(worker, f"/deltagare/{person}/beratta", **form)
    second = _post(worker, f"/deltagare/{person}/beratta", **form)

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]


def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    signed_in: SignIn,
) -> None:
    worker = signed_in()
    person = _person(worker)
    form = _typed(to_team="", categories=["income"], form="", valid_to="2020-01-01", step="save")

    answer = _post(worker, f"/deltagare/{person}/beratta", **form)

    assert answer.status_code == 422
    for field in ("to_team", "form", "valid_to"):
        assert f'id="{field}-error"' in answer.text
    assert re.search(r'value="income" checked', answer.text)
    assert "Boka ett &lt;första&gt; möte</textarea>" in answer.text
    assert f'name="id" value="{form["id"]}"' in answer.text


def test_whoever_wants_to_change_finds_all_that_was_chosen(signed_in: SignIn) -> None:
    worker = signed_in()
    person = _person(worker)
    address = f"/deltagare/{person}/beratta"
    text = _post(worker, address, **_typed()).text

    again = _post(worker, address, **_kept(text), step="change").text

    for chosen in ("name", "phone", "outcome", "written", "sv-easy"):
        assert re.search(f'value="{chosen}" checked', again), chosen
    assert re.search('value="jobbteamet" selected', again)


def test_the_written_text_has_lines_to_sign_and_the_oral_one_is_read_aloud(
    signed_in: SignIn,
) -> None:
    worker = signed_in()
    address = f"/deltagare/{_person(worker)}/beratta"

    written = _post(worker, address, **_typed(language="sv")).text
    oral = _post(worker, address, **_typed(form="oral")).text

    assert "Underskrift" in written
    assert "data-print" in written
    assert "Läs upp texten" in oral
    assert "data-print" not in oral


@pytest.mark.parametrize("text", consent_texts.offered("1"), ids=lambda text: text.language)
def test_receipts_are_in_the_language_of_the_person_and_name_nobody_on_paper(
    signed_in: SignIn, text: consent_texts.ConsentText
) -> None:
    worker = signed_in()
    person = _person(worker)
    consent = _given(worker, person, language=text.language)

    page = worker.get(f"/beratta/{consent}").text
    paper = page.partition("<article")[2].partition("</article>")[0]

    assert text.said["given"]["title"] in paper
    assert f'lang="{text.said["locale"]}"' in paper
    assert "JV-" in paper
    assert "Nyström" not in paper


def test_what_is_taken_back_already_is_not_asked_again(signed_in: SignIn) -> None:
    worker = signed_in()
    consent = _given(worker, _person(worker))
    _post(worker, f"/beratta/{consent}/ta-tillbaka")

    asked = worker.get(f"/beratta/{consent}/ta-tillbaka")
    again = _post(worker, f"/beratta/{consent}/ta-tillbaka")

    assert (asked.status_code, asked.headers["Location"]) == (303, f"/beratta/{consent}")
    assert again.status_code == 303


def test_the_list_tells_who_and_when_and_never_which_team(signed_in: SignIn) -> None:
    worker, supervisor = signed_in(), signed_in(role="supervisor")
    last = clock.today() + timedelta(days=1)
    _given(worker, _person(worker), valid_to=last.isoformat())

    page = worker.get("/far-vi-beratta").text

    assert "Elsa Nyström" in page
    assert "JV-" in page
    assert f"Sista dagen är {format_date(last, 'd MMMM y', locale='sv')}" in page
    assert "om 1 dag" in page
    assert "Jobbteamet" not in page
    assert "Inget går ut inom 30 dagar" in supervisor.get("/far-vi-beratta").text


def test_the_list_shows_whoever_is_protected_by_case_number_alone(signed_in: SignIn) -> None:
    worker = signed_in()
    person = _person(worker, protected=True)
    _given(worker, person, valid_to=clock.today().isoformat())

    page = worker.get("/far-vi-beratta").text

    assert "Nyström" not in page
    assert re.search(rf'<a class="reach" href="/deltagare/{person}/beratta">JV-[\d-]+</a>', page)


def test_the_pages_are_for_those_who_may_read_the_person(signed_in: SignIn) -> None:
    worker, colleague, other = signed_in(), signed_in(), signed_in(committee="SN")
    person = _person(worker)
    consent = _given(worker, person)

    for path in (
        f"/deltagare/{person}/beratta",
        f"/deltagare/{person}/beratta/ny",
        f"/beratta/{consent}",
        f"/beratta/{consent}/ta-tillbaka",
    ):
        assert worker.get(path).status_code == 200
        assert other.get(path).status_code == 404
        refused = colleague.get(path)
        assert refused.status_code == 403
        assert "Säg först varför" in refused.text
        assert "Elsa" not in refused.text
    for address in (f"/deltagare/{person}/beratta", f"/beratta/{consent}/ta-tillbaka"):
        assert _post(colleague, address, **_typed()).status_code == 403
        assert _post(other, address, **_typed()).status_code == 404
    assert "Gäller" in worker.get(f"/deltagare/{person}/beratta").text
