"""What a reader may calculate with: it always holds, and the breakdowns share no totals."""

from __future__ import annotations

import itertools
from random import Random

import pytest

from outreach.foundation.periods import period_of
from outreach.indicators import knowledge
from outreach.indicators.tables import PERSONS, Cell, Sum
from tests.worlds import a_world

_MONTH = period_of("2026-03-01..2026-03-31")


@pytest.mark.parametrize("seed", range(20))
def test_what_always_holds_holds_of_made_up_months(seed: int) -> None:
    random = Random(seed)
    counted = a_world(random, _MONTH.months, contacts=200, people=60).counted(_MONTH)
    counts = knowledge.with_several(counted.counts, counted.sums)

    relations = [*knowledge.of_sums(counted.sums), *knowledge.between_tables(counted.values)]

    assert [each for each in relations if not each.holds(counts)] == []


def test_how_many_stood_on_several_lines_is_a_count() -> None:
    whole, one, other = Cell(PERSONS), *(Cell(PERSONS, frozenset({("site", at)})) for at in "ab")
    cover = Sum(whole, (one, other), is_cover=True)

    counts = knowledge.with_several({whole: 10, one: 7, other: 5}, [cover])

    assert counts[knowledge.several(cover)] == 2
    assert all(each.holds(counts) for each in knowledge.of_sums([cover]))
    assert not all(each.holds(counts | {one: 11}) for each in knowledge.of_sums([cover]))


def test_breakdowns_that_share_totals_are_withheld_together_and_no_figure_with_them() -> None:
    counted = a_world(Random(1), _MONTH.months, contacts=9, people=0).counted(_MONTH)

    families = knowledge.families(counted.values)

    assert [{cell.measure for cell in each} for each in families] == [
        {"contacts"}, {"contacts"}, {"visitors"}, {PERSONS}, {PERSONS}, {PERSONS},
    ]  # fmt: skip
    assert not [pair for pair in itertools.combinations(families, 2) if pair[0] & pair[1]]
    assert all(cell.narrowed for each in families for cell in each)
