"""The pages of an enrolment: what stands, filling in, passing on, closing; who waits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.enrolments import reading, rules, service
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.participants import openings
from tests.builders import Visitor, an_actor, uuid7

SignIn = Callable[..., Visitor]
Enrol = Callable[..., tuple[UUID, UUID]]


@pytest.fixture
def worker(app: Flask, signed_in: SignIn) -> Visitor:
    del app
    return signed_in()


def _as(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _today(ago: int = 0) -> date:
    return clock.today() - timedelta(days=ago)


def _post(visitor: Visitor, path: str, **form: Any) -> TestResponse:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _closed(worker: Visitor, enrol: Enrol, **said: Any) -> tuple[UUID, UUID]:
    """Return somebody whose enrolment the worker has closed, opened again to correct it."""
    person, period = enrol(_as(worker), opened_on=_today(60).isoformat())
    given = {"closing_result": "work_supported", "closed_on": _today(40).isoformat()} | said
    service.close_enrolment(by=_as(worker), id=period, given=given)
    openings.open_participant(by=_as(worker), id=person, given={"reason": "correction"})
    return person, period


def _asked(page: str) -> set[str]:
    """Return the fields that a page's forms ask for."""
    hidden = {"csrf_token", "version", "closing_result", "correcting", "next"}
    return set(re.findall(r'<(?:input|select)[^>]* name="(\w+)"', page)) - hidden


def test_the_page_says_what_stands_and_whose_it_is_but_not_in_its_title(
    worker: Visitor, enrol: Enrol
) -> None:
    _, period = enrol(
        _as(worker),
        origin="af",
        occupation_before={"code": "part_time", "extent": 50},
        income_before=["wage", "financial_assistance"],
    )

    page = worker.get(f"/stodperiod/{period}").text

    for text in (
        "Elsa Nyström", "Eget initiativ", "Arbetsförmedlingen", "Deltidsarbete, 50 %",
        "Lön, Ekonomiskt bistånd", f"Ansvarig: {worker.user.name}",
    ):  # fmt: skip
        assert text in page
    title = re.search(r"<title>(.*)</title>", page)
    assert title
    assert "Elsa" not in title[1]


def test_what_was_before_is_filled_in_by_the_form(worker: Visitor, enrol: Enrol) -> None:
    _, period = enrol(_as(worker))
    form = {
        "version": "1",
        "route_in": "signposted",
        "origin": "",
        "occupation_before": "hourly",
        "occupation_before_extent": "30",
        "income_before": "wage",
        "more_income_before": ["pension", "wage"],
    }

    saved = _post(worker, f"/stodperiod/{period}", **form)

    assert (saved.status_code, saved.headers["Location"]) == (303, f"/stodperiod/{period}")
    row = reading.enrolment(by=_as(worker), id=period)
    assert (row["route_in"], row["occupation_before"], row["income_before"]) == (
        "signposted", {"code": "hourly", "extent": 30}, ["wage", "pension"],
    )  # fmt: skip
    page = worker.get(f"/stodperiod/{period}").text
    assert re.search(r'value="pension" checked', page)


def test_a_refused_form_keeps_what_was_typed_and_says_where_it_is_wrong(
    worker: Visitor, enrol: Enrol
) -> None:
    _, period = enrol(_as(worker))
    form = {
        "version": "1", "route_in": "", "occupation_before_extent": "300",
        "income_before": "declined", "more_income_before": ["pension"],
    }  # fmt: skip

    refused = _post(worker, f"/stodperiod/{period}", **form)

    assert refused.status_code == 422
    for field in ("route_in", "occupation_before", "occupation_before_extent", "income_before"):
        assert f'href="#{field}"' in refused.text
        assert f'id="{field}"' in refused.text
    assert 'value="300"' in refused.text
    assert re.search(r'value="pension" checked', refused.text)
    stale = _post(worker, f"/stodperiod/{period}", **form | {"version": "7"})
    assert (stale.status_code, "Någon annan har ändrat" in stale.text) == (412, True)


def test_closing_asks_how_it_ended_and_then_only_what_belongs_to_that(
    worker: Visitor, enrol: Enrol
) -> None:
    _, period = enrol(_as(worker))
    address = f"/stodperiod/{period}/avsluta"

    first = worker.get(address).text

    for result in rules.GROUPS:
        assert f'href="{address}?resultat={result}"' in first
        asked = _asked(worker.get(f"{address}?resultat={result}").text)
        extra = {"occupation_after_extent", "more_income_after"}
        assert asked - extra == {"closed_on", *rules.facts_of(result)}
    assert "?resultat=moved" in worker.get(f"{address}?resultat=luck").text


