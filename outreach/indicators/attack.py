"""What a reader can work out of an answer, all its sums taken together.

A reader knows what is shown, that every hidden count is a whole number of at least so much, and
how the counts hang together: equations (the parts of a line come to its total) and bounds (nobody
is a person without a contact). All of it together is one linear system. For each count that is not
shown the lowest and the highest value that fit are found by linear programs (HiGHS, by way of
`scipy.optimize.linprog`), for each connected part of the system by itself.

A program over real numbers may find values that no whole numbers reach; then it is solved once
more over whole numbers. Every solution is rounded and held against the system in whole numbers, so
that a value is called possible only where a whole solution with it is at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from outreach.indicators.tables import Cell, Relation

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Nothing is counted as often: a count that may be as large has no highest value.
CEILING = 1_000_000
# How far from a whole number a solver's number for it may be.
_NEARLY = 1e-5


class AuditFailed(ArithmeticError):
    """The numbers contradict each other, or the solver does: nothing can be called safe."""


@dataclass(frozen=True, slots=True)
class Range:
    """What a reader can believe of a count: from `low` to `high`; None: there is no highest."""

    low: int
    high: int | None

    def is_safe(self, threshold: int) -> bool:
        """Tell whether as many values as the threshold are possible, and one as large as it."""
        return self.high is None or (
            self.high >= threshold and self.high - self.low + 1 >= threshold
        )


def ranges(
    shown: Mapping[Cell, int], least: Mapping[Cell, int], relations: Iterable[Relation]
) -> dict[Cell, Range]:
    """Return what a reader of the counts that are `shown` can believe of every other one.

    `least` has all others, each with the least that it can be: 1 where a count is known to be
    hidden (0 is shown), 0 where it is never told or its whole table is withheld. Raises
    AuditFailed where no counts fit.
    """
    system = System([*shown, *least], relations)
    view = View(
        system,
        values=np.array([*shown.values(), *(0 for _ in least)], dtype=np.int64),
        lows=np.array([*shown.values(), *least.values()], dtype=np.int64),
        unknown=np.array([*(False for _ in shown), *(True for _ in least)], dtype=np.bool_),
    )
    found = {}
    for column, cell in enumerate(system.cells):
        if cell in least:
            low, high = (view.extreme(column, highest=each)[0] for each in (False, True))
            found[cell] = Range(low, None if high >= CEILING else high)
    return found


class System:
    """How counts hang together, as a matrix: a column for each count, a row for each relation."""

    def __init__(self, cells: Sequence[Cell], relations: Iterable[Relation]) -> None:
        self.cells = tuple(cells)
        self.column = {cell: number for number, cell in enumerate(self.cells)}
        kept = list(dict.fromkeys(relations))
        terms = [
            (row, self.column[cell], times)
            for row, relation in enumerate(kept)
            for cell, times in relation.terms
        ]
        rows, columns, times = zip(*terms, strict=True) if terms else ((), (), ())
        shape = (len(kept), len(self.cells))
        self.matrix = sparse.csr_array((np.array(times, dtype=np.int64), (rows, columns)), shape)
        self.is_equal = np.array([relation.is_equal for relation in kept], dtype=np.bool_)

    def holds(self, values: Whole) -> bool:
        """Tell whether whole numbers for all counts satisfy every relation."""
        left = self.matrix @ values
        return bool(np.all(np.where(self.is_equal, left == 0, left >= 0)))

    def parts(self, unknown: Mask) -> NDArray[np.int32]:
        """Return for each count the number of the part that it is in; -1 where it is known.

        Two unknown counts are in one part when a chain of relations joins them.
        """
        labels = np.full(len(self.cells), -1, dtype=np.int32)
        touched = self.matrix[:, unknown]
        joined = abs(touched).T @ abs(touched)
        labels[unknown] = sparse.csgraph.connected_components(joined, directed=False)[1]
        return labels


class View:
    """An answer as its reader has it: what is known of each count, and what follows from it."""

    def __init__(self, system: System, *, values: Whole, lows: Whole, unknown: Mask) -> None:
        self._system, self._values, self._lows, self._unknown = system, values, lows, unknown
        self._programs: dict[int, _Program] = {}
        left = system.matrix @ np.where(unknown, 0, values)
        settled = np.diff(system.matrix[:, unknown].indptr) == 0
        if np.any(settled & np.where(system.is_equal, left != 0, left < 0)):
            raise AuditFailed("what is shown contradicts itself")

    @cached_property
    def _labels(self) -> NDArray[np.int32]:
        return self._system.parts(self._unknown)

    def extreme(self, column: int, *, highest: bool) -> tuple[int, Whole, Whole]:
        """Return how low or high a count can be, and with it the columns and values of its part.

        The values fit all that is known. Raises AuditFailed.
        """
        label = int(self._labels[column])
        if label not in self._programs:
            self._programs[label] = _Program(
                self._system, self._values, self._lows, self._unknown, self._labels == label
            )
        program = self._programs[label]
        found = program.solved(column, highest=highest)
        return int(found[np.searchsorted(program.columns, column)]), program.columns, found


class _Program:
    """The linear programs of one part of the system."""

    def __init__(
        self, system: System, values: Whole, lows: Whole, unknown: Mask, mine: Mask
    ) -> None:
        self.columns = np.flatnonzero(mine)
        rows = np.flatnonzero(np.diff(system.matrix[:, mine].indptr))
        own = system.matrix[rows]
        self._matrix = own[:, mine]
        self._right = -(own @ np.where(unknown, 0, values))
        self._is_equal = system.is_equal[rows]
        self._bounds = np.column_stack([lows[mine], np.full(len(self.columns), CEILING)])

    def solved(self, column: int, *, highest: bool) -> Whole:
        """Return whole numbers that fit, with one of them at its end. Raises AuditFailed."""
        aim = np.zeros(len(self.columns))
        aim[np.searchsorted(self.columns, column)] = -1 if highest else 1
        found = self._fitting(aim, whole=False)
        if found is None:
            found = self._fitting(aim, whole=True)
        if found is None:
            raise AuditFailed("the solver's whole numbers do not fit")
        return found

    def _fitting(self, aim: NDArray[np.float64], *, whole: bool) -> Whole | None:
        """Return the solver's numbers, None where they are not whole."""
        equal, bound = self._is_equal, ~self._is_equal
        told = linprog(
            aim,
            A_eq=self._matrix[equal] if equal.any() else None,
            b_eq=self._right[equal] if equal.any() else None,
            A_ub=-self._matrix[bound] if bound.any() else None,
            b_ub=-self._right[bound] if bound.any() else None,
            bounds=self._bounds,
            integrality=1 if whole else 0,
        )
        if told.status != 0:
            raise AuditFailed(f"no counts fit what is shown (HiGHS: {told.status})")
        found: Whole = np.rint(told.x).astype(np.int64)
        left = self._matrix @ found - self._right
        fits = np.all(np.where(equal, left == 0, left >= 0)) and np.all(
            (found >= self._bounds[:, 0]) & (found <= self._bounds[:, 1])
        )
        is_whole = np.all(np.abs(told.x - found) < _NEARLY)
        return found if fits and is_whole else None
