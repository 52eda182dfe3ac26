"""Who came and who left: what the product answers is what a second counting says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from outreach.contacts import service as contacts
from outreach.enrolments.rules import GROUPS
from outreach.foundation.actor import Actor, system
from outreach.foundation.periods import Period
from outreach.handoffs import imports as handoffs
from outreach.indicators import night, service
from outreach.indicators.amg import SELF_SUPPORTING
from outreach.indicators.routes import OWN_WAYS, ROUTES, TEAMS
from outreach.reported import imports as reported
from outreach.reported.schemas import UNITS
from tests import known_people, leaving
from tests.asked import WORLDS
from tests.builders import a_participant, a_recorded_contact, an_actor, uuid7
from tests.coming import came_said
from tests.leaving import left_said, stays_said, told_cells

_PERIOD = Period(date(2026, 1, 1), date(2026, 4, 30))


@pytest.fixture
def author(app: Flask) -> Actor:
    """Somebody who may log at two places, however late."""
    del app
    return an_actor(roles=["caseworker", "supervisor"], sites=("hagalund", "bagartorp"))


def _raw(period: Period = _PERIOD) -> dict[str, Any]:
    return service.figures(by=system("console"), period=period, threshold=5, raw=True)


def _figure(answer: dict[str, Any], code: str) -> dict[str, Any]:
    (figure,) = (each for each in answer["figures"] if each["code"] == code)
    return dict(figure)


def _sn4(answer: dict[str, Any]) -> dict[str, Any]:
    return _figure(answer, "SN4")


def _a_life(random: Random, by: Actor, person: UUID) -> None:
    """Let somebody come, and leave, as it happens."""
    for _ in range(random.randint(0, 3)):
        day = datetime(2025, 11, 1, 22, 30, tzinfo=UTC) + timedelta(days=random.randint(0, 200))
        row = a_recorded_contact(
            by,
            occurred_at=day.isoformat(),
            contact_type=random.choice(("drop_in", "booked", "phone", "digital")),
            gender=random.choice(("woman", "man", "other")),
        )
        known_people.link(by, person, row["id"])
        if random.random() < 0.15:
            known_people.unlink(by, row["id"])
        elif random.random() < 0.1:
            contacts.void_contact(by=by, id=UUID(str(row["id"])), given={"reason": "mistap"})
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        on = date(2025, 11, 15) + timedelta(days=random.randint(0, 200))
        leaving.ended(
            by, person, on, random.choice(sorted(GROUPS)),
            start_date=random.choice((None, on + timedelta(days=random.randint(-90, 60)))),
            funded=random.choice((None, True, False)),
            lasted_one_month=random.choice((None, "yes", "no", "pending")),
            opened_on=on - timedelta(days=random.randint(0, 90)),
            route_in=random.choice((*ROUTES, *OWN_WAYS, "unknown")),
            origin=random.choice(("sn_ekbist", "sn_amg", "af", None)),
        )  # fmt: skip
    for _ in range(random.choice((0, 1, 1, 2))):
        _handed(random, person)


def _handed(random: Random, person: UUID) -> None:
    """Let somebody be handed over, to us or on from us."""
    is_in = random.random() < 0.6
    sent = date(2025, 12, 15) + timedelta(days=random.randint(0, 160))
    has_started = random.random() < 0.5
    line = {
        "id": str(uuid7()),
        "participant_id": str(person),
        "direction": "in" if is_in else "out",
        "team": None if is_in else random.choice((*TEAMS, "jobbfabriken_unga")),
        "origin": random.choice(("sn_ekbist", "sn_other", "af")) if is_in else None,
        "sent_on": sent.isoformat(),
        "state": "in_progress" if has_started else "declined",
        "decided_on": sent.isoformat(),
        "started_on": sent.isoformat() if has_started else None,
    }
    [outcome] = handoffs.import_handoffs(by=system("import"), items=[line])
    assert outcome.created, outcome.error


@pytest.mark.parametrize("seed", WORLDS)
def test_a_random_world_is_told_as_a_second_counting_says(author: Actor, seed: int) -> None:
    random = Random(seed)
    people = [a_participant(author) for _ in range(14)]
    for person in people:
        _a_life(random, author, person)
    for one, other in ((0, 1), (1, 2), (3, 4)):
        known_people.join(author, people[one], people[other])
    known_people.unjoin(author, known_people.join(author, people[5], people[6]))
    for person in (people[2], people[7]):
        known_people.protect(author, person)
    known_people.erase(people[8])

    said, answer = left_said(_PERIOD.first, _PERIOD.last), _raw()

    told = _sn4(answer)
    assert (told["numerator"], told["denominator"]) == (said.gone_on, said.everybody)
    shares = told["variants"]
    assert (shares["B"]["numerator"], shares["B"]["denominator"]) == (
        said.took_part,
        said.participants,
    )
    assert shares["C"]["numerator"] == said.comparable
    assert told["beside"]["later"] == said.later
    assert told_cells(answer) == said.cells
    assert said.everybody
    came, ways = came_said(_PERIOD.first, _PERIOD.last), _figure(answer, "M")
    assert ways["routes"] == came.routes
    assert (ways["value"], ways["events"]) == (
        sum(came.routes[route] for route in ROUTES),
        came.events,
    )
    assert ways["beside"] == {"started": came.started, "towards_sn": came.towards}
    assert came.events


def _stayed(random: Random) -> None:
    """Let the labour market unit report somebody's enrolment."""
    start = date(2025, 10, 1) + timedelta(days=random.randint(0, 220))
    line: dict[str, Any] = {
        "id": str(uuid7()),
        "person_key": f"k{random.randint(1, 12)}",
        "start": start.isoformat(),
        "unit": random.choice(UNITS),
    }
    if random.random() < 0.7:
        line |= {
            "end": (start + timedelta(days=random.randint(0, 120))).isoformat(),
            "exit_result": random.choice((None, *sorted(SELF_SUPPORTING), "work_placement")),
            "main_income_after": random.choice((None, "wage", "unknown", "financial_assistance")),
            "supplement": random.random() < 0.2,
        }
    [outcome] = reported.import_amg_enrolments(by=system("import"), items=[line])
    assert outcome.created, outcome.error


