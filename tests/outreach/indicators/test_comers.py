"""Those who came from the committee: what is told of them, and that nobody works out the rest."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from outreach.foundation.periods import period_of
from outreach.indicators.attack import ranges
from outreach.indicators.comers import SUMS, Comers, numbers_told, with_comers
from outreach.indicators.knowledge import of_sums
from outreach.indicators.routes import OWN_WAYS, ROUTES, Arrival, ways_of

_SPRING = period_of("2026-01-01..2026-04-30")
_ANSWER: dict[str, list[Any]] = {"figures": [], "tables": []}


def _comers(random: Random, arrivals: int) -> Comers:
    came = [
        Arrival(
            key=UUID(int=random.randint(1, arrivals)),
            on=_SPRING.first + timedelta(days=random.randint(0, 119)),
            route=random.choice((*ROUTES, *OWN_WAYS)),
            origin=random.choice(("sn_ekbist", "sn_amg", "af", None)),
            is_enrolment=random.random() < 0.7,
            has_started=random.random() < 0.6,
        )
        for _ in range(arrivals)
    ]
    return Comers(ways_of(came, _SPRING), towards=random.randint(0, 12))


@pytest.mark.parametrize("seed", range(20))
def test_whoever_calculates_comes_to_know_no_hidden_number_of_those_who_came(seed: int) -> None:
    random = Random(seed)
    comers = _comers(random, random.choice((4, 12, 30, 80, 200)))

    told = numbers_told(with_comers(_ANSWER, comers, 5))

    assert not [cell for cell, count in told.items() if 0 < count < 5]
    least = dict.fromkeys(comers.counts.keys() - told.keys(), 0)
    found = ranges(told, least, of_sums(SUMS))
    assert not [cell for cell in least if comers.counts[cell] > 0 and not found[cell].is_safe(5)]


def test_the_ways_stand_side_by_side_with_their_readings_and_events() -> None:
    arrivals = [
        Arrival(UUID(int=person), date(2026, 2, 2), route, "sn_amg", is_enrolment=True)
        for person, route in enumerate(["referred"] * 6 + ["assigned"] * 7 + ["signposted"] * 8)
    ]
    comers = Comers(ways_of(arrivals, _SPRING), towards=9)

    (figure,) = with_comers(_ANSWER, comers, 5)["figures"]

    assert (figure["value"], figure["events"], figure["status"]) == (21, 21, "ok")
    assert figure["readings"] == {"remiss": 6, "remiss_or_assigned": 13, "all_sn": 21}
    assert figure["routes"]["handed_off"] == 0
    assert figure["beside"] == {"started": 21, "towards_sn": 9}


def test_what_is_nearly_what_was_told_before_is_hidden() -> None:
    def came(number: int) -> Comers:
        arrivals = [
            Arrival(UUID(int=each), date(2026, 2, 2), "assigned", "sn_amg", is_enrolment=True)
            for each in range(number)
        ]
        return Comers(ways_of(arrivals, _SPRING), towards=0)

    before = with_comers(_ANSWER, came(10), 5)
    (figure,) = with_comers(_ANSWER, came(12), 5, [numbers_told(before)])["figures"]

    assert before["figures"][0]["routes"]["assigned"] == 10
    assert (figure["value"], figure["routes"]["assigned"]) == (None, None)
