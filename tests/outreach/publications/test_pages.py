"""Frozen reports as pages: freezing, the list, a report with what shields it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from outreach.foundation.actor import system
from outreach.indicators import night
from tests.builders import Visitor, a_recorded_contact, an_actor, uuid7

SignIn = Callable[..., Visitor]

_PAGE = "/siffror/faststallda"
_AUGUST = "2026-01-01..2026-08-31"


@pytest.fixture(autouse=True)
def _september(app: Flask) -> Iterator[None]:
    del app
    with time_machine.travel(datetime(2026, 9, 8, 8, 0, tzinfo=UTC), tick=True):
        yield


def _meet(number: int) -> None:
    by = an_actor(roles=["caseworker", "supervisor"], sites=("hagalund",))
    for day in range(1, 1 + number):
        a_recorded_contact(by, occurred_at=datetime(2026, 6, day, 9, 0, tzinfo=UTC).isoformat())
    night.run(by=system("test"))


def _freeze(visitor: Visitor, **said: Any) -> TestResponse:
    form = {"id": str(uuid7()), "period": _AUGUST} | said
    return visitor.client.post(_PAGE, data=form, headers=visitor.headers)


def test_a_supervisor_freezes_and_everybody_who_may_see_figures_reads(signed_in: SignIn) -> None:
    _meet(20)
    chief, analyst = signed_in(role="supervisor"), signed_in(role="analyst")

    answer = _freeze(chief, dnr="SN/2026:17", note="Utan Bagartorp.")

    assert answer.status_code == 303
    page = analyst.get(answer.location).text
    for said in ("januari–augusti 2026", "Version 1, fastställd 8 sep. 2026", "SN/2026:17"):
        assert said in page
    assert "Utan Bagartorp." in page
    assert "Förklara siffran" in page
    assert "<dt>Kontakter</dt><dd>20</dd>" in page
    assert "Tal under 5 visas inte, och inte heller tal som de kunde räknas ut med." in page
    assert "SN/2026:17" in analyst.get(_PAGE).text
    for kind in ("csv", "json"):
        assert analyst.get(f"{answer.location}.{kind}").status_code == 200
    assert 'name="dnr"' not in analyst.get(_PAGE).text


def test_a_second_version_says_what_it_changes(signed_in: SignIn) -> None:
    _meet(20)
    chief = signed_in(role="supervisor")
    first = _freeze(chief).location
    _meet(25)

    page = chief.get(_freeze(chief).location).text

    assert "Ändrat sedan förra versionen" in page
    assert f'href="{first}"' in page
    assert "20 → 45" in page


def test_what_cannot_be_frozen_is_told_beside_what_was_typed(signed_in: SignIn) -> None:
    _meet(20)
    chief = signed_in(role="supervisor")
    _freeze(chief)

    same = _freeze(chief, dnr="SN/2026:18")
    long = _freeze(chief, dnr="x" * 61)

    assert (same.status_code, long.status_code) == (409, 422)
    assert "Perioden är redan fastställd, och alla tal är desamma som då." in same.text
    assert 'value="SN/2026:18"' in same.text
    assert 'href="#dnr"' in long.text


def test_before_anything_is_counted_there_is_nothing_to_freeze(signed_in: SignIn) -> None:
    page = signed_in(role="supervisor").get(_PAGE).text

    assert "Ingen period är slut och räknad än." in page
    assert "Inget är fastställt än." in page
