"""The attacker: what it finds is what trying every whole number finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

import pytest

from outreach.indicators import knowledge
from outreach.indicators.attack import AuditFailed, Range, ranges
from outreach.indicators.tables import Cell, Relation, Sum
from tests.grids import WHOLE, Grid, at, fillings, part, random_grid


def _attacked(grid: Grid, hidden: Iterable[Cell]) -> dict[Cell, Range]:
    gone = set(hidden)
    shown = {cell: count for cell, count in grid.counts.items() if cell not in gone}
    never = {knowledge.several(each): 0 for each in grid.sums if each.is_cover}
    return ranges(shown, dict.fromkeys(gone, 1) | never, knowledge.of_sums(grid.sums))


def _some_hidden(random: Random, grid: Grid) -> frozenset[Cell]:
    """Return cells to hide, zeros and the total of all never, not more than can be tried out."""
    cells = [cell for cell, count in grid.counts.items() if count and cell != WHOLE]
    inner = random.sample(
        [at(*place) for place, count in grid.inner.items() if count],
        k=min(random.randint(1, 5), sum(map(bool, grid.inner.values()))),
    )
    places = {at(*place) for place in grid.inner}
    others = [cell for cell in cells if cell not in places]
    return frozenset((*inner, *(cell for cell in others if random.random() < 0.5)))


@pytest.mark.parametrize("seed", range(25))
def test_lowest_and_highest_are_those_of_all_whole_numbers_that_fit(seed: int) -> None:
    random = Random(seed)
    grid = random_grid(random, rows=random.choice((2, 3)), columns=random.choice((2, 3)), most=3)
    hidden = _some_hidden(random, grid)

    found = _attacked(grid, hidden)

    fitting = list(fillings(grid, hidden))
    assert grid.counts in fitting
    for cell in hidden:
        values = [each[cell] for each in fitting]
        assert found[cell] == Range(min(values), max(values)), cell


def test_where_real_numbers_reach_further_than_whole_ones_the_whole_ones_count() -> None:
    one, two, three = (Cell("contacts", frozenset({("row", name)})) for name in "abc")
    together = Relation(((one, 1), (two, 1), (three, -1)))
    at_least_half = Relation(((one, 2), (two, -1)), is_equal=False)

    found = ranges({three: 5}, {one: 1, two: 1}, [together, at_least_half])

    # Five thirds and ten thirds would do, were it not for half people.
    assert found == {one: Range(2, 4), two: Range(1, 3)}


def test_a_count_without_a_total_has_no_highest_value() -> None:
    grid = Grid({(0, 0): 3, (0, 1): 2})

    found = _attacked(grid, grid.counts)

    assert found[WHOLE] == Range(2, None)
    assert found[at(0, 0)].is_safe(5)


def test_of_parts_that_overlap_each_is_at_most_the_total_and_at_least_what_the_others_leave() -> (
    None
):
    grid = Grid({(0, 0): 12}, cover=(9, 5))

    found = _attacked(grid, {part(1)})

    assert found[part(1)] == Range(3, 12)
    assert found[knowledge.several(grid.sums[-1])] == Range(0, 9)


@pytest.mark.parametrize(
    ("range_", "is_safe"),
    [
        (Range(1, 5), True),
        (Range(1, 4), False),
        (Range(0, 4), False),  # as many, yet all of them small
        (Range(20, 24), True),
        (Range(20, 23), False),
        (Range(7, 7), False),
        (Range(1, None), True),
    ],
)
def test_safe_is_as_many_values_as_the_threshold_and_one_as_large(
    range_: Range, *, is_safe: bool
) -> None:
    assert range_.is_safe(5) is is_safe


@pytest.mark.parametrize(
    "shown",
    [
        {at(0, 0): 9, at(0, 1): 9, at(0): 12},  # nothing is hidden and nothing adds up
        {at(0, 0): 12, at(0): 12},  # nothing is left for what is hidden
        {at(0, 0): 13, at(0): 12},
    ],
)
def test_counts_that_cannot_be_fail_the_audit_and_are_never_safe(shown: Mapping[Cell, int]) -> None:
    line = Sum(at(0), (at(0, 0), at(0, 1)))
    hidden = {cell: 1 for cell in (at(0), at(0, 0), at(0, 1)) if cell not in shown}

    with pytest.raises(AuditFailed):
        ranges(shown, hidden, knowledge.of_sums([line]))
