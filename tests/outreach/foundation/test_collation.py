"""Swedish alphabetical order."""

from __future__ import annotations

from outreach.foundation.collation import name_order, swedish


def test_the_last_letters_come_last_in_their_order() -> None:
    words = ["öl", "ärta", "åka", "zon", "apa", "Ål"]

    assert sorted(words, key=swedish) == ["apa", "zon", "åka", "Ål", "ärta", "öl"]


def test_accents_and_letter_case_do_not_move_a_word() -> None:
    words = ["Idun", "idé", "IDA", "ide"]

    assert sorted(words, key=swedish) == ["IDA", "ide", "idé", "Idun"]


def test_a_decomposed_letter_is_the_same_letter() -> None:
    assert swedish("a\u030aka")[0] == swedish("åka")[0]


def test_other_scripts_come_after_the_last_letter() -> None:
    words = ["محمد", "Ö", "王", "Å"]

    assert sorted(words, key=swedish) == ["Å", "Ö", "محمد", "王"]


def test_letters_that_swedish_does_not_have_stand_beside_the_ones_they_are_like() -> None:
    words = ["Lund", "Łukasik", "Lundin", "Dahl", "Đorđević", "Ek"]

    assert sorted(words, key=swedish) == ["Dahl", "Đorđević", "Ek", "Łukasik", "Lund", "Lundin"]


def test_people_are_sorted_by_family_name_then_given_name() -> None:
    people = [
        ("Östen", "Berg"),
        ("anna", "Ärlig"),
        ("Anna", "Åberg"),
        ("Åke", "Berg"),
        ("Zara", "berg"),
        ("Bo", None),
        ("Cleo", ""),
    ]

    assert [given for given, _ in sorted(people, key=lambda person: name_order(*person))] == [
        "Zara",
        "Åke",
        "Östen",
        "Bo",
        "Cleo",
        "Anna",
        "anna",
    ]
