"""An answer while it is being gated: what is hidden so far, and whether a reader gets past it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from outreach.indicators.attack import CEILING, AuditFailed, Mask, System, View, Whole
from outreach.indicators.tables import Cell, Relation, Sum


class Board:
    """The counts of an answer, and which of them its reader is not told.

    `small` are the counts that must not be shown for their own sake. `never` are those that stand
    nowhere in the answer though they can be calculated with, `figures` those that are to go last,
    `fixed` those that are told elsewhere and cannot go. Counts are spoken of by their column
    in `system`. Raises AuditFailed where the counts contradict the relations.
    """

    def __init__(
        self,
        counts: Mapping[Cell, int],
        relations: Iterable[Relation],
        threshold: int,
        *,
        small: Collection[Cell],
        never: Collection[Cell] = (),
        covers: Sequence[Sum] = (),
        figures: Collection[Cell] = (),
        fixed: Collection[Cell] = (),
    ) -> None:
        self.system = System(sorted(counts, key=_place), relations)
        self.threshold = threshold
        self.truth: Whole = np.array([counts[cell] for cell in self.system.cells], dtype=np.int64)
        if not self.system.holds(self.truth) or self.truth.max(initial=0) > CEILING:
            raise AuditFailed("the counts contradict each other")
        self.never, self.small = self._mask(never), self._mask(small)
        self.hidden: Mask = self.small & ~self.never
        self.figures, self.fixed = self._mask(figures), self._mask(fixed)
        self.withheld = self._mask(())
        column = self.system.column
        self._covers = [
            (column[each.total], [column[part] for part in each.parts]) for each in covers
        ]
        # Whole counts that fit all that is shown; the real ones are the first.
        self._pool = self.truth[np.newaxis, :]

    def _mask(self, cells: Collection[Cell]) -> Mask:
        mask = np.zeros(len(self.system.cells), dtype=np.bool_)
        mask[[self.system.column[cell] for cell in cells]] = True
        return mask

    @property
    def unknown(self) -> Mask:
        """What the reader is not told."""
        return self.hidden | self.withheld | self.never

    @property
    def lows(self) -> Whole:
        """The least that the reader can believe of each: what is hidden for its size is not 0.

        A 0 is hidden where it lies near to what was told before; then that is believed as well.
        """
        may_be_none = self.withheld | self.never | self.hidden & (self.truth == 0)
        return np.where(may_be_none, 0, 1).astype(np.int64)

    @property
    def guarded(self) -> Mask:
        """What must not be worked out: what is hidden and not 0, and small ones told nowhere."""
        return (self.hidden | self.withheld) & (self.truth > 0) | self.never & self.small

    @property
    def untold(self) -> frozenset[Cell]:
        """The cells of the answer that are not shown."""
        columns = np.flatnonzero((self.hidden | self.withheld) & ~self.never)
        return frozenset(self.system.cells[column] for column in columns)

    def hide(self, columns: Collection[int]) -> None:
        """Hide more; what was found to fit before fits still."""
        self.hidden[list(columns)] = True

    def withhold(self, cells: Collection[Cell]) -> None:
        """Tell nothing of these, whether they are 0 or not."""
        self.withheld |= self._mask(cells)

    def unwithhold(self, cells: Collection[Cell]) -> None:
        """Take back that they were withheld, when it was of no use."""
        self.withheld &= ~self._mask(cells)

    def show(self, column: int, unless: Mask) -> bool:
        """Show a hidden count, and what is exposed by it too, `unless` that must stay hidden.

        Tells whether they are shown now; else all is as it was.
        """
        hidden = self.hidden.copy()
        hidden[column] = False
        return self._try(hidden, self.withheld, unless)

    def reopen(self, cells: Collection[Cell]) -> bool:
        """Show the zeros of withheld cells if nothing is exposed by it; tell whether they are."""
        own = self._mask(cells) & self.withheld
        hidden = self.hidden | own & (self.truth > 0)
        return bool(own.any()) and self._try(hidden, self.withheld & ~own, hidden)

    def _try(self, hidden: Mask, withheld: Mask, unless: Mask) -> bool:
        before, pool, new = (self.hidden, self.withheld), self._pool, []
        self.hidden, self.withheld = hidden, withheld
        while True:
            fits = np.where(self.unknown, self._pool >= self.lows, self._pool == self.truth)
            self._pool = self._pool[fits.all(axis=1)]
            old = len(self._pool)
            found = next(self.exposed(), None)
            new.append(self._pool[old:])
            if found is None or unless[found] or not self.hidden[found]:
                break
            self.hidden[found] = False
        if found is None and next(self.alone(), None) is None:
            return True
        self.hidden, self.withheld = before
        # What fits when more is shown fits when less is.
        self._pool = np.vstack([pool, *new])
        return False

    def exposed(self, among: Mask | None = None) -> Iterator[int]:
        """Yield every guarded count of which a reader can believe too little. Raises AuditFailed.

        Counts that were found to fit are kept: as soon as two of them lie far enough apart, a
        count is safe, and no program is solved for it.
        """
        view = View(self.system, values=self.truth, lows=self.lows, unknown=self.unknown)
        guarded = self.guarded if among is None else self.guarded & among
        for column in map(int, np.flatnonzero(guarded)):
            if not any(self._is_safe(column) for _ in self._widened(view, column)):
                yield column

    def _widened(self, view: View, column: int) -> Iterator[None]:
        """Yield as often as it may be worth looking at what was found to fit."""
        yield
        for highest in (True, False):
            _, columns, values = view.extreme(column, highest=highest)
            found = self.truth.copy()
            found[columns] = values
            self._pool = np.vstack([self._pool, found])
            yield

    def _is_safe(self, column: int) -> bool:
        low, high = self._pool[:, column].min(), self._pool[:, column].max()
        return bool(high >= self.threshold and high - low + 1 >= self.threshold)

    def alone(self) -> Iterator[int]:
        """Yield, for each cover that tells how small its only hidden part is, what to hide as well.

        Whoever sees one part hidden alone knows that it is small; and it is at least what the
        others leave of the total: that may be one at most.
        """
        for total, parts in self._covers:
            hidden = [part for part in parts if self.unknown[part]]
            shown = [part for part in parts if not self.unknown[part]]
            left = self.truth[total] - self.truth[shown].sum()
            if len(hidden) == 1 and not self.unknown[total] and left > 1:
                yield min(
                    (part for part in shown if self.truth[part] > 0),
                    key=lambda part: (self.truth[part], part),
                    default=total,
                )


def _place(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    return cell.measure, sorted(cell.narrowed)
