"""Closings: everybody once, by the last one that counts, and as far as it went."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.enrolments.rules import GROUPS
from outreach.foundation.periods import Period
from outreach.indicators.closings import GONE_ON, PARTS, Closing, Outcomes, outcomes_of
from outreach.indicators.periods import (
    months_of,
)
from outreach.indicators.shares import Share

_TO_AUGUST = Period(date(2026, 1, 1), date(2026, 8, 31))
_NUMBERS = iter(range(1, 10**9))


def _closed(person: int, result: str, on: str = "2026-03-10", **said: Any) -> Closing:
    said |= {name: date.fromisoformat(day) for name, day in said.items() if name == "start_date"}
    return Closing(
        UUID(int=person), UUID(int=next(_NUMBERS)), date.fromisoformat(on), result, **said
    )


def _of(*closings: Closing, joins: tuple[tuple[int, int], ...] = ()) -> Outcomes:
    pairs = [(UUID(int=one), UUID(int=other)) for one, other in joins]
    return outcomes_of(closings, _TO_AUGUST, pairs)


def test_every_result_counts_as_one_of_the_parts_or_as_nothing() -> None:
    assert set(GROUPS.values()) == {*PARTS, "excluded"}
    assert GONE_ON.issubset(PARTS)


def test_the_last_closing_of_a_person_in_the_period_counts() -> None:
    found = _of(
        _closed(1, "work_unsupported", "2026-02-01"),
        _closed(1, "no_contact", "2026-05-01"),
        _closed(1, "education_other", "2026-09-01"),
        _closed(2, "work_placement", "2025-12-31"),
    )

    assert found.share == Share(0, 1)
    assert found.parts["other"] == 1


def test_a_closing_in_error_never_was_and_whoever_has_died_is_left_out() -> None:
    found = _of(
        _closed(1, "work_supported", "2026-02-01"),
        _closed(1, "registered_in_error", "2026-03-01"),
        _closed(2, "work_supported", "2026-02-01"),
        _closed(2, "deceased", "2026-03-01"),
        _closed(3, "registered_in_error"),
    )

    assert set(found.last) == {UUID(int=1)}


@pytest.mark.parametrize(
    ("begins", "part"),
    [("2025-01-01", "work"), ("2026-04-09", "work"), ("2026-04-10", "other")],
)
def test_whoever_begins_more_than_thirty_days_later_has_not_gone_on(begins: str, part: str) -> None:
    assert _closed(1, "own_business", start_date=begins).part == part


def test_a_late_beginning_leaves_what_is_not_going_on_as_it_is() -> None:
    assert _closed(1, "osa_employment", start_date="2026-12-01").part == "osa"


def test_of_several_on_one_day_the_one_that_went_furthest_counts_as_it_then_counts() -> None:
    found = _of(
        _closed(1, "work_unsupported", start_date="2026-05-01"),
        _closed(1, "work_placement"),
        _closed(1, "handed_off_internal"),
        _closed(2, "osa_employment"),
        _closed(2, "education_other"),
    )

    assert found.parts == {
        "work": 0, "education": 1, "placement": 1, "osa": 0, "handed_off": 0, "other": 0,
    }  # fmt: skip


def test_whoever_is_joined_is_one_person_along_a_chain() -> None:
    found = _of(
        _closed(1, "work_unsupported", "2026-02-01"),
        _closed(2, "moved", "2026-03-01"),
        _closed(3, "studies_funded", "2026-04-01"),
        joins=((1, 2), (2, 3)),
    )

    assert found.share == Share(1, 1)
    assert found.parts["education"] == 1


def test_osa_and_those_handed_off_stay_among_all_and_have_not_gone_on() -> None:
    found = _of(_closed(1, "osa_employment"), _closed(2, "handed_off_external"))

    assert found.share == Share(0, 2)


def test_the_common_measure_counts_work_that_lasted_and_studies_with_means() -> None:
    found = _of(
        _closed(1, "work_unsupported", lasted_one_month="yes"),
        _closed(2, "work_unsupported", lasted_one_month="no"),
        _closed(3, "work_unsupported", lasted_one_month="pending"),
        _closed(4, "studies_funded"),
        _closed(5, "education_other", funded=True),
        _closed(6, "education_other"),
        _closed(7, "work_placement", funded=True, lasted_one_month="yes"),
        _closed(8, "work_unsupported", lasted_one_month="yes", start_date="2026-12-01"),
    )

    assert found.comparable == Share(3, 8)


def test_among_those_who_took_part_only_they_are_counted() -> None:
    found = _of(_closed(1, "work_unsupported"), _closed(2, "work_unsupported"), _closed(3, "moved"))

    assert found.among({UUID(int=each) for each in (1, 3, 4, 5)}) == Share(1, 4)


def test_who_was_handed_off_before_and_has_gone_on_now_is_told_beside() -> None:
    found = _of(
        _closed(1, "handed_off_internal", "2025-11-01"),
        _closed(1, "no_contact", "2026-02-01"),
        _closed(1, "work_unsupported", "2026-05-01"),
        _closed(2, "handed_off_internal", "2026-02-01"),
        _closed(2, "moved", "2026-05-01"),
        _closed(3, "handed_off_internal", "2026-02-01"),
        _closed(3, "work_unsupported", "2026-02-01"),
    )

    assert found.later == 1


_ANY_CLOSING = st.builds(
    lambda person, result, day, late: _closed(
        person,
        result,
        (date(2026, 1, 1) + timedelta(days=day)).isoformat(),
        start_date=(date(2026, 1, 1) + timedelta(days=day + late)).isoformat(),
    ),
    st.integers(1, 6), st.sampled_from(sorted(GROUPS)), st.integers(0, 364), st.integers(-40, 40),
)  # fmt: skip


@given(st.lists(_ANY_CLOSING, max_size=12), st.randoms(use_true_random=False))
def test_the_parts_are_everybody_in_whatever_order_the_closings_come(
    closings: list[Closing], random: Any
) -> None:
    found = _of(*closings)
    again = list(closings)
    random.shuffle(again)

    assert sum(found.parts.values()) == found.share.denominator
    assert sum(found.parts[part] for part in GONE_ON) == found.share.numerator
    assert _of(*again) == found


@given(st.lists(_ANY_CLOSING, max_size=12))
def test_nobody_is_in_a_period_who_is_in_none_of_its_months_or_missing_but_for_having_died(
    closings: list[Closing],
) -> None:
    months = [outcomes_of(closings, month).last.keys() for month in months_of(_TO_AUGUST)]

    assert _of(*closings).last.keys() <= set().union(*months)
