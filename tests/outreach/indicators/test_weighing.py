"""A longer period's number of persons beside all that its months told: what can be calculated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from outreach.foundation.periods import Period, period_of
from outreach.indicators.counting import CountRow, Meeting
from outreach.indicators.longer import may_be_told
from outreach.indicators.pack import pack
from outreach.indicators.periods import (
    months_of,
)
from outreach.indicators.tables import Cell
from outreach.indicators.weighing import Kept, gives_away
from tests.reader import Reader
from tests.worlds import World, a_world

_THRESHOLD = 5
_PERIOD = period_of("2026-01-01..2026-04-30")
_MONTHS = months_of(_PERIOD)
_AS_OF = "2026-05-01T01:30:00Z"
_ROW = CountRow(
    "2026-01", "hagalund", "open", "drop_in", "30-44", "woman", "no", "anonymous", 35, 35
)


def _kept(world: World, period: Period) -> Kept:
    counted = world.counted(period)
    return Kept(*(pack(period, _AS_OF, counted, each) for each in (None, _THRESHOLD)))


def _told(kept: Kept) -> int | None:
    number: int | None = kept.told["figures"][0]["value"]
    return number


def _world(*months: tuple[int, ...]) -> World:
    """Return a world with as many people in each month, each with so many contacts; all others."""
    world, number = World(), 0
    for month, people in zip(_MONTHS, months, strict=True):
        name = month.months[0]
        world.rows.append(replace(_ROW, month=name))
        for contacts in people:
            number += 1
            known = replace(
                _ROW, month=name, identity="identified", contacts=contacts, headcount=contacts
            )
            world.rows.append(known)
            at = datetime(month.first.year, month.first.month, 1, tzinfo=UTC)
            world.meetings += [
                Meeting(
                    UUID(int=number),
                    at + timedelta(minutes=each),
                    UUID(int=100 * number + each),
                    replace(known, contacts=1, headcount=1),
                )
                for each in range(contacts)
            ]
    return world


# Four people each in February and March, who had five contacts: a month by itself leaves one to
# five of them open.
_FOUR = (2, 1, 1, 1)


def test_a_number_that_leaves_two_hidden_months_too_little_is_not_told() -> None:
    world = _world((1,) * 9, _FOUR, _FOUR, ())
    months = {month: _kept(world, month) for month in _MONTHS}
    told = {month: _told(kept) for month, kept in months.items()}
    assert list(told.values()) == [9, None, None, 0]
    assert months[_MONTHS[1]].told["figures"][0]["beside"]["identified_contacts"] == 5

    # By itself it fits: eight less than it was told of January, and two months are hidden.
    assert may_be_told(_PERIOD, 17, told, _THRESHOLD)
    # But of these eight at most five came in each: so three, four or five did.
    assert gives_away(_PERIOD, 17, months, _THRESHOLD)


def test_a_number_beside_months_that_hide_nothing_gives_nothing_away() -> None:
    world = _world((1,) * 9, (1,) * 8, (1,) * 7, ())
    months = {month: _kept(world, month) for month in _MONTHS}

    assert not gives_away(_PERIOD, 24, months, _THRESHOLD)


def test_a_month_of_the_time_before_persons_is_not_weighed() -> None:
    world = _world((1,) * 9, _FOUR, _FOUR, ())
    months = {month: _kept(world, month) for month in _MONTHS}
    for month in _MONTHS[1:3]:
        months[month].told["figures"][0]["definition_version"] = 1

    assert not gives_away(_PERIOD, 17, months, _THRESHOLD)


def test_answers_that_contradict_themselves_let_nothing_be_told() -> None:
    world = _world((1,) * 9, _FOUR, _FOUR, ())
    months = {month: _kept(world, month) for month in _MONTHS}
    beside = months[_MONTHS[1]].counts["figures"][0]["beside"]
    beside["anonymous_contacts"] += 1

    assert gives_away(_PERIOD, 30, months, _THRESHOLD)


@pytest.mark.parametrize("seed", [2, 6])
def test_a_number_is_held_back_exactly_where_whoever_has_all_months_would_win(seed: int) -> None:
    world = a_world(Random(seed), _PERIOD.months, contacts=30, people=12)
    months = {month: _kept(world, month) for month in _MONTHS}
    whole = _kept(world, _PERIOD)
    persons = whole.counts["figures"][0]["value"]
    told = {month: _told(kept) for month, kept in months.items()}
    assert may_be_told(_PERIOD, persons, told, _THRESHOLD)

    held_back = gives_away(_PERIOD, persons, months, _THRESHOLD)

    beliefs = _reader(months, whole).beliefs().values()
    assert held_back is (not all(range_.is_safe(_THRESHOLD) for range_ in beliefs))
    assert held_back is (seed == 2)


def _reader(months: Mapping[Period, Kept], whole: Kept) -> Reader:
    """Return a reader of all months who is told the real number of persons of the whole."""
    reader = Reader()
    for kept in months.values():
        reader.read(kept.told, kept.counts)
    longer = reader.read_persons(whole.counts, whole.counts)
    parts = [reader.read_persons(kept.told, kept.counts) for kept in months.values()]
    for part in parts:
        reader.left(_named(part, "outside"), (longer, 1), (part, -1))
    reader.left(_named(longer, "again"), *((part, 1) for part in parts), (longer, -1))
    return reader


def _named(cell: Cell, name: str) -> Cell:
    return Cell(name, cell.narrowed)
