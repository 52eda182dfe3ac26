"""What is hidden beside the small counts: enough for the attacker to win nowhere, little more."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.indicators import knowledge
from outreach.indicators.attack import Range, ranges
from outreach.indicators.disclosure import hidden
from outreach.indicators.tables import Cell, Relation
from tests.fewest import fewest_hidden
from tests.grids import WHOLE, Grid, at, fillings, random_grid

_THRESHOLD = 5


def _small(grid: Grid) -> frozenset[Cell]:
    return frozenset(cell for cell, count in grid.counts.items() if 0 < count < _THRESHOLD)


def _attacked(grid: Grid, gone: frozenset[Cell]) -> dict[Cell, Range]:
    """Return what a reader can believe of what is hidden, and of small counts told nowhere."""
    counts = knowledge.with_several(grid.counts, grid.sums)
    shown = {cell: count for cell, count in grid.counts.items() if cell not in gone}
    never = dict.fromkeys(counts.keys() - grid.counts.keys(), 0)
    found = ranges(shown, dict.fromkeys(gone, 1) | never, knowledge.of_sums(grid.sums))
    small = {cell for cell in never if 0 < counts[cell] < _THRESHOLD}
    return {cell: range_ for cell, range_ in found.items() if cell in gone | small}


def _is_broken(grid: Grid, gone: frozenset[Cell]) -> bool:
    return not all(each.is_safe(_THRESHOLD) for each in _attacked(grid, gone).values())


_sizes = st.sampled_from([(2, 2, 8), (2, 3, 12), (3, 3, 20), (4, 5, 12)])


@settings(max_examples=20, deadline=None)
@given(_sizes, st.integers(0, 10**6))
def test_the_attacker_wins_nowhere(size: tuple[int, int, int], seed: int) -> None:
    rows, columns, most = size
    grid = random_grid(Random(seed), rows=rows, columns=columns, most=most)

    gone = hidden(grid.counts, grid.sums, _THRESHOLD)

    assert _small(grid) <= gone
    assert all(grid.counts[cell] for cell in gone)
    assert not _is_broken(grid, gone)


@pytest.mark.parametrize("seed", range(25))
def test_nor_does_whoever_tries_every_whole_number(seed: int) -> None:
    columns, most = ((2, 9), (3, 4))[seed % 2]
    grid = random_grid(Random(seed), rows=2, columns=columns, most=most)

    gone = hidden(grid.counts, grid.sums, _THRESHOLD)

    if WHOLE in gone:
        return
    fitting = list(fillings(grid, gone))
    for cell in gone:
        values = {each[cell] for each in fitting}
        assert max(values) - min(values) + 1 >= _THRESHOLD <= max(values)


def test_without_the_others_the_attacker_wins_most_of_the_time() -> None:
    grids = [random_grid(Random(seed), rows=3, columns=4, most=12) for seed in range(25)]

    broken = [grid for grid in grids if _is_broken(grid, _small(grid))]

    assert len(broken) > 20


def test_the_same_counts_always_give_the_same_answer() -> None:
    grid = random_grid(Random(7), rows=4, columns=5, most=12)
    backwards = dict(reversed(grid.counts.items()))

    told = {hidden(counts, grid.sums, _THRESHOLD) for counts in (grid.counts, backwards)}

    assert len(told) == 1


# Every line with a hidden count has two or three, that come to 6 or more. Yet the first two rows
# less the first two columns leave the one in the third row alone, and with it the next, and so on.
_LEAK = ["33...", "33...", "3.3..", "..33.", "...33", "...33"]


def _leak() -> Grid:
    return Grid(
        {
            (row, column): 20 if mark == "." else 3
            for row, line in enumerate(_LEAK)
            for column, mark in enumerate(line)
        }
    )


def test_two_sums_of_which_neither_gives_anything_away_give_a_count_away_together() -> None:
    grid = _leak()
    small = _small(grid)
    for each in grid.sums:
        together = [grid.counts[cell] for cell in each.parts if cell in small]
        assert not together or sum(together) - len(together) + 1 >= _THRESHOLD

    found = _attacked(grid, small)

    assert found[at(2, 0)] == found[at(2, 2)] == Range(3, 3)
    gone = hidden(grid.counts, grid.sums, _THRESHOLD)
    assert small < gone
    assert not _is_broken(grid, gone)


def test_little_more_is_hidden_than_has_to_be() -> None:
    ours = fewest = 0
    for seed in range(20):
        grid = random_grid(Random(seed), rows=2 + seed % 2, columns=3, most=(9, 25)[seed % 2])
        ours += len(hidden(grid.counts, grid.sums, _THRESHOLD) - _small(grid))
        fewest += fewest_hidden(grid, _THRESHOLD)

    assert 20 < fewest <= ours <= 1.6 * fewest


def test_a_breakdown_is_withheld_rather_than_the_total_of_all() -> None:
    grid = Grid({(0, 0): 2, (0, 1): 1, (1, 0): 0, (1, 1): 3})
    inside = grid.counts.keys() - {WHOLE}

    without = hidden(grid.counts, grid.sums, _THRESHOLD)
    gone = hidden(grid.counts, grid.sums, _THRESHOLD, families=[inside])

    assert WHOLE in without
    assert at(1, 0) not in without
    assert gone == inside, "with its nought"


def test_a_breakdown_is_not_withheld_where_its_total_is_small_itself() -> None:
    grid = Grid({(0, 0): 2, (0, 1): 1, (1, 0): 0, (1, 1): 1})
    inside = grid.counts.keys() - {WHOLE}

    gone = hidden(grid.counts, grid.sums, _THRESHOLD, families=[inside])

    assert gone == {cell for cell, count in grid.counts.items() if count}


def test_a_bound_between_two_tables_is_calculated_with_and_left_out_where_it_does_not_hold() -> (
    None
):
    """Two places have eight together; the persons of the one tell how few the other has at most."""
    grid = Grid({(0, 0): 6, (1, 0): 2})
    persons = Cell("persons")
    bound = knowledge.at_most([(persons, 1)], [(at(0, 0), 1)])
    late = knowledge.at_most([(persons, 2)], [(at(0, 0), 1)])
    counts = {**grid.counts, persons: 6}

    alone = hidden(counts, grid.sums, _THRESHOLD)
    both = hidden(counts, grid.sums, _THRESHOLD, bounds=[bound])

    assert not alone & {persons, WHOLE}
    assert both & {persons, WHOLE}
    assert hidden(counts, grid.sums, _THRESHOLD, bounds=[late]) == alone


def test_counts_that_contradict_each_other_fail_the_audit_and_nothing_is_shown() -> None:
    grid = Grid({(0, 0): 30, (0, 1): 40})
    wrong = grid.counts | {WHOLE: 71}

    assert hidden(grid.counts, grid.sums, _THRESHOLD) == frozenset()
    assert hidden(wrong, grid.sums, _THRESHOLD) == wrong.keys()


def test_a_count_that_is_told_nowhere_is_guarded_and_takes_nothing_along() -> None:
    """Twelve of fifteen came for the first time: that the others were three can be subtracted."""
    first, others = (Cell("contacts", frozenset({("first", name)})) for name in ("yes", "no"))
    whole = Relation(((WHOLE, -1), (first, 1), (others, 1)))
    twelve = {WHOLE: 15, first: 12, others: 3}
    three = {WHOLE: 15, first: 3, others: 12}

    gone = hidden(twelve, [], _THRESHOLD, bounds=[whole], never=[others])

    assert gone == {first}
    assert hidden(three, [], _THRESHOLD, bounds=[whole], never=[others]) == {first}
