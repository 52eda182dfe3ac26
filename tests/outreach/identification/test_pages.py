"""*Skriv in* on the screen: four steps, nothing lost on the way, nobody told of in between."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.identification import information_texts, service
from outreach.identification.models import Identification
from outreach.participants import service as participants
from outreach.participants.models import Participant
from outreach.shifts import service as shifts
from outreach.sites import places
from tests.builders import (
    Visitor,
    a_code,
    a_number,
    a_person,
    a_recorded_contact,
    an_actor,
    uuid7,
)

SignIn = Callable[..., Visitor]
START = "/deltagare/ny"


def _actor(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _post(visitor: Visitor, form: dict[str, Any], address: str = START) -> TestResponse:
    return visitor.client.post(address, data=form, headers=visitor.headers)


def _form(page: str) -> dict[str, Any]:
    """Return what the page's form holds, as a browser would send it but for the buttons."""
    form = page.partition('<form class="stack enter"')[2].partition("</form>")[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input ([^>]*)>", form):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if told["name"] == "csrf_token":
            continue
        if told.get("type") in {"radio", "checkbox"} and not re.search(r"\bchecked\b", tag):
            continue
        found.setdefault(told["name"], []).append(told.get("value", ""))
    for name, options in re.findall(
        r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = [chosen[1] if chosen else ""]
    return found


def _on(visitor: Visitor, page: TestResponse, go: str, **typed: Any) -> TestResponse:
    """Press a button of a page, with what was typed there."""
    return _post(visitor, _form(page.text) | typed | {"go": go})


def _at_summary(
    visitor: Visitor, code: str | None = None, chosen: list[str] | None = None, **typed: Any
) -> TestResponse:
    told = visitor.get(START)
    named = _on(visitor, told, "named")
    earlier = _on(visitor, named, "earlier", **({"given_name": "Amina"} | typed))
    if code:
        earlier = _on(visitor, earlier, "thread", recognition_code=code)
    return _on(visitor, earlier, "summary", **({"contact_ids": chosen} if chosen else {}))


def _thread(by: Actor, count: int = 2) -> tuple[str, list[str]]:
    code = str(a_code(by)["code"])
    ids = [str(a_recorded_contact(by, recognition_code=code)["id"]) for _ in range(count)]
    return code, ids[::-1]


def _person(saved: TestResponse) -> UUID:
    assert saved.status_code == 303, saved.text
    return UUID(saved.headers["Location"].split("/")[2])


def _identity(visitor: Visitor, contact: str) -> str:
    return str(contacts.contact(by=_actor(visitor), id=UUID(contact))["identity"])


def _people() -> int:
    db.session.rollback()
    with transaction(by=system("test")):
        return db.session.scalars(sa.select(sa.func.count()).select_from(Participant)).one()


def test_the_whole_way_from_being_told_to_the_case_number(signed_in: SignIn) -> None:
    worker = signed_in()
    code, (third, second, first) = _thread(_actor(worker), 3)

    summary = _at_summary(
        worker, code.lower(), [third, first], number=a_number(), phone="070-174 06 05"
    )
    saved = _on(worker, summary, "save")
    person = _person(saved)
    page = worker.get(saved.headers["Location"]).text

    assert "Amina" in summary.text
    assert summary.text.count("Hagalund") == 2
    known = participants.participant(by=_actor(worker), id=person)
    assert (known["given_name"], known["number"]) == ("Amina", a_number())
    assert known["case_number"] in page
    assert "2 tidigare besök hör nu till dig" in page
    assert f"/deltagare/{person}/angra/direkt" in page
    identities = [_identity(worker, each) for each in (third, second, first)]
    assert identities == ["identified", "anonymous", "identified"]


def test_only_what_to_be_called_is_needed_and_no_visit_is_chosen_from_the_start(
    signed_in: SignIn,
) -> None:
    worker = signed_in()
    code, _ = _thread(_actor(worker))
    told = worker.get(START)
    earlier = _on(worker, _on(worker, told, "named"), "earlier", given_name="Kim")

    shown = _on(worker, earlier, "thread", recognition_code=code)
    everything = _on(worker, shown, "all")
    saved = _on(worker, _on(worker, shown, "summary"), "save")

    assert "contact_ids" not in _form(shown.text)
    assert len(_form(everything.text)["contact_ids"]) == 2
    assert service.suggestions_for(by=_actor(worker), id=_person(saved)) == []
    # Nothing was chosen, so the code goes on.
    assert recognition_codes.look_up(by=an_actor(), given={"code": code})["contacts"]


def test_what_the_person_was_told_is_written_down_with_language_and_interpreter(
    signed_in: SignIn,
) -> None:
    worker = signed_in()
    told = _post(worker, _form(worker.get(START).text) | {"show_in": "sv-easy"})

    named = _on(worker, told, "named", information_language="ti", information_interpreter="phone")
    earlier = _on(worker, named, "earlier", given_name="Selam")
    _on(worker, _on(worker, earlier, "skip"), "save")

    assert "Innan vi skriver ditt namn" in told.text
    assert _form(named.text)["language"] == ["ti"]
    with transaction(by=system("test")):
        act = db.session.scalars(sa.select(Identification)).one()
    assert (
        act.information_version, act.information_language, act.information_interpreter,
    ) == ("1/sv-easy", "ti", "phone")  # fmt: skip


@pytest.mark.parametrize("text", information_texts.offered(), ids=lambda text: text.language)
def test_the_first_step_is_there_in_every_language_and_says_that_it_is_no_consent(
    signed_in: SignIn, text: information_texts.InformationText
) -> None:
    worker = signed_in()

    page = _post(worker, _form(worker.get(START).text) | {"show_in": text.language}).text

    assert f'lang="{text.said["locale"]}"' in page
    assert text.said["told"]["title"] in page
    for way in ("undo", "back_to_code", "erasure"):
        assert text.said["ways_back"][way] in page


def test_everything_wrong_is_told_at_its_step_and_nothing_typed_is_lost(signed_in: SignIn) -> None:
    worker = signed_in()
    named = _on(worker, worker.get(START), "named")

    wrong = _on(
        worker, named, "earlier", family_name="Öberg <b>", number="900101-9801", phone="12",
        birth_date="2999-01-01", route_in="handed_off", origin="af", protected="yes",
    )  # fmt: skip

    assert wrong.status_code == 422
    for name in ("given_name", "number", "phone", "birth_date"):
        assert f'id="{name}-error"' in wrong.text, name
    kept = _form(wrong.text)
    assert kept["family_name"] == ["Öberg &lt;b&gt;"]
    assert (kept["number"], kept["phone"]) == (["900101-9801"], ["12"])
    assert (kept["route_in"], kept["origin"], kept["protected"]) == (
        ["handed_off"], ["af"], ["yes"],
    )  # fmt: skip
    assert _people() == 0


def test_a_code_that_is_none_is_told_beside_it(signed_in: SignIn) -> None:
    worker = signed_in()
    earlier = _on(worker, _on(worker, worker.get(START), "named"), "earlier", given_name="Kim")

    for typed in ("katt katt katt 00", "hej", "x" * 5000):
        wrong = _on(worker, earlier, "summary", recognition_code=typed)
        assert wrong.status_code == 422
        assert 'id="recognition_code-error"' in wrong.text
        assert _form(wrong.text)["given_name"] == ["Kim"]


def test_the_way_back_keeps_all_that_was_typed_and_chosen(signed_in: SignIn) -> None:
    worker = signed_in()
    code, (last, _) = _thread(_actor(worker))
    summary = _at_summary(
        worker, code, [last], family_name="Öberg", number=a_number(), phone="070-174 06 05",
        birth_date="1990-01-01", route_in="assigned", origin="fk",
    )  # fmt: skip

    earlier = _on(worker, summary, "earlier")
    named = _on(worker, earlier, "named")
    told = _on(worker, named, "told")
    again = told
    for go in ("named", "earlier", "summary"):
        again = _on(worker, again, go)

    assert _form(earlier.text)["contact_ids"] == [last]
    assert _form(named.text)["family_name"] == ["Öberg"]
    assert _form(again.text) == _form(summary.text)
    # A page of the middle that is not right yet may be left backwards.
    back = _on(worker, named, "told", given_name="", number="1")
    assert back.status_code == 200
    assert _form(back.text)["number"] == ["1"]
    assert _people() == 0


def test_another_code_is_another_choice(signed_in: SignIn) -> None:
    worker = signed_in()
    code, (last, _) = _thread(_actor(worker))
    other, (theirs, _) = _thread(_actor(worker))
    earlier = _on(worker, _on(worker, worker.get(START), "named"), "earlier", given_name="Kim")
    shown = _on(worker, earlier, "thread", recognition_code=code)

    asked = _on(worker, shown, "summary", contact_ids=[last], recognition_code=other)

    assert 'name="at" value="earlier"' in asked.text
    assert theirs in asked.text
    assert last not in asked.text


def test_a_double_tap_is_one_person_one_after_the_other_and_at_once(
    app: Flask, signed_in: SignIn
) -> None:
    del app
    worker = signed_in()
    form = _form(_at_summary(worker).text) | {"go": "save"}
    answers: list[TestResponse] = []

    def tap() -> None:
        answers.append(_post(worker, form))

    taps = [threading.Thread(target=copy_context().run, args=(tap,)) for _ in range(2)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()
    answers.append(_post(worker, form))

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert _people() == 1


def test_whoever_goes_back_after_saving_and_changes_is_led_to_the_person(signed_in: SignIn) -> None:
    worker = signed_in()
    form = _form(_at_summary(worker).text) | {"go": "save"}
    person = _person(_post(worker, form))

    changed = _post(worker, form | {"given_name": "Amira"})

    assert changed.status_code == 409
    assert "redan inskriven" in changed.text
    assert f"/deltagare/{person}/inskriven" in changed.text
    assert participants.participant(by=_actor(worker), id=person)["given_name"] == "Amina"


def test_a_visit_that_became_somebodys_meanwhile_is_told_at_its_step(signed_in: SignIn) -> None:
    worker = signed_in()
    code, (last, _) = _thread(_actor(worker))
    summary = _at_summary(worker, code, [last])
    service.identify(by=_actor(worker), given=a_person(contact_ids=[last]))

    refused = _on(worker, summary, "save")

    assert refused.status_code == 422
    assert 'name="at" value="earlier"' in refused.text
    assert _form(refused.text)["given_name"] == ["Amina"]


def test_where_no_identity_is_recorded_the_flow_refuses_at_its_first_step(
    signed_in: SignIn,
) -> None:
    worker, keeper = signed_in(), an_actor(role="administrator", committee=None)
    duty = next(
        each for each in places.duties(by=keeper)
        if (each.site, each.activity) == ("hagalund", "open")
    )  # fmt: skip
    shifts.open_shift(
        by=_actor(worker), given={"id": str(uuid7()), "site": "hagalund", "activity": "open"}
    )
    form = _form(worker.get(START).text)
    places.decide_identity(by=keeper, id=duty.id, given={"identity_recorded": False})
    try:
        for refused in (worker.get(START), _post(worker, form | {"go": "named"})):
            assert refused.status_code == 403
            assert "Här skriver vi inte in någon" in refused.text
            assert "Nämnden har beslutat" in refused.text
    finally:
        places.decide_identity(by=keeper, id=duty.id, given={"identity_recorded": True})


def test_who_belongs_to_no_committee_writes_nobody_down(signed_in: SignIn) -> None:
    assert signed_in(role="supervisor", committee=None).get(START).status_code == 403


def test_a_supervisor_goes_the_same_way(signed_in: SignIn) -> None:
    worker = signed_in(role="supervisor")
    code, ids = _thread(an_actor())

    person = _person(_on(worker, _at_summary(worker, code, ids), "save"))

    assert f"/deltagare/{person}/koppla" in worker.get(f"/deltagare/{person}/inskriven").text


def test_the_contact_that_was_just_logged_is_among_the_visits(signed_in: SignIn) -> None:
    worker, elsewhere = signed_in(), an_actor(sites=("bagartorp",))
    logged = str(a_recorded_contact(_actor(worker))["id"])
    foreign = str(a_recorded_contact(elsewhere, site="bagartorp")["id"])
    start = _form(worker.get(START).text)

    own = _post(worker, start | {"go": "named", "contact": logged})
    earlier = _on(worker, own, "earlier", given_name="Kim")
    other = _on(worker, own, "earlier", given_name="Kim", contact=foreign)
    saved = _on(worker, _on(worker, earlier, "summary", contact_ids=[logged]), "save")

    assert logged in earlier.text
    assert 'name="contact_ids"' not in other.text
    assert contacts.contact(by=_actor(worker), id=UUID(logged))["participant_id"] == _person(saved)


def test_a_code_that_is_out_of_use_shows_nothing_of_a_person(signed_in: SignIn) -> None:
    worker, anna = signed_in(), an_actor()
    code, _ = _thread(anna)
    service.identify(by=anna, given=a_person(recognition_code=code))
    fresh = str(a_code(anna)["code"])
    earlier = _on(worker, _on(worker, worker.get(START), "named"), "earlier", given_name="Kim")

    used, unused = (
        _on(worker, earlier, "thread", recognition_code=each).text.replace(each, "…")
        for each in (code, fresh)
    )

    assert re.sub(r'value="[^"]*"', "", used) == re.sub(r'value="[^"]*"', "", unused)


def test_nothing_about_the_person_is_in_an_address_a_title_a_cookie_or_a_cache(
    signed_in: SignIn,
) -> None:
    worker = signed_in()
    code, ids = _thread(_actor(worker))
    summary = _at_summary(worker, code, ids, family_name="Xeniasson", phone="070-174 06 05")
    saved = _on(worker, summary, "save")
    page = worker.get(saved.headers["Location"])

    for answer in (summary, saved, page):
        assert answer.headers["Cache-Control"] == "no-store"
        headers = str(answer.headers)
        for secret in ("Amina", "Xeniasson", "0701740605", code):
            assert secret not in headers
    for answer in (summary, page):
        title = answer.text.partition("<title>")[2].partition("</title>")[0]
        assert "Amina" not in title
        assert "JV-" not in title


def test_somebody_with_the_same_number_is_shown_and_linked_or_turned_down(
    signed_in: SignIn,
) -> None:
    worker, chief = signed_in(), signed_in()
    mine, _ = service.identify(by=_actor(worker), given=a_person(number=a_number()))
    theirs, _ = service.identify(by=_actor(chief), given=a_person(number=a_number()))

    person = _person(_on(worker, _at_summary(worker, number=a_number()), "save"))
    address = f"/deltagare/{person}/inskriven"
    page = worker.get(address).text
    linked = _post(
        worker,
        {"id": str(uuid4()), "other_id": str(mine["id"]), "page": "inskriven"},
        f"/deltagare/{person}/lanka",
    )
    down = _post(worker, {"page": "inskriven"}, f"/deltagare/{person}/forslag/{theirs['id']}/nej")
    after = worker.get(address).text

    assert page.count("Samma nummer.") == 2
    assert "Elsa Nyström" in page
    # A colleague's: the case alone, and a reason first.
    assert theirs["case_number"] in page
    assert f'href="/deltagare/{theirs["id"]}"' in page
    assert linked.headers["Location"] == down.headers["Location"] == address
    assert "Isär" in after
    assert "Samma nummer." not in after


def test_the_pages_are_for_those_who_may_read_the_person(signed_in: SignIn) -> None:
    worker, colleague, other = signed_in(), signed_in(), signed_in(committee="SN")
    person = _person(_on(worker, _at_summary(worker), "save"))
    hidden = _person(_on(worker, _at_summary(worker, protected="yes"), "save"))

    assert worker.get(f"/deltagare/{hidden}/inskriven").status_code == 200
    assert colleague.get(f"/deltagare/{person}/inskriven").status_code == 403
    for visitor, whom in ((other, person), (other, hidden), (colleague, hidden)):
        assert visitor.get(f"/deltagare/{whom}/inskriven").status_code == 404
    assert "Amina" not in colleague.get(f"/deltagare/{person}/inskriven").text


def test_after_a_day_the_first_way_back_is_offered_no_more(signed_in: SignIn) -> None:
    worker = signed_in()
    with time_machine.travel(clock.now() - timedelta(hours=24, minutes=1), tick=False):
        person = service.identify(by=_actor(worker), given=a_person())[0]["id"]

    page = worker.get(f"/deltagare/{person}/inskriven")

    assert page.status_code == 200
    assert "Ångra direkt" not in page.text
