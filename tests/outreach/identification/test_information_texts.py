"""The texts of becoming known: whole in every language, and added to without code."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from outreach.accounts.permissions import COMMITTEES
from outreach.consents.consent_texts import Letter
from outreach.identification import information_texts
from outreach.identification.information_texts import LETTERS, RECEIPTS, InformationText

SHIPPED = [text for texts in information_texts.texts().values() for text in texts.values()]
EVERY = pytest.mark.parametrize("text", SHIPPED, ids=lambda text: text.reference)

# What each text must tell, whatever its words.
TOLD = {
    "told": {"committee", "ways_back"},
    "undo": {"at", "contacts"},
    "back_to_code": {"at", "contacts"},
    "erasure": {"at", "committee", "due"},
    "granted": {"committee", "received", "decided", "reason"},
    "partly": {"committee", "received", "decided", "reason"},
    "refused": {"committee", "received", "decided", "reason"},
}
FACTS: dict[str, Any] = {
    "committee": "KN",
    "at": datetime(2026, 1, 15, 13, 2, tzinfo=UTC),
    "received": datetime(2026, 1, 15, 13, 2, tzinfo=UTC),
    "decided": datetime(2026, 2, 1, 13, 2, tzinfo=UTC),
    "due": date(2026, 2, 15),
    "contacts": 3,
    "reason": "Enligt {committee} och 100 % av arkivlagen.",
}


def _said(letter: Letter) -> str:
    lines = [letter.title]
    for part in letter.parts:
        lines.append(part.heading)
        for line in part.lines:
            lines += [line] if isinstance(line, str) else line
    return "\n".join(lines)


def test_version_one_ships_in_swedish_in_easy_swedish_and_in_english() -> None:
    assert [text.language for text in information_texts.offered()] == ["sv", "sv-easy", "en"]
    assert information_texts.text("en").reference == "1/en"
    assert information_texts.text("xx").language == information_texts.text(None).language == "sv"


@EVERY
@pytest.mark.parametrize("which", LETTERS)
def test_every_text_tells_all_that_it_must(text: InformationText, which: str) -> None:
    lines = [line for part in text.said[which]["parts"] for line in part["lines"]]

    assert {name for line in lines for name in re.findall(r"\{(\w+)\}", line)} == TOLD[which]
    assert text.said["committees"].keys() == set(COMMITTEES)
    assert text.said["ways_back"].keys() == {*RECEIPTS, "none"}
    assert text.said["labels"].keys() == {"case_number", "staff", "decider"}


@EVERY
def test_what_is_told_first_says_that_it_is_no_consent_and_names_the_authority(
    text: InformationText,
) -> None:
    said = _said(text.letter("told", FACTS, ways_back=RECEIPTS)).lower()

    assert re.search("inte ett samtycke|not a consent", said)
    assert re.search("allmänt intresse|public interest", said)
    assert "imy.se" in said


@EVERY
@pytest.mark.parametrize("which", ["partly", "refused"])
def test_what_is_not_a_yes_tells_how_to_appeal(text: InformationText, which: str) -> None:
    said = _said(text.letter(which, FACTS))

    for told in ("Förvaltningsrätten i Stockholm", "2018:218", "171 86 Solna", "imy@imy.se"):
        assert told in said
    assert re.search("tre veckor|three weeks", said)


def test_only_the_ways_back_that_are_open_are_told() -> None:
    text = information_texts.text("sv")

    one = _said(text.letter("told", FACTS, ways_back=["erasure"]))
    none = _said(text.letter("told", FACTS))

    assert text.said["ways_back"]["erasure"] in one
    assert text.said["ways_back"]["undo"] not in one
    assert text.said["ways_back"]["none"] in none


def test_what_is_filled_in_stands_as_it_is_and_a_part_without_anything_is_left_out() -> None:
    text = information_texts.text("sv")

    whole = text.letter("granted", FACTS)
    less = text.letter("granted", FACTS | {"reason": None})

    assert FACTS["reason"] in _said(whole)
    assert len(less.parts) == len(whole.parts) - 1
    assert _said(whole).count("Kompetensnämnden i Solna stad beslutar 1 februari 2026 14:02") == 1


def test_a_further_language_is_a_file_and_a_new_wording_a_folder(tmp_path: Path) -> None:
    shutil.copytree(information_texts.FOLDER, tmp_path / "texts")
    folder = tmp_path / "texts"
    arabic = (folder / "1" / "en.toml").read_text("utf-8")
    (folder / "1" / "ar.toml").write_text(
        arabic.replace('locale = "en-GB"', 'locale = "ar"').replace("position = 3", "position = 4"),
        "utf-8",
    )
    shutil.copytree(folder / "1", folder / "10")

    found = information_texts.texts(folder)

    assert list(found) == ["1", "10"]
    assert list(found["1"]) == ["sv", "sv-easy", "en", "ar"]
    assert found["10"]["ar"].letter("undo", FACTS).direction == "rtl"
