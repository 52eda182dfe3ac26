"""Figures and nights over HTTP: who is answered what, and in which shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.indicators import night
from outreach.indicators.schemas import FiguresSchema
from tests import known_people
from tests.builders import Visitor, a_participant, a_recorded_contact, an_actor

SignIn = Callable[..., Visitor]

_OCTOBER = "2026-10-01..2026-10-31"
_NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _november(app: Flask) -> Iterator[None]:
    """It is a Monday in November 2026."""
    del app
    with _at(_NOW):
        yield


@contextmanager
def _at(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=True):
        yield


@pytest.fixture
def author(app: Flask) -> Actor:
    """Somebody who may log at two places, however late."""
    del app
    return an_actor(roles=["caseworker", "supervisor"], sites=("hagalund", "bagartorp"))


def _october(author: Actor, number: int, **said: Any) -> None:
    for each in range(number):
        instant = datetime(2026, 10, 1 + each % 28, 9, 0, tzinfo=UTC)
        a_recorded_contact(author, occurred_at=instant.isoformat(), **said)


def _night() -> None:
    night.run(by=system("test"))


def _table(answer: dict[str, Any], name: str) -> dict[tuple[str, ...], Any]:
    table = next(table for table in answer["tables"] if table["id"] == name)
    order = [dimension["name"] for dimension in table["dimensions"]]
    return {tuple(cell["key"][each] for each in order): cell for cell in table["cells"]}


def test_an_analyst_is_answered_a_listed_period_that_is_over(
    author: Actor, signed_in: SignIn
) -> None:
    _october(author, 12)
    _october(author, 3, site="bagartorp")
    _night()

    answer = signed_in(role="analyst").get(f"figures?period={_OCTOBER}")

    assert answer.status_code == 200
    assert answer.headers["X-Distribution"] == "open"
    body = answer.get_json()
    assert set(body) == {"period", "data_as_of", "figures", "tables"}
    assert body["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    assert datetime.fromisoformat(body["data_as_of"]) >= _NOW
    assert body["figures"] == [
        {
            "code": "SN3",
            "definition_version": 2,
            "value": 0,
            "status": "ok",
            "beside": {
                "contacts": 15,
                "identified_contacts": 0,
                "anonymous_contacts": 15,
                "visitors": 15,
                "first_time": 0,
            },
        }
    ]
    cells = _table(body, "contacts_site_activity")
    assert cells["bagartorp", "open"] == {
        "key": {"site": "bagartorp", "activity": "open"},
        "value": None,
        "status": "hidden",
    }
    assert cells["hagalund", "total"]["status"] == "hidden"
    assert cells["total", "total"]["value"] == 15
    assert cells["solna_centrum", "total"] == {
        "key": {"site": "solna_centrum", "activity": "total"},
        "value": 0,
        "status": "ok",
    }


def test_the_tables_and_their_dimensions_are_the_agreed_ones(
    author: Actor, signed_in: SignIn
) -> None:
    _october(author, 1)
    _night()

    body = signed_in(role="analyst").get("figures?period=2026-01-01..2026-08-31").get_json()

    assert [
        (table["id"], table["measure"], [each["name"] for each in table["dimensions"]])
        for table in body["tables"]
    ] == [
        ("contacts_site_activity", "contacts", ["site", "activity"]),
        ("contacts_site_month", "contacts", ["site", "month"]),
        ("contacts_gender_age", "contacts", ["gender", "age_band"]),
        ("visitors_site_month", "visitors", ["site", "month"]),
        ("persons_site", "persons", ["site"]),
        ("persons_route_in", "persons", ["route_in"]),
        ("persons_gender_age", "persons", ["gender", "age_band"]),
        ("closings_group_gender", "closings", ["group", "gender"]),
    ]
    months = body["tables"][1]["dimensions"][1]["values"]
    assert months == [f"2026-0{number}" for number in range(1, 9)]
    assert body["tables"][2]["dimensions"][0]["values"] == ["woman", "man"]
    assert not FiguresSchema().validate(body)


def test_persons_have_the_shape_of_every_figure_hidden_or_raw(
    author: Actor, signed_in: SignIn
) -> None:
    for number in range(6):
        person = a_participant(author)
        for site in ("hagalund", "bagartorp")[: 1 + (number < 2)]:
            instant = datetime(2026, 10, 1 + number, 9, 0, tzinfo=UTC)
            row = a_recorded_contact(author, site=site, occurred_at=instant.isoformat())
            known_people.link(author, person, row["id"])
    _night()

    gated = signed_in(role="analyst").get(f"figures?period={_OCTOBER}").get_json()
    raw = signed_in(role="supervisor").get(f"figures?period={_OCTOBER}&raw=true").get_json()

    for answer in (gated, raw):
        assert not FiguresSchema().validate(answer)
        assert (answer["figures"][0]["value"], answer["figures"][0]["status"]) == (6, "ok")
    assert _table(raw, "persons_site")["bagartorp",]["value"] == 2
    assert _table(gated, "persons_site")["bagartorp",] == {
        "key": {"site": "bagartorp"},
        "value": None,
        "status": "hidden",
    }
    assert _table(gated, "persons_gender_age")["woman", "30-44"]["value"] == 6


@pytest.mark.parametrize(
    "period",
    [
        "2026-11-01..2026-11-30",  # a month that goes on
        "2026-10-01..2026-10-30",  # a day short of a month
        "2026-02-01..2026-03-31",
    ],
)
def test_other_periods_are_for_those_with_the_raw_right(
    author: Actor, signed_in: SignIn, period: str
) -> None:
    _october(author, 9)
    _night()

    refused = signed_in(role="analyst").get(f"figures?period={period}")
    answered = signed_in(role="supervisor").get(f"figures?period={period}")

    assert refused.status_code == 403
    assert refused.get_json()["type"] == "/problems/period-not-open"
    assert answered.status_code == 200
    assert answered.headers["X-Distribution"] == "internal"


def test_a_period_is_not_answered_before_a_night_has_counted_all_of_it(
    author: Actor, signed_in: SignIn
) -> None:
    _october(author, 9)
    with _at(datetime(2026, 10, 31, 22, 0, tzinfo=UTC)):
        _night()

    answer = signed_in(role="analyst").get(f"figures?period={_OCTOBER}")

    assert answer.status_code == 403


def test_a_listed_period_keeps_its_first_answer(author: Actor, signed_in: SignIn) -> None:
    analyst, supervisor = signed_in(role="analyst"), signed_in(role="supervisor")
    _october(author, 9)
    _night()
    first = analyst.get(f"figures?period={_OCTOBER}").get_json()
    _october(author, 7)
    _night()

    assert analyst.get(f"figures?period={_OCTOBER}").get_json() == first
    assert supervisor.get(f"figures?period={_OCTOBER}").get_json() == first
    raw = supervisor.get(f"figures?period={_OCTOBER}&raw=true").get_json()
    assert raw["figures"][0]["beside"]["contacts"] == 16


def test_raw_figures_hide_nothing_and_are_marked(author: Actor, signed_in: SignIn) -> None:
    _october(author, 2)
    _october(author, 1, contact_type="group", headcount=4, gender="unknown", age_band="unknown")
    _night()

    answer = signed_in(role="supervisor").get(f"figures?period={_OCTOBER}&raw=true")

    assert answer.headers["X-Distribution"] == "internal"
    read = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "read")).one()
    assert (read.object_id, read.details) == (_OCTOBER, {"raw": True})
    body = answer.get_json()
    statuses = {cell["status"] for table in body["tables"] for cell in table["cells"]}
    assert statuses == {"ok"}
    assert body["figures"][0]["beside"]["visitors"] == 6
    assert _table(body, "contacts_gender_age")["residual", "residual"]["value"] == 1


@pytest.mark.parametrize("role", ["caseworker", "receiver", "reviewer", "administrator"])
@pytest.mark.parametrize("raw", ["", "&raw=true"])
def test_figures_are_for_analysts_and_supervisors_alone(
    signed_in: SignIn, role: str, raw: str
) -> None:
    _night()

    assert signed_in(role=role).get(f"figures?period={_OCTOBER}{raw}").status_code == 403


def test_an_analyst_never_sees_raw_figures(signed_in: SignIn) -> None:
    _night()

    assert signed_in(role="analyst").get(f"figures?period={_OCTOBER}&raw=true").status_code == 403


@pytest.mark.parametrize(
    "query", ["", "period=", "period=2026-10", "period=2026-10-31..2026-10-01", "period=x&more=1"]
)
def test_what_is_no_period_is_told_beside_the_field(signed_in: SignIn, query: str) -> None:
    answer = signed_in(role="supervisor").get(f"figures?{query}")

    assert answer.status_code == 422
    assert "/query/period" in {fault["pointer"] for fault in answer.get_json()["errors"]}


@pytest.mark.parametrize("role", ["analyst", "supervisor"])
@pytest.mark.parametrize("raw", ["", "&raw=true"])
@pytest.mark.parametrize(
    "period",
    [
        "0001-01-01..9999-12-31",
        "2014-12-31..2015-01-31",
        # A whole month, with no day after it in any calendar.
        "9999-12-01..9999-12-31",
        "2020-01-01..2026-01-01",
    ],
)
def test_a_period_that_nobody_needs_is_refused_before_anything_is_counted(
    signed_in: SignIn, role: str, raw: str, period: str
) -> None:
    answer = signed_in(role=role).get(f"figures?period={period}{raw}")

    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {"/query/period"}


def test_the_description_of_the_interface_says_which_periods_there_are(signed_in: SignIn) -> None:
    described = signed_in().get("openapi.json").get_json()["paths"]["/api/v1/figures"]["get"]

    (period,) = (each for each in described["parameters"] if each["name"] == "period")
    assert re.fullmatch(period["schema"]["pattern"], _OCTOBER)
    told = period["description"]
    assert all(bound in told for bound in ("2015-01-01", "2199-12-31", "1830 days"))


def test_one_more_contact_and_a_night_raise_the_figures_by_one(
    author: Actor, signed_in: SignIn
) -> None:
    supervisor = signed_in(role="supervisor")
    address = "figures?period=2026-11-01..2026-11-30&raw=true"
    a_recorded_contact(author)
    _night()
    before = supervisor.get(address).get_json()["figures"][0]["beside"]
    a_recorded_contact(author)
    same = supervisor.get(address).get_json()["figures"][0]["beside"]
    _night()
    after = supervisor.get(address).get_json()["figures"][0]["beside"]

    assert same == before
    assert after == before | {
        name: before[name] + 1 for name in ("contacts", "anonymous_contacts", "visitors")
    }


def test_brief_contacts_are_in_no_figure_and_a_call_is_no_visit(
    author: Actor, signed_in: SignIn
) -> None:
    a_recorded_contact(author, contact_type="brief", topics=[])
    a_recorded_contact(author, contact_type="third_party")
    a_recorded_contact(author, contact_type="phone")
    _night()

    body = signed_in(role="supervisor").get(
        "figures?period=2026-11-01..2026-11-30&raw=true"
    ).get_json()  # fmt: skip

    beside = body["figures"][0]["beside"]
    assert (beside["contacts"], beside["visitors"]) == (1, 0)


def test_the_latest_nights_are_listed_for_supervisors_and_administrators(
    author: Actor, signed_in: SignIn
) -> None:
    a_recorded_contact(author)
    _night()

    for role, status in (
        ("supervisor", 200),
        ("administrator", 200),
        ("analyst", 403),
        ("caseworker", 403),
    ):
        answer = signed_in(role=role).get("jobs")
        assert answer.status_code == status
    run = signed_in(role="administrator").get("jobs").get_json()["items"][0]
    assert run | {"id": "", "started_at": "", "ended_at": ""} == {
        "id": "",
        "name": "nightly",
        "started_at": "",
        "ended_at": "",
        "state": "done",
        "days": [clock.today().isoformat()],
        "rows": 1,
        "error": None,
    }


def test_an_administrator_orders_a_night_and_is_told_its_id(signed_in: SignIn) -> None:
    answer = signed_in(role="administrator").send("jobs/nightly")

    assert answer.status_code == 202
    assert len(answer.get_json()["id"]) == 36


@pytest.mark.parametrize("role", ["supervisor", "analyst", "caseworker"])
def test_nobody_else_orders_a_night(signed_in: SignIn, role: str) -> None:
    assert signed_in(role=role).send("jobs/nightly").status_code == 403


def test_the_titles_come_in_the_language_asked_for(signed_in: SignIn) -> None:
    _night()

    body = signed_in(role="supervisor").get(f"figures?period={_OCTOBER}").get_json()

    assert body["tables"][0]["title"] == "Kontakter per plats och verksamhet"


def test_the_threshold_of_the_configuration_rules(
    app: Flask, author: Actor, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    _october(author, 9)
    _night()
    monkeypatch.setitem(app.config, "DISCLOSURE_THRESHOLD", 10)

    body = signed_in(role="analyst").get(f"figures?period={_OCTOBER}").get_json()

    assert body["figures"][0]["beside"]["contacts"] is None
