"""Swedish alphabetical order."""

from __future__ import annotations

from outreach.foundation.collation import swedish


def test_the_last_letters_come_last_in_their_order() -> None:
    words = ["öl", "ärta", "åka", "zon", "apa", "Ål"]

    assert sorted(words, key=swedish) == ["apa", "zon", "åka", "Ål", "ärta", "öl"]


def test_accents_and_letter_case_do_not_move_a_word() -> None:
    words = ["Idun", "idé", "IDA", "ide"]

    assert sorted(words, key=swedish) == ["IDA", "ide", "idé", "Idun"]


def test_a_decomposed_letter_is_the_same_letter() -> None:
    assert swedish("a\u030aka")[0] == swedish("åka")[0]
