"""Swedish alphabetical order, decided here: the database's own order depends on its machine."""

from __future__ import annotations

import unicodedata

# Å, ä and ö come last, in that order; æ and ø are sorted as the letters they sound like.
_LAST = {"å": "\U0010fff0", "ä": "\U0010fff1", "ö": "\U0010fff2"}
_LAST |= {"æ": _LAST["ä"], "ø": _LAST["ö"]}


def swedish(text: str) -> tuple[str, str]:
    """Return the key by which a text is sorted among others; letter case comes last of all."""
    letters = unicodedata.normalize("NFC", text).casefold()
    return "".join(_LAST.get(letter) or _plain(letter) for letter in letters), text


def _plain(letter: str) -> str:
    """Return the letter without its accent: é is sorted as e."""
    return unicodedata.normalize("NFD", letter)[0]
