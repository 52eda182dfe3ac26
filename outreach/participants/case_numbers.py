"""Case numbers, `JV-2026-0412-7`: a year, a running number and a digit that finds mistakes.

They are said over the phone and copied by hand, so the last digit is Damm's: it tells every
single wrong digit, and every two neighbours that changed places, wherever they are.
"""

from __future__ import annotations

import re

from outreach.foundation import typed
from outreach.foundation.errors import N_
from outreach.foundation.typed import Unreadable

_PREFIX = "JV"

# Years and running numbers that can be written; far more than a city needs.
_YEARS = range(2000, 2200)
_RUNNING = range(1, 10_000_000)

WRONG_SHAPE = N_("Ett ärendenummer ser ut så här: JV-2026-0412-7. Skriv det en gång till.")
CHECK_DIGIT = N_("Någon siffra i ärendenumret är fel. Jämför siffra för siffra.")

_SHAPE = re.compile(rf"(?:{_PREFIX})?-?([0-9]{{4}})-?([0-9]{{4,7}}?)-?([0-9])", re.IGNORECASE)

# The totally anti-symmetric quasigroup of order ten published by H. Michael Damm in 2004 (Total
# anti-symmetrische Quasigruppen, Marburg): each row and column holds every digit once, the
# diagonal is zero, and (c∘x)∘y is never (c∘y)∘x for two digits that differ.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def case_number(year: int, running: int) -> str:
    """Return the case number of a year's running number, which begins with 1.

    Raises ValueError for a year or a number that cannot be written.
    """
    if year not in _YEARS or running not in _RUNNING:
        message = "no case number has such a year or running number"
        raise ValueError(message)
    return f"{_PREFIX}-{year}-{running:04d}-{_damm(f'{year}{running:04d}')}"


def read_case_number(text: str) -> str:
    """Return the case number that somebody typed, as it is written.

    Letter case, spaces, dashes and the letters before it make no difference. Whether anybody has
    it is not known here. Raises Unreadable with one of the texts of this module.
    """
    shape = _SHAPE.fullmatch(typed.unspaced(text))
    if shape is None or int(shape[1]) not in _YEARS or not _is_running(shape[2]):
        raise Unreadable(WRONG_SHAPE)
    if _damm("".join(shape.groups())) != "0":
        raise Unreadable(CHECK_DIGIT)
    return case_number(int(shape[1]), int(shape[2]))


def _is_running(digits: str) -> bool:
    """Tell whether a running number is written as ours are: zeros up to four digits, no more."""
    return int(digits) in _RUNNING and f"{int(digits):04d}" == digits


def _damm(digits: str) -> str:
    """Return the digit to put after these; 0 when the last one was put there by the same rule."""
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)
