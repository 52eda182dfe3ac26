"""What may be agreed, and whether it holds on a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.consents import rules
from outreach.sites.codelists import Choice, CodeLists

TODAY = date(2026, 2, 10)
_BEGIN = date(2025, 1, 1)
LISTS = CodeLists(
    1,
    {
        "target": [
            Choice("jobbteamet", "", "", _BEGIN),
            Choice("gone", "", "", _BEGIN, date(2026, 2, 9)),
            Choice("coming", "", "", date(2026, 3, 1)),
        ]
    },
    [],
)
_days = st.dates(date(2024, 1, 1), date(2029, 1, 1))


def _facts(**said: Any) -> dict[str, Any]:
    return {
        "from_committee": "KN",
        "to_team": "jobbteamet",
        "categories": ["name"],
        "back": [],
        "purpose": "Boka ett möte.",
        "valid_from": TODAY,
        "valid_to": date(2026, 5, 1),
        "form": "oral",
        "text_version": "1",
        "language": "sv",
    } | said


def _pointers(**said: Any) -> list[str]:
    found = rules.consent_faults(_facts(**said), committee="KN", lists=LISTS, today=TODAY)
    return [fault.pointer for fault in found]


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({}, []),
        ({"from_committee": "SN"}, ["/from_committee"]),
        ({"purpose": " \n "}, ["/purpose"]),
        ({"to_team": "unheard_of"}, ["/to_team"]),
        ({"to_team": "gone"}, ["/to_team"]),
        ({"to_team": "gone", "valid_from": date(2026, 2, 9)}, ["/to_team"]),
        ({"to_team": "coming"}, ["/to_team"]),
        ({"to_team": "coming", "valid_from": date(2026, 3, 1)}, []),
        ({"valid_from": date(2026, 1, 27)}, []),
        ({"valid_from": date(2026, 1, 26)}, ["/valid_from"]),
        ({"valid_from": date(2027, 2, 10), "valid_to": date(2027, 2, 10)}, []),
        ({"valid_from": date(2027, 2, 11), "valid_to": date(2027, 3, 1)}, ["/valid_from"]),
        ({"valid_to": TODAY}, []),
        ({"valid_to": date(2026, 2, 9)}, ["/valid_to"]),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 2, 9)}, ["/valid_to"]),
        ({"valid_to": date(2027, 2, 10)}, []),
        ({"valid_to": date(2027, 2, 11)}, ["/valid_to"]),
        ({"text_version": "0"}, ["/text_version"]),
        ({"language": "xx"}, ["/language"]),
        ({"language": "sv-easy"}, []),
        (
            {"from_committee": "SN", "purpose": "", "valid_to": _BEGIN, "text_version": "9"},
            ["/from_committee", "/purpose", "/valid_to", "/text_version"],
        ),
    ],
)
def test_every_fault_is_told(said: dict[str, Any], pointers: list[str]) -> None:
    assert _pointers(**said) == pointers


def test_whoever_is_of_no_committee_asks_for_none() -> None:
    found = rules.consent_faults(_facts(), committee=None, lists=LISTS, today=TODAY)

    assert [fault.pointer for fault in found] == ["/from_committee"]


@given(st.sets(st.sampled_from(sorted(_facts())), max_size=10))
def test_the_rules_expect_anything_to_be_missing(missing: set[str]) -> None:
    facts = {name: value for name, value in _facts().items() if name not in missing}

    found = rules.consent_faults(facts, committee="KN", lists=LISTS, today=TODAY)

    assert list(found) == []


def test_what_was_said_twice_or_in_another_order_is_one_thing() -> None:
    said = rules.settled(
        _facts(
            categories=["phone", "name", "phone"],
            back=["outcome", "acceptance"],
            purpose=" Boka\n ett  möte. ",
        )
    )

    assert said["categories"] == ["name", "phone"]
    assert said["back"] == ["acceptance", "outcome"]
    assert said["purpose"] == "Boka ett möte."


@given(_days, _days, _days)
def test_a_consent_is_in_one_state_each_day_and_never_comes_back(
    first: date, last: date, today: date
) -> None:
    first, last = sorted((first, last))

    def on(day: date, *, withdrawn: bool = False) -> str:
        return rules.state(valid_from=first, valid_to=last, withdrawn=withdrawn, today=day)

    order = ("coming", "valid", "expired")
    assert order.index(on(today)) <= order.index(on(today + timedelta(days=1)))
    assert (on(today) == "valid") == (first <= today <= last)
    assert on(today, withdrawn=True) == "withdrawn"


@given(_days)
def test_twelve_months_later_is_the_same_day_or_the_last_of_february(day: date) -> None:
    later = rules.year_after(day)

    assert (later.year, later.month) == (day.year + 1, day.month)
    assert later.day == day.day or (day.month, day.day, later.day) == (2, 29, 28)
