"""The attack on an answer that is to be frozen: it wins exactly where something was let slip."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from outreach.foundation.periods import Period, period_of
from outreach.indicators.attack import AuditFailed
from outreach.indicators.auditing import attacked
from outreach.indicators.pack import pack
from outreach.indicators.periods import months_of
from outreach.indicators.weighing import Kept
from tests.worlds import World, a_world

_THRESHOLD = 5
_MONTH = period_of("2026-01-01..2026-01-31")
_AS_OF = "2026-02-01T01:30:00Z"


def _kept(world: World, period: Period = _MONTH) -> Kept:
    counted = world.counted(period)
    return Kept(*(pack(period, _AS_OF, counted, each) for each in (None, _THRESHOLD)))


def _world(seed: int) -> World:
    return a_world(Random(seed), _MONTH.months, contacts=40, people=14)


def _cells(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for table in answer["tables"] for cell in table["cells"]]


@pytest.mark.parametrize("seed", range(5))
def test_a_month_as_it_was_gated_gives_nothing_away(seed: int) -> None:
    kept = _kept(_world(seed))

    found = attacked(_MONTH, kept, {}, _THRESHOLD)

    assert not found.is_lost
    assert found.cells
    assert found.narrowest is None or found.narrowest >= _THRESHOLD


@pytest.mark.parametrize("seed", range(5))
def test_with_the_small_numbers_alone_hidden_the_attack_wins(seed: int) -> None:
    kept = _kept(_world(seed))
    bare = copy.deepcopy(dict(kept.counts))
    for cell in _cells(bare):
        if 0 < cell["value"] < _THRESHOLD:
            cell |= {"value": None, "status": "hidden"}

    assert attacked(_MONTH, Kept(kept.counts, bare), {}, _THRESHOLD).is_lost


def test_a_number_that_was_told_by_mistake_loses_the_others() -> None:
    kept = _kept(_world(1))
    told = copy.deepcopy(dict(kept.told))
    pairs = zip(_cells(told), _cells(dict(kept.counts)), strict=True)
    hidden = [(cell, raw) for cell, raw in pairs if cell["value"] is None and raw["value"] > 0]
    for cell, raw in hidden[1:]:
        cell |= {"value": raw["value"], "status": "ok"}

    found = attacked(_MONTH, Kept(kept.counts, told), {}, _THRESHOLD)

    assert found.is_lost
    assert found.narrowest == 1


def test_what_contradicts_itself_is_a_failed_attack_and_never_a_safe_answer() -> None:
    kept = _kept(_world(2))
    told = copy.deepcopy(dict(kept.counts))
    told["figures"][0]["beside"]["anonymous_contacts"] += 1

    with pytest.raises(AuditFailed):
        attacked(_MONTH, Kept(told, told), {}, _THRESHOLD)


def test_a_month_of_before_persons_were_broken_down_by_their_way_is_attacked_as_it_was() -> None:
    kept = _kept(_world(1))
    old = Kept(*({**each, "tables": _without_ways(each)} for each in (kept.counts, kept.told)))

    assert not attacked(_MONTH, old, {}, _THRESHOLD).is_lost


def _without_ways(answer: Mapping[str, Any]) -> list[Any]:
    return [table for table in answer["tables"] if table["id"] != "persons_route_in"]


def test_a_longer_period_is_attacked_with_all_that_its_months_told() -> None:
    period = period_of("2026-01-01..2026-04-30")
    world = a_world(Random(2), period.months, contacts=30, people=12)
    months = {month: _kept(world, month) for month in months_of(period)}
    whole = _kept(world, period)
    # Of seed 2 the number of persons exposes what a month hides; see test_weighing.
    told = {**whole.told, "figures": [{**whole.told["figures"][0]}]}
    told["figures"][0] |= {"value": whole.counts["figures"][0]["value"], "status": "ok"}
    silent = {**told, "figures": [{**told["figures"][0], "value": None, "status": "hidden"}]}

    lost = attacked(period, Kept(whole.counts, told), months, _THRESHOLD)
    kept = attacked(period, Kept(whole.counts, silent), months, _THRESHOLD)

    assert lost.is_lost
    assert not kept.is_lost
