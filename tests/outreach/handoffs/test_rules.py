"""The rules of a handoff: what may be said, when an answer is late, what the sender is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from outreach.consents.rules import BACK, CATEGORIES
from outreach.foundation.errors import Fault
from outreach.handoffs import rules
from outreach.handoffs.lifecycle import Told
from outreach.handoffs.rules import is_overdue, working_days
from outreach.shifts.public_holidays import is_off
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists
from tests.builders import uuid7

TODAY = date(2026, 3, 2)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@pytest.fixture
def lists(app: Flask) -> CodeLists:
    assert app
    return sites.code_lists()


def _pointers(faults: Iterable[Fault]) -> list[str]:
    return sorted(fault.pointer for fault in faults)


def _out(**said: Any) -> dict[str, Any]:
    return {
        "direction": "out", "team": "jobbteamet", "origin": None, "fields": [], "note_ids": [],
        "consent_id": None,
    } | said  # fmt: skip


def _in(**said: Any) -> dict[str, Any]:
    return _out(direction="in", team=None, origin="af") | said


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        # From a Monday: the day itself is none.
        (date(2026, 3, 2), date(2026, 3, 2), 0),
        (date(2026, 3, 2), date(2026, 3, 3), 1),
        (date(2026, 3, 2), date(2026, 3, 9), 5),
        # Over a weekend nothing is counted but the Monday.
        (date(2026, 3, 6), date(2026, 3, 8), 0),
        (date(2026, 3, 6), date(2026, 3, 9), 1),
        (date(2026, 3, 7), date(2026, 3, 9), 1),
        # Easter 2026: Good Friday is the 3rd of April, Easter Monday the 6th.
        (date(2026, 4, 1), date(2026, 4, 7), 2),
        # Christmas Eve, which is no public holiday by law, and the days after it.
        (date(2026, 12, 23), date(2026, 12, 28), 1),
        # Midsummer Eve.
        (date(2026, 6, 18), date(2026, 6, 22), 1),
        # Backwards, as clocks may be.
        (date(2026, 3, 9), date(2026, 3, 2), 0),
    ],
)
def test_a_team_answers_on_working_days(since: date, until: date, days: int) -> None:
    assert working_days(since, until, is_off=is_off) == days


@given(DAYS, st.integers(0, 60))
def test_each_further_day_is_one_more_or_nobodys(since: date, further: int) -> None:
    until = since + timedelta(days=further)
    until_next = until + timedelta(days=1)

    before = working_days(since, until, is_off=is_off)
    after = working_days(since, until_next, is_off=is_off)

    assert after - before == (0 if is_off(until_next) else 1)


@pytest.mark.parametrize(("today", "late"), [(date(2026, 3, 9), False), (date(2026, 3, 10), True)])
def test_an_answer_is_late_when_more_working_days_than_agreed_on_have_begun(
    today: date,
    late: bool,  # noqa: FBT001 - the answer expected
) -> None:
    assert is_overdue(date(2026, 3, 2), today, most=5, is_off=is_off) is late


@pytest.mark.parametrize(
    ("born", "asked", "met"),
    [
        (date(2008, 3, 3), {"min_age": 18}, False),
        (date(2008, 3, 2), {"min_age": 18}, True),
        (date(2008, 3, 1), {"min_age": 18}, True),
        (date(2001, 3, 2), {"max_age": 24}, False),
        (date(2001, 3, 3), {"max_age": 24}, True),
        (date(2001, 3, 3), {"min_age": 18, "max_age": 24}, True),
        # Whoever was born on a leap day has their birthday when that day would have been.
        (date(2008, 2, 29), {"min_age": 18}, True),
        (None, {"min_age": 18}, None),
    ],
)
def test_an_age_is_reached_on_the_birthday(
    born: date | None, asked: dict[str, int], met: object
) -> None:
    answers = rules.requirement_answers(asked, birth_date=born, today=TODAY)

    assert dict(answers) == {"age": met}


def test_whoever_turns_eighteen_tomorrow_by_a_leap_day_is_not_there_yet() -> None:
    answers = rules.requirement_answers(
        {"min_age": 18}, birth_date=date(2008, 2, 29), today=date(2026, 2, 28)
    )

    assert dict(answers) == {"age": False}


def test_what_nobody_writes_down_is_to_be_asked() -> None:
    asked = {
        "min_age": None, "max_age": None, "resident": True, "af_registered": False,
        "af_decision": True,
    }  # fmt: skip

    answers = rules.requirement_answers(asked, birth_date=date(1990, 1, 1), today=TODAY)

    assert list(answers) == [("resident", None), ("af_decision", None)]
    assert list(rules.requirement_answers({}, birth_date=None, today=TODAY)) == []


_ON: dict[Told, date | None] = {
    "acceptance": date(2026, 3, 2),
    "progress": date(2026, 3, 3),
    "outcome": date(2026, 3, 4),
}


@pytest.mark.parametrize("valid_to", [date(2026, 3, day) for day in range(1, 6)], ids=str)
@pytest.mark.parametrize("back", [(), *((each,) for each in BACK), BACK], ids=str)
def test_what_is_told_back_was_agreed_on_and_came_about_in_time(
    back: tuple[str, ...], valid_to: date
) -> None:
    told = rules.told_back(back, valid_to, on=_ON)

    assert told == {kind for kind, day in _ON.items() if kind in back and day and day <= valid_to}


def test_what_has_not_come_about_may_be_told_when_it_was_agreed_on() -> None:
    told = rules.told_back(["outcome"], date(2026, 3, 2), on={"outcome": None, "progress": None})

    assert told == {"outcome"}


def test_where_nobody_had_to_be_asked_everything_is_told() -> None:
    assert rules.told_back([], None, on=_ON) == set(BACK)


def test_fields_come_once_each_in_the_order_of_their_list() -> None:
    assert rules.in_order(["note", "phone", "name", "phone"]) == ["name", "phone", "note"]
    assert rules.in_order(list(reversed(CATEGORIES))) == list(CATEGORIES)


NEW: dict[str, tuple[dict[str, Any], list[str]]] = {
    "as it should be": (_out(), []),
    "with notes": (_out(fields=["name", "note"], note_ids=[uuid7()]), []),
    "to nobody": (_out(team=None), ["/team"]),
    "to a team that there is not": (_out(team="nobody"), ["/team"]),
    "out, and from somewhere": (_out(origin="af"), ["/origin"]),
    "notes that are not ticked": (_out(note_ids=[uuid7()]), ["/note_ids"]),
    "ticked without notes": (_out(fields=["note"]), ["/note_ids"]),
    "in as it should be": (_in(), []),
    "in from nowhere": (_in(origin=None), ["/origin"]),
    "in from where there is nothing": (_in(origin="moon"), ["/origin"]),
    "in with something that is sent": (
        _in(fields=["name"], consent_id=uuid7()), ["/consent_id", "/fields"],
    ),
    "everything at once": (
        _out(team="nobody", origin="moon", note_ids=[uuid7()]),
        # Two about the origin; whoever reads is told the first.
        ["/note_ids", "/origin", "/origin", "/team"],
    ),
    # What could not be read has its own fault; the rules say nothing more about it.
    "nothing that could be read": ({"direction": "out"}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", NEW)
def test_every_fault_of_a_new_handoff_is_told_at_once(lists: CodeLists, case: str) -> None:
    facts, wanted = NEW[case]

    assert _pointers(rules.new_faults(facts, lists=lists, today=TODAY)) == wanted


@pytest.mark.parametrize("field", CATEGORIES)
def test_of_the_protected_only_what_tells_neither_who_nor_where_is_sent(field: str) -> None:
    told = _pointers(rules.protected_faults(["language", field]))

    assert told == ([] if field in {"language", "occupation", "income"} else ["/fields"])


def test_of_the_protected_nothing_at_all_may_be_sent() -> None:
    assert list(rules.protected_faults([])) == []


@pytest.mark.parametrize("reason", rules.DECLINE_REASONS)
def test_only_the_osa_coordinator_declines_for_a_missing_decision(reason: str) -> None:
    check: Callable[[str | None], list[str]] = lambda team: _pointers(  # noqa: E731
        rules.decline_faults({"reason": reason}, team)
    )

    assert check("osa") == []
    assert check("jobbteamet") == (["/reason"] if reason == "lacks_af_decision" else [])
    assert check(None) == check("jobbteamet")


def test_no_reason_to_decline_says_who_somebody_is() -> None:
    assert len(set(rules.DECLINE_REASONS)) == len(rules.DECLINE_REASONS) == 11
    assert set(rules.BY_THE_RECEIVER).isdisjoint(rules.BY_THE_PERSON)
