"""Names as they are searched, compared and shown; nothing here knows who bears them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

# Longer names are cut before they are searched; nobody types so much.
LONGEST = 100

# How many parts of a name count, and how many neighbours may be written together as one word.
_MOST_PARTS = 8
_MOST_TYPED = 6
_MOST_TOGETHER = 4

# Latin letters that no accent can be taken from. Case folding has made ss of ß already.
_LIKE = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i"}
    | {"ŧ": "t", "ŋ": "n", "ə": "e", "ĸ": "k"}
)

# Nearly all names have these signs alone; they are folded without looking each of them up.
_ORDINARY = re.compile(r"[A-Za-z0-9 '\-åäöÅÄÖéÉüÜ]*")
_ORDINARY_LIKE = str.maketrans("åäöéü", "aaoeu")
_ASCII_PART = re.compile("[a-z0-9]+")


def name_tokens(given: str, family: str | None = None) -> frozenset[str]:
    """Return the words under which a person is found, folded (see `folded`), in no order.

    Each part of the two names, and neighbouring parts written together: `Anna-Karin` is found as
    anna, karin and annakarin. A part of one letter is left out, unless there is nothing else.
    At most 52 words; empty only when both names are.
    """
    fields = [_parts(given)[:_MOST_PARTS], _parts(family or "")[:_MOST_PARTS]]
    runs = ("".join(run) for parts in fields for run in _runs(parts))
    return _worthwhile(runs)


def query_readings(text: str) -> tuple[frozenset[str], ...]:
    """Return each way to read a name that somebody searches for: words that must all be there.

    First as typed, then with neighbours written together, so that `al hassan` also finds
    Alhassan. Only the first six parts count, so there are at most 32 readings. Empty when nothing
    was typed.
    """
    parts = _parts(text)[:_MOST_TYPED]
    readings = (_worthwhile(reading) for reading in _divisions(parts)) if parts else ()
    return tuple(dict.fromkeys(readings))


def matches(readings: Iterable[frozenset[str]], tokens: frozenset[str]) -> bool:
    """Tell whether a search finds a name: every word of one of its readings is among the name's.

    Works on words and on their blind indexes alike, since it only compares them.
    """
    return any(reading and reading <= tokens for reading in readings)


def name_key(given: str, family: str | None, birth_date: date) -> str:
    """Return the text that two people share when they may be one: same name, same day of birth.

    Which name is the given one, the order of the parts, hyphens and accents make no difference.
    """
    parts = _parts(given)[:_MOST_PARTS] + _parts(family or "")[:_MOST_PARTS]
    return f"{' '.join(sorted(parts))} {birth_date.isoformat()}"


def display(given: str, family: str | None = None) -> str:
    """Return the name as it is shown: given name first, one space between words."""
    return " ".join(f"{given} {family or ''}".split())


def folded(text: str) -> str:
    """Return the text without letter case and, on Latin letters, without accents, dots and rings.

    Å and ä become a, ö and ø become o, æ becomes ae, é becomes e. Other scripts keep their vowel
    signs and marks, which are no ornaments there.
    """
    if _ORDINARY.fullmatch(text):
        return text[:LONGEST].lower().translate(_ORDINARY_LIKE)
    letters = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    return unicodedata.normalize("NFC", "".join(_without_accents(letters))).translate(_LIKE)


def _without_accents(letters: str) -> Iterator[str]:
    on_latin = False
    for sign in unicodedata.normalize("NFKD", letters):
        if not unicodedata.combining(sign):
            on_latin = unicodedata.name(sign, "").startswith("LATIN ")
            yield sign
        elif not on_latin:
            yield sign


def _parts(text: str) -> list[str]:
    """Return the folded parts of a name in their order; the whole of it when it has no letters."""
    plain = folded(text)
    if plain.isascii():
        return _ASCII_PART.findall(plain) or plain.split()
    kept = "".join(sign if _is_part(sign) else " " for sign in plain if not _is_unseen(sign))
    return kept.split() or plain.split()


def _is_part(sign: str) -> bool:
    """Tell whether a sign belongs to a word: a letter, its mark or a digit, no apostrophe."""
    category = unicodedata.category(sign)
    is_apostrophe = category == "Lm" and unicodedata.name(sign, "").startswith("MODIFIER LETTER")
    return category[0] in "LMN" and not is_apostrophe


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf"


def _runs(parts: list[str]) -> Iterator[list[str]]:
    """Yield every row of neighbours that may be written as one word."""
    for first in range(len(parts)):
        for length in range(1, _MOST_TOGETHER + 1):
            if first + length <= len(parts):
                yield parts[first : first + length]


def _divisions(parts: list[str]) -> Iterator[list[str]]:
    """Yield every way to write neighbours together, the one with nothing together first."""
    if not parts:
        yield []
    for length in range(1, min(_MOST_TOGETHER, len(parts)) + 1):
        for rest in _divisions(parts[length:]):
            yield ["".join(parts[:length]), *rest]


def _worthwhile(words: Iterable[str]) -> frozenset[str]:
    """Return the words without single letters, or all of them when there is nothing else."""
    every = frozenset(words)
    return frozenset(word for word in every if len(word) > 1 or not word.isascii()) or every
