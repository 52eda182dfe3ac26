"""What people type or paste: the same sign in many shapes, and how to say that it does not do."""

from __future__ import annotations

import unicodedata

# Every sign that Unicode calls a dash, and the minus signs and hyphens that look like one.
DASHES = (
    "-\u02d7\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2052\u2053\u207b"
    "\u208b\u2212\u2796\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e43\u2e5d\u301c\u3030\u30a0\ufe31\ufe32"
    "\ufe58\ufe63\uff0d\U00010d6e\U00010ead"
)

_PLAIN = str.maketrans(dict.fromkeys(DASHES, "-"))


class Unreadable(ValueError):
    """What was typed is not what it should be.

    `detail` is a Swedish text to translate: what is wrong and what to do. It never holds anything
    of what was typed, so neither does a traceback.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def unspaced(text: str) -> str:
    """Return the text with every dash as `-` and without spaces, tabs and line breaks."""
    return "".join(text.split()).translate(_PLAIN)


def is_invisible(sign: str) -> bool:
    """Tell whether a sign leaves no mark on a screen: zero width, direction, control, NUL."""
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs"}


def visible(text: str) -> str:
    """Return the text without the signs that nobody sees, as a phone's address book adds them."""
    return "".join(sign for sign in text if sign.isspace() or not is_invisible(sign))
