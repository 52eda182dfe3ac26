"""What people type or paste."""

from __future__ import annotations

import pytest

from outreach.foundation.typed import DASHES, is_invisible, unspaced, visible


def test_spaces_go_and_every_dash_is_the_plain_one() -> None:
    assert unspaced(" a\t–\u00a0b\r\n") == "a-b"
    assert unspaced(DASHES) == "-" * len(DASHES)


@pytest.mark.parametrize("sign", ["\x00", "\u200b", "\u202d", "\ufeff", "\u00ad", "\ud800"])
def test_a_sign_that_nobody_sees_is_invisible(sign: str) -> None:
    assert is_invisible(sign)
    assert visible(f"a{sign}b") == "ab"


@pytest.mark.parametrize("sign", ["a", "å", "٣", "-", " ", "🙂", "\u0301"])
def test_other_signs_are_seen(sign: str) -> None:
    assert not is_invisible(sign)
    assert visible(sign) == sign


def test_spaces_and_line_breaks_stay_in_what_is_visible() -> None:
    assert visible("a\tb\nc\u200b d") == "a\tb\nc d"
