"""The rules of becoming known and of taking it back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation.clock import STOCKHOLM
from outreach.identification.rules import Groups, due_on, may_undo

_NOW = datetime(2026, 1, 15, 10, tzinfo=STOCKHOLM)
_PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20)


@pytest.mark.parametrize(
    ("ago", "notes", "may"),
    [
        (timedelta(0), 0, True),
        (timedelta(hours=24), 0, True),
        (timedelta(hours=24, seconds=1), 0, False),
        (timedelta(minutes=1), 1, False),
    ],
)
def test_it_is_undone_at_once_within_a_day_while_nothing_is_written(
    ago: timedelta, notes: int, *, may: bool
) -> None:
    assert may_undo(_NOW - ago, _NOW, notes=notes) is may


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 1, 15), date(2026, 2, 15)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 30), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2026, 3, 31), date(2026, 4, 30)),
    ],
)
def test_a_request_is_decided_within_a_month(received: date, due: date) -> None:
    assert due_on(received) == due


@given(_PAIRS)
def test_joins_are_symmetric_and_transitive(pairs: list[tuple[int, int]]) -> None:
    groups: Groups[int] = Groups()
    for one, other in pairs:
        groups.join(one, other)

    for one, other in pairs:
        assert one in groups.of(other)
        assert groups.of(one) == groups.of(other)
    for each in range(10):
        assert all(groups.of(other) == groups.of(each) for other in groups.of(each))


@given(_PAIRS)
def test_whoever_is_one_already_is_told_and_no_order_makes_a_difference(
    pairs: list[tuple[int, int]],
) -> None:
    groups: Groups[int] = Groups()
    backwards: Groups[int] = Groups()
    told = [groups.join(one, other) for one, other in pairs]
    for one, other in reversed(pairs):
        backwards.join(other, one)

    assert sum(told) == 10 - len({frozenset(groups.of(each)) for each in range(10)})
    assert all(groups.of(each) == backwards.of(each) for each in range(10))
