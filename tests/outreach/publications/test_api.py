"""Frozen reports, for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from outreach.foundation.actor import system
from outreach.indicators import night
from outreach.indicators.schemas import FiguresSchema
from tests.builders import Visitor, uuid7

SignIn = Callable[..., Visitor]

_AUGUST = "2026-01-01..2026-08-31"


@pytest.fixture(autouse=True)
def _september(app: Flask) -> Iterator[None]:
    del app
    with time_machine.travel(datetime(2026, 9, 8, 8, 0, tzinfo=UTC), tick=True):
        night.run(by=system("test"))
        yield


def test_a_period_is_frozen_and_read_as_the_files_that_it_is(signed_in: SignIn) -> None:
    chief, analyst = signed_in(role="supervisor"), signed_in(role="analyst")
    given = {"id": str(uuid7()), "period": _AUGUST, "dnr": "SN/2026:17"}

    made, again = (chief.send("publications", given) for _ in range(2))

    assert (made.status_code, again.status_code) == (201, 200)
    listed = analyst.get("publications").json
    assert listed is not None
    assert listed["items"] == [made.json]
    assert made.json is not None
    assert (made.json["version"], made.json["dnr"]) == (1, "SN/2026:17")
    file = analyst.get(f"publications/{given['id']}.json")
    assert file.mimetype == "application/json"
    document = json.loads(file.data)
    assert document["checksum"] == made.json["checksum"]
    figures = {name: document[name] for name in ("period", "data_as_of", "figures", "tables")}
    assert FiguresSchema().validate(figures) == {}
    table = analyst.get(f"publications/{given['id']}.csv")
    assert table.mimetype == "text/csv"
    assert "siffror-2026-01-01-2026-08-31-v1.csv" in table.headers["Content-Disposition"]


def test_what_cannot_be_frozen_says_why(signed_in: SignIn) -> None:
    chief, analyst = signed_in(role="supervisor"), signed_in(role="analyst")

    def status(visitor: Visitor, period: str) -> int:
        return visitor.send("publications", {"id": str(uuid7()), "period": period}).status_code

    assert status(analyst, _AUGUST) == 403
    assert status(chief, "2026-01-01..2026-12-31") == 403
    assert status(chief, "2026") == 422
    assert status(chief, _AUGUST) == 201
    assert status(chief, _AUGUST) == 409
    assert chief.get(f"publications/{uuid7()}.json").status_code == 404
    assert chief.get(f"publications/{uuid7()}.xml").status_code == 404
