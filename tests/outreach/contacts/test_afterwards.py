"""The page for a paper sheet: saved once, or shown again with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from werkzeug.test import TestResponse

from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import Visitor, commit, uuid7

SignIn = Callable[..., Visitor]


def _send(worker: Visitor, **typed: str) -> TestResponse:
    form = {
        "sheet": str(uuid7()),
        "place": "hagalund:open",
        "date": (clock.today() - timedelta(days=1)).isoformat(),
        "starts": "10:00",
        "ends": "16:00",
        "count-woman-30-44-cv": "3",
        "count-man-66+-language": "",
        "count-brief": "0",
        "count-refused": "2",
        "csrf_token": worker.headers["X-CSRF-Token"],
    }
    return worker.client.post("/falt/efterat", data=form | typed)


def _count() -> Any:
    commit()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Contact))


def test_an_empty_sheet_offers_ones_own_places_and_every_tile(signed_in: SignIn) -> None:
    page = signed_in().get("/falt/efterat")

    assert page.status_code == 200
    assert 'value="hagalund:open"' in page.text
    assert "bagartorp" not in page.text
    assert 'name="count-woman-30-44-cv"' in page.text


def test_a_sheet_is_saved_and_one_is_led_back_to_the_field_page(signed_in: SignIn) -> None:
    worker, sheet = signed_in(), str(uuid7())

    answers = [_send(worker, sheet=sheet) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == "/falt"
    assert _count() == 5


def test_a_sheet_that_is_not_saved_comes_back_with_all_that_was_typed(signed_in: SignIn) -> None:
    answer = _send(signed_in(), ends="09:00", **{"count-woman-30-44-cv": "x<y"})

    assert answer.status_code == 422
    assert "Slutet ska vara efter starten." in answer.text
    assert 'value="x&lt;y"' in answer.text
    assert _count() == 0


def test_a_place_that_is_not_ones_own_is_told(signed_in: SignIn) -> None:
    answer = _send(signed_in(), place="bagartorp:open")

    assert answer.status_code == 403
    assert _count() == 0
