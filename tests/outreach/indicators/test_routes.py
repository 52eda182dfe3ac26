"""Routes: people once, by the strongest way; an event for each time the committee showed one."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation.periods import Period
from outreach.indicators.routes import OWN_WAYS, ROUTES, Arrival, Ways, ways_of

_SPRING = Period(date(2026, 1, 1), date(2026, 4, 30))


def _enrolled(
    person: int, route: str, on: str = "2026-02-10", origin: str | None = "sn_ekbist"
) -> Arrival:
    return Arrival(UUID(int=person), date.fromisoformat(on), route, origin, is_enrolment=True)


def _handed_to_us(
    person: int, on: str = "2026-02-10", origin: str | None = "sn_amg", *, started: bool = False
) -> Arrival:
    day = date.fromisoformat(on)
    return Arrival(
        UUID(int=person), day, "handed_off", origin, is_enrolment=False, has_started=started
    )


def _of(*arrivals: Arrival, joins: tuple[tuple[int, int], ...] = ()) -> Ways:
    return ways_of(arrivals, _SPRING, [(UUID(int=one), UUID(int=other)) for one, other in joins])


def test_everybody_is_told_once_on_the_strongest_way() -> None:
    found = _of(
        _enrolled(1, "signposted"),
        _enrolled(1, "referred", "2026-03-01"),
        _handed_to_us(1, "2026-04-01"),
    )

    assert found.routes["referred"] == 1
    assert sum(found.routes.values()) == 1
    assert found.events == 3


@pytest.mark.parametrize(("days", "events"), [(-1, 2), (0, 1), (30, 1), (31, 2)])
def test_a_handoff_that_an_enrolment_follows_within_thirty_days_is_one_event(
    days: int, events: int
) -> None:
    opened = (date(2026, 2, 10) + timedelta(days=days)).isoformat()

    found = _of(_handed_to_us(1), _enrolled(1, "assigned", opened))

    assert found.events == events
    assert found.routes["assigned"] == 1


def test_what_follows_after_the_period_is_another_event_that_is_not_in_it() -> None:
    found = _of(_handed_to_us(1, "2026-04-20"), _enrolled(1, "assigned", "2026-05-02"))

    assert (found.events, found.routes["handed_off"]) == (1, 1)


def test_a_handoff_counts_whatever_came_of_it_and_whether_it_began_is_told_apart() -> None:
    found = _of(_handed_to_us(1), _handed_to_us(2, started=True), _enrolled(3, "signposted"))

    assert len(found.from_the_committee) == 3
    assert found.started == {UUID(int=2), UUID(int=3)}


def test_other_committees_and_houses_are_not_this_committee() -> None:
    found = _of(
        _enrolled(1, "referred", origin="kn_unga"),
        _enrolled(2, "assigned", origin=None),
        _handed_to_us(3, origin="af"),
    )

    assert (found.from_the_committee, found.events) == ({}, 0)


def test_whoever_comes_by_themselves_or_is_met_outside_is_told_beside() -> None:
    found = _of(
        _enrolled(1, "own_initiative", origin=None),
        _enrolled(2, "outreach", origin="sn_ekbist"),
        _enrolled(3, "unknown"),
        _enrolled(3, "referred"),
        _enrolled(1, "signposted"),
    )

    assert found.routes == {
        "referred": 1, "assigned": 0, "handed_off": 0, "signposted": 1,
        "own_initiative": 1, "outreach": 1,
    }  # fmt: skip
    assert found.readings == {"remiss": 1, "remiss_or_assigned": 1, "all_sn": 2}


def test_whoever_is_joined_is_one_person() -> None:
    found = _of(_enrolled(1, "signposted"), _enrolled(2, "assigned"), joins=((2, 1),))

    assert found.routes["assigned"] == 1
    assert len(found.from_the_committee) == 1


_ANY_ARRIVAL = st.builds(
    Arrival,
    key=st.integers(1, 5).map(lambda number: UUID(int=number)),
    on=st.dates(date(2025, 12, 1), date(2026, 5, 31)),
    route=st.sampled_from((*ROUTES, *OWN_WAYS, "unknown")),
    origin=st.sampled_from(("sn_amg", "sn_other", "af", None)),
    is_enrolment=st.booleans(),
    has_started=st.booleans(),
)


@given(st.lists(_ANY_ARRIVAL, max_size=12))
def test_each_reading_holds_the_one_before_and_nobody_comes_without_an_event(
    arrivals: list[Arrival],
) -> None:
    found = _of(*arrivals)
    remiss, assigned, everybody = found.readings.values()

    assert remiss <= assigned <= everybody == len(found.from_the_committee) <= found.events
    assert found.started <= found.from_the_committee.keys()
