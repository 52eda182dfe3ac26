"""How long is waited between two tries."""

from __future__ import annotations

from datetime import timedelta

from outreach.outgoing.rules import again_after


def test_the_pauses_grow_to_half_an_hour_and_no_longer() -> None:
    minutes = [again_after(tries) // timedelta(minutes=1) for tries in range(1, 9)]

    assert minutes == [1, 2, 4, 8, 16, 30, 30, 30]
    assert again_after(10_000) == timedelta(minutes=30)
