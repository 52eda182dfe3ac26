"""Everything that the product says is said in English too."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from tests.builders import Visitor, a_contact

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "translations/en/LC_MESSAGES/messages.po"
FIRST_CODES = ROOT / "outreach/migrations/first_codes.toml"
ENROLMENT_CODES = ROOT / "outreach/migrations/enrolment_codes.toml"
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def _texts(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _forms(text: object) -> tuple[str, ...]:
    """Return the text, or the singular and the plural of it."""
    return tuple(text) if isinstance(text, (list, tuple)) else (str(text),)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every text of the product, found by the very command that babel.cfg tells people to use."""
    found = tmp_path_factory.mktemp("texts") / "messages.pot"
    config = (ROOT / "babel.cfg").read_text("utf-8")
    [line] = re.findall(r"^# +pybabel (extract .*)$", config, re.MULTILINE)
    words = [word.replace("messages.pot", str(found)) for word in shlex.split(line)]
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", *words]
    subprocess.run(command, cwd=ROOT, check=True)
    with found.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def english() -> Catalog:
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def test_every_text_has_an_english_one(said: Catalog, english: Catalog) -> None:
    told = {message.id for message in _texts(english) if all(_forms(message.string))}

    assert {message.id for message in _texts(said)} - told == set()


def test_nothing_is_translated_that_is_no_longer_said(said: Catalog, english: Catalog) -> None:
    assert {message.id for message in _texts(english)} - {each.id for each in _texts(said)} == set()
    assert not english.obsolete


def test_no_translation_is_a_guess(english: Catalog) -> None:
    assert [message.id for message in _texts(english) if message.fuzzy] == []


def test_what_is_filled_in_is_the_same_in_both_languages(english: Catalog) -> None:
    # Only the plural is held to it: a singular may well say "one" in words.
    differing = [
        message.id
        for message in _texts(english)
        if sorted(PLACEHOLDER.findall(_forms(message.id)[-1]))
        != sorted(PLACEHOLDER.findall(_forms(message.string)[-1]))
    ]

    assert differing == []


def test_a_sentence_stays_a_sentence_and_a_question_a_question(english: Catalog) -> None:
    differing = [
        message.id
        for message in _texts(english)
        for swedish, other in zip(_forms(message.id), _forms(message.string), strict=True)
        if [swedish.endswith(mark) for mark in ".?:…"] != [other.endswith(mark) for mark in ".?:…"]
    ]

    assert differing == []


def test_every_code_has_a_label_in_both_languages() -> None:
    shipped = tomllib.loads(FIRST_CODES.read_text("utf-8"))
    later = tomllib.loads(ENROLMENT_CODES.read_text("utf-8"))
    lists = {"site": shipped["site"], **shipped["list"], **later}
    labels = {(name, code): pair for name, codes in lists.items() for code, pair in codes.items()}

    assert labels
    assert [key for key, pair in labels.items() if len(pair) != 2 or not all(pair)] == []
    assert [key for key, (_, other) in labels.items() if re.search("[åäöÅÄÖ]", other)] == []


def test_a_page_comes_in_the_language_chosen(signed_in: Callable[..., Visitor]) -> None:
    worker = signed_in()

    swedish = worker.get("/falt").get_data(as_text=True)
    worker.client.post("/sprak", data={"locale": "en"}, headers=worker.headers)
    other = worker.get("/falt").get_data(as_text=True)

    assert '<html lang="sv"' in swedish
    assert "Starta pass nu" in swedish
    assert '<html lang="en"' in other
    assert "Start shift now" in other
    assert "Starta pass nu" not in other


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"minutes": 601}, "Enter a number between 0 and 600."),
        ({"topics": []}, "Choose 1 to 3 topics."),
        ({"topics": ["magic"]}, "‘magic’ could not be chosen on that day."),
    ],
)
def test_faults_are_told_to_programs_in_english_with_their_values(
    signed_in: Callable[..., Visitor], changed: dict[str, object], told: str
) -> None:
    worker = signed_in()

    answer = worker.send("contacts", a_contact(**changed), Accept_Language="en")

    assert answer.status_code == 422
    assert [fault["detail"] for fault in answer.get_json()["errors"]] == [told]


def test_whoever_asks_for_another_language_is_answered_in_swedish(client: FlaskClient) -> None:
    answer = client.get("/api/v1/me", headers={"Accept-Language": "fi"})

    assert answer.get_json()["title"] == "Du behöver logga in"
