"""An answer as somebody outside reads it, attacked once more before it is frozen.

Each answer was gated when it was worked out. Here what was told in the end is taken for itself,
with all that was told of the periods inside it, and every number that is not shown is attacked:
which values can a reader believe that it has? The counts of contacts, visitors and persons are one
system (`weighing.py`), those of who left, who came and what the unit reports one each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from outreach.foundation.periods import Period
from outreach.indicators import comers, leavers, unit_figures
from outreach.indicators.attack import CEILING, Range, View, ranges
from outreach.indicators.knowledge import of_sums
from outreach.indicators.nearness import worked_out
from outreach.indicators.tables import Cell, Sum
from outreach.indicators.weighing import Kept, board_of

Told = Mapping[str, Any]

# Who tells what beside contacts and persons: which numbers an answer holds, and their sums.
_SYSTEMS: tuple[tuple[Callable[[Told], Mapping[Cell, int | None]], Callable[..., Any]], ...] = (
    (leavers.in_answer, leavers.sums_of),
    (comers.in_answer, lambda _: comers.SUMS),
    (unit_figures.in_answer, lambda _: unit_figures.SUMS),
)


@dataclass(frozen=True, slots=True)
class Attack:
    """What an attack came to: how many numbers were attacked, and what was worked out of them.

    `narrowest` is among how few values a reader has to guess, None where nothing is hidden.
    """

    cells: int
    narrowest: int | None
    exposed: tuple[Cell, ...]

    @property
    def is_lost(self) -> bool:
        """Whether a reader gets past what is hidden."""
        return bool(self.exposed)


def attacked(period: Period, kept: Kept, parts: Mapping[Period, Kept], threshold: int) -> Attack:
    """Return what a reader of an answer, and of the periods inside it, can work out.

    Raises AuditFailed where what is told contradicts itself: nothing can be called safe then.
    """
    found = [*_contacts_and_persons(period, kept, parts, threshold), *_others(kept, threshold)]
    widths = [width for range_ in found if (width := _width(range_[1])) is not None]
    return Attack(
        cells=len(found),
        narrowest=min(widths, default=None),
        exposed=tuple(cell for cell, range_ in found if not range_.is_safe(threshold)),
    )


def _width(range_: Range) -> int | None:
    return None if range_.high is None else range_.high - range_.low + 1


def _contacts_and_persons(
    period: Period, kept: Kept, parts: Mapping[Period, Kept], threshold: int
) -> Iterator[tuple[Cell, Range]]:
    board = board_of(period, kept, parts, threshold)
    view = View(board.system, values=board.truth, lows=board.lows, unknown=board.unknown)
    for column in map(int, np.flatnonzero(board.guarded)):
        low, high = (view.extreme(column, highest=each)[0] for each in (False, True))
        yield board.system.cells[column], Range(low, None if high >= CEILING else high)


def _others(kept: Kept, threshold: int) -> Iterator[tuple[Cell, Range]]:
    for in_answer, sums_of in _SYSTEMS:
        told, real = in_answer(kept.told), in_answer(kept.counts)
        if told:
            yield from _of_system(told, real, list(sums_of(kept.told)), threshold)


def _of_system(
    told: Mapping[Cell, int | None],
    real: Mapping[Cell, int | None],
    sums: Iterable[Sum],
    threshold: int,
) -> Iterator[tuple[Cell, Range]]:
    """Yield what can be believed of each number that must not be known.

    Those are the hidden ones that are not 0, and small ones that stand nowhere in the answer.
    """
    checked = list(sums)
    shown = {cell: number for cell, number in told.items() if number is not None}
    named = {cell for each in checked for cell in (each.total, *each.parts)}
    # A 0 that is hidden lies near to what was told before, or its whole breakdown is withheld.
    least = {cell: int(bool(real.get(cell))) for cell in (*told, *named) if cell not in shown}
    known = worked_out(real, checked)
    for cell, range_ in ranges(shown, least, of_sums(checked)).items():
        number = known.get(cell)
        if number and (cell in told or number < threshold):
            yield cell, range_
