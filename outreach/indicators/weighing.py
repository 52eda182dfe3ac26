"""Whether a number of persons gives away what an answer inside its period hides.

Persons of a longer period hang together with those of every listed period inside it: nobody of
those is missing from it, and it has nobody who was in none of them. Through a month's own number
they reach every number that the month hides. So the number is put into one system with all that
was told of the periods inside, and attacked (`attack.py`), before it is told.

Contacts of a longer period need no weighing: each number is the sum of what its months show
(`longer.joined`), so that the months' readers have it already; and no relation joins the contacts
of one month with those of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from outreach.foundation.periods import Period
from outreach.indicators import knowledge, tables
from outreach.indicators.attack import AuditFailed
from outreach.indicators.board import Board
from outreach.indicators.definitions import COUNTS_PERSONS_SINCE
from outreach.indicators.pack import in_answer, sums_in
from outreach.indicators.periods import (
    months_of,
    parts_of,
    ways_through,
)
from outreach.indicators.tables import Cell, Relation

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given: with nothing hidden, and as it was told."""

    counts: Told
    told: Told

    @property
    def has_persons(self) -> bool:
        """Whether persons were counted when it was made."""
        return bool(self.told["figures"][0]["definition_version"] >= COUNTS_PERSONS_SINCE)


def gives_away(period: Period, persons: int, parts: Mapping[Period, Kept], threshold: int) -> bool:
    """Tell whether a number of persons, told of a period, exposes a number of a part of it.

    `parts` are the answers of the other listed periods inside. What is exposed already counts as
    well, and so does a system that contradicts itself.
    """
    try:
        world = _world_of(period, (persons, persons), parts)
        return _is_broken(world.board(threshold), _persons(period))
    except AuditFailed:
        return True


def board_of(period: Period, kept: Kept, parts: Mapping[Period, Kept], threshold: int) -> Board:
    """Return what an answer and those of the periods inside it tell of contacts and persons.

    Raises AuditFailed where they contradict themselves.
    """
    counted, told = (each["figures"][0]["value"] for each in (kept.counts, kept.told))
    world = _world_of(period, (counted, told), parts)
    if months_of(period) == (period,):
        world.add_month(period, kept)
    # That a longer period's number is held back shields others, which are looked at themselves: it
    # may be worked out where it is not small and they cannot be.
    held_back = {_persons(each) for each in (*parts, period)} & world.withheld
    world.hidden -= held_back
    world.withheld -= held_back
    world.never |= held_back
    return world.board(threshold)


def _world_of(
    period: Period, persons: tuple[int, int | None], parts: Mapping[Period, Kept]
) -> _World:
    """Return all that is told of the parts, and the period's `persons`: counted and told."""
    world = _World()
    for part, kept in parts.items():
        if kept.has_persons:
            world.add_persons(
                part, *(each["figures"][0]["value"] for each in (kept.counts, kept.told))
            )
            if months_of(part) == (part,):
                world.add_month(part, kept)
    world.add_persons(period, *persons)
    for longer in (*(part for part in parts if months_of(part) != (part,)), period):
        world.join(longer)
    return world


def _is_broken(board: Board, told: Cell) -> bool:
    # Only what the number reaches: each connected part of the system with a relation of its own.
    rows = board.system.matrix[:, [board.system.column[told]]].nonzero()[0]
    labels = board.system.parts(board.unknown)
    reached = labels[np.unique(board.system.matrix[rows].nonzero()[1])]
    return next(board.exposed(np.isin(labels, reached[reached >= 0])), None) is not None


def _persons(period: Period) -> Cell:
    return _in(period, knowledge.EVERYBODY)


def _in(period: Period, cell: Cell) -> Cell:
    """Return a count as that of one period."""
    return Cell(cell.measure, cell.narrowed | {("period", str(period))})


