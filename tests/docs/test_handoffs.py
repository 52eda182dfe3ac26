"""The table of docs/handoffs.md is the table of the code, line by line."""

from __future__ import annotations

import re
from pathlib import Path

from outreach.handoffs import lifecycle
from outreach.handoffs.lifecycle import STANDINGS, STEPS, Standing

PAGE = Path(__file__).parents[2] / "docs" / "handoffs.md"
_ROW = re.compile(
    r"^\| ([a-z_]+) \[([a-z]+)\] \| ([a-z-]+) \| ([a-z, ]+) \| ([a-z_]+)(?: \[([a-z]+)\])? \|$",
    re.MULTILINE,
)


def test_the_table_says_just_what_may_be_done() -> None:
    written = {
        (before, turn, act, tuple(by.split(", ")), after, then or None)
        for before, turn, act, by, after, then in _ROW.findall(PAGE.read_text("utf-8"))
    }

    assert written == {
        (*before, action, step.by, *_after(before, action))
        for action, step in STEPS.items()
        for before in STANDINGS
        if lifecycle.after(before, action) is not None
    }


def _after(before: Standing, action: lifecycle.Action) -> Standing:
    found = lifecycle.after(before, action)
    assert found is not None
    return found
