"""The one-time code that enrols a tablet: short enough to type, never mistaken when read aloud."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

# Neither 0 nor O, neither 1 nor I.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 8
VALID_FOR = timedelta(hours=1)
_GROUP = 4
_SEPARATORS = re.compile(r"[\s\-–—‐‑−]+")


def new_code() -> str:
    """Return a new code of 40 random bits, as it is kept."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """Return a code as people read it: `ABCD-EFGH`."""
    return f"{code[:_GROUP]}-{code[_GROUP:]}"


def as_typed(text: str) -> str:
    """Return a code as it is kept, whatever its case and however it was divided."""
    return _SEPARATORS.sub("", text).upper()
