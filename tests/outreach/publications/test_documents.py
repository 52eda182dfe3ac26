"""A report as a document: always the same bytes, and what has changed since the last one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from outreach.indicators.auditing import Attack
from outreach.publications.documents import (
    Head,
    changes_between,
    disclosure,
    document,
    json_of,
    shielding,
)

_HEAD = Head(
    id=UUID(int=7),
    version=1,
    frozen_at=datetime(2026, 9, 8, 9, 30, tzinfo=UTC),
    frozen_by="Eva Berg",
    supersedes=None,
    dnr=None,
    note=None,
)


def _cell(value: int | None, site: str) -> dict[str, Any]:
    return {
        "key": {"site": site},
        "value": value,
        "status": "ok" if value is not None else "hidden",
    }


def _answer(value: int | None = 20, here: int | None = 12, there: int | None = 8) -> dict[str, Any]:
    return {
        "period": {"from": "2026-01-01", "to": "2026-08-31"},
        "figures": [{"code": "SN3", "definition_version": 2, "value": value, "status": "ok"}],
        "tables": [
            {
                "id": "persons_site",
                "cells": [_cell(here, "hagalund"), _cell(there, "total")],
            }
        ],
    }


def test_a_document_is_the_same_bytes_whatever_order_its_parts_came_in() -> None:
    one = document(_HEAD, _answer(), {"k": 5}, [])
    other = document(_HEAD, dict(reversed(_answer().items())), {"k": 5}, [])

    assert json_of(one) == json_of(other)
    assert json_of({"å": 1, "a": [2]}) == '{"a":[2],"å":1}'.encode()


def test_the_checksum_is_of_all_else() -> None:
    made = document(_HEAD, _answer(), {"k": 5}, [])
    bare = {name: said for name, said in made.items() if name != "checksum"}

    written = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert made["checksum"] == hashlib.sha256(written.encode()).hexdigest()
    assert document(_HEAD, _answer(21), {"k": 5}, [])["checksum"] != made["checksum"]


def test_only_what_is_said_stands_in_a_document() -> None:
    first = document(_HEAD, _answer(), {"k": 5}, [])
    second = document(
        replace(_HEAD, version=2, supersedes=UUID(int=7), dnr="SN/2026:17", note="Rättat."),
        _answer(), {"k": 5}, [{"table": "persons_site", "cells": 1}],
    )  # fmt: skip

    assert first.keys().isdisjoint({"supersedes", "changes", "dnr", "note"})
    assert (second["supersedes"], second["dnr"], second["note"]) == (
        str(UUID(int=7)), "SN/2026:17", "Rättat.",
    )  # fmt: skip
    assert second["changes"] == [{"table": "persons_site", "cells": 1}]
    assert first["frozen_at"] == "2026-09-08T09:30:00Z"


def test_what_is_hidden_is_told_by_its_reason() -> None:
    counts, told = _answer(3, 3, 9), _answer(None, None, 9)
    counts["tables"][0]["cells"][0]["value"] = 7
    hidden: list[list[str | int]] = [["figures", 0, "value"], ["tables", 0, "cells", 0, "value"]]

    assert shielding(counts, hidden, 5, Attack(3, 6, ())) == {
        "hidden_primary": 1, "hidden_complementary": 1, "cells": 3, "narrowest": 6,
    }  # fmt: skip
    # How many of the two are small would say which: both, if they come to a small number.
    assert disclosure(counts, told, hidden, 5) == {
        "k": 5,
        "hidden": 2,
        "hidden_primary": None,
        "hidden_complementary": None,
        "withheld": ["persons_site"],
        "attack": {"cells": 2, "narrowest": 5},
    }
    assert disclosure(counts, counts, [], 5)["attack"] == {"cells": 0, "narrowest": None}


def test_a_version_tells_what_it_changes_figure_by_figure_and_how_much_in_each_table() -> None:
    assert changes_between(_answer(), _answer()) == []
    assert changes_between(_answer(20, 12, 8), _answer(26, 12, None)) == [
        {"figure": "SN3", "part": "value", "before": 20, "after": 26},
        {"table": "persons_site", "cells": 1},
    ]


def test_a_figure_and_a_table_that_are_gone_are_told_as_gone() -> None:
    now = {**_answer(), "figures": [], "tables": []}

    assert changes_between(_answer(), now) == [
        {"figure": "SN3", "part": "value", "before": 20, "after": None},
        {"table": "persons_site", "cells": 2},
    ]


def test_a_figure_that_is_new_is_told_from_nothing() -> None:
    now = _answer()
    share = {"value": None, "numerator": 30, "denominator": 60, "percent": "50.0", "status": "ok"}
    now["figures"].append({"code": "KN1", "definition_version": 1, "units": {"Unga": share}})

    assert changes_between(_answer(), now) == [
        {"figure": "KN1", "part": f"units.Unga.{name}", "before": None, "after": share[name]}
        for name in ("numerator", "denominator", "percent")
    ]
