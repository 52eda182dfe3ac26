"""How names are found, compared and shown."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.participants import names
from outreach.participants.names import (
    display,
    folded,
    matches,
    name_key,
    name_tokens,
    query_readings,
)

BORN = date(1990, 1, 1)


@pytest.mark.parametrize(
    ("given_name", "family_name", "tokens"),
    [
        ("Anna", "Svensson", {"anna", "svensson"}),
        ("Anna-Karin", "Öberg", {"anna", "karin", "annakarin", "oberg"}),
        ("Åsa", "Ärlig", {"asa", "arlig"}),
        ("A\u030asa", "O\u0308st", {"asa", "ost"}),
        ("ANDRÉ", None, {"andre"}),
        ("Omar", "Al-Hassan", {"omar", "al", "hassan", "alhassan"}),
        ("Sean", "O'Brien", {"sean", "brien", "obrien"}),
        ("Sean", "O’Brien", {"sean", "brien", "obrien"}),
        ("Sean", "Oʼbrien", {"sean", "brien", "obrien"}),
        ("Jürgen", "Groß", {"jurgen", "gross"}),
        ("Søren", "Kjær", {"soren", "kjaer"}),
        ("Łukasz", "Đorđević", {"lukasz", "dordevic"}),
        ("Ngọc", "Nguyễn", {"ngoc", "nguyen"}),
        ("İbrahim", "Işık", {"ibrahim", "isik"}),
        ("Ｊｏｈｎ", "\u00a0Smith\t", {"john", "smith"}),
        ("So\u00adfia", "\u200eLind", {"sofia", "lind"}),
        ("X", None, {"x"}),
        ("X", "Y", {"x", "y"}),
        ("Anna K", "Lind", {"anna", "annak", "lind"}),
        ("明", "王", {"明", "王"}),
        ("🙂", None, {"🙂"}),
        ("Ali 2", "", {"ali", "ali2"}),
        ("", "", set()),
        (" \t", None, set()),
    ],
)
def test_a_name_is_found_by_its_folded_words(
    given_name: str, family_name: str | None, tokens: set[str]
) -> None:
    assert name_tokens(given_name, family_name) == tokens


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("محمد", {"محمد"}),
        ("مُحَمَّد", {"مُحَمَّد"}),
        ("أحمد", {"أحمد"}),
        ("ሃይለ", {"ሃይለ"}),
        ("สมชาย", {"สมชาย"}),
        ("ปิยะ", {"ปิยะ"}),
        ("प्रिया", {"प्रिया"}),
        ("Андрей", {"андрей"}),
        ("Γιώργος", {"γιώργοσ"}),
    ],
)
def test_other_scripts_keep_every_sign(name: str, tokens: set[str]) -> None:
    assert name_tokens(name) == tokens


@pytest.mark.parametrize(
    ("typed", "given_name", "family_name"),
    [
        ("asa", "Åsa", "Berg"),
        ("Åsa", "Asa", "Berg"),
        ("berg åsa", "Åsa", "Berg"),
        ("ANNA", "Anna-Karin", "Berg"),
        ("annakarin", "Anna-Karin", "Berg"),
        ("annakarin", "Anna Karin", "Berg"),
        ("Anna-Karin", "Annakarin", "Berg"),
        ("anna karin", "Annakarin", "Berg"),
        ("karin anna", "Anna-Karin", "Berg"),
        ("anna karin al hassan", "Annakarin", "Alhassan"),
        ("alhassan", "Omar", "Al-Hassan"),
        ("hassan", "Omar", "Al-Hassan"),
        ("al", "Omar", "Al-Hassan"),
        ("al hassan omar", "Omar", "Alhassan"),
        ("de la cruz", "Maria", "DelaCruz"),
        ("obrien", "Sean", "O'Brien"),
        ("O Brien", "Sean", "O’Brien"),
        ("anna k", "Anna", "Berg"),
        ("x", "X", None),
        ("محمد", "محمد", None),
    ],
)
def test_a_search_finds(typed: str, given_name: str, family_name: str | None) -> None:
    assert matches(query_readings(typed), name_tokens(given_name, family_name))


@pytest.mark.parametrize(
    ("typed", "given_name", "family_name"),
    [
        ("", "Åsa", "Berg"),
        ("  ", "Åsa", "Berg"),
        ("as", "Åsa", "Berg"),
        ("asa lind", "Åsa", "Berg"),
        ("bergasa", "Åsa", "Berg"),
        ("karinanna", "Anna-Karin", "Berg"),
        ("a", "Anna", "Berg"),
    ],
)
def test_a_search_does_not_find(typed: str, given_name: str, family_name: str | None) -> None:
    assert not matches(query_readings(typed), name_tokens(given_name, family_name))


def test_the_first_reading_is_what_was_typed() -> None:
    assert list(query_readings("Al Hassan")) == [{"al", "hassan"}, {"alhassan"}]


def test_the_same_name_and_birth_date_have_one_key() -> None:
    keys = {
        name_key("Anna-Karin", "Öberg", BORN),
        name_key("öberg", "anna karin", BORN),
        name_key("Karin Oberg", "Anna", BORN),
        name_key("Anna Karin Öberg", None, BORN),
    }

    assert keys == {"anna karin oberg 1990-01-01"}


def test_another_name_or_birth_date_has_another_key() -> None:
    keys = [
        name_key("Anna", "Berg", BORN),
        name_key("Anna", "Berg", date(1990, 1, 2)),
        name_key("Anna", "Bergh", BORN),
        name_key("Anna Anna", "Berg", BORN),
        name_key("An", "Naberg", BORN),
    ]

    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("given_name", "family_name", "shown"),
    [
        (" Anna-Karin ", "  Öberg", "Anna-Karin Öberg"),
        ("Anna\tMaria", None, "Anna Maria"),
        ("Ali", "", "Ali"),
    ],
)
def test_a_name_is_shown_as_written_without_loose_spaces(
    given_name: str, family_name: str | None, shown: str
) -> None:
    assert display(given_name, family_name) == shown


_names = st.text(max_size=150) | st.text("Aa Ååäöéø-'’ نم", max_size=30)


@given(_names, _names)
def test_every_name_has_bounded_words_without_spaces(given_name: str, family_name: str) -> None:
    tokens = name_tokens(given_name, family_name)

    assert len(tokens) <= 52
    assert all(token and not any(sign.isspace() for sign in token) for token in tokens)
    assert bool(tokens) is bool(display(folded(given_name), folded(family_name)))


@given(_names, _names)
def test_which_name_is_the_given_one_makes_no_difference(first: str, second: str) -> None:
    assert name_tokens(first, second) == name_tokens(second, first)
    assert name_key(first, second, BORN) == name_key(second, first, BORN)


@given(st.text(max_size=100))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = folded(text)

    assert folded(once) == once[:100] or len(once) > 100


@given(_names)
def test_a_search_has_a_bounded_number_of_readings(text: str) -> None:
    assert len(query_readings(text)) <= 32


@given(st.lists(st.text("abcåö", min_size=2, max_size=5), min_size=1, max_size=3), st.data())
def test_a_person_is_found_by_any_of_their_names_in_any_order(
    parts: list[str], data: st.DataObject
) -> None:
    asked = data.draw(st.sampled_from(list(permutations(parts))))
    some = asked[: data.draw(st.integers(1, len(asked)))]
    hyphened = data.draw(st.sampled_from(" -")).join(parts)

    assert matches(query_readings(" ".join(some)), name_tokens(hyphened))


@given(st.text("AaBzZ09 '-åäöÅÄÖéÉüÜ", max_size=90))
def test_ordinary_names_are_folded_and_parted_as_all_others(text: str) -> None:
    # A sharp s is out of the ordinary, and becomes two.
    assert folded(text) == folded(text + "ß").removesuffix("ss")
    if any(sign.isalnum() for sign in text):
        # Nor is an omega, which stays one.
        assert names._parts(f"{text} ω") == [*names._parts(text), "ω"]
