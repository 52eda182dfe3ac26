"""Numbers that lie too near to what was told before: their difference is a count of people too.

Who left by April is among those who left by August, and what was told of the one can be taken from
the other. So a number that differs from one told before by 1 up to below the threshold is hidden,
as if it were as small itself. Together with the gate of each answer this is enough: a difference
of which one side is hidden has as many possible values as that side has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from outreach.indicators.tables import Cell, Sum

Numbers = Mapping[Cell, int]
Hide = Callable[..., frozenset[Cell]]


def worked_out(told: Mapping[Cell, int | None], sums: Collection[Sum]) -> dict[Cell, int]:
    """Return what was told (None: it was not), and what follows by one sum after another.

    `sums` are the partitions of an answer; covers are left out, since nothing follows from them.
    """
    known = {cell: number for cell, number in told.items() if number is not None}
    waiting = [each for each in sums if not each.is_cover]
    while True:
        found = {}
        for each in waiting:
            missing = [cell for cell in (each.total, *each.parts) if cell not in known]
            if len(missing) == 1:
                left = sum(known.get(part, 0) for part in each.parts)
                total = known.get(each.total, 0)
                found[missing[0]] = left if missing[0] == each.total else total - left
        if not found:
            return known
        known |= found


def too_near(counts: Numbers, earlier: Iterable[Numbers], threshold: int) -> frozenset[Cell]:
    """Return the counts that lie nearer than the threshold to an earlier number."""
    return frozenset(
        cell
        for numbers in earlier
        for cell, number in numbers.items()
        if cell in counts and 0 < abs(counts[cell] - number) < threshold
    )


def concealed(
    counts: Numbers, hide: Hide, threshold: int | None, earlier: Iterable[Numbers]
) -> frozenset[Cell]:
    """Return what `hide` hides of counts beside the numbers told earlier; no threshold: nothing.

    `hide` takes the threshold, and as `near` what is too near to those numbers.
    """
    if threshold is None:
        return frozenset()
    return hide(threshold, near=too_near(counts, earlier, threshold))
