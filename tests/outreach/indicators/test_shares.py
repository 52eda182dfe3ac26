"""Shares: percents as they are printed, and several of them as one."""

from __future__ import annotations

import pytest

from outreach.indicators.shares import Share, together


@pytest.mark.parametrize(
    ("share", "percent"),
    [
        (Share(10, 23), "43.5"),
        (Share(5, 23), "21.7"),
        (Share(52, 123), "42.3"),
        (Share(1, 16), "6.3"),  # 6.25: half away from zero
        (Share(1, 8), "12.5"),
        (Share(0, 7), "0.0"),
        (Share(7, 7), "100.0"),
    ],
)
def test_a_percent_has_one_decimal_half_away_from_zero(share: Share, percent: str) -> None:
    assert str(share.percent) == percent


def test_of_nobody_there_is_no_percent() -> None:
    assert Share(0, 0).percent is None


@pytest.mark.parametrize("numbers", [(2, 1), (-1, 3)])
def test_nobody_is_in_the_part_and_not_in_the_whole(numbers: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="of a whole"):
        Share(*numbers)


def test_several_are_summed_and_their_percents_never_averaged() -> None:
    assert together(Share(30, 60), Share(12, 40), Share(10, 23)) == Share(52, 123)
    assert together() == Share(0, 0)
