"""The definitions: each worked example comes to what it says."""

from __future__ import annotations

import pytest

from outreach.indicators.definitions import DEFINITIONS, SN3, Definition, beside


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: str(each.code))
def test_the_worked_example_comes_to_what_the_definition_says(definition: Definition) -> None:
    assert beside(definition.example.rows) == definition.example.beside
    assert definition.example.persons == 0


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
