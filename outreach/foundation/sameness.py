"""Telling a repeat from something else with the same id: one digest for all that is created."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any


def sameness(facts: Mapping[str, Any]) -> bytes:
    """Return a digest that is equal for two sendings of one thing, however they were written.

    The facts are as their schema read them, so that `10:00+01:00` and `09:00Z` are the same;
    lists are compared as sets, and what is None as not said.
    """
    plain = {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in facts.items()
        if value is not None
    }
    return hashlib.sha256(_written(plain).encode()).digest()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)


# Made once: `json.dumps` would build an encoder for every contact.
_written = json.JSONEncoder(sort_keys=True, default=_plain, separators=(",", ":")).encode
