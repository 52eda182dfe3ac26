"""A frozen report as a document and as files: the same in, the same bytes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from outreach.indicators.auditing import Attack
from outreach.publications.masking import Place, numbers_hidden

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of a report besides its figures."""

    id: UUID
    version: int
    frozen_at: datetime
    frozen_by: str
    supersedes: UUID | None
    dnr: str | None
    note: str | None


def disclosure(
    counts: Mapping[str, Any], told: Mapping[str, Any], hidden: Sequence[Place], threshold: int
) -> dict[str, Any]:
    """Return what is said of the hiding, which anybody could count on the report itself.

    How many of the hidden numbers are small, and how narrow the narrowest is, would tell more of
    them than the report does: that is kept with what the report was made of (`shielding`). So the
    two parts of what is hidden are not told apart, and of the attack that it left every number
    with at least as many values as the threshold.
    """
    numbers = list(numbers_hidden(counts, hidden))
    return {
        "k": threshold,
        "hidden": len(numbers),
        "hidden_primary": None,
        "hidden_complementary": None,
        "withheld": [table["id"] for table in told["tables"] if _is_withheld(table)],
        "attack": {"cells": len(numbers), "narrowest": threshold if numbers else None},
    }


def shielding(
    counts: Mapping[str, Any], hidden: Sequence[Place], threshold: int, attack: Attack
) -> dict[str, Any]:
    """Return how the hiding came about, for whoever may see the counts themselves."""
    numbers = list(numbers_hidden(counts, hidden))
    small = sum(0 < number < threshold for number in numbers)
    return {
        "hidden_primary": small,
        "hidden_complementary": len(numbers) - small,
        "cells": attack.cells,
        "narrowest": attack.narrowest,
    }


def _is_withheld(table: Mapping[str, Any]) -> bool:
    inside = [each for each in table["cells"] if set(each["key"].values()) != {"total"}]
    return all(each["value"] is None for each in inside)


def document(
    head: Head,
    answer: Mapping[str, Any],
    disclosed: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
) -> Document:
    """Return the report as one document, with the checksum of all else in it."""
    said = {
        **answer,
        "id": str(head.id),
        "version": head.version,
        "frozen_at": head.frozen_at.isoformat().replace("+00:00", "Z"),
        "frozen_by": head.frozen_by,
        **(
            {"supersedes": str(head.supersedes), "changes": list(changes)}
            if head.supersedes
            else {}
        ),
        **({"dnr": head.dnr} if head.dnr else {}),
        **({"note": head.note} if head.note else {}),
        "disclosure": dict(disclosed),
    }
    return {**said, "checksum": checksum(said)}


def checksum(said: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document without its checksum, in hexadecimal."""
    bare = {name: value for name, value in said.items() if name != "checksum"}
    return hashlib.sha256(json_of(bare)).hexdigest()


def json_of(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON, always in the same order and form (RFC 8259, UTF-8)."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def changes_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return which numbers were told otherwise before: of each figure, and of each table."""
    return [*_of_figures(before, now), *_of_tables(before, now)]


def _of_figures(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    old, new = (
        {each["code"]: dict(_numbers(each)) for each in report["figures"]}
        for report in (before, now)
    )
    for code in dict.fromkeys([*new, *old]):
        was, is_now = old.get(code, {}), new.get(code, {})
        for name in dict.fromkeys([*is_now, *was]):
            if was.get(name) != is_now.get(name):
                yield {
                    "figure": code, "part": name,
                    "before": was.get(name), "after": is_now.get(name),
                }  # fmt: skip


def _numbers(told: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every number of a figure by where it stands: `value`, `beside.contacts`."""
    if isinstance(told, Mapping):
        for name, inner in told.items():
            if name not in {"status", "code", "definition_version", "sources", "measure"}:
                yield from _numbers(inner, (*at, name))
    elif isinstance(told, list):
        for number, inner in enumerate(told):
            yield from _numbers(inner, (*at, str(number)))
    else:
        yield ".".join(at), told


def _of_tables(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    old, new = (
        {table["id"]: _cells(table) for table in report["tables"]} for report in (before, now)
    )
    for table in dict.fromkeys([*new, *old]):
        was, is_now = old.get(table, {}), new.get(table, {})
        changed = sum(was.get(key) != is_now.get(key) for key in was.keys() | is_now.keys())
        if changed:
            yield {"table": table, "cells": changed}


def _cells(table: Mapping[str, Any]) -> dict[tuple[tuple[str, str], ...], int | None]:
    return {tuple(sorted(each["key"].items())): each["value"] for each in table["cells"]}
