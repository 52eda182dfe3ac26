"""Words that exist nowhere else, and every way in which they could have been written down."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

# What is typed of a person who does not exist.
GIVEN_NAME = "Kanariefågelö"
FAMILY_NAME = "Zyxqvistås"
NUMBER = "198001019804"
PHONE = "0701740699"
EMAIL = "kanarie.zyxqvist@example.se"
NOTE = "Zebrafinkar på balkongen"
NEXT_STEP = "Tar med undulatbetyget"
PURPOSE = "Så att papegojkursen blir av"
REASON = "Kakaduabeslut enligt riktlinjen"
OPENING = "Strutsärendet i växeln"

CANARIES = (
    GIVEN_NAME, FAMILY_NAME, NUMBER, NUMBER[2:8] + "-" + NUMBER[8:], NUMBER[2:],
    PHONE, PHONE[1:], EMAIL, "Zebrafinkar", "undulatbetyget", "papegojkursen", "Kakaduabeslut",
    "Strutsärendet",
)  # fmt: skip


def spellings(word: str) -> set[bytes]:
    """Return a word as files may hold it: in encodings, as base64, in addresses and in JSON."""
    found = {word.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
    for case in (word, word.casefold(), word.upper()):
        plain = case.encode()
        found |= {plain, quote(case).encode(), quote_plus(case, safe="@").encode()}
        found |= {json.dumps(case)[1:-1].encode(), plain.hex().encode()}
        found |= set(_within_base64(plain))
    return found


def _within_base64(plain: bytes) -> Iterator[bytes]:
    """Yield what of the base64 of any text that holds these bytes does not depend on the rest."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        whole = encoded[-(-before * 4 // 3) + (1 if before else 0) :]
        settled = whole[: len(whole) - (4 if encoded.endswith(b"=") else 0)]
        yield settled
        yield settled.replace(b"+", b"-").replace(b"/", b"_")


def found_in(content: bytes, words: Iterable[str] = CANARIES) -> set[str]:
    """Return which of the words the content holds, however they are written."""
    return {word for word in words if any(each in content for each in spellings(word))}
