"""Those who left: what is told of them, and that nobody works out what is hidden."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from outreach.enrolments.rules import GROUPS
from outreach.foundation.periods import Period, period_of
from outreach.indicators import tables
from outreach.indicators.attack import ranges
from outreach.indicators.closings import Closing, outcomes_of
from outreach.indicators.knowledge import EVERYBODY, of_sums
from outreach.indicators.leavers import ALL, COMPARABLE, LATER, ON, TOOK_PART, Leavers
from outreach.indicators.tables import LEFT, Cell

_SPRING = period_of("2026-01-01..2026-04-30")
_APART = ("woman", "man")


def _leavers(random: Random, people: int, period: Period = _SPRING) -> Leavers:
    days = (period.last - period.first).days
    keys = [UUID(int=number) for number in range(1, people + 1)]
    closings = [
        Closing(
            key=random.choice(keys),
            id=UUID(int=1000 + number),
            closed_on=period.first + timedelta(days=random.randint(-60, days)),
            result=random.choice(sorted(GROUPS)),
            funded=random.choice((True, False, None)),
            lasted_one_month=random.choice(("yes", "no", "pending")),
        )
        for number in range(people + people // 5)
    ]
    return Leavers(
        outcomes_of(closings, period),
        genders={key: random.choice(("woman", "man", "other", "unknown")) for key in keys},
        protected={key for key in keys if random.random() < 0.05},
        took_part={key for key in keys if random.random() < 0.7}
        | {UUID(int=9000 + n) for n in range(people)},
        apart=_APART,
    )


def _one(result: str, **said: Any) -> Leavers:
    closing = Closing(UUID(int=1), UUID(int=1), date(2026, 2, 2), result, **said)
    return Leavers(
        outcomes_of([closing], _SPRING), genders={}, protected=(), took_part=(), apart=_APART
    )


@pytest.mark.parametrize("seed", range(8))
def test_all_that_hangs_together_adds_up(seed: int) -> None:
    leavers = _leavers(Random(seed), 60)

    for each in of_sums(leavers.sums):
        assert each.holds(leavers.counts)


def test_the_figure_and_its_variants_come_with_what_they_are_made_of() -> None:
    leavers = _leavers(Random(3), 200)
    told = leavers.figure((), is_gated=False)

    assert (told["numerator"], told["denominator"]) == (leavers.counts[ON], leavers.counts[ALL])
    assert told["percent"] == f"{100 * leavers.counts[ON] / leavers.counts[ALL]:.1f}"
    assert sum(told["parts"].values()) <= leavers.counts[ALL]
    assert told["variants"]["B"]["denominator"] == leavers.counts[EVERYBODY]
    assert told["variants"]["C"]["numerator"] == leavers.counts[COMPARABLE]
    assert told["beside"] == {"later": leavers.counts[LATER]}


def test_where_nobody_left_there_is_no_share() -> None:
    nobody = Leavers(outcomes_of((), _SPRING), genders={}, protected=(), took_part=(), apart=_APART)

    assert nobody.figure((), is_gated=True)["status"] == "none"


def test_a_share_of_fewer_than_ten_is_told_to_nobody_outside() -> None:
    leavers = _one("work_unsupported")

    assert leavers.figure((), is_gated=True)["status"] == "hidden"
    assert leavers.figure((), is_gated=False)["percent"] == "100.0"


@pytest.mark.parametrize("seed", range(25))
def test_whoever_calculates_comes_to_know_no_hidden_number_of_those_who_left(seed: int) -> None:
    random = Random(seed)
    leavers = _leavers(random, random.choice((6, 15, 30, 60, 120, 300)))

    concealed = leavers.hidden(5)

    told = _told_cells(leavers) - concealed
    shown = {cell: leavers.counts[cell] for cell in told}
    assert not [cell for cell, count in shown.items() if 0 < count < 5]
    least = dict.fromkeys(leavers.counts.keys() - told, 0)
    found = ranges(shown, least, of_sums(leavers.sums))
    assert not [
        cell
        for cell in concealed | {cell for cell in least if 0 < leavers.counts[cell] < 5}
        if leavers.counts[cell] > 0 and not found[cell].is_safe(5)
    ]


def _told_cells(leavers: Leavers) -> set[Cell]:
    in_table = {tables.cell(LEFT, at) for at in tables.places(LEFT, leavers.values)}
    return in_table | {ON, COMPARABLE, TOOK_PART, LATER, EVERYBODY}


def test_the_number_of_persons_stays_told_or_hidden_as_it_was() -> None:
    leavers = _leavers(Random(1), 30)

    assert EVERYBODY not in leavers.hidden(5)
    assert EVERYBODY in leavers.hidden(5, persons_hidden=True)
