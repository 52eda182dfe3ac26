"""Which counts may not be shown, so that nobody can be picked out of a figure.

A count from 1 up to below the threshold is hidden; 0 is shown as 0. So is a count behind which
fewer than three persons stand, or one person with more than half. A hidden count must not be
worked out from what is shown: in every sum that a reader can make, the hidden counts together
leave at least as many possibilities for each of them as the threshold. Where they do not, the
next smallest count beside them is hidden as well, and the total when nothing else is left. Parts
that overlap (persons over places) say only that the total is at least the largest of them and at
most their sum; how many they have in common is a count like any other.

What this holds against: every single sum within one answer, with all its tables together, its
totals and its residuals. What it does not weigh: several sums combined into one system of
equations, and that one contact often is one visitor and one person. Answers for overlapping
periods are not weighed here, and need not be: a month is answered once, and a longer period tells
of contacts only what its months have told, and of persons one number that is weighed against
theirs (`longer.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from outreach.indicators.attack import AuditFailed
from outreach.indicators.board import Board
from outreach.indicators.complements import settle
from outreach.indicators.knowledge import of_sums, several, with_several
from outreach.indicators.tables import Cell, Relation, Sum

Counts = Mapping[Cell, int]

# So many persons stand behind a count at least, and none of them with more than half of it.
_FEWEST = 3


def of_too_few(counts: Counts, shares: Mapping[Cell, Sequence[int]]) -> frozenset[Cell]:
    """Return the counts behind which too few persons stand, or one with more than half.

    `shares` are what each known person has of a count. Whoever is anonymous is taken for a person
    of their own: nobody knows better.
    """
    return frozenset(
        cell for cell, own in shares.items() if _is_of_too_few(counts.get(cell, 0), own)
    )


def _is_of_too_few(count: int, own: Sequence[int]) -> bool:
    if count == 0 or not own:
        return False
    persons = len(own) + max(0, count - sum(own))
    return persons < _FEWEST or 2 * max(own) > count


def hidden(
    counts: Counts,
    sums: Iterable[Sum],
    threshold: int,
    also: Collection[Cell] = (),
    *,
    bounds: Iterable[Relation] = (),
    never: Collection[Cell] = (),
    families: Sequence[Collection[Cell]] = (),
) -> frozenset[Cell]:
    """Return the cells that may not be shown, those that are hidden `also` among them.

    `bounds` are what a reader knows beside the sums, `never` the counts that stand nowhere in the
    answer, `families` the breakdowns that may be withheld as a whole. A count of 0 is hidden only
    with a whole breakdown. The same counts always give the same answer. Where the audit fails
    nothing is shown at all.
    """
    checked = list(dict.fromkeys(sums))
    known = with_several(counts, checked)
    small = {cell for cell, count in known.items() if 0 < count < threshold} | set(also)
    covers = [each for each in checked if each.is_cover]
    try:
        board = Board(
            known,
            [*of_sums(checked), *(each for each in bounds if each.holds(known))],
            threshold,
            small=small,
            never={*never, *map(several, covers)},
            covers=covers,
        )
        settle(board, checked, families)
    except AuditFailed:
        return frozenset(counts)
    return board.untold
