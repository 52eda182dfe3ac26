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

from outreach.indicators.tables import Cell, Sum

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
    counts: Counts, sums: Iterable[Sum], threshold: int, also: Collection[Cell] = ()
) -> frozenset[Cell]:
    """Return the cells that may not be shown, those that are hidden `also` among them.

    The same counts always give the same answer; a count of 0 is never hidden.
    """
    concealed = {cell for cell, count in counts.items() if 0 < count < threshold}
    concealed.update(also)
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
    is_safe = _is_safe_cover if each.is_cover else _is_safe
    if is_safe(each, unknown, counts, concealed, threshold):
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


def _is_safe_cover(
    each: Sum, unknown: list[Cell], counts: Counts, concealed: set[Cell], threshold: int
) -> bool:
    """Tell whether the hidden counts of a cover, and what its parts share, stay open enough.

    A single hidden part is known to be small, and at least what the shown ones leave of the total:
    that may be one at most. Of several each may be anything up to the total.
    """
    shown = [counts[part] for part in each.parts if part not in concealed]
    together, total = sum(shown), counts[each.total]
    if each.total in concealed:
        # Between the largest part and the sum of all, when all are there.
        return bool(unknown) or together == 0 or together - max(shown) + 1 >= threshold
    if not unknown:
        return together == total or together - total >= threshold
    return len(unknown) > 1 or total - together <= 1
