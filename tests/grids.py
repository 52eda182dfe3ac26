"""Small made-up tables with all their totals, some with a cover beside; and every whole filling."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from outreach.indicators.tables import Cell, Sum

WHOLE = Cell("contacts")
_TOTAL = "total"


def at(row: object, column: object = _TOTAL) -> Cell:
    """Return a cell of the grid by its place, or a total of it."""
    pairs = (("row", str(row)), ("column", str(column)))
    return Cell("contacts", frozenset(pair for pair in pairs if pair[1] != _TOTAL))


def part(number: int) -> Cell:
    """Return a part of the cover."""
    return Cell("contacts", frozenset({("place", str(number))}))


@dataclass(frozen=True)
class Grid:
    """The counts of a table and its totals; `cover` are parts that overlap, of the same total."""

    inner: Mapping[tuple[int, int], int]
    cover: tuple[int, ...] = ()
    counts: dict[Cell, int] = field(init=False)
    sums: list[Sum] = field(init=False)

    def __post_init__(self) -> None:
        rows = sorted({row for row, _ in self.inner})
        columns = sorted({column for _, column in self.inner})
        counts = {at(*place): count for place, count in self.inner.items()}
        lines = [(at(row), [at(row, column) for column in columns]) for row in rows]
        lines += [(at(_TOTAL, column), [at(row, column) for row in rows]) for column in columns]
        lines += [(WHOLE, [at(row) for row in rows])]
        lines += [(WHOLE, [at(_TOTAL, column) for column in columns])]
        for total, parts in lines:
            counts[total] = sum(counts[each] for each in parts)
        sums = [Sum(total, tuple(parts)) for total, parts in lines]
        if self.cover:
            counts |= {part(number): count for number, count in enumerate(self.cover)}
            sums.append(Sum(WHOLE, tuple(map(part, range(len(self.cover)))), is_cover=True))
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "sums", sums)


def random_grid(random: Random, *, rows: int, columns: int, most: int) -> Grid:
    """Return a grid with some zeros, now and then with a cover of three."""
    places = itertools.product(range(rows), range(columns))
    inner = {place: random.choice((0, *range(1, most + 1))) for place in places}
    whole = sum(inner.values())
    cover = [random.randint(0, whole) for _ in range(3)] if random.random() < 0.4 else []
    if cover:
        cover[0] = max(cover[0], whole - cover[1] - cover[2])
    return Grid(inner, tuple(cover))


def fillings(grid: Grid, hidden: frozenset[Cell]) -> Iterator[dict[Cell, int]]:
    """Yield all whole counts, hidden ones at least 1, that leave what is shown of a grid as it is.

    By trying every one of them; the total of all must be shown.
    """
    whole = grid.counts[WHOLE]
    open_ = sorted(place for place in grid.inner if at(*place) in hidden)
    covers = [
        [*range(1, whole + 1)] if part(number) in hidden else [count]
        for number, count in enumerate(grid.cover)
    ]
    known = sum(count for place, count in grid.inner.items() if place not in open_)
    for numbers in _shared_out(whole - known, len(open_)):
        tried = Grid({**grid.inner, **dict(zip(open_, numbers, strict=True))})
        if any(
            grid.counts[cell] != count if cell not in hidden else count < 1
            for cell, count in tried.counts.items()
        ):
            continue
        for sizes in itertools.product(*covers):
            if not sizes or max(sizes) <= whole <= sum(sizes):
                yield tried.counts | {part(number): size for number, size in enumerate(sizes)}


def _shared_out(whole: int, among: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to share a number out among so many, each at least 1."""
    if among == 0:
        if whole == 0:
            yield ()
        return
    for first in range(1, whole - among + 2):
        yield from ((first, *rest) for rest in _shared_out(whole - first, among - 1))
