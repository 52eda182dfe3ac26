"""The rules of the directory: what is old, what can be dialled, which requirements make sense."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from outreach.directory import rules

TODAY = date(2026, 9, 1)


@pytest.mark.parametrize(("days", "stale"), [(0, False), (180, False), (181, True)])
def test_an_entry_is_stale_when_its_check_is_more_than_180_days_old(
    days: int,
    stale: bool,  # noqa: FBT001 - the answer expected
) -> None:
    assert rules.is_stale(TODAY - timedelta(days=days), TODAY) is stale


def test_an_entry_that_nobody_has_checked_is_stale() -> None:
    assert rules.is_stale(None, TODAY)


@pytest.mark.parametrize("phone", ["08-465 004 00", "+46 8 465 004 00", "112 12"])
def test_a_number_that_can_be_dialled_is_taken(phone: str) -> None:
    assert not list(rules.reach_faults({"phone": phone}))


@pytest.mark.parametrize("phone", ["växeln", "08/465", "1", "08-465 004 00 ankn 7"])
def test_what_cannot_be_dialled_is_told_at_the_phone(phone: str) -> None:
    assert [fault.pointer for fault in rules.reach_faults({"phone": phone})] == ["/phone"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "solna.se", "https://", "data:text/html,x", "http://[", "//a.se"]
)
def test_only_an_address_on_the_web_is_a_link(url: str) -> None:
    assert [fault.pointer for fault in rules.reach_faults({"url": url})] == ["/url"]


def test_an_address_on_the_web_is_taken() -> None:
    assert not list(rules.reach_faults({"url": "https://www.solna.se/arbete"}))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, []),
        ({"min_age": 16, "max_age": 29}, ["16–29 år"]),
        ({"min_age": 18}, ["Minst 18 år"]),
        ({"max_age": 19, "resident": True}, ["Högst 19 år", "Bor i Solna"]),
        ({"min_age": 0}, ["Minst 0 år"]),
        (
            {"af_registered": True, "af_decision": True},
            ["Inskriven på Arbetsförmedlingen", "Har ett beslut från Arbetsförmedlingen"],
        ),
    ],
)
def test_requirements_are_told_in_words(asked: dict[str, Any], words: list[str]) -> None:
    assert [text % values for text, values in rules.requirement_words(asked)] == words


def test_a_last_day_before_the_first_is_told() -> None:
    faults = rules.day_faults({"valid_from": TODAY, "valid_to": TODAY - timedelta(days=1)})

    assert [fault.pointer for fault in faults] == ["/valid_to"]
