"""OSA's deadlines: told early enough, moved by a leave where so decided, gone when it is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from outreach.handoffs import deadlines
from outreach.handoffs.deadlines import Deadline


def _osa(**said: Any) -> dict[str, Any]:
    nothing = {"training_from": None, "employed_from": None, "ended_on": None}
    return nothing | {"decisions": [], "pauses": []} | said


def _decision(first: date, last: date, answer: str = "yes") -> dict[str, Any]:
    return {"from": first, "to": last, "answer": answer}


def test_the_last_decision_that_stands_is_renewed_ninety_days_before_its_end() -> None:
    osa = _osa(
        decisions=[
            _decision(date(2025, 1, 1), date(2025, 12, 31)),
            _decision(date(2026, 1, 1), date(2026, 12, 31)),
            _decision(date(2027, 1, 1), date(2027, 12, 31), "pending"),
        ]
    )

    [found] = deadlines.deadlines(osa, pauses_count=False)

    assert found == Deadline("decision", date(2026, 10, 2), date(2026, 12, 31))


def test_an_employment_is_followed_up_three_times_and_its_end_told_twice() -> None:
    found = deadlines.deadlines(_osa(employed_from=date(2026, 3, 15)), pauses_count=False)

    end = date(2028, 3, 14)
    assert found == [
        Deadline("followup", date(2026, 6, 15), date(2026, 6, 15)),
        Deadline("followup", date(2026, 9, 15), date(2026, 9, 15)),
        Deadline("followup", date(2027, 3, 15), date(2027, 3, 15)),
        Deadline("cap", end - timedelta(days=180), end),
        Deadline("cap", end - timedelta(days=90), end),
    ]


@pytest.mark.parametrize(
    ("pauses_count", "end"), [(False, date(2028, 6, 13)), (True, date(2028, 3, 14))]
)
def test_a_leave_moves_the_end_unless_it_is_counted(*, pauses_count: bool, end: date) -> None:
    ninety_one = [{"from": date(2027, 1, 1), "to": date(2027, 4, 1)}]

    assert deadlines.cap(date(2026, 3, 15), ninety_one, pauses_count=pauses_count) == end


def test_a_leave_that_only_fits_in_because_of_another_counts_and_one_after_the_end_does_not() -> (
    None
):
    first = {"from": date(2028, 1, 1), "to": date(2028, 1, 31)}
    second = {"from": date(2028, 4, 1), "to": date(2028, 4, 10)}
    after = {"from": date(2029, 1, 1), "to": date(2029, 1, 31)}
    began = date(2026, 3, 15)

    end = deadlines.cap(began, [after, second, first], pauses_count=False)

    assert end == date(2028, 3, 14) + timedelta(days=31 + 10)
    assert deadlines.cap(began, [after], pauses_count=False) == date(2028, 3, 14)


def test_days_away_before_the_employment_move_nothing() -> None:
    early = [{"from": date(2026, 1, 1), "to": date(2026, 3, 16)}]

    assert deadlines.cap(date(2026, 3, 15), early, pauses_count=False) == date(2028, 3, 16)


def test_what_has_passed_is_still_next_until_the_day_that_it_was_before() -> None:
    osa = _osa(decisions=[_decision(date(2026, 1, 1), date(2026, 12, 31))])

    def coming(day: date) -> Deadline | None:
        return deadlines.next_deadline(osa, today=day, pauses_count=False)

    assert coming(date(2026, 12, 31)) is not None
    assert coming(date(2027, 1, 1)) is None


def test_nothing_is_to_be_done_for_whoever_has_ended() -> None:
    osa = _osa(employed_from=date(2026, 1, 1), ended_on=date(2026, 5, 1))

    assert deadlines.deadlines(osa, pauses_count=False) == []
