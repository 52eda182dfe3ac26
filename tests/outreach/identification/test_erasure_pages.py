"""*Radering* on the screen, and the doors that a committee has opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.identification import regret, service
from outreach.identification.rules import DOORS
from outreach.participants import service as participants
from tests.builders import (
    Visitor,
    a_consent,
    a_number,
    a_person,
    a_recorded_contact,
    an_actor,
)

SignIn = Callable[..., Visitor]
REASON = "Uppgifterna hör till ett <ärende> som ska bevaras."


@pytest.fixture
def all_open(app: Flask) -> Iterator[None]:
    """What a test closes is open again after it."""
    assert app
    yield
    keeper = an_actor(role="administrator", committee=None)
    for row in regret.all_doors(by=keeper):
        regret.set_doors(
            by=keeper, committee=row["committee"], expected=row["version"],
            given=dict.fromkeys(DOORS, True),
        )  # fmt: skip


def _actor(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _asked(visitor: Visitor, **said: Any) -> tuple[UUID, UUID]:
    """Let somebody be known who asks to be erased; return the person and the request."""
    by = _actor(visitor)
    person = UUID(str(service.identify(by=by, given=a_person(**said))[0]["id"]))
    a_recorded_contact(by, participant_id=str(person), note="Vill bli snickare")
    visitor.send("consents", a_consent(person))
    receipt = regret.regret(by=by, id=person, given={"door": "erasure"})
    return person, UUID(str(receipt["erasure_request_id"]))


def _post(visitor: Visitor, address: str, **form: Any) -> TestResponse:
    return visitor.client.post(address, data=form, headers=visitor.headers)


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name != "csrf_token"}


def _decide(visitor: Visitor, request: UUID, decision: str) -> TestResponse:
    address = f"/radering/{request}"
    question = _post(visitor, address, decision=decision, reason=REASON, step="read")
    version = _hidden(question.text)["version"]
    return _post(visitor, address, decision=decision, reason=REASON, version=version, step="save")


def _paper(page: TestResponse) -> str:
    return page.text.partition("<article")[2].partition("</article>")[0]


def test_what_waits_is_listed_with_days_left_and_counted_in_the_menu(signed_in: SignIn) -> None:
    worker, chief = signed_in(), signed_in(role="supervisor")
    empty = chief.get("/radering").text
    with time_machine.travel(clock.now() - timedelta(days=40), tick=False):
        _asked(worker)
    _asked(worker)

    page = chief.get("/radering").text

    assert "Ingen väntar på beslut" in empty
    assert "places__count" not in empty
    assert re.search(r"dagar? för sent", page)
    assert "dagar kvar" in page
    assert page.index("för sent") < page.index("dagar kvar")
    assert 'places__count">2<' in page
    assert "Elsa" not in page


def test_a_request_tells_what_there_is_and_never_what_it_says(signed_in: SignIn) -> None:
    worker, chief = signed_in(), signed_in(role="supervisor")
    _, request = _asked(worker, number=a_number(), phone="070-174 06 05")

    page = chief.get(f"/radering/{request}").text

    for told in ("JV-", "namn, nummer, födelsedatum, telefon", "Anteckningar", "Medgivanden"):
        assert told in page
    assert re.findall(r'<dd class="numbers">(\d+)</dd>', page) == ["1", "1", "1", "1"]
    for secret in ("Elsa", "Nyström", a_number(), "0701740605", "snickare"):
        assert secret not in page


@pytest.mark.parametrize("decision", ["refused", "partly"])
def test_a_decision_that_is_not_a_yes_is_read_first_then_printed_with_how_to_appeal(
    signed_in: SignIn, decision: str
) -> None:
    worker, chief = signed_in(), signed_in(role="supervisor")
    person, request = _asked(worker)
    address = f"/radering/{request}"

    question = _post(chief, address, decision=decision, reason=REASON, step="read")
    changed = _post(chief, address, **_hidden(question.text), step="change").text
    before = regret.request(by=_actor(chief), id=request)["decision"]
    paper = _paper(_decide(chief, request, decision))
    later = _paper(chief.get(address))
    in_english = _paper(_post(chief, address, show_in="en"))

    assert "Förvaltningsrätten" in question.text
    assert "&lt;ärende&gt; som ska bevaras.</textarea>" in changed
    assert f'value="{decision}" checked' in changed
    assert before is None
    for told in ("Förvaltningsrätten i Stockholm", "tre veckor", "&lt;ärende&gt;", "JV-",
                 chief.user.name):  # fmt: skip
        assert told in paper
    assert later == paper
    assert "Administrative Court" in in_english
    assert "Elsa" not in paper
    assert participants.participant(by=_actor(worker), id=person)["given_name"] == "Elsa"
    assert "Avgjorda" in chief.get("/radering").text


def test_granted_the_reason_is_on_the_paper_and_nowhere_else(signed_in: SignIn) -> None:
    worker, chief = signed_in(), signed_in(role="supervisor")
    person, request = _asked(worker)

    taps = [_decide(chief, request, "granted")]
    taps.append(_post(chief, f"/radering/{request}", decision="granted", reason=REASON,
                      version="1", step="save"))  # fmt: skip
    later = chief.get(f"/radering/{request}").text

    for tap in taps:
        assert tap.status_code == 200
        assert "&lt;ärende&gt;" in _paper(tap)
        assert "överklaga" not in _paper(tap)
    assert "ärende&gt;" not in later
    assert "Skäl<" not in later
    assert worker.get(f"/deltagare/{person}/koppla").status_code == 404
    assert "Beviljad" in chief.get("/radering").text


def test_what_is_missing_is_told_and_nothing_typed_is_lost(signed_in: SignIn) -> None:
    worker, chief = signed_in(), signed_in(role="supervisor")
    _, request = _asked(worker)

    wrong = _post(chief, f"/radering/{request}", reason=REASON, step="read")
    short = _post(chief, f"/radering/{request}", decision="refused", step="save", version="1")
    stale = _post(chief, f"/radering/{request}", decision="refused", reason=REASON, step="save",
                  version="7")  # fmt: skip

    assert wrong.status_code == short.status_code == 422
    assert 'id="decision-error"' in wrong.text
    assert "&lt;ärende&gt;" in wrong.text
    assert 'id="reason-error"' in short.text
    assert stale.status_code in {409, 412}
    assert "&lt;ärende&gt;" in stale.text
    assert regret.request(by=_actor(chief), id=request)["decision"] is None


def test_requests_are_for_the_supervisors_of_the_committee_alone(signed_in: SignIn) -> None:
    worker, chief, other = (
        signed_in(), signed_in(role="supervisor"), signed_in(role="supervisor", committee="SN"),
    )  # fmt: skip
    _, request = _asked(worker)
    _, hidden = _asked(worker, protected=True)
    form = {"decision": "granted", "reason": REASON, "version": "1", "step": "save"}

    for visitor, whose, status in (
        (worker, request, 403), (other, request, 404), (chief, hidden, 404),
    ):  # fmt: skip
        assert visitor.get(f"/radering/{whose}").status_code == status
        assert _post(visitor, f"/radering/{whose}", **form).status_code == status
    assert worker.get("/radering").status_code == 403
    assert str(request) in chief.get("/radering").text
    assert str(hidden) not in chief.get("/radering").text
    assert str(request) not in other.get("/radering").text


@pytest.mark.usefixtures("all_open")
def test_the_administrator_writes_down_what_a_committee_has_decided(signed_in: SignIn) -> None:
    keeper = signed_in(role="administrator", committee=None)
    page = keeper.get("/namnder").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    said = {"undo": "no", "back_to_code": "yes", "erasure": "yes", "version": version[1]}

    saved = _post(keeper, "/namnder/KN", **said)
    stale = _post(keeper, "/namnder/KN", **said)

    assert page.count("Har nämnden beslutat") == 6
    assert saved.headers["Location"] == "/namnder"
    assert stale.status_code in {409, 412}
    assert regret.open_doors("KN") == {"undo": False, "back_to_code": True, "erasure": True}
    assert regret.open_doors("SN")["undo"] is True
    assert _post(keeper, "/namnder/XX", **said).status_code == 404


@pytest.mark.usefixtures("all_open")
def test_a_door_without_an_answer_is_told(signed_in: SignIn) -> None:
    keeper = signed_in(role="administrator", committee=None)
    (kn, _) = regret.all_doors(by=_actor(keeper))

    wrong = _post(keeper, "/namnder/KN", undo="no", erasure="no", version=kn["version"])

    assert wrong.status_code == 422
    assert "Fyll i det här." in wrong.text
    assert re.search('name="undo" value="no" checked', wrong.text)
    assert regret.open_doors("KN")["undo"] is True
