"""Persons: everybody once, whoever they are joined with, as their last contact tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.indicators.counting import PARTICIPATION, CountRow, Meeting
from outreach.indicators.persons import NOBODY, people_of, who_is_who

_SAID = CountRow(
    "2026-01", "hagalund", "open", "drop_in", "30-44", "woman", "no", "identified", 1, 1
)
_BEGAN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


def _met(person: int, day: int = 0, **said: Any) -> Meeting:
    at = _BEGAN + timedelta(days=day)
    return Meeting(UUID(int=person), at, UUID(int=1000 * person + day), replace(_SAID, **said))


def _joined(*pairs: tuple[int, int]) -> list[tuple[UUID, UUID]]:
    return [(UUID(int=one), UUID(int=other)) for one, other in pairs]


def test_somebody_who_comes_often_is_one_person() -> None:
    people = people_of([_met(1, 0), _met(1, 1), _met(2)])

    assert len(people.persons) == 2
    assert sorted(map(len, people.contacts)) == [1, 2]


@pytest.mark.parametrize("kind", ["phone", "booked", "digital", "group", "outreach", "drop_in"])
def test_a_person_took_part_or_is_none(kind: str) -> None:
    assert bool(people_of([_met(1, contact_type=kind)]).persons) is (kind in PARTICIPATION)


def test_nobody_is_nobody() -> None:
    assert people_of([]) == NOBODY


def test_gender_and_age_are_the_last_contacts_and_places_are_those_where_they_took_part() -> None:
    (person,) = people_of(
        [
            _met(1, 3, contact_type="phone", gender="man", age_band="45-54", site="remote"),
            _met(1, 1, site="bagartorp"),
            _met(1, 2, gender="other"),
        ]
    ).persons

    assert (person.gender, person.age_band) == ("man", "45-54")
    assert person.site == {"bagartorp", "hagalund"}


def test_whoever_is_joined_is_one_person_along_the_whole_chain() -> None:
    meetings = [_met(1), _met(2, site="bagartorp"), _met(3, 9, gender="man"), _met(4)]

    people = people_of(meetings, _joined((1, 2), (3, 2)))

    assert len(people.persons) == 2
    (chain,) = (each for each in people.persons if each.gender == "man")
    assert chain.site == {"hagalund", "bagartorp"}


def test_whoever_is_joined_with_a_protected_one_is_as_protected() -> None:
    people = people_of([_met(1), _met(2)], _joined((1, 3)), protected={UUID(int=3)})

    assert sorted(each.identity for each in people.persons) == ["identified", "protected"]


def _reached(one: int, pairs: Sequence[tuple[int, int]]) -> set[int]:
    """Return all whom one can get to along joins, one step after the other."""
    reached = {one}
    while True:
        more = {end for pair in pairs for end in pair if reached.intersection(pair)}
        if more <= reached:
            return reached
        reached |= more


_pairs = st.lists(
    st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda each: each[0] != each[1]),
    max_size=14,
)


@given(_pairs)
def test_two_share_a_key_exactly_when_a_chain_of_joins_holds_them_together(
    pairs: list[tuple[int, int]],
) -> None:
    same = who_is_who(_joined(*pairs))

    for one in {end for pair in pairs for end in pair}:
        mates = {other.int for other, key in same.items() if key == same[UUID(int=one)]}
        assert mates == _reached(one, pairs)


@given(_pairs, st.randoms())
def test_neither_order_nor_direction_of_joins_and_contacts_matters(
    pairs: list[tuple[int, int]], random: object
) -> None:
    meetings = [_met(person, person % 5, gender="man") for person in range(1, 13)]
    turned = [(other, one) for one, other in pairs]
    random.shuffle(turned)  # type: ignore[attr-defined]

    assert who_is_who(_joined(*turned)) == who_is_who(_joined(*pairs))
    assert set(people_of(meetings[::-1], _joined(*turned)).persons) == set(
        people_of(meetings, _joined(*pairs)).persons
    )
