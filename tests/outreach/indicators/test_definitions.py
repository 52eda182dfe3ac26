"""The definitions: each worked example comes to what it says."""

from __future__ import annotations

import re
from datetime import date

import pytest

from outreach.foundation.periods import Period
from outreach.indicators.amg import discharged_in, enrolled_in
from outreach.indicators.city_figures import Given, latest_year
from outreach.indicators.closings import outcomes_of
from outreach.indicators.counting import beside
from outreach.indicators.definitions import DEFINITIONS, SN3, SN4, VERSIONS, Definition, M
from outreach.indicators.definitions.from_kolada import Following
from outreach.indicators.definitions.kn1 import Adding
from outreach.indicators.definitions.kn2 import Offering
from outreach.indicators.definitions.m import Coming
from outreach.indicators.definitions.sn1 import Staying
from outreach.indicators.definitions.sn2 import Discharging
from outreach.indicators.definitions.sn3 import TakingPart
from outreach.indicators.definitions.sn4 import Leaving
from outreach.indicators.persons import people_of
from outreach.indicators.routes import ways_of
from outreach.indicators.shares import together


def _works(example: object) -> None:
    """Work an example with the product's own rules."""
    match example:
        case TakingPart():
            assert beside(example.rows) == example.beside
            assert len(people_of(example.meetings).persons) == example.persons
            assert len(example.meetings) == example.beside.identified_contacts
        case Staying():
            assert enrolled_in(example.stays, example.period) == example.enrolled
        case Discharging():
            assert discharged_in(example.stays, example.period) == example.discharged
        case Coming():
            ways = ways_of(example.arrivals, example.period)
            assert len(ways.from_the_committee) == example.persons
            assert ways.events == example.events
        case Adding():
            assert together(*example.shares) == example.together
            assert f"{example.together.percent}".replace(".", ",") in example.told
        case Offering():
            assert sum(example.offers) == example.together
            assert str(example.together) in example.told
        case Following():
            given = [
                Given("KN3", Period(date(year, 1, 1), date(year, 12, 31)), "Kolada", value=value)
                for year, value in example.values.items()
            ]
            latest = latest_year(given, example.period)
            assert latest is not None
            assert latest.period.last.year == example.year
            assert f"{latest.value} procent".replace(".", ",") in example.told
        case Leaving():
            found = outcomes_of(example.closings, example.period)
            assert (found.share, found.comparable) == (example.share, example.comparable)
        case _:
            raise AssertionError("an example that nobody works")


@pytest.mark.parametrize(
    "definition", VERSIONS.values(), ids=lambda each: f"{each.code}-{each.version}"
)
def test_the_worked_example_comes_to_what_the_definition_says(definition: Definition) -> None:
    _works(definition.example)


def test_the_example_of_sn4_is_told_as_it_is_worked() -> None:
    example = SN4.example
    assert isinstance(example, Leaving)
    found = outcomes_of(example.closings, example.period)
    people = {closing.key for closing in example.closings}
    numbers = set(re.findall(r"\d+,?\d*", example.told))

    assert {len(example.closings), len(people)} == {25, 24}
    assert list(found.parts.values()) == [5, 2, 3, 0, 4, 9]
    assert {"25", "24", "23", "43,5", "21,7"} <= numbers
    assert [str(share.percent) for share in (found.share, found.comparable)] == ["43.5", "21.7"]


def test_the_example_of_the_ways_is_told_as_it_is_worked() -> None:
    example = M.example
    assert isinstance(example, Coming)
    ways = ways_of(example.arrivals, example.period)

    assert list(ways.routes.values()) == [0, 1, 4, 4, 0, 0]
    assert list(ways.readings.values()) == [0, 1, 9]
    assert "9 personer och 11 händelser" in example.told


def test_a_version_stays_beside_the_next_and_answers_name_the_one_they_were_made_by() -> None:
    assert [(each.code, each.version) for each in DEFINITIONS] == [
        ("SN1", 1), ("SN2", 1), ("SN3", 2), ("SN4", 1),
        ("KN1", 1), ("KN2", 1), ("KN3", 1), ("KN4", 1), ("KN5", 1), ("M", 1),
    ]  # fmt: skip
    assert set(VERSIONS) == {(each.code, each.version) for each in DEFINITIONS} | {("SN3", 1)}
    before = VERSIONS["SN3", 1].example
    assert isinstance(before, TakingPart)
    assert before.persons == 0


def test_the_committees_own_wording_is_the_title() -> None:
    assert SN3.title == "Antalet personer som deltar i verksamheten Jobbfabriken för vuxna"
    assert SN4.title == (
        "Andelen deltagare i Jobbfabriken som gått vidare till arbete, praktik eller utbildning"
    )


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: str(each.code))
def test_every_part_of_a_definition_says_something(definition: Definition) -> None:
    parts = (
        definition.question,
        definition.unit,
        definition.population,
        definition.counted,
        definition.denominator,
        definition.example.told,
        *definition.rules,
    )

    assert all(part.strip() for part in parts)
    assert definition.version >= 1
