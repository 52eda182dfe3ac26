"""The pages of handoffs: chosen field by field, answered by the other side, no team in a list."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.consents import service as consents
from outreach.foundation.actor import Actor
from outreach.handoffs import acting, service
from tests.builders import Visitor, a_consent, a_participant, uuid7

SignIn = Callable[..., Visitor]


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


@pytest.fixture
def daniel(signed_in: SignIn) -> Visitor:
    """Somebody of Jobbteamet."""
    return signed_in(role="receiver", sites=(), committee="SN", team="jobbteamet")


def _as(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _post(visitor: Visitor, path: str, **form: Any) -> TestResponse:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _page(visitor: Visitor, answer: TestResponse) -> str:
    """Follow where a form led and return the page."""
    assert answer.status_code == 303, answer.text
    return visitor.get(answer.headers["Location"]).text


def _sent(by: Visitor, person: UUID, *, back: tuple[str, ...] = ("acceptance",)) -> str:
    """Hand somebody over to Jobbteamet; return the address of the handoff."""
    consents.give_consent(by=_as(by), given=a_consent(person, back=list(back)))
    given = {
        "id": str(uuid7()),
        "participant_id": str(person),
        "team": "jobbteamet",
        "fields": ["name", "phone"],
    }
    row, _ = service.begin(by=_as(by), given=given)
    acting.act(by=_as(by), id=row["id"], action="send", given={})
    return f"/overlamningar/{row['id']}"


def _version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_a_team_is_chosen_in_one_touch_and_nothing_is_ticked(anna: Visitor) -> None:
    person = a_participant(_as(anna), phone="070-174 06 05")
    here = f"/deltagare/{person}/lamna-over"
    assert f'href="{here}"' in anna.get(f"/deltagare/{person}").text
    page = anna.get(here).text
    sending = re.search(r'name="id" value="([^"]+)"', page)
    assert sending

    draft = _page(anna, _post(anna, here, id=sending[1], team="jobbteamet"))

    assert "Till: Jobbteamet" in draft
    assert "070-174 06 05" in draft
    assert " checked" not in draft
    assert "Personen har inte sagt ja än." in draft
    assert "Utkast" in anna.get("/overlamningar").text


def test_the_question_to_the_person_has_the_team_and_what_was_chosen_and_leads_back(
    anna: Visitor,
) -> None:
    person = a_participant(_as(anna))
    given = {"id": str(uuid7()), "participant_id": str(person), "team": "jobbteamet"}
    row, _ = service.begin(by=_as(anna), given=given)
    here = f"/overlamningar/{row['id']}"
    version = _version(anna.get(here).text)

    chosen = _post(anna, f"{here}/valj", version=version, fields=["name", "phone"], step="ask")
    question = _page(anna, chosen)

    assert re.search(r'value="jobbteamet" selected', question)
    ticked = re.findall(r'name="categories"[^>]* value="(\w+)" checked', question)
    assert ticked == ["name", "phone"]
    assert f'name="then" value="{here}"' in question
    # No label that is a question already gets a second mark.
    assert "Vad betyder Vad får vi berätta?" in question
    assert "??" not in question
    form = {**a_consent(person), "step": "save", "then": here}
    receipt = _page(anna, _post(anna, f"/deltagare/{person}/beratta", **form))
    assert f'href="{here}"' in receipt
    assert "Personen har sagt ja till det som är valt." in anna.get(here).text


def test_what_was_not_agreed_is_not_sent_and_nothing_ticked_is_lost(anna: Visitor) -> None:
    person = a_participant(_as(anna))
    consents.give_consent(by=_as(anna), given=a_consent(person))
    given = {"id": str(uuid7()), "participant_id": str(person), "team": "jobbteamet"}
    row, _ = service.begin(by=_as(anna), given=given)
    here = f"/overlamningar/{row['id']}"
    version = _version(anna.get(here).text)

    refused = _post(anna, f"{here}/valj", version=version, fields=["name", "number"], step="send")

    assert refused.status_code == 409
    assert "Personen har inte sagt ja till det" in refused.text
    assert re.search(r'value="number" checked', refused.text)
    version = _version(refused.text)
    sent = _page(anna, _post(anna, f"{here}/valj", version=version, fields=["name"], step="send"))
    assert "Skickat. Teamet ser det nu." in sent
    assert "Det här är skickat" in sent


def test_the_receiver_sees_what_was_sent_answers_and_writes_back(
    anna: Visitor, daniel: Visitor
) -> None:
    person = a_participant(_as(anna), given_name="Elsa", phone="070-174 06 05")
    here = _sent(anna, person)

    inbox = daniel.get("/overlamningar").text
    assert "Elsa" in inbox
    assert "Jobbteamet" not in inbox
    page = daniel.get(here).text
    assert "070-174 06 05" in page
    assert "/deltagare/" not in page
    assert "Ni tar emot." in _page(daniel, _post(daniel, f"{here}/gor/accept"))
    said = {"id": str(uuid7()), "text": "Passar tisdag?"}
    _post(daniel, f"{here}/gor/message", **said)

    theirs = anna.get(here).text
    assert "Teamet tar emot" in theirs
    assert "Passar tisdag?" in theirs
    ours = daniel.get(here).text
    # To end it is no way out of a form, and it is said who books.
    assert "<summary>Avsluta utan att det blev klart</summary>" in ours
    assert ">Avbryt<" not in ours
    assert "Den som lämnar över bokar ett första möte för er tre." in ours


def test_a_decline_asks_at_once_what_happens_now(anna: Visitor, daniel: Visitor) -> None:
    person = a_participant(_as(anna))
    here = _sent(anna, person)

    unsaid = _post(daniel, f"{here}/gor/decline")
    assert unsaid.status_code == 422
    assert "Fyll i det här." in unsaid.text
    _post(daniel, f"{here}/gor/decline", reason="queue_full")

    page = anna.get(here).text
    assert "Kön är full" in page
    assert "Vad händer nu för personen?" in page
    assert f'href="/deltagare/{person}/nasta-steg"' in page


def test_a_decline_stays_with_its_sender_until_something_is_decided(
    anna: Visitor, daniel: Visitor
) -> None:
    person = a_participant(_as(anna))
    here = _sent(anna, person)
    _post(daniel, f"{here}/gor/decline", reason="queue_full")

    listed = anna.get("/overlamningar").text
    assert "Att ta ställning till" in listed
    assert here in listed
    assert "Att ta ställning till" in anna.get(f"/deltagare/{person}").text
    left = _page(anna, _post(anna, f"{here}/sett"))

    assert here not in left
    assert here in anna.get("/overlamningar?avslutade=ja").text
    assert here not in anna.get(f"/deltagare/{person}").text
    assert "Vad händer nu för personen?" not in anna.get(here).text


def test_the_team_sees_that_it_was_taken_back_until_it_says_so(
    anna: Visitor, daniel: Visitor
) -> None:
    here = _sent(anna, a_participant(_as(anna), given_name="Elsa"))
    _post(anna, f"{here}/gor/withdraw", reason="person")

    listed = daniel.get("/overlamningar").text
    assert "Tillbakadragen" in listed
    assert "Det som ni har läst får inte användas" in listed
    assert "Elsa" not in listed
    left = _page(daniel, _post(daniel, f"{here}/sett"))

    assert here not in left
    assert here in daniel.get("/overlamningar?avslutade=ja").text


def test_the_address_of_a_form_leads_to_the_handoff(anna: Visitor) -> None:
    here = _sent(anna, a_participant(_as(anna)))

    for form in ("gor/return", "valj", "sett", "osa", "stod"):
        answer = anna.get(f"{here}/{form}")
        assert (answer.status_code, answer.headers["Location"]) == (303, here)


def test_what_is_returned_says_what_is_missing_and_can_be_sent_again(
    anna: Visitor, daniel: Visitor
) -> None:
    here = _sent(anna, a_participant(_as(anna)))

    _post(daniel, f"{here}/gor/return", missing=["phone", "email"])

    page = anna.get(here).text
    assert "Teamet behöver mer innan de kan svara: telefon" in page
    again = _post(
        anna, f"{here}/valj", version=_version(page), fields=["name", "phone"], step="send"
    )
    assert "Skickat. Teamet ser det nu." in _page(anna, again)


def test_after_a_withdrawal_the_team_reads_only_that_it_was(anna: Visitor, daniel: Visitor) -> None:
    person = a_participant(_as(anna), given_name="Elsa")
    here = _sent(anna, person)
    daniel.get(here)

    _post(anna, f"{here}/gor/withdraw", reason="person")

    page = daniel.get(here).text
    assert "ni kan inte längre läsa den" in page
    assert "Elsa" not in page
    assert "Elsa" not in daniel.get("/overlamningar?avslutade=ja").text


def test_the_first_meeting_is_said_in_the_time_on_the_wall(anna: Visitor) -> None:
    here = _sent(anna, a_participant(_as(anna)))

    undated = _post(anna, f"{here}/gor/first-meeting", state="booked")
    assert undated.status_code == 422
    assert "Säg när mötet är." in undated.text
    given = {"state": "booked", "at": "2027-10-31T10:30"}

    assert "31 oktober 2027 10:30" in _page(anna, _post(anna, f"{here}/gor/first-meeting", **given))


def test_who_comes_from_elsewhere_is_written_down_and_answered_by_us(anna: Visitor) -> None:
    person = a_participant(_as(anna))
    here = f"/deltagare/{person}/lamna-over"

    unsaid = _post(anna, here, id=str(uuid7()), direction="in")
    assert unsaid.status_code == 422
    assert "Säg varifrån personen kommer." in unsaid.text
    page = _page(anna, _post(anna, here, id=str(uuid7()), direction="in", origin="af"))

    assert "Från: Arbetsförmedlingen" in page
    assert "Er tur" in anna.get("/overlamningar?visa=in").text
    assert 'Till oss <span class="numbers">(1)</span>' in anna.get("/overlamningar").text
    assert "Ta emot" in page


def test_lists_name_no_team_and_neither_does_any_title_or_address(anna: Visitor) -> None:
    person = a_participant(_as(anna))
    here = _sent(anna, person)

    listed = anna.get("/overlamningar").text
    assert "Jobbteamet" not in listed
    assert here in listed
    page = anna.get(here).text
    title = re.search("<title>(.*?)</title>", page)
    assert title
    assert "Jobbteamet" not in title[1]
    assert "jobbteamet" not in here


def test_another_teams_receiver_and_another_committee_find_nothing(
    anna: Visitor, signed_in: SignIn
) -> None:
    here = _sent(anna, a_participant(_as(anna)))
    ritva = signed_in(role="receiver", sites=(), committee="SN", team="osa")
    sn = signed_in(committee="SN")

    for stranger in (ritva, sn):
        assert stranger.get(here).status_code == 404
        assert _post(stranger, f"{here}/gor/accept").status_code == 404
    # A colleague of the committee must first say why.
    colleague = signed_in()
    assert colleague.get(here).status_code == 303


def test_what_is_asked_for_in_the_letter_says_who_was_told_what(anna: Visitor) -> None:
    person = a_participant(_as(anna))
    _sent(anna, person)

    letter = anna.get(f"/deltagare/{person}/vet").text

    assert "Vem har vi lämnat över till?" in letter
    assert "Jobbteamet får läsa det som vi har skickat till dem." in letter


def test_acts_that_are_none_are_not_found(anna: Visitor) -> None:
    here = _sent(anna, a_participant(_as(anna)))

    assert _post(anna, f"{here}/gor/explode").status_code == 404
    assert anna.get("/overlamningar?visa=alla").status_code == 404
    assert _post(anna, f"{here}/gor/accept").status_code == 403


def test_who_sends_it_and_what_for_stand_at_the_top_for_the_team(
    anna: Visitor, daniel: Visitor
) -> None:
    person = a_participant(_as(anna))
    here = _sent(anna, person)

    page = daniel.get(here).text

    assert f"{anna.user.name}, Kompetensnämnden" in page
    assert a_consent(person)["purpose"] in page
    _post(anna, f"{here}/gor/withdraw", reason="person")
    assert a_consent(person)["purpose"] not in daniel.get(here).text


def test_a_returned_one_is_taken_back_by_way_of_a_question(anna: Visitor, daniel: Visitor) -> None:
    here = _sent(anna, a_participant(_as(anna)))
    _post(daniel, f"{here}/gor/return", missing=["email"])

    page = anna.get(here).text

    panel = page.partition("<summary>Dra tillbaka</summary>")[2].partition("</details>")[0]
    assert "Det går inte att ångra." in panel
    assert page.count('value="person"') == panel.count('value="person"') == 1


def test_what_the_team_asked_for_and_is_not_here_is_said_where_it_is_sent(
    anna: Visitor, daniel: Visitor
) -> None:
    person = a_participant(_as(anna))
    here = _sent(anna, person)
    _post(daniel, f"{here}/gor/return", missing=["email"])

    page = anna.get(here).text
    change = f"/deltagare/{person}/andra?next={here}"
    form = anna.get(change).text

    assert "Teamet bad om det här, och det står inte här:" in page
    assert "teamet bad om det" in page
    assert f'href="{change}"' in page
    assert f'name="next" value="{here}"' in form
    said = {"version": _version(form), "given_name": "Elsa", "email": "e@example.se", "next": here}
    kept = _post(anna, f"/deltagare/{person}/andra", **said)
    assert (kept.status_code, kept.location) == (303, here)
    assert "och det står inte här" not in anna.get(here).text


def test_when_a_first_meeting_is_stands_in_its_form(anna: Visitor, daniel: Visitor) -> None:
    here = _sent(anna, a_participant(_as(anna)))
    said = {"state": "booked", "at": "2198-10-31T10:30"}

    _post(daniel, f"{here}/gor/first-meeting", **said)

    assert 'value="2198-10-31T10:30"' in daniel.get(here).text
    assert "Inte bokat" in daniel.get(here).text


def test_an_english_list_has_its_months_in_english(anna: Visitor, daniel: Visitor) -> None:
    here = _sent(anna, a_participant(_as(anna)), back=("acceptance", "progress"))
    said = {"state": "booked", "at": "2198-10-31T10:30"}
    _post(daniel, f"{here}/gor/first-meeting", **said)
    anna.client.set_cookie("language", "en")

    listed = anna.get("/overlamningar").text

    assert "booked 31 October 2198" in listed
    assert "Show closed accounts" not in listed
