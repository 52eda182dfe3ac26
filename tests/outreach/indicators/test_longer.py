"""Longer periods: the sum of what their months told, and not a number more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.indicators.definitions import CountRow
from outreach.indicators.longer import joined
from outreach.indicators.pack import Counted, pack
from outreach.indicators.periods import Period, months_of
from outreach.indicators.schemas import FiguresSchema
from outreach.indicators.tables import RESIDUAL, TOTAL

_THRESHOLD = 5
_PERIOD = Period(date(2026, 1, 1), date(2026, 4, 30))
_MONTHS = months_of(_PERIOD)
_AS_OF = "2026-05-01T01:30:00Z"
_LISTS = {
    "site": ("hagalund", "bagartorp"),
    "activity": ("open", "outreach"),
    "gender": ("woman", "man", "other", "unknown"),
    "age_band": ("18-29", "30-44", "unknown"),
}
_WOMAN = CountRow(
    "2026-01", "hagalund", "open", "drop_in", "30-44", "woman", "no", "anonymous", 7, 7
)

Numbers = dict[tuple[str, ...], int | None]

_said = st.builds(
    replace,
    st.just(_WOMAN),
    month=st.sampled_from([month.months[0] for month in _MONTHS]),
    # The last is in no list: it was counted all the same.
    site=st.sampled_from(["hagalund", "bagartorp", "bazaar"]),
    activity=st.sampled_from(_LISTS["activity"]),
    contact_type=st.sampled_from(["drop_in", "phone", "brief"]),
    age_band=st.sampled_from(_LISTS["age_band"]),
    gender=st.sampled_from(_LISTS["gender"]),
    first_time=st.sampled_from(["yes", "no"]),
    identity=st.sampled_from(["anonymous", "anonymous", "protected"]),
    contacts=st.integers(1, 12),
    headcount=st.integers(12, 20),
)
_worlds = st.lists(_said, max_size=20)


def _told(
    period: Period, rows: Iterable[CountRow], threshold: int | None, as_of: str = _AS_OF
) -> dict[str, Any]:
    own = [row for row in rows if row.month in period.months]
    return pack(period, as_of, Counted(own, frozenset(), _LISTS, period), threshold)


def _months(rows: Sequence[CountRow], threshold: int | None) -> list[dict[str, Any]]:
    return [_told(month, rows, threshold) for month in _MONTHS]


def _numbers(answer: dict[str, Any]) -> Numbers:
    """Return the numbers of an answer by where they stand; None is hidden."""
    found: Numbers = {}
    for figure in answer["figures"]:
        found[figure["code"],] = figure["value"]
        found |= {(figure["code"], name): value for name, value in figure["beside"].items()}
    for table in answer["tables"]:
        for cell in table["cells"]:
            found[(table["id"], *cell["key"].values())] = cell["value"]
    return found


def _is_hidden_in_any(months: Iterable[Numbers], place: tuple[str, ...]) -> bool:
    return any(month.get(place, 0) is None for month in months)


@settings(max_examples=150, deadline=None)
@given(_worlds)
def test_the_months_counts_come_to_what_the_whole_period_counts(rows: list[CountRow]) -> None:
    longer = joined(_PERIOD, _months(rows, None))

    assert _numbers(longer) == _numbers(_told(_PERIOD, rows, None))


@settings(max_examples=150, deadline=None)
@given(_worlds)
def test_a_number_is_the_sum_or_hidden_and_shown_exactly_when_every_month_shows_its_own(
    rows: list[CountRow],
) -> None:
    months = [_numbers(month) for month in _months(rows, _THRESHOLD)]
    sums = _numbers(_told(_PERIOD, rows, None))

    longer = _numbers(joined(_PERIOD, _months(rows, _THRESHOLD)))

    assert longer == {
        place: None if _is_hidden_in_any(months, place) else value for place, value in sums.items()
    }


@settings(max_examples=150, deadline=None)
@given(_worlds)
def test_a_reader_of_the_months_could_have_made_the_longer_answer_alone(
    rows: list[CountRow],
) -> None:
    answers = _months(rows, _THRESHOLD)
    added: dict[tuple[str, ...], list[int | None]] = {}
    for answer in answers:
        for place, value in _numbers(answer).items():
            added.setdefault(place, []).append(value)

    longer = _numbers(joined(_PERIOD, answers))

    # What no month has told is nought: a line and a column that never met in one month.
    assert {value for place, value in longer.items() if place not in added} <= {0}
    assert {place: longer[place] for place in added} == {
        place: None if None in values else sum(value for value in values if value is not None)
        for place, values in added.items()
    }


@settings(max_examples=50, deadline=None)
@given(_worlds)
def test_each_months_column_is_what_the_month_itself_told(rows: list[CountRow]) -> None:
    answers = _months(rows, _THRESHOLD)
    longer = _numbers(joined(_PERIOD, answers))

    for answer in answers:
        (month,) = answer["tables"][1]["dimensions"][1]["values"]
        for place, value in _numbers(answer).items():
            if place[-1] == month:
                assert longer[place] == value


def test_a_month_that_hides_a_count_hides_its_sum_however_large_and_nothing_else() -> None:
    rows = [
        _WOMAN,
        replace(_WOMAN, month="2026-02", contacts=200),
        replace(_WOMAN, month="2026-03", contacts=4),
        replace(_WOMAN, month="2026-02", site="bagartorp", contacts=30),
    ]

    longer = _numbers(joined(_PERIOD, _months(rows, _THRESHOLD)))

    assert longer["contacts_site_month", "hagalund", TOTAL] is None
    assert longer["contacts_site_month", "hagalund", "2026-02"] == 200
    assert longer["contacts_site_month", "hagalund", "2026-03"] is None
    assert longer["contacts_site_month", "bagartorp", TOTAL] == 30
    assert longer["contacts_site_month", TOTAL, RESIDUAL] == 0


def test_a_place_that_one_month_did_not_know_had_nobody_in_that_month() -> None:
    rows = [_WOMAN, replace(_WOMAN, month="2026-03", site="bazaar", contacts=9)]

    longer = joined(_PERIOD, _months(rows, _THRESHOLD))

    assert longer["tables"][0]["dimensions"][0]["values"] == ["hagalund", "bagartorp", "bazaar"]
    assert _numbers(longer)["contacts_site_activity", "bazaar", "open"] == 9
    assert _numbers(longer)["contacts_site_month", "bazaar", "2026-01"] == 0


def test_the_answer_is_as_old_as_its_oldest_month_and_has_the_agreed_shape() -> None:
    instants = ["2026-05-01T01:30:00Z", "2026-03-01T01:30:00Z", "2026-03-01T01:30:00.5Z", _AS_OF]
    months = [
        _told(month, [], _THRESHOLD, as_of) for month, as_of in zip(_MONTHS, instants, strict=True)
    ]

    longer = joined(_PERIOD, months)

    assert longer["data_as_of"] == "2026-03-01T01:30:00Z"
    assert longer["period"] == {"from": "2026-01-01", "to": "2026-04-30"}
    assert longer["tables"][1]["dimensions"][1]["values"] == list(_PERIOD.months)
    assert not FiguresSchema().validate(longer)


@pytest.mark.parametrize("threshold", [None, _THRESHOLD])
def test_persons_are_none_where_no_month_had_any_and_never_added_up(threshold: int | None) -> None:
    somebody = Counted([_WOMAN], range(6), _LISTS, _MONTHS[0])
    months = _months([_WOMAN], threshold)

    nobody_met = joined(_PERIOD, months)["figures"][0]
    somebody_met = joined(
        _PERIOD, [pack(_MONTHS[0], _AS_OF, somebody, threshold), *months[1:]]
    )["figures"][0]  # fmt: skip

    assert (nobody_met["value"], nobody_met["status"]) == (0, "ok")
    assert (somebody_met["value"], somebody_met["status"]) == (None, "hidden")
