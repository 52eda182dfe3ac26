"""Which counts are hidden beside the small ones, so that a reader can work out none of them.

For one count at a time a linear program looks for two sets of counts that both fit all that stays
shown, in which that count lies as far apart as the threshold asks, and which differ from the real
ones in places that cost least. Where they differ is what is hidden with it. When no count is
exposed any more, each of those is shown again, the dearest first, if that exposes nothing.

It costs least to hide few; of as many, small ones; totals cost more than their parts. The totals
of all, and other figures, come last: before one of them goes, a breakdown is withheld.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from outreach.indicators.attack import CEILING, AuditFailed, Mask
from outreach.indicators.board import Board
from outreach.indicators.tables import Cell, Sum

Costs = NDArray[np.float64]

# So many counts are hidden rather than one total of theirs, and again for a total of totals; a
# figure that is no total of all lies between.
_OF_A_TOTAL = 8.0
# What the solver moves by less than this it has not moved.
_MOVED = 1e-6
_INFEASIBLE = 2


def settle(board: Board, sums: Sequence[Sum], families: Sequence[Collection[Cell]] = ()) -> None:
    """Hide on a board until nothing on it is exposed. Raises AuditFailed.

    `families` are the cells of breakdowns that may be withheld, zeros too, so that the total of
    all can still be shown. The same board always ends the same.
    """
    costs = _costs(board, sums)
    before = board.hidden.copy()
    while True:
        if (column := next(board.exposed(), None)) is not None:
            _protect(board, column, costs, families)
        elif (companion := next(board.alone(), None)) is not None:
            board.hide([companion])
        else:
            break
    for family in families:
        board.reopen(family)
    more = np.flatnonzero(board.hidden & ~before & ~board.withheld)
    for column in sorted(map(int, more), key=lambda each: (-costs[each], each)):
        if board.hidden[column]:
            board.show(column, unless=before)


def _costs(board: Board, sums: Sequence[Sum]) -> Costs:
    """Return what it costs to hide each count: one each, the smaller a little less, totals more."""
    totals = {each.total for each in sums}
    levels = [
        _OF_A_TOTAL
        ** (2 if not cell.narrowed else 1.5 if is_figure else 1 if cell in totals else 0)
        for cell, is_figure in zip(board.system.cells, board.figures, strict=True)
    ]
    costs: Costs = np.array(levels) + board.truth / (1.0 + board.truth.sum())
    return costs


def _protect(board: Board, column: int, costs: Costs, families: Sequence[Collection[Cell]]) -> None:
    """Hide what it takes for one count; withhold its breakdown where that does not do."""
    more = _cheapest(board, column, costs, figures=False)
    if more is None and not board.withheld[column]:
        cell = board.system.cells[column]
        for family in (each for each in families if cell in each):
            board.withhold(family)
            if (more := _cheapest(board, column, costs, figures=False)) is not None:
                board.hide(more)
                return
            board.unwithhold(family)
    if more is None:
        more = _cheapest(board, column, costs, figures=True)
    # Nothing more: real numbers would do, whole ones do not. One goes, whichever is cheapest.
    board.hide(more or _next(board, column, costs))


def _movable(board: Board, column: int, *, figures: bool) -> tuple[NDArray[np.intp], Mask]:
    """Return the part of the system that a count is in, and what of all may be hidden."""
    may_hide: Mask = ~board.unknown & ~board.fixed & (board.truth > 0) & (figures | ~board.figures)
    labels = board.system.parts(board.unknown | may_hide)
    return np.flatnonzero(labels == labels[column]), may_hide


def _cheapest(board: Board, column: int, costs: Costs, *, figures: bool) -> list[int] | None:
    """Return what to hide so that one count is safe, None where nothing helps.

    Without `figures` the totals of all stay as they are.
    """
    mine, may_hide = _movable(board, column, figures=figures)
    moved = _Apart(board, mine, np.where(may_hide, costs, 0.0)).moved(column)
    return None if moved is None else [int(each) for each in mine[moved & may_hide[mine]]]


def _next(board: Board, column: int, costs: Costs) -> list[int]:
    """Return the cheapest count that is connected with another. Raises AuditFailed for none."""
    mine, may_hide = _movable(board, column, figures=True)
    if not may_hide[mine].any():
        raise AuditFailed("a count cannot be hidden")
    return [int(min(mine[may_hide[mine]], key=lambda each: (costs[each], each)))]


class _Apart:
    """Two sets of counts of one part, far apart in one place and elsewhere near the real ones.

    The variables are how far above the real count each count is in the one set, and how far
    below; the same for the other set; and for each count the largest of its four.
    """

    def __init__(self, board: Board, mine: NDArray[np.intp], costs: Costs) -> None:
        rows = np.flatnonzero(np.diff(board.system.matrix[:, mine].indptr))
        own = board.system.matrix[rows]
        self._mine, self._size, self._threshold = mine, len(mine), board.threshold
        self._matrix = own[:, mine]
        self._is_equal = np.tile(board.system.is_equal[rows], 2)
        # By how much the real counts keep each bound.
        self._slack = np.tile(own @ board.truth, 2).astype(float)
        self._truth = board.truth[mine].astype(float)
        self._below = np.maximum(0.0, self._truth - board.lows[mine])
        self._costs = costs[mine]

    def moved(self, column: int) -> Mask | None:
        """Return which counts differ in either set; None where there are no such sets."""
        place = int(np.searchsorted(self._mine, column))
        both, equal = self._changes(), self._is_equal
        many = 4 * self._size
        told = linprog(
            np.concatenate([np.zeros(many), self._costs]),
            A_eq=both[equal] if equal.any() else None,
            b_eq=np.zeros(equal.sum()) if equal.any() else None,
            A_ub=sparse.vstack([-both[~equal], self._largest(), self._apart(place)]),
            b_ub=np.concatenate([self._slack[~equal], np.zeros(many), [1.0 - self._threshold]]),
            bounds=self._bounds(place),
        )
        if told.status == _INFEASIBLE:
            return None
        if told.status != 0:
            raise AuditFailed(f"nothing to hide was found (HiGHS: {told.status})")
        moved: Mask = told.x[:many].reshape(4, self._size).max(axis=0) > _MOVED
        return moved

    def _changes(self) -> sparse.csr_array:
        """Return by how much either set changes each relation."""
        change = sparse.hstack([self._matrix, -self._matrix])
        nothing = sparse.csr_array(change.shape)
        aside = sparse.csr_array((change.shape[0], self._size))
        return sparse.csr_array(
            sparse.vstack(
                [sparse.hstack([change, nothing, aside]), sparse.hstack([nothing, change, aside])]
            )
        )

    def _largest(self) -> sparse.csr_array:
        """Return that the last variable of a count is at least each of its four."""
        one = sparse.eye_array(self._size)
        four = sparse.block_diag([one, one, one, one])
        return sparse.csr_array(sparse.hstack([four, -sparse.vstack([one, one, one, one])]))

    def _apart(self, place: int) -> sparse.csr_array:
        """Return, less than 0, how far apart the two sets are in one place."""
        row = np.zeros((1, 5 * self._size))
        row[0, [place + each * self._size for each in range(4)]] = -1, 1, 1, -1
        return sparse.csr_array(row)

    def _bounds(self, place: int) -> Costs:
        above = np.full(self._size, float(CEILING))
        most = np.concatenate([above, self._below, above, self._below, above])
        # The one set lies above the real count there, the other below.
        most[[self._size + place, 2 * self._size + place]] = 0.0
        bounds = np.column_stack([np.zeros(5 * self._size), most])
        bounds[place, 0] = max(0.0, self._threshold - self._truth[place])
        return bounds