def test_an_enrolment_is_closed_by_the_form(worker: Visitor, enrol: Enrol) -> None:
    person, period = enrol(_as(worker), opened_on=_today(9).isoformat())
    form = {
        "version": "1",
        "closing_result": "education_other",
        "closed_on": _today(10).isoformat(),
        "start_date": _today(-20).isoformat(),
        "extent": "75",
        "funded": "yes",
        "verified_by": "contract",
        "occupation_after": "studies",
        "income_after": "student_aid",
    }

    refused = _post(worker, f"/stodperiod/{period}/avsluta", **form)
    closed = _post(
        worker, f"/stodperiod/{period}/avsluta", **form | {"closed_on": _today().isoformat()}
    )

    assert (refused.status_code, 'href="#closed_on"' in refused.text) == (422, True)
    assert f'value="{_today(-20).isoformat()}"' in refused.text
    assert (closed.status_code, closed.headers["Location"]) == (303, "/stodperiod")
    openings.open_participant(by=_as(worker), id=person, given={"reason": "correction"})
    row = reading.enrolment(by=_as(worker), id=period)
    assert (row["funded"], row["extent"], row["verified_by"]) == (True, 75, "contract")
    assert (row["group"], row["income_after"]) == ("education", ["student_aid"])


def test_how_it_ended_is_corrected_by_the_same_form(worker: Visitor, enrol: Enrol) -> None:
    _, period = _closed(worker, enrol, extent=50)
    page = worker.get(f"/stodperiod/{period}").text
    assert f"/stodperiod/{period}/avsluta?resultat=work_supported" in page
    assert "Saknas: sysselsättning efter, inkomst efter" in page

    corrected = _post(
        worker,
        f"/stodperiod/{period}/avsluta",
        version="2",
        correcting="1",
        closing_result="moved",
        closed_on=_today(40).isoformat(),
        occupation_after="none",
    )

    assert corrected.headers["Location"] == f"/stodperiod/{period}"
    row = reading.enrolment(by=_as(worker), id=period)
    assert (row["closing_result"], row["extent"], row["lasted_one_month"]) == ("moved", None, None)
    assert row["occupation_after"] == {"code": "none", "extent": None}


def test_whether_work_lasted_is_answered_where_it_is_asked(worker: Visitor, enrol: Enrol) -> None:
    _, period = _closed(worker, enrol)
    assert "Varade jobbet en månad?" in worker.get(f"/stodperiod/{period}").text

    nothing = _post(worker, f"/stodperiod/{period}/manad", version="2")
    answered = _post(worker, f"/stodperiod/{period}/manad", version="2", lasted_one_month="yes")

    assert (nothing.status_code, 'href="#lasted_one_month"' in nothing.text) == (422, True)
    assert answered.status_code == 303
    assert reading.enrolment(by=_as(worker), id=period)["lasted_one_month"] == "yes"


def test_a_colleague_is_given_the_responsibility(worker: Visitor, enrol: Enrol) -> None:
    colleague, other = an_actor(name="Åsa Lind"), an_actor(committee="SN", name="Karin Ek")
    _, period = enrol(_as(worker))
    page = worker.get(f"/stodperiod/{period}").text
    assert "Åsa Lind" in page
    assert other.name not in page

    nothing = _post(worker, f"/stodperiod/{period}/ansvarig", version="1", worker="", reason="")
    given = {"version": "1", "worker": str(colleague.id), "reason": "workload"}
    passed = _post(worker, f"/stodperiod/{period}/ansvarig", **given)

    assert nothing.status_code == 422
    assert all(f'href="#{field}"' in nothing.text for field in ("worker", "reason"))
    assert (passed.status_code, passed.headers["Location"]) == (303, "/stodperiod")
    assert reading.enrolment(by=colleague, id=period)["responsible"]["id"] == colleague.id
    assert worker.get(f"/stodperiod/{period}").status_code == 403


