"""What may be said of an enrolment, and what is missing; with no app and no database."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.enrolments import rules
from outreach.sites.codelists import Choice, CodeLists

_FILE = Path(__file__).parents[3] / "outreach/migrations/enrolment_codes.toml"
SHIPPED = tomllib.loads(_FILE.read_text("utf-8"))
LISTS = CodeLists(
    1,
    {
        name: [Choice(code, sv, en, date(2000, 1, 1)) for code, (sv, en) in codes.items()]
        for name, codes in SHIPPED.items()
    },
    [],
)
TODAY = date(2026, 11, 25)
OPENED = date(2026, 3, 2)

_results = st.sampled_from(sorted(rules.GROUPS))
_days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
_occupations = st.none() | st.fixed_dictionaries(
    {"code": st.sampled_from(sorted(SHIPPED["occupation"])), "extent": st.none() | st.just(50)}
)
_after = st.fixed_dictionaries(
    {},
    optional={
        "start_date": st.none() | _days,
        "extent": st.none() | st.integers(1, 100),
        "funded": st.none() | st.booleans(),
        "lasted_one_month": st.none() | st.sampled_from(rules.LASTED),
        "verified_by": st.none() | st.sampled_from(rules.VERIFIED_BY),
        "occupation_after": _occupations,
        "income_after": st.none() | st.just([]) | st.just(["wage"]),
    },
)


def _pointers(facts: dict[str, Any]) -> list[str]:
    return [fault.pointer for fault in rules.closing_faults(facts, OPENED, LISTS, TODAY)]


def _opening(**facts: Any) -> list[str]:
    said = {"route_in": "outreach"} | facts
    return [fault.pointer for fault in rules.opening_faults(said, LISTS, TODAY)]


def _imported(**facts: Any) -> list[str]:
    said = {"route_in": "outreach", "opened_on": OPENED} | facts
    return [fault.pointer for fault in rules.imported_faults(said, LISTS, TODAY)]


def test_every_closing_result_that_is_shipped_counts_as_something() -> None:
    assert list(rules.GROUPS) == list(SHIPPED["closing_result"])
    assert rules.group_of("studies_funded") == "education"
    assert rules.group_of("osa_employment") == "osa"
    assert rules.group_of("registered_in_error") == "excluded"


@given(_results, _after)
def test_what_belongs_to_the_result_is_taken_and_nothing_else(
    result: str, said: dict[str, Any]
) -> None:
    facts = {"closing_result": result, "closed_on": TODAY} | said

    told = set(_pointers(facts))

    asked = rules.facts_of(result)
    strays = {name for name in said if rules.says_something(said[name]) and name not in asked}
    assert told == {f"/{name}" for name in strays}
    assert _pointers(rules.without_strays(facts, result)) == []


@given(_days, _results)
def test_an_enrolment_ends_from_the_day_it_began_to_today(day: date, result: str) -> None:
    told = _pointers({"closing_result": result, "closed_on": day})

    assert (told == []) == (OPENED <= day <= TODAY)
    assert set(told) <= {"/closed_on"}


def test_a_job_may_begin_long_after_the_end_and_before_the_beginning() -> None:
    for start in (date(2020, 1, 1), TODAY + timedelta(days=300)):
        facts = {"closing_result": "work_supported", "closed_on": TODAY, "start_date": start}
        assert _pointers(facts) == []


@pytest.mark.parametrize(
    ("facts", "pointers"),
    [
        ({}, []),
        ({"opened_on": TODAY}, []),
        ({"opened_on": TODAY + timedelta(days=1)}, ["/opened_on"]),
        ({"route_in": "chance"}, ["/route_in"]),
        ({"origin": "sn_ekbist"}, []),
        ({"origin": "nobody"}, ["/origin"]),
        ({"occupation_before": {"code": "hourly", "extent": 40}}, []),
        ({"occupation_before": {"code": "king"}}, ["/occupation_before/code"]),
        ({"income_before": ["wage", "pension"]}, []),
        ({"income_before": ["wage", "loot"]}, ["/income_before/1"]),
        ({"income_before": ["wage", "wage"]}, ["/income_before/1"]),
        ({"income_before": ["wage", "none"]}, ["/income_before/1"]),
        ({"income_before": ["declined"]}, []),
        ({"origin": "x", "route_in": "y", "income_before": ["z"]},
         ["/route_in", "/origin", "/income_before/0"]),
    ],
)  # fmt: skip
def test_what_opens_an_enrolment_is_on_its_list(facts: dict[str, Any], pointers: list[str]) -> None:
    assert _opening(**facts) == pointers


@pytest.mark.parametrize(
    ("facts", "pointers"),
    [
        ({}, []),
        ({"closed_on": OPENED, "closing_result": "moved"}, []),
        ({"closed_on": OPENED - timedelta(days=1), "closing_result": "moved"}, ["/closed_on"]),
        ({"closed_on": TODAY + timedelta(days=1), "closing_result": "moved"}, ["/closed_on"]),
        ({"closed_on": TODAY}, ["/closing_result"]),
        ({"closing_result": "moved"}, ["/closing_result"]),
        ({"start_date": TODAY, "funded": False, "lasted_one_month": "pending"}, ["/start_date"]),
        ({"closed_on": TODAY, "closing_result": "moved", "verified_by": "own_word"}, []),
        ({"income_before": ["wage", "unknown"]}, []),
    ],
)
def test_an_enrolment_from_elsewhere_is_whole_and_in_order(
    facts: dict[str, Any], pointers: list[str]
) -> None:
    assert _imported(**facts) == pointers


_UNASKED: dict[str, Any] = {
    "closing_result": None,
    "occupation_before": None,
    "income_before": None,
    "occupation_after": None,
    "income_after": None,
}


def test_what_was_before_is_asked_from_the_second_meeting_on() -> None:
    asked = ("occupation_before", "income_before")

    assert [rules.missing(_UNASKED, meetings) for meetings in range(4)] == [(), (), asked, asked]
    assert rules.missing(_UNASKED | {"occupation_before": "none"}, 2) == ("income_before",)


def test_what_came_of_it_is_asked_when_it_has_ended_unless_nobody_is_there_to_ask() -> None:
    assert rules.missing(_UNASKED | {"closing_result": "moved"}, 0) == rules.AFTER
    assert rules.missing(_UNASKED | {"closing_result": "deceased"}, 9) == ()


def test_a_month_is_over_the_day_after_thirty_days() -> None:
    assert rules.last_start_over(TODAY + timedelta(days=31)) == TODAY


@given(_days, st.integers(1, 400))
def test_silence_lasts_so_many_days(last: date, days: int) -> None:
    assert rules.is_silent(last, last + timedelta(days=days), days)
    assert not rules.is_silent(last, last + timedelta(days=days - 1), days)


_checks = st.fixed_dictionaries(
    {
        "day": st.sampled_from(rules.CHECK_DAYS),
        "falls_on": st.dates(TODAY - timedelta(days=5), TODAY + timedelta(days=5)),
        "tried_on": st.lists(
            st.dates(TODAY - timedelta(days=4), TODAY), max_size=rules.MOST_TRIES, unique=True
        ).map(sorted),
        "answer": st.none() | st.sampled_from(rules.ANSWERED),
        "lasted_one_month": st.sampled_from(rules.LASTED),
    }
)


@given(_checks)
def test_what_is_offered_says_something_new_and_nothing_is_offered_that_cannot_be(
    check: dict[str, Any],
) -> None:
    offered = rules.offered(check, TODAY)
    state = rules.check_state(check, due_until=TODAY)

    assert not any(rules.says_nothing_new(check, answer, TODAY) for answer in offered)
    if state in {"answered", "resting"}:
        assert offered == ()
    elif state == "due":
        assert set(rules.ANSWERED) <= set(offered)
    assert rules.can_be_undone(check, TODAY) or TODAY not in check["tried_on"]


@given(_results, _days, st.none() | _days)
def test_a_check_is_counted_from_when_work_began_where_that_is_said(
    result: str, closed_on: date, start_date: date | None
) -> None:
    said = {"closing_result": result, "closed_on": closed_on, "start_date": start_date}

    found = rules.checks_of(said)

    began_on = start_date or closed_on
    asked = {30: began_on + timedelta(days=30), 90: began_on + timedelta(days=90)}
    assert found == (asked if rules.group_of(result) == "work" else {})


def test_nothing_is_asked_of_an_enrolment_that_goes_on() -> None:
    assert rules.checks_of({"closing_result": None, "closed_on": None, "start_date": None}) == {}


@pytest.mark.parametrize(
    ("day", "lasted", "said"),
    [
        (30, "yes", "yes"), (30, "no", "no"), (30, "pending", None), (30, None, None),
        (90, "yes", None),
    ],
)  # fmt: skip
def test_what_is_said_of_the_first_month_answers_its_own_check_alone(
    day: int, lasted: str | None, said: str | None
) -> None:
    assert rules.of_the_month({"lasted_one_month": lasted}, day) == said
