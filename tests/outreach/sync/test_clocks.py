"""When something was captured, whatever the tablet's clock says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from outreach.sync.clocks import AHEAD, OLDEST, captured

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_moments = st.datetimes(timezones=st.just(UTC))


def test_a_time_that_can_be_is_as_the_tablet_said() -> None:
    at = NOW - timedelta(hours=3)

    found = captured(at, client_now=NOW, server_now=NOW)

    assert (found.at, found.moved, found.clock_wrong) == (at, timedelta(), False)


def test_weeks_without_a_network_are_no_wrong_clock() -> None:
    at = NOW - timedelta(days=41)

    assert captured(at, client_now=NOW, server_now=NOW).at == at


def test_c1_a_tablet_in_2001_tells_how_long_ago_it_was() -> None:
    then = datetime(2001, 1, 1, 0, 40, tzinfo=UTC)

    found = captured(then - timedelta(minutes=30), client_now=then, server_now=NOW)

    assert found.at == NOW - timedelta(minutes=30)
    assert found.clock_wrong


def test_c1_a_tablet_in_2035_tells_how_long_ago_it_was() -> None:
    then = datetime(2035, 6, 1, 0, 40, tzinfo=UTC)

    found = captured(then - timedelta(minutes=30), client_now=then, server_now=NOW)

    assert found.at == NOW - timedelta(minutes=30)
    assert found.clock_wrong


def test_c2_a_clock_that_jumped_back_meanwhile_leaves_the_time_of_receipt() -> None:
    in_2035 = datetime(2035, 6, 1, tzinfo=UTC)

    found = captured(in_2035, client_now=NOW, server_now=NOW)

    assert (found.at, found.clock_wrong, found.skew_seconds) == (NOW, True, 0)


def test_a_clock_that_is_wrong_by_hours_is_marked_though_the_time_can_be() -> None:
    slow = NOW - timedelta(hours=3)

    found = captured(slow, client_now=slow, server_now=NOW)

    assert found.at == slow
    assert found.clock_wrong
    assert found.skew_seconds == 3 * 3600


@given(at=_moments, client_now=_moments)
def test_what_comes_of_any_clock_can_be_and_is_moved_by_what_it_says(
    at: datetime, client_now: datetime
) -> None:
    found = captured(at, client_now=client_now, server_now=NOW)

    assert NOW - OLDEST <= found.at <= NOW + AHEAD
    assert found.at - found.moved == at
    assert found.clock_wrong or not found.moved
    assert abs(found.skew_seconds) < 2**31
