"""The texts that people say yes to: whole in every language, and added to without code."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from outreach.accounts.permissions import COMMITTEES
from outreach.consents import consent_texts, rules
from outreach.consents.consent_texts import ConsentText, Letter

SHIPPED = [text for texts in consent_texts.texts().values() for text in texts.values()]
EVERY = pytest.mark.parametrize("text", SHIPPED, ids=lambda text: f"{text.version}/{text.language}")

# What each text must tell, whatever its words.
TOLD = {
    "question": {
        "committee", "team", "categories", "purpose", "back", "first_day", "last_day",
    },
    "given": {
        "committee", "team", "categories", "purpose", "back", "first_day", "last_day", "given",
    },
    "withdrawn": {"committee", "team", "categories", "purpose", "given", "withdrawn"},
}  # fmt: skip
FACTS: dict[str, Any] = {
    "from_committee": "KN",
    "categories": list(rules.CATEGORIES),
    "back": list(rules.BACK),
    "purpose": "Boka {team} ett %s möte",
    "valid_from": date(2026, 1, 15),
    "valid_to": date(2027, 1, 14),
    "given_at": datetime(2026, 1, 15, 13, 2, tzinfo=UTC),
    "withdrawn_at": datetime(2026, 7, 1, 7, 30, tzinfo=UTC),
}


def _lines(letter: Letter) -> list[str]:
    """Return everything that a letter says, line by line."""
    said = [letter.title]
    for part in letter.parts:
        said.append(part.heading)
        for line in part.lines:
            said += [line] if isinstance(line, str) else line
    return said


def test_version_one_ships_in_swedish_in_easy_swedish_and_in_english() -> None:
    assert [text.language for text in consent_texts.offered("1")][:3] == ["sv", "sv-easy", "en"]
    assert consent_texts.offered("2") == []


@EVERY
def test_every_text_has_the_words_for_every_code(text: ConsentText) -> None:
    assert text.said["categories"].keys() == set(rules.CATEGORIES)
    assert text.said["back"].keys() == set(rules.BACK)
    assert text.said["committees"].keys() == set(COMMITTEES)
    assert text.said["labels"].keys() == {
        "yes", "name", "signature", "day", "case_number", "staff",
    }  # fmt: skip


@EVERY
@pytest.mark.parametrize("which", TOLD)
def test_every_text_tells_all_that_it_must(text: ConsentText, which: str) -> None:
    lines = [line for part in text.said[which]["parts"] for line in part["lines"]]

    assert {name for line in lines for name in re.findall(r"\{(\w+)\}", line)} == TOLD[which]


@EVERY
@pytest.mark.parametrize("which", TOLD)
def test_a_letter_is_filled_in_and_what_was_typed_is_left_as_it_is(
    text: ConsentText, which: str
) -> None:
    said = _lines(text.letter(which, FACTS, "Jobbteamet"))

    assert "Jobbteamet" in " ".join(said)
    assert [line for line in said if FACTS["purpose"] in line]
    assert not [line for line in said if "{" in line.replace(FACTS["purpose"], "")]


def test_days_and_hours_are_written_as_the_language_writes_them_and_as_the_clock_here_shows() -> (
    None
):
    swedish = " ".join(_lines(consent_texts.text("1", "sv").letter("withdrawn", FACTS, "OSA")))
    english = " ".join(_lines(consent_texts.text("1", "en").letter("given", FACTS, "OSA")))

    assert "Du tog tillbaka ditt ja 1 juli 2026 09:30." in swedish
    assert "15 January 2026 14:02" in english
    assert "up to and including 14 January 2027" in english


def test_to_tell_nothing_back_is_said_and_not_left_out() -> None:
    said = _lines(consent_texts.text("1", "sv").letter("question", FACTS | {"back": []}, "OSA"))

    assert "Ingenting. Teamet berättar inget för oss." in said


def test_the_easy_text_has_short_sentences() -> None:
    letters = [consent_texts.text("1", "sv-easy").letter(which, FACTS, "OSA") for which in TOLD]
    said = [line for letter in letters for line in _lines(letter) if FACTS["purpose"] not in line]

    assert max(len(line.split()) for line in said) <= 10
    assert max(len(word) for line in said for word in re.findall(r"\w+", line)) <= 16


def test_a_language_is_one_more_file_and_the_order_is_the_files_own(tmp_path: Path) -> None:
    shutil.copytree(consent_texts.FOLDER, tmp_path / "texts")
    folder = tmp_path / "texts" / "1"
    added = (folder / "en.toml").read_text("utf-8").replace('"en-GB"', '"ar"')
    (folder / "ar.toml").write_text(added.replace("position = 3", "position = 4"), "utf-8")
    (tmp_path / "texts" / "10").mkdir()
    (tmp_path / "texts" / "2").mkdir()

    found = consent_texts.texts(tmp_path / "texts")

    assert list(found) == ["1", "2", "10"]
    assert list(found["1"]) == ["sv", "sv-easy", "en", "ar"]
    assert found["1"]["ar"].letter("given", FACTS, "OSA").direction == "rtl"
    positions = [text.said["position"] for text in found["1"].values()]
    assert all(one < other for one, other in pairwise(positions))
