"""Whole answers of made-up months: what a reader who calculates can know of them."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from outreach.foundation.periods import Period, period_of
from outreach.indicators.pack import Counted, pack
from outreach.indicators.tables import Cell
from tests.reader import Reader
from tests.worlds import a_world

_THRESHOLD = 5
_MONTH = period_of("2026-03-01..2026-03-31")
_AS_OF = "2026-04-01T01:30:00Z"


def _counted(seed: int) -> Counted:
    random = Random(seed)
    contacts = random.choice((3, 8, 20, 40, 80, 150, 300))
    people = random.randint(0, contacts // 2)
    return a_world(random, _MONTH.months, contacts=contacts, people=people).counted(_MONTH)


def _told(counted: Counted, threshold: int | None, period: Period = _MONTH) -> dict[str, Any]:
    return pack(period, _AS_OF, counted, threshold)


@pytest.mark.parametrize("seed", range(12))
def test_whoever_calculates_with_a_whole_answer_comes_to_know_no_hidden_number(seed: int) -> None:
    counted = _counted(seed)
    reader = Reader()

    reader.read(_told(counted, _THRESHOLD), _told(counted, None))

    beliefs = reader.beliefs()
    assert [cell for cell, range_ in beliefs.items() if not range_.is_safe(_THRESHOLD)] == []
    assert not [cell for cell, count in reader.shown.items() if 0 < count < _THRESHOLD]


def test_the_reader_wins_where_only_the_small_numbers_are_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def only_small(counted: Counted, threshold: int, **_: object) -> frozenset[Cell]:
        small = {cell for cell, count in counted.counts.items() if 0 < count < threshold}
        return frozenset(small | counted.of_too_few)

    monkeypatch.setattr(Counted, "hidden", only_small)
    won = 0
    for seed in range(12):
        counted, reader = _counted(seed), Reader()
        reader.read(_told(counted, _THRESHOLD), _told(counted, None))
        won += not all(range_.is_safe(_THRESHOLD) for range_ in reader.beliefs().values())

    assert won > 8
