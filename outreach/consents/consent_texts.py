"""The texts that a person hears or reads before saying yes: data files, one a version and language.

`texts/<version>/<language>.toml`. A new language is one more file with the same keys, and no code.
Once somebody has said yes to a version its files never change; a new wording is a new version.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date

from outreach.foundation import clock

FOLDER = Path(__file__).parent / "texts"

# What a line of a text may name, and what is put there.
LISTS = ("{categories}", "{back}")

Line = str | list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with what stands below it; a list among the lines is shown as one."""

    heading: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Letter:
    """A text with everything filled in, and what a browser has to know about its language."""

    title: str
    parts: list[Part]
    locale: str
    direction: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The text of one version in one language."""

    version: str
    language: str
    said: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the language is called, in itself."""
        return str(self.said["name"])

    @property
    def locale(self) -> Locale:
        """The language as calendars know it."""
        return Locale.parse(self.said["locale"], sep="-")

    def label(self, kind: str, code: str) -> str:
        """Return the words for a code of `categories`, `back` or `committees`."""
        return str(self.said[kind][code])

    def letter(self, which: str, facts: Mapping[str, Any], team: str) -> Letter:
        """Return a text with the facts of a consent in it.

        `which` is `question` (asked before the yes), `given` (the receipt of it) or `withdrawn`
        (the receipt of taking it back).
        """
        told, filled = self.said[which], self._filled(facts, team)
        return Letter(
            title=told["title"],
            parts=[
                Part(part["heading"], [self._line(line, facts, filled) for line in part["lines"]])
                for part in told["parts"]
            ],
            locale=self.said["locale"],
            direction=self.locale.text_direction,
            labels=self.said["labels"],
        )

    def _line(self, line: str, facts: Mapping[str, Any], filled: Mapping[str, str]) -> Line:
        if line in LISTS:
            kind = line.strip("{}")
            codes = facts[kind]
            return [self.label(kind, code) for code in codes] or str(self.said["nothing"])
        return line.format_map(filled)

    def _filled(self, facts: Mapping[str, Any], team: str) -> dict[str, str]:
        return {
            "committee": self.label("committees", facts["from_committee"]),
            "team": team,
            # Empty where the person has had it forgotten.
            "purpose": facts["purpose"] or "–",
            "first_day": self._day(facts["valid_from"]),
            "last_day": self._day(facts["valid_to"]),
            "given": self._instant(facts.get("given_at")),
            "withdrawn": self._instant(facts.get("withdrawn_at")),
        }

    def _day(self, day: date) -> str:
        return format_date(day, "long", locale=self.locale)

    def _instant(self, instant: datetime | None) -> str:
        if instant is None:
            return ""
        local = clock.local(instant)
        return f"{self._day(local.date())} {local:%H:%M}"


@functools.cache
def texts(folder: Path = FOLDER) -> dict[str, dict[str, ConsentText]]:
    """Return every text by version and language, in the order in which they are offered."""
    found: dict[str, dict[str, ConsentText]] = {}
    for version in sorted((each for each in folder.iterdir() if each.is_dir()), key=_number):
        kept = [
            ConsentText(version.name, file.stem, tomllib.loads(file.read_text("utf-8")))
            for file in version.glob("*.toml")
        ]
        kept.sort(key=lambda text: (text.said["position"], text.language))
        found[version.name] = {text.language: text for text in kept}
    return found


def _number(folder: Path) -> int:
    return int(folder.name)


def newest() -> str:
    """Return the version that is asked with now."""
    return list(texts())[-1]


def offered(version: str) -> Sequence[ConsentText]:
    """Return the texts of a version, one a language; none of a version that never was."""
    return list(texts().get(version, {}).values())


def text(version: str, language: str) -> ConsentText:
    """Return one text. Raises KeyError for one that never was."""
    return texts()[version][language]


def labels(language: str) -> ConsentText:
    """Return the text whose labels the staff's own pages use: the newest, in their language."""
    return text(newest(), language)
