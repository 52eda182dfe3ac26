"""Two people change one thing: what of it fits together, and what a person must decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merge:
    """What comes of a change that was made from an earlier state.

    `changes` are to be written over the present state; `clashes` are the fields that somebody else
    has changed meanwhile to another value. `others`: whether anybody has changed anything at all.
    """

    changes: dict[str, Any]
    clashes: tuple[str, ...]
    others: bool


def merged(base: Facts | None, present: Facts, wanted: Facts) -> Merge:
    """Return what comes of `wanted`, a change of `base`, with things as they are at `present`.

    Field by field: what only one side has changed is that side's; what both have changed to the
    same is the same. With no base nobody can tell who changed what, and every difference clashes.
    """
    changes, clashes = {}, []
    for name, value in wanted.items():
        now = present.get(name)
        if same(value, now):
            continue
        if base is None:
            clashes.append(name)
        elif same(base.get(name), now):
            changes[name] = value
        elif not same(base.get(name), value):
            clashes.append(name)
    others = base is None or any(not same(base.get(name), present[name]) for name in present)
    return Merge(changes, tuple(clashes), others)


def same(one: object, other: object) -> bool:
    """Tell whether two values say the same; of lists, whatever the order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    return one == other