@dataclass(slots=True)
class _World:
    """The counts of several periods, what of them is not told, and how they hang together."""

    counts: dict[Cell, int] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    hidden: set[Cell] = field(default_factory=set)
    withheld: set[Cell] = field(default_factory=set)
    never: set[Cell] = field(default_factory=set)

    def board(self, threshold: int) -> Board:
        """Return all of it as a board. Raises AuditFailed where it contradicts itself."""
        small = {cell for cell in self.never if 0 < self.counts[cell] < threshold}
        board = Board(
            self.counts,
            [each for each in self.relations if each.is_equal or each.holds(self.counts)],
            threshold,
            small=small | self.hidden,
            never=self.never,
        )
        board.withhold(self.withheld)
        return board

    def add_persons(self, period: Period, counted: int, told: int | None) -> None:
        """Add a period's number of persons; that of a longer one may be hidden though it is 0."""
        cell = _persons(period)
        self.counts[cell] = counted
        if told is None:
            self.hidden.add(cell)
            if months_of(period) != (period,):
                self.withheld.add(cell)

    def add_month(self, month: Period, kept: Kept) -> None:
        """Add all that was told of a month."""
        told, counts = in_answer(kept.told), _counted(kept.counts)
        values = {
            each["name"]: tuple(each["values"])
            for table in kept.told["tables"]
            for each in table["dimensions"]
        }
        sums = sums_in(kept.told)
        counts[knowledge.NOT_FIRST_TIME] = counts[knowledge.CONTACTS] - counts[knowledge.FIRST_TIME]
        counts = knowledge.with_several(counts, sums)
        self.counts |= {_in(month, cell): count for cell, count in counts.items()}
        self.never |= {_in(month, cell) for cell in counts.keys() - told.keys()}
        self.hidden |= {_in(month, cell) for cell, count in told.items() if count is None}
        noughts = {cell for cell, count in told.items() if count is None and not counts[cell]}
        self.withheld |= {_in(month, cell) for cell in (*_withheld(kept.told), *noughts)}
        known = [*knowledge.of_sums(sums), *knowledge.between_tables(values)]
        self.relations += [
            Relation(tuple((_in(month, cell), times) for cell, times in each.terms), each.is_equal)
            for each in known
        ]

    def join(self, longer: Period) -> None:
        """Add how a period's persons hang together with those of the periods inside it.

        What is left between them are counts of persons too, told nowhere: who came only outside
        one part, and how often somebody came again.
        """
        inside = [part for part in parts_of(longer) if _persons(part) in self.counts]
        whole = (_persons(longer), 1)
        for part in inside:
            self._leave(("outside", str(part)), longer, (whole, (_persons(part), -1)))
        for way in ways_through(longer, inside):
            parts = tuple((_persons(part), 1) for part in way)
            self._leave(
                ("again", " ".join(map(str, way))), longer, (*parts, (_persons(longer), -1))
            )
        months = [_in(month, knowledge.IDENTIFIED) for month in months_of(longer)]
        if all(month in self.counts for month in months):
            self.relations.append(knowledge.at_most([whole], [(month, 1) for month in months]))

    def _leave(
        self, name: tuple[str, str], period: Period, terms: Iterable[tuple[Cell, int]]
    ) -> None:
        kept = tuple(terms)
        left = sum(times * self.counts[cell] for cell, times in kept)
        # Late links and undone ones may make it less than nought: then it is no count of anybody.
        if left >= 0:
            cell = _in(period, Cell(tables.PERSONS, frozenset({name})))
            self.counts[cell] = left
            self.never.add(cell)
            self.relations.append(Relation((*kept, (cell, -1))))


def _counted(answer: Told) -> dict[Cell, int]:
    """Return every number of an answer with nothing hidden."""
    return {cell: number for cell, number in in_answer(answer).items() if number is not None}


def _withheld(answer: Told) -> Iterator[Cell]:
    """Yield the cells of the tables of which nothing is told, or only the total of all."""
    for table in answer["tables"]:
        told = {tables.cell_in(table, cell["key"]): cell["value"] for cell in table["cells"]}
        own = [cell for cell in told if cell.narrowed]
        if all(told[cell] is None for cell in own):
            yield from own
