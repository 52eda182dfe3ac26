"""SN1 and SN2 as they are told: nobody works out what is hidden of the unit's people."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from outreach.foundation.periods import period_of
from outreach.indicators.amg import Stay
from outreach.indicators.attack import ranges
from outreach.indicators.knowledge import of_sums
from outreach.indicators.unit_figures import SUMS, UnitFigures, numbers_told, with_unit_figures

_SPRING = period_of("2026-01-01..2026-04-30")
_ANSWER: dict[str, list[Any]] = {"figures": [], "tables": []}


def _figures(random: Random, people: int) -> UnitFigures:
    stays = []
    for _ in range(people + people // 3):
        start = date(2025, 9, 1) + timedelta(days=random.randint(0, 250))
        has_left = random.random() < 0.6
        stays.append(
            Stay(
                person=str(random.randint(1, people)),
                start=start,
                end=start + timedelta(days=random.randint(0, 120)) if has_left else None,
                exit_result=random.choice(("work_unsupported", "no_contact")) if has_left else None,
                main_income_after=random.choice(("wage", "unknown")) if has_left else None,
                supplement=has_left and random.random() < 0.2,
            )
        )
    return UnitFigures(stays, _SPRING, from_us=random.randint(0, 20))


@pytest.mark.parametrize("seed", range(20))
def test_whoever_calculates_comes_to_know_no_hidden_number_of_the_unit(seed: int) -> None:
    random = Random(seed)
    figures = _figures(random, random.choice((5, 20, 60, 200)))

    told = numbers_told(with_unit_figures(_ANSWER, figures, 5))

    assert not [cell for cell, count in told.items() if 0 < count < 5]
    least = dict.fromkeys(figures.counts.keys() - told.keys(), 0)
    found = ranges(told, least, of_sums(SUMS))
    assert not [cell for cell in least if figures.counts[cell] > 0 and not found[cell].is_safe(5)]


def test_what_was_not_reported_is_missing_and_no_nought() -> None:
    answer = with_unit_figures(_ANSWER, UnitFigures([], _SPRING, from_us=7), 5)

    first, second = answer["figures"]
    assert (first["value"], first["status"], first["beside"]) == (None, "none", {"from_us": 7})
    assert (second["value"], second["status"], second["beside"]) == (None, "none", {})


def test_the_numbers_stand_with_what_is_beside_them() -> None:
    figures = _figures(Random(3), 300)

    first, second = with_unit_figures(_ANSWER, figures, None)["figures"]

    assert [first["code"], second["code"]] == ["SN1", "SN2"]
    assert first["beside"]["enrolments"] >= first["value"] >= second["beside"]["left"]
    assert second["beside"]["left"] >= second["value"] + second["beside"]["unknown"]
