"""How few counts have to go beside the small ones: one exact integer program for a whole table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from outreach.indicators import knowledge
from tests.grids import Grid

Numbers = NDArray[np.float64]
Rule = tuple[Numbers, Numbers | float, Numbers | float]


def fewest_hidden(grid: Grid, threshold: int) -> int:
    """Return how few counts of a grid have to be hidden beside those below the threshold.

    A count goes or stays. For each that goes, for its size or beside others, there are two sets of
    counts that fit, far enough apart in it; they differ from the real ones only in what goes.
    """
    counts = knowledge.with_several(grid.counts, grid.sums)
    truth = np.array([float(count) for count in counts.values()])
    small = (truth > 0) & (truth < threshold)
    told = np.array([cell in grid.counts for cell in counts])
    aims = [int(aim) for aim in np.flatnonzero(told & (truth > 0) | small)]
    size, width = len(truth), len(truth) * (1 + 2 * len(aims))
    rules = _Rules(grid, truth, np.where(told, 1.0, 0.0), width)
    constraints = [
        LinearConstraint(*rule)
        for number, aim in enumerate(aims)
        for rule in rules.of(aim, size * (1 + 2 * number), threshold)
    ]
    goes = np.where(small | ~told, 1.0, 0.0)
    may_go = np.where(truth > 0, 1.0, goes)
    far = np.full(width - size, truth.sum() + 20)
    found = milp(
        np.concatenate([np.where(small | ~told, 0.0, 1.0), 0 * far]),
        constraints=constraints,
        bounds=Bounds(np.concatenate([goes, -far]), np.concatenate([may_go, far])),
        integrality=np.concatenate([np.ones(size), 0 * far]),
    )
    assert found.status == 0
    return round(float(found.fun))


class _Rules:
    """What must hold of the two sets of counts that keep one count safe."""

    def __init__(self, grid: Grid, truth: Numbers, lows: Numbers, width: int) -> None:
        column = {
            cell: at for at, cell in enumerate(knowledge.with_several(grid.counts, grid.sums))
        }
        relations = list(knowledge.of_sums(grid.sums))
        self._matrix = np.zeros((len(relations), len(truth)))
        for row, relation in enumerate(relations):
            for cell, times in relation.terms:
                self._matrix[row, column[cell]] += times
        self._top = np.where([each.is_equal for each in relations], 0.0, np.inf)
        self._truth, self._lows, self._width = truth, lows, width

    def of(self, aim: int, start: int, threshold: int) -> Iterator[Rule]:
        """Yield the rules of one count whose two sets of differences stand from `start` on."""
        size = len(self._truth)
        each, one = np.eye(size), np.eye(size)[[aim]]
        for at in (start, start + size):
            yield self._across({at: self._matrix}), -self._matrix @ self._truth, self._top
            yield self._across({at: each, 0: -each * (self._truth.sum() + 20)}), -np.inf, 0.0
            below = np.diag(np.maximum(0.0, self._truth - self._lows))
            yield self._across({at: each, 0: below}), 0.0, np.inf
        apart = {start: one, start + size: -one, 0: (1 - threshold) * one}
        yield self._across(apart), 0.0, np.inf
        yield self._across({start: one}), max(0.0, threshold - self._truth[aim]), np.inf

    def _across(self, blocks: Mapping[int, Numbers]) -> Numbers:
        found = np.zeros((len(next(iter(blocks.values()))), self._width))
        for start, block in blocks.items():
            found[:, start : start + block.shape[1]] = block
        return found
