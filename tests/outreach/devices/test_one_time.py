"""The one-time code of a tablet."""

from __future__ import annotations

import pytest

from outreach.devices import one_time


def test_a_code_has_eight_signs_of_which_none_is_taken_for_another() -> None:
    codes = {one_time.new_code() for _ in range(500)}

    assert len(codes) == 500
    assert {len(code) for code in codes} == {8}
    assert not set("".join(codes)) & set("01IO")


def test_a_code_is_shown_in_two_groups() -> None:
    assert one_time.shown("ABCDEFGH") == "ABCD-EFGH"


@pytest.mark.parametrize(
    "typed", ["ABCD-EFGH", "abcdefgh", " abcd efgh ", "abcd–efgh", "a b c d-e f g h", "ABCDEFGH\n"]
)
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert one_time.as_typed(typed) == "ABCDEFGH"
