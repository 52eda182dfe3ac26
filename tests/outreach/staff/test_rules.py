"""Who may be put where."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from outreach.staff import rules

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({"roles": ["caseworker"]}, ["/committee", "/sites"]),
        ({"roles": ["caseworker"], "committee": "KN", "sites": ["hagalund"]}, []),
        ({"roles": ["supervisor"], "committee": "KN"}, ["/unit_id"]),
        ({"roles": ["supervisor"], "committee": "KN", "unit_id": A}, []),
        ({"roles": ["supervisor"], "committee": "KN", "sites": ["hagalund"]}, []),
        ({"roles": ["receiver"]}, ["/team"]),
        ({"roles": ["receiver"], "team": "osa"}, []),
        ({"roles": ["reviewer"]}, ["/committee"]),
        ({"roles": ["analyst", "administrator"]}, []),
        ({}, []),
    ],
)
def test_each_role_needs_its_reach(said: dict[str, Any], pointers: list[str]) -> None:
    assert [fault.pointer for fault in rules.role_faults(said)] == pointers


@pytest.mark.parametrize(
    ("parent", "faulty"), [(None, False), (C, False), (A, True), (B, True), (UUID(int=9), True)]
)
def test_a_unit_is_never_below_itself(
    parent: UUID | None,
    faulty: bool,  # noqa: FBT001 - the answer expected
) -> None:
    parents = {A: None, B: A, C: None}

    assert bool(list(rules.parent_faults(A, parent, parents))) is faulty