@pytest.mark.parametrize("seed", WORLDS)
@pytest.mark.usefixtures("app")
def test_what_the_unit_reports_is_told_as_a_second_counting_says(seed: int) -> None:
    random = Random(seed)
    for _ in range(25):
        _stayed(random)

    said, answer = stays_said(_PERIOD.first, _PERIOD.last), _raw()

    first, second = _figure(answer, "SN1"), _figure(answer, "SN2")
    told = {"SN1": first["value"], "SN2": second["value"]} | first["beside"] | second["beside"]
    assert {name: told[name] for name in said} == said
    assert said["SN1"]
    assert said["left"]


def test_who_left_is_told_of_the_committees_periods_and_a_small_number_of_them_is_not(
    author: Actor,
) -> None:
    analyst = an_actor(role="analyst")
    for number in range(14):
        result = "work_unsupported" if number < 12 else "moved"
        leaving.ended(author, a_participant(author), date(2026, 2, 1 + number), result)
    night.run(by=system("test"))

    def told(first: date, last: date) -> dict[str, Any]:
        return service.figures(by=analyst, period=Period(first, last), threshold=5)

    month, tertial = (told(date(2026, 2, 1), date(2026, 2, 28)), told(*_EMPTY))
    figure = _sn4(told(_PERIOD.first, _PERIOD.last))
    assert [each["code"] for each in (*month["figures"], *tertial["figures"])] == ["SN3", "SN3"]
    assert (figure["status"], figure["numerator"], figure["denominator"]) == ("hidden", None, 14)
    assert figure["parts"]["other"] is None


_EMPTY = (date(2026, 5, 1), date(2026, 8, 31))


def test_what_was_told_to_april_hides_what_would_be_two_more_by_august(author: Actor) -> None:
    analyst = an_actor(role="analyst")
    for number in range(20):
        result = "work_unsupported" if number < 10 else "moved"
        leaving.ended(author, a_participant(author), date(2026, 2, 1 + number), result)
    for number in range(2):
        leaving.ended(author, a_participant(author), date(2026, 6, 1 + number), "work_unsupported")
    night.run(by=system("test"))
    asked = [
        service.figures(by=analyst, period=Period(_PERIOD.first, last), threshold=5)
        for last in (date(2026, 4, 30), date(2026, 8, 31))
    ]

    spring, summer = map(_sn4, asked)

    assert (spring["numerator"], spring["denominator"], spring["percent"]) == (10, 20, "50.0")
    assert (summer["status"], summer["numerator"], summer["denominator"]) == ("hidden", None, None)
    assert summer["parts"]["work"] is None
