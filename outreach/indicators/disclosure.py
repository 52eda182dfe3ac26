"""Which counts may not be shown, so that nobody can be picked out of a figure.

A count from 1 up to below the threshold is hidden; 0 is shown as 0. A hidden count must not be
worked out from what is shown: in every sum that a reader can make, the hidden counts together
leave at least as many possibilities for each of them as the threshold. Where they do not, the
next smallest count beside them is hidden as well, and the total when nothing else is left.

What this holds against: every single sum within one answer, with all its tables together, its
totals and its residuals. What it does not weigh: several sums combined into one system of
equations, and that one contact often is one visitor. Answers for overlapping periods are not
weighed either, and need not be: a month is answered once, and a longer period tells only what its
months have told (`longer.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from outreach.indicators.tables import Cell, Sum

Counts = Mapping[Cell, int]


def hidden(counts: Counts, sums: Iterable[Sum], threshold: int) -> frozenset[Cell]:
    """Return the cells that may not be shown.

    The same counts always give the same answer; a count of 0 is never hidden.
    """
    concealed = {cell for cell, count in counts.items() if 0 < count < threshold}
    checked = list(sums)
    unsettled = True
    while unsettled:
        unsettled = False
        for each in checked:
            while (more := _needed(each, counts, concealed, threshold)) is not None:
                concealed.add(more)
                unsettled = True
    return frozenset(concealed)


def _needed(each: Sum, counts: Counts, concealed: set[Cell], threshold: int) -> Cell | None:
    """Return the cell to hide next so that the sum gives nothing away, None when it does not."""
    unknown = [part for part in each.parts if part in concealed]
    if _is_safe(each, unknown, counts, concealed, threshold):
        return None
    shown = [part for part in each.parts if part not in concealed and counts[part] > 0]
    if shown:
        return min(shown, key=lambda part: (counts[part], sorted(part.narrowed)))
    # Nothing is left to hide among the parts: the total goes, unless it is gone already.
    return None if each.total in concealed else each.total


def _is_safe(
    each: Sum, unknown: list[Cell], counts: Counts, concealed: set[Cell], threshold: int
) -> bool:
    """Tell whether every hidden count of the sum keeps enough possibilities.

    A reader knows the rule, so each hidden part is at least 1: with a known total, `n` hidden
    parts that come to `s` lie between 1 and `s - n + 1`.
    """
    if each.total in concealed:
        return bool(unknown) or not any(counts[part] for part in each.parts)
    if not unknown:
        return True
    together = sum(counts[part] for part in unknown)
    return len(unknown) > 1 and together - len(unknown) + 1 >= threshold
