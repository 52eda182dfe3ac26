"""The rules of a plattkod, as plain functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from outreach.foundation.errors import N_, Fault

_SHAPE = re.compile(r"[0-9]{6,12}")


def plattkod_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with a new plattkod: its length, or that everybody tries it first."""
    code = data.get("code")
    if code is None:
        return
    if not _SHAPE.fullmatch(code):
        yield Fault("/code", N_("Skriv 6 till 12 siffror."))
    elif _is_even(code):
        yield Fault("/code", N_("Välj siffror som inte är likadana och inte kommer i följd."))


def _is_even(code: str) -> bool:
    """Tell whether each digit follows the one before by the same step: none, one up or one down."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(code)}
    return len(steps) == 1 and not steps.isdisjoint({0, 1, 9})
