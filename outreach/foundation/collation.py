"""Swedish alphabetical order, decided here: the database's own order depends on its machine."""

from __future__ import annotations

import functools
import unicodedata

# Å, ä and ö come last, in that order: as the three signs that follow z, before other scripts.
# Æ and ø are sorted as the letters they sound like.
_LAST = {"å": "{", "ä": "|", "ö": "}"}
_LAST |= {"æ": _LAST["ä"], "ø": _LAST["ö"]}

# Letters that no accent can be taken from, sorted as those they are variants of.
_LIKE = {"đ": "d", "ð": "d", "ł": "l", "ı": "i"}

NameOrder = tuple[str, str, str, str]


def swedish(text: str) -> tuple[str, str]:
    """Return the key by which a text is sorted among others; letter case comes last of all."""
    letters = unicodedata.normalize("NFC", text).casefold()
    return "".join(map(_place, letters)), text


def name_order(given: str, family: str | None = None) -> NameOrder:
    """Return the key by which people are sorted: family name, then given name.

    Whoever has one name only is sorted by that. Letter case comes last of all.
    """
    family = family or given
    return swedish(family)[0], swedish(given)[0], family, given


@functools.lru_cache(maxsize=2048)
def _place(letter: str) -> str:
    """Return what a letter is sorted as: without its accent, as é is sorted as e."""
    return _LAST.get(letter) or _LIKE.get(letter) or unicodedata.normalize("NFD", letter)[0]
