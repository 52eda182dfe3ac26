"""Longer periods: of contacts the sum of what their months told, of persons one weighed number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.foundation.periods import Period, period_of
from outreach.indicators.counting import CountRow
from outreach.indicators.longer import joined, may_be_told, of_persons
from outreach.indicators.pack import Counted, pack
from outreach.indicators.periods import (
    months_of,
    parts_of,
)
from outreach.indicators.persons import NOBODY, People, Person
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
    "route_in": ("own_initiative", "unknown"),
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
    return pack(period, as_of, Counted(own, NOBODY, _LISTS, period), threshold)


def _joined(
    rows: Sequence[CountRow], threshold: int | None, people: People = NOBODY
) -> dict[str, Any]:
    own = pack(_PERIOD, _AS_OF, Counted(rows, people, _LISTS, _PERIOD), None)
    return joined(_PERIOD, _months(rows, threshold), own)


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


@settings(max_examples=25, deadline=None)
@given(_worlds)
def test_the_months_counts_come_to_what_the_whole_period_counts(rows: list[CountRow]) -> None:
    longer = _joined(rows, None)

    assert _numbers(longer) == _numbers(_told(_PERIOD, rows, None))


@settings(max_examples=25, deadline=None)
@given(_worlds)
def test_a_number_is_the_sum_or_hidden_and_shown_exactly_when_every_month_shows_its_own(
    rows: list[CountRow],
) -> None:
    months = [_numbers(month) for month in _months(rows, _THRESHOLD)]
    sums = _numbers(_told(_PERIOD, rows, None))

    longer = _numbers(_joined(rows, _THRESHOLD))

    assert longer == {
        place: None if _is_hidden_in_any(months, place) else value for place, value in sums.items()
    }


@settings(max_examples=25, deadline=None)
@given(_worlds)
def test_a_reader_of_the_months_could_have_made_the_longer_answer_alone(
    rows: list[CountRow],
) -> None:
    answers = _months(rows, _THRESHOLD)
    added: dict[tuple[str, ...], list[int | None]] = {}
    for answer in answers:
        for place, value in _numbers(answer).items():
            added.setdefault(place, []).append(value)

    longer = _numbers(_joined(rows, _THRESHOLD))

    # What no month has told is nought: a line and a column that never met in one month.
    assert {value for place, value in longer.items() if place not in added} <= {0}
    assert {place: longer[place] for place in added} == {
        place: None if None in values else sum(value for value in values if value is not None)
        for place, values in added.items()
    }


@settings(max_examples=15, deadline=None)
@given(_worlds)
def test_each_months_column_is_what_the_month_itself_told(rows: list[CountRow]) -> None:
    answers = _months(rows, _THRESHOLD)
    longer = _numbers(_joined(rows, _THRESHOLD))

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

    longer = _numbers(_joined(rows, _THRESHOLD))

    assert longer["contacts_site_month", "hagalund", TOTAL] is None
    assert longer["contacts_site_month", "hagalund", "2026-02"] == 200
    assert longer["contacts_site_month", "hagalund", "2026-03"] is None
    assert longer["contacts_site_month", "bagartorp", TOTAL] == 30
    assert longer["contacts_site_month", TOTAL, RESIDUAL] == 0


def test_a_place_that_one_month_did_not_know_had_nobody_in_that_month() -> None:
    rows = [_WOMAN, replace(_WOMAN, month="2026-03", site="bazaar", contacts=9)]

    longer = _joined(rows, _THRESHOLD)

    assert longer["tables"][0]["dimensions"][0]["values"] == ["hagalund", "bagartorp", "bazaar"]
    assert _numbers(longer)["contacts_site_activity", "bazaar", "open"] == 9
    assert _numbers(longer)["contacts_site_month", "bazaar", "2026-01"] == 0


def test_the_answer_is_as_old_as_its_oldest_month_and_has_the_agreed_shape() -> None:
    instants = ["2026-05-01T01:30:00Z", "2026-03-01T01:30:00Z", "2026-03-01T01:30:00.5Z", _AS_OF]
    months = [
        _told(month, [], _THRESHOLD, as_of) for month, as_of in zip(_MONTHS, instants, strict=True)
    ]

    longer = joined(_PERIOD, months, _told(_PERIOD, [], None))

    assert longer["data_as_of"] == "2026-03-01T01:30:00Z"
    assert longer["period"] == {"from": "2026-01-01", "to": "2026-04-30"}
    assert longer["tables"][1]["dimensions"][1]["values"] == list(_PERIOD.months)
    assert not FiguresSchema().validate(longer)


_TWELVE = People((Person(frozenset({"hagalund"}), "woman", "30-44", "identified"),) * 12, ())


def test_persons_are_those_of_the_period_itself_and_never_added_up() -> None:
    answer = _joined([_WOMAN], _THRESHOLD, _TWELVE)

    assert answer["figures"][0]["value"] == 12
    assert answer["figures"][0]["beside"]["contacts"] == 7
    assert _numbers(answer)["persons_site", "hagalund"] == 12


@pytest.mark.parametrize("is_told", [True, False])
def test_persons_are_told_as_one_number_or_not_at_all(*, is_told: bool) -> None:
    answer = of_persons(_joined([_WOMAN], _THRESHOLD, _TWELVE), is_told=is_told)

    persons = {at: told for at, told in _numbers(answer).items() if at[0].startswith("persons_")}
    totals = {
        ("persons_site", TOTAL),
        ("persons_route_in", TOTAL),
        ("persons_gender_age", TOTAL, TOTAL),
    }
    assert {at for at, told in persons.items() if told is not None} == (
        totals if is_told else set()
    )
    assert answer["figures"][0]["value"] == (12 if is_told else None)
    assert answer["figures"][0]["status"] == ("ok" if is_told else "hidden")
    assert _numbers(answer)["contacts_site_activity", "hagalund", "open"] == 7
    assert not FiguresSchema().validate(answer)


def test_where_nobody_took_part_nobody_did_anywhere() -> None:
    answer = of_persons(_joined([_WOMAN], _THRESHOLD), is_told=True)

    persons = {at: told for at, told in _numbers(answer).items() if at[0].startswith("persons_")}
    assert set(persons.values()) == {0}


_APRIL, _AUGUST = _PERIOD, period_of("2026-01-01..2026-08-31")
_SUMMER = period_of("2026-05-01..2026-08-31")


def _may_be_told(persons: int, *months: int | None) -> bool:
    return may_be_told(_APRIL, persons, dict(zip(_MONTHS, months, strict=True)), _THRESHOLD)


@pytest.mark.parametrize(
    ("persons", "months"),
    [
        (0, (0, 0, 0, 0)),
        (30, (10, 12, 9, 11)),
        (42, (10, 12, 9, 11)),  # nobody came in two months
        (12, (0, 12, 0, 0)),  # everybody came in February
        (30, (10, None, None, 11)),
        (31, (10, None, 9, 11)),
    ],
)
def test_a_number_that_points_at_nobody_beside_the_months_is_told(
    persons: int, months: tuple[int | None, ...]
) -> None:
    assert _may_be_told(persons, *months)


@pytest.mark.parametrize(
    ("persons", "months"),
    [
        (4, (0, 0, 0, 0)),  # too few
        (0, (0, 0, 7, 0)),  # somebody was unlinked since
        (14, (10, 12, 9, 11)),  # two came in other months than February
        (39, (10, 12, 9, 11)),  # three, or one or two, came more than once
        (50, (10, 12, 9, 11)),  # eight were linked since
        (7, (0, None, 0, 0)),  # February's hidden number would be seven
        (33, (10, None, 9, 11)),  # February's would be three at least
    ],
)
def test_a_number_that_points_at_few_beside_the_months_is_not_told(
    persons: int, months: tuple[int | None, ...]
) -> None:
    assert not _may_be_told(persons, *months)


def test_halves_are_weighed_as_well_as_months() -> None:
    months: dict[Period, int | None] = dict.fromkeys(months_of(_AUGUST), 10)

    assert may_be_told(_AUGUST, 50, months, _THRESHOLD)
    assert may_be_told(_AUGUST, 50, {**months, _APRIL: 30, _SUMMER: 30}, _THRESHOLD)
    # Three came in both halves; two in the first half alone.
    assert not may_be_told(_AUGUST, 50, {**months, _APRIL: 23, _SUMMER: 30}, _THRESHOLD)
    assert not may_be_told(_AUGUST, 50, {**months, _SUMMER: 48}, _THRESHOLD)


_visits = st.lists(st.frozensets(st.integers(1, 8), min_size=1), max_size=60)


@settings(max_examples=300, deadline=None)
@given(_visits)
def test_no_pair_of_told_numbers_gives_a_small_number_of_persons(
    visits: list[frozenset[int]],
) -> None:
    """People come in some months of eight; each listed period is answered after those inside it."""
    came = {
        period: {
            number
            for number, months in enumerate(visits)
            if any(period.first.month <= month <= period.last.month for month in months)
        }
        for period in (*parts_of(_AUGUST), _AUGUST)
    }
    told: dict[Period, int | None] = {}
    for period, people in came.items():
        inside = {each: told[each] for each in parts_of(period)}
        fits = may_be_told(period, len(people), inside, _THRESHOLD)
        told[period] = len(people) if fits else None

    shown = [period for period, number in told.items() if number is not None]
    for one in shown:
        assert not 0 < len(came[one]) < _THRESHOLD
        for other in parts_of(one):
            if other in shown:
                assert len(came[one] - came[other]) not in range(1, _THRESHOLD)
    if {_APRIL, _SUMMER, _AUGUST} <= set(shown):
        assert len(came[_APRIL] & came[_SUMMER]) not in range(1, _THRESHOLD)
