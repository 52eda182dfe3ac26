"""Which plattkod may be chosen."""

from __future__ import annotations

import pytest

from outreach.devices.rules import plattkod_faults


def _is_taken(code: str) -> bool:
    return not list(plattkod_faults({"code": code}))


@pytest.mark.parametrize("code", ["135790", "112233", "482915", "123457", "000001", "482915730164"])
def test_six_to_twelve_digits_in_no_order_are_taken(code: str) -> None:
    assert _is_taken(code)


@pytest.mark.parametrize(
    "code", ["", "48291", "4829157301648", "48291a", "482 915", "٤٨٢٩١٥", "-48291", "482915\n"]
)
def test_anything_but_six_to_twelve_digits_is_refused(code: str) -> None:
    assert not _is_taken(code)


@pytest.mark.parametrize(
    "code",
    ["000000", "777777777777", "123456", "987654", "890123", "210987", "012345", "234567890"],
)
def test_what_everybody_tries_first_is_refused(code: str) -> None:
    assert not _is_taken(code)


def test_no_code_at_all_is_left_to_the_schema() -> None:
    assert list(plattkod_faults({})) == []
