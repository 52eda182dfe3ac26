"""What a person hears or reads on being written down and on taking it back: data files.

`texts/<version>/<language>.toml`, one a version and language. A new language is one more file with
the same keys, and no code. Once somebody was told a version its files never change; a new wording
is a new version.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date

from outreach.consents.consent_texts import Letter, Part
from outreach.foundation import clock

FOLDER = Path(__file__).parent / "texts"

# What is told first; the receipts of the doors; the decisions about a request to be erased.
TOLD = "told"
RECEIPTS = ("undo", "back_to_code", "erasure")
DECISIONS = ("granted", "partly", "refused")
LETTERS = (TOLD, *RECEIPTS, *DECISIONS)

# A line by itself: a sentence for each way back that the committee has opened.
WAYS_BACK = "{ways_back}"


@dataclass(frozen=True, slots=True)
class InformationText:
    """The texts of one version in one language."""

    version: str
    language: str
    said: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """What is written down of which text was told: `1/sv-easy`."""
        return f"{self.version}/{self.language}"

    @property
    def name(self) -> str:
        """What the language is called, in itself."""
        return str(self.said["name"])

    @property
    def locale(self) -> Locale:
        """The language as calendars know it."""
        return Locale.parse(self.said["locale"], sep="-")

    def letter(
        self, which: str, facts: Mapping[str, Any], *, ways_back: Collection[str] = ()
    ) -> Letter:
        """Return one of `LETTERS` with the facts in it: texts, numbers, days and instants.

        `committee` is a code; all else is written as it is. A part of which nothing is left, as
        where there is no reason any more, is left out.
        """
        told, filled = self.said[which], self._filled(facts)
        parts = [
            Part(part["heading"], [self._line(line, filled, ways_back) for line in part["lines"]])
            for part in told["parts"]
        ]
        return Letter(
            title=told["title"],
            parts=[part for part in parts if any(part.lines)],
            locale=self.said["locale"],
            direction=self.locale.text_direction,
            labels=self.said["labels"],
        )

    def _line(
        self, line: str, filled: Mapping[str, str], ways_back: Collection[str]
    ) -> str | list[str]:
        if line == WAYS_BACK:
            ways = self.said["ways_back"]
            return [ways[way] for way in RECEIPTS if way in ways_back] or str(ways["none"])
        written = line.format_map(filled)
        # In running text a committee's name is written small.
        return _begun(written) if line.startswith("{committee}") else written

    def _filled(self, facts: Mapping[str, Any]) -> dict[str, str]:
        filled = {name: self._written(value) for name, value in facts.items()}
        if "committee" in facts:
            filled["committee"] = str(self.said["committees"][facts["committee"]])
        return filled

    def _written(self, value: object) -> str:
        if isinstance(value, datetime):
            local = clock.local(value)
            return f"{format_date(local.date(), 'long', locale=self.locale)} {local:%H:%M}"
        if isinstance(value, date):
            return format_date(value, "long", locale=self.locale)
        return "" if value is None else str(value)


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


@functools.cache
def texts(folder: Path = FOLDER) -> dict[str, dict[str, InformationText]]:
    """Return every text by version and language, in the order in which they are offered."""
    found: dict[str, dict[str, InformationText]] = {}
    for version in sorted(
        (each for each in folder.iterdir() if each.is_dir()), key=lambda each: int(each.name)
    ):
        kept = [
            InformationText(version.name, file.stem, tomllib.loads(file.read_text("utf-8")))
            for file in version.glob("*.toml")
        ]
        kept.sort(key=lambda text: (text.said["position"], text.language))
        found[version.name] = {text.language: text for text in kept}
    return found


def offered() -> Sequence[InformationText]:
    """Return the texts of the newest version, one a language; the first is what one begins with."""
    return list(list(texts().values())[-1].values())


def text(language: str | None) -> InformationText:
    """Return the newest text in a language; in a language that there is none in, the first."""
    there = offered()
    return next((each for each in there if each.language == language), there[0])
