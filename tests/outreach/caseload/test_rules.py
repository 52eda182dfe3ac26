"""What a search is taken for, what comes first, and who has looked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.caseload import rules

_TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("Elsa Nyström", "name"),
        ("Anna-Karin af Ugglas", "name"),
        ("Åke 3", "name"),
        ("محمد", "name"),
        ("jv-2026-0412-7", "case_number"),
        ("JV 2026 0412 7", "case_number"),
        ("2026-0412-7", "case_number"),
        ("202604127", "case_number"),
        ("19900101-9802", "number"),
        ("199001019802", "number"),
        ("900101-9802", "number"),
        ("900101+9802", "number"),
        ("19900101 9802", "number"),
        ("19900101–9802", "number"),
        ("19900101-T123", "number"),
        ("Jvala", "name"),
    ],
)
def test_what_is_typed_is_taken_for_what_it_looks_like(typed: str, what: str) -> None:
    assert rules.sought(typed) == {what: typed}


@given(st.text())
def test_whatever_is_typed_is_taken_for_one_thing(typed: str) -> None:
    (taken,) = rules.sought(typed).items()

    assert taken[0] in {"name", "number", "case_number"}
    assert taken[1] == typed


def test_an_overdue_step_comes_before_a_silence_and_a_silence_before_all_others() -> None:
    long_ago, lately = _TODAY - timedelta(days=200), _TODAY - timedelta(days=2)
    overdue = rules.urgency(lately, lately, silent=False, today=_TODAY)
    more_overdue = rules.urgency(lately - timedelta(days=1), lately, silent=True, today=_TODAY)
    silent = rules.urgency(None, long_ago, silent=True, today=_TODAY)
    due_today = rules.urgency(_TODAY, lately, silent=False, today=_TODAY)
    calm = rules.urgency(None, lately, silent=False, today=_TODAY)

    assert sorted([calm, silent, overdue, more_overdue, due_today]) == [
        more_overdue, overdue, silent, calm, due_today,
    ]  # fmt: skip
    assert calm == due_today


def test_whoever_looked_is_told_once_a_day_with_all_that_they_did() -> None:
    entries = [
        {"at": 4, "actor_id": "anna", "action": "change", "reason": None},
        {"at": 3, "actor_id": "eva", "action": "read", "reason": None},
        {"at": 2, "actor_id": "anna", "action": "read", "reason": None},
        {"at": 2, "actor_id": "anna", "action": "read", "reason": None},
        {"at": 1, "actor_id": "anna", "action": "open", "reason": "calling"},
    ]
    yesterday = _TODAY - timedelta(days=1)

    found = rules.looked(entries, {4: _TODAY, 3: _TODAY, 2: _TODAY, 1: yesterday})

    assert found == [
        {"actor_id": "anna", "day": _TODAY, "acts": [("change", None), ("read", None)]},
        {"actor_id": "eva", "day": _TODAY, "acts": [("read", None)]},
        {"actor_id": "anna", "day": yesterday, "acts": [("open", "calling")]},
    ]
