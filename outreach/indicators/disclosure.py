"""Which counts may not be shown, so that nobody can be picked out of a figure.

A count from 1 up to below the threshold is hidden; 0 is shown as 0. So is a count behind which
fewer than three persons stand, or one person with more than half. How many stood on several lines
of parts that overlap (persons over places) is a count like any other, though it is told nowhere.

None of these can be worked out from what is shown, however the sums of the answer are combined:
whoever reads it (`attack.py`) knows all that is shown, every sum of every table, what holds between
contacts, visitors and persons (`knowledge.py`), and that a hidden count is a whole number and not
0; and still each hidden count can have at least as many values as the threshold, one of them as
large. For that others are hidden beside the small ones (`complements.py`), totals last. Where a
figure could only be shown at the price of all its parts, they are withheld, zeros too.

What a reader is not held to know: how many anonymous contacts one visitor had, which kinds of
contact an activity has, and by which of several ways the same could have been kept safe (who
knows that a simpler answer would have been given, had it been safe, can exclude some values).
Longer periods are not weighed here: of contacts they tell what their months have told
(`longer.py`), and their persons are weighed against the months' answers (`weighing.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import structlog

from outreach.indicators.attack import AuditFailed
from outreach.indicators.board import Board
from outreach.indicators.complements import settle
from outreach.indicators.knowledge import of_sums, several, with_several
from outreach.indicators.tables import Cell, Relation, Sum

log = structlog.get_logger(__name__)

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
    figures: Collection[Cell] = (),
    fixed: Collection[Cell] = (),
) -> frozenset[Cell]:
    """Return the cells that may not be shown, those that are hidden `also` among them.

    `bounds` are what a reader knows beside the sums, `never` the counts that stand nowhere in the
    answer, `families` the breakdowns that may be withheld as a whole. `figures` go last (without
    them: the totals of all); `fixed` ones are told elsewhere and cannot go. A count of 0 is hidden
    only with a whole breakdown. The same counts always give the same answer. Where the audit fails
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
            figures=figures or [cell for cell in known if not cell.narrowed],
            fixed=fixed,
        )
        settle(board, checked, families)
    except AuditFailed:
        log.exception("disclosure_audit_failed")
        return frozenset(counts)
    return board.untold
