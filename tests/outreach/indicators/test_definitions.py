"""The definitions: each worked example comes to what it says."""

from __future__ import annotations

import pytest

from outreach.indicators.definitions import DEFINITIONS, SN3, VERSIONS, Definition, beside
from outreach.indicators.persons import people_of


@pytest.mark.parametrize("definition", VERSIONS.values(), ids=lambda each: str(each.version))
def test_the_worked_example_comes_to_what_the_definition_says(definition: Definition) -> None:
    example = definition.example

    assert beside(example.rows) == example.beside
    assert len(people_of(example.meetings).persons) == example.persons
    assert len(example.meetings) == example.beside.identified_contacts


def test_a_version_stays_beside_the_next_and_answers_name_the_one_they_were_made_by() -> None:
    assert [(each.code, each.version) for each in DEFINITIONS] == [("SN3", 2)]
    assert sorted(VERSIONS) == [("SN3", 1), ("SN3", 2)]
    assert VERSIONS["SN3", 1].example.persons == 0


def test_the_committees_own_wording_is_the_title() -> None:
    assert SN3.title == "Antalet personer som deltar i verksamheten Jobbfabriken för vuxna"


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
