"""What was told before is held against what is told now."""

from __future__ import annotations

import pytest

from outreach.indicators.nearness import too_near, worked_out
from outreach.indicators.tables import Cell, Sum

_ALL, _ON, _NOT, _WORK, _REST = (
    Cell("closings", frozenset({("at", name)})) for name in ("all", "on", "not", "work", "rest")
)
_SUMS = (Sum(_ALL, (_ON, _NOT)), Sum(_ON, (_WORK, _REST)))


@pytest.mark.parametrize(
    ("before", "now", "is_near"),
    [
        (20, 20, False),
        (20, 21, True),
        (20, 24, True),
        (20, 25, False),
        (20, 16, True),
        (20, 15, False),
    ],
)
def test_a_number_is_too_near_when_the_difference_would_be_hidden(
    before: int,
    now: int,
    is_near: bool,  # noqa: FBT001 - what the case comes to
) -> None:
    assert too_near({_ALL: now}, [{_ALL: before}], 5) == ({_ALL} if is_near else set())


def test_each_number_is_held_against_every_one_that_was_told_of_the_same() -> None:
    assert too_near({_ALL: 21}, [{_ON: 20}], 5) == set()
    assert too_near({_ALL: 21}, [{_ALL: 40}, {_ALL: 20}], 5) == {_ALL}


def test_what_follows_from_what_was_told_is_known_along_a_chain_of_sums() -> None:
    assert worked_out({_ALL: 20, _NOT: 8, _WORK: 5}, _SUMS) == {
        _ALL: 20, _NOT: 8, _ON: 12, _WORK: 5, _REST: 7,
    }  # fmt: skip
    assert worked_out({_WORK: 5, _REST: 7, _NOT: 8}, _SUMS)[_ALL] == 20


def test_nothing_follows_from_a_cover() -> None:
    assert worked_out({_ON: 5, _NOT: 5}, [Sum(_ALL, (_ON, _NOT), is_cover=True)]) == {
        _ON: 5,
        _NOT: 5,
    }
