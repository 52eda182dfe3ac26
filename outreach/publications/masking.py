"""What an answer hides of its counts, kept apart from them: put together they are the answer.

So a frozen report can be made again from what it was made of; and whoever reads the two apart sees
that nothing was done to a number but to tell it or to hide it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Place = list[str | int]


class Altered(ValueError):
    """An answer says something else than its counts, where it may only hide them."""


def hidden_of(counts: Mapping[str, Any], told: Mapping[str, Any]) -> list[Place]:
    """Return the places of what an answer hides of its counts. Raises Altered."""
    return list(_differences(counts, told, []))


def told_of(counts: Mapping[str, Any], hidden: Sequence[Place]) -> dict[str, Any]:
    """Return the answer that hides these places of the counts."""
    answer = copy.deepcopy(dict(counts))
    for *way, last in hidden:
        place: Any = answer
        for step in way:
            place = place[step]
        place[last] = "hidden" if last == "status" else None
    return answer


def _differences(counts: Any, told: Any, at: Place) -> Iterator[Place]:
    if isinstance(counts, Mapping) and isinstance(told, Mapping):
        if counts.keys() != told.keys():
            raise Altered
        for name in counts:
            yield from _differences(counts[name], told[name], [*at, name])
    elif isinstance(counts, list) and isinstance(told, list):
        if len(counts) != len(told):
            raise Altered
        for number, (one, other) in enumerate(zip(counts, told, strict=True)):
            yield from _differences(one, other, [*at, number])
    elif counts != told:
        if told != ("hidden" if at[-1] == "status" else None):
            raise Altered
        yield at


def numbers_hidden(counts: Mapping[str, Any], hidden: Sequence[Place]) -> Iterator[int]:
    """Yield every whole number that is hidden; percents and the word for it are none."""
    for place in hidden:
        found: Any = counts
        for step in place:
            found = found[step]
        if isinstance(found, int):
            yield found
