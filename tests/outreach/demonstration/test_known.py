"""Who of the invented people wants to be known: nobody who could be somebody."""

from __future__ import annotations

from datetime import date

from outreach.demonstration.known import KNOWN
from outreach.participants.numbers import read_number


def test_every_number_is_a_right_one_that_nobody_has() -> None:
    for person in KNOWN:
        number = read_number(person.number, today=date(2026, 1, 1))
        assert number.birth_date.strftime("%Y%m%d") == person.born
        assert 980 <= int(person.number[8:11]) <= 999


def test_one_person_is_known_three_times_once_in_another_committee() -> None:
    twice = [person for person in KNOWN if person.family_name == "Nyberg"]

    assert len({person.number for person in twice}) == 1
    assert len({person.id for person in twice}) == len(twice) == 3
