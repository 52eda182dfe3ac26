"""What the pages about people go by, as plain functions: what is sought, what comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

# So many digits in a row of signs are no name.
_A_NUMBER = 6
_CASE_LETTERS = "jv"
# With so many digits it may be either; what has two dashes is a case number.
_PERSONAL = (10, 12)
_DASHES_OF_A_CASE = 2

# What waits longest is first: a step that is overdue, a long silence, all others.
OVERDUE, SILENT, CALM = range(3)


def sought(text: str) -> dict[str, str]:
    """Return what somebody typed into the one field of a search, as `SearchSchema` reads it.

    A case number begins with JV, or has its dashes or its length; else what has six digits is a
    personal number; all else is a name.
    """
    plain = "".join(text.split())
    digits = sum(sign.isdecimal() for sign in plain)
    if plain.casefold().startswith(_CASE_LETTERS) and digits:
        return {"case_number": text}
    if digits < _A_NUMBER:
        return {"name": text}
    letters = any(sign.isalpha() for sign in plain)
    dashes = sum(not sign.isalnum() and sign != "+" for sign in plain)
    if not letters and (dashes >= _DASHES_OF_A_CASE or digits not in _PERSONAL):
        return {"case_number": text}
    return {"number": text}


class Urgency(NamedTuple):
    """How soon somebody is to be thought of: the lower, the sooner."""

    rank: int
    # The day that has passed or the day of the last sign of life; the last day there is for others.
    since: date


def urgency(due_on: date | None, heard: date, *, silent: bool, today: date) -> Urgency:
    """Return how soon somebody is to be thought of whose step is due, who was heard of, then."""
    if due_on is not None and due_on < today:
        return Urgency(OVERDUE, due_on)
    return Urgency(SILENT, heard) if silent else Urgency(CALM, date.max)


def looked(entries: Iterable[Mapping[str, Any]], days: Mapping[Any, date]) -> list[dict[str, Any]]:
    """Return who did what with a person's record, each of the staff once a day, latest first.

    `entries` are those of the trail in that order; `days` is the local day of each of their times.
    """
    found: dict[tuple[Any, date], dict[str, Any]] = {}
    for entry in entries:
        day = days[entry["at"]]
        one = found.setdefault(
            (entry["actor_id"], day), {"actor_id": entry["actor_id"], "day": day, "acts": []}
        )
        act = (entry["action"], entry["reason"])
        if act not in one["acts"]:
            one["acts"].append(act)
    return list(found.values())