def test_whoever_had_to_say_why_is_not_asked_who_takes_over(worker: Visitor, enrol: Enrol) -> None:
    person, period = enrol(an_actor(name="Åsa Lind"))
    openings.open_participant(by=_as(worker), id=person, given={"reason": "calling"})

    page = worker.get(f"/stodperiod/{period}").text
    given = {"version": "1", "worker": str(worker.user.id), "reason": "other"}
    refused = _post(worker, f"/stodperiod/{period}/ansvarig", **given)

    assert "Ansvarig: Åsa Lind" in page
    assert 'name="worker"' not in page
    assert refused.status_code == 403
    assert "Bara den som är ansvarig, eller chefen," in refused.text


def test_whoever_had_to_say_why_is_told_who_ends_it(worker: Visitor, enrol: Enrol) -> None:
    person, period = enrol(an_actor())
    openings.open_participant(by=_as(worker), id=person, given={"reason": "present"})
    told = "kan avsluta stödperioden. Be någon av dem."

    page = worker.get(f"/stodperiod/{period}").text
    closing = worker.get(f"/stodperiod/{period}/avsluta?resultat=moved").text
    given = {"version": "1", "closing_result": "moved", "closed_on": _today().isoformat()}
    refused = _post(worker, f"/stodperiod/{period}/avsluta", **given)

    assert (refused.status_code, refused.text.count(told)) == (403, 1)
    for shown in (page, closing):
        assert told in shown
        for way in ("href", "action"):
            assert f'{way}="/stodperiod/{period}/avsluta' not in shown


def test_a_new_enrolment_is_offered_to_whoever_meets_the_person(
    worker: Visitor, enrol: Enrol
) -> None:
    anna = an_actor()
    person, period = enrol(anna)
    given = {"closing_result": "moved", "closed_on": _today().isoformat()}
    service.close_enrolment(by=anna, id=period, given=given)
    openings.open_participant(by=_as(worker), id=person, given={"reason": "colleague_absent"})

    apart = worker.get(f"/stodperiod/{period}").text
    openings.open_participant(by=_as(worker), id=person, given={"reason": "present"})
    together = worker.get(f"/stodperiod/{period}").text

    assert "börjar tillsammans med personen" in apart
    assert [f"/stodperiod/{period}/ny" in page for page in (apart, together)] == [False, True]


def test_whoever_is_back_begins_a_new_enrolment(worker: Visitor, enrol: Enrol) -> None:
    person, period = _closed(worker, enrol)
    openings.open_participant(by=_as(worker), id=person, given={"reason": "present"})
    new = str(uuid7())

    nothing = _post(worker, f"/stodperiod/{period}/ny", id=new, new_route_in="")
    begun = _post(worker, f"/stodperiod/{period}/ny", id=new, new_route_in="outreach")
    twice = _post(worker, f"/stodperiod/{period}/ny", id=str(uuid7()), new_route_in="outreach")

    assert (nothing.status_code, 'href="#new_route_in"' in nothing.text) == (422, True)
    assert (begun.status_code, begun.headers["Location"]) == (303, f"/stodperiod/{new}")
    assert (twice.status_code, "har redan en stödperiod" in twice.text) == (409, True)
    row = reading.enrolment(by=_as(worker), id=UUID(new))
    assert (row["participant_id"], row["responsible"]["id"]) == (person, worker.user.id)


def test_the_list_leads_to_whom_one_should_hear_from(worker: Visitor, enrol: Enrol) -> None:
    assert "Ingen just nu." in worker.get("/stodperiod").text
    _, silent = enrol(_as(worker), person={"given_name": "Örjan"}, opened_on=_today(95).isoformat())

    page = worker.get("/stodperiod").text

    assert f'href="/stodperiod/{silent}">Örjan Nyström</a>' in page
    assert "95 dagar sedan" in page


def test_no_page_is_shown_to_whom_the_person_is_not(
    worker: Visitor, signed_in: SignIn, enrol: Enrol
) -> None:
    _, period = enrol(_as(worker))
    for person, status in (({"committee": "SN"}, 404), ({}, 403), ({"role": "supervisor"}, 403)):
        stranger = signed_in(**person)
        for path in ("", "/avsluta"):
            answer = stranger.get(f"/stodperiod/{period}{path}")
            assert answer.status_code == status
            assert "Elsa" not in answer.text
        for path in ("", "/ansvarig", "/avsluta", "/manad", "/ny"):
            form = {"version": "1", "closing_result": "moved", "id": str(uuid7())}
            assert _post(stranger, f"/stodperiod/{period}{path}", **form).status_code == status
        assert "Elsa" not in stranger.get("/stodperiod").text
    assert reading.enrolment(by=_as(worker), id=period)["version"] == 1
