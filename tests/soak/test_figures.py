from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journeys.offline_verdict import KINDS
from tests.soak.figures import WALKS, part_of, walks_in

ONE, KILLED = WALKS
CALLED = list(WALKS.values())


def _figures(**said: int) -> str:
    counted = {"seed": 1, "steps": 60, "saved": 30, "canaries": 2} | dict.fromkeys(KINDS, 0)
    return json.dumps(counted | said).replace('"', "&quot;")


def _told(folder: Path, *cases: str) -> Path:
    told = folder / "told.xml"
    told.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    return told


def _case(name: str, seed: int, figures: str = "", outcome: str = "") -> str:
    kept = f'<properties><property name="walk" value="{figures}"/></properties>' if figures else ""
    return f'<testcase classname="x" name="{name}[{seed}]">{kept}{outcome}</testcase>'


def test_the_walks_are_added_up_by_their_kind(tmp_path: Path) -> None:
    told = _told(
        tmp_path,
        _case(ONE, 7, _figures()),
        _case(ONE, 8, _figures(saved=20)),
        _case(KILLED, 7, _figures()),
        _case("test_something_else", 9, _figures()),
    )

    part = part_of(walks_in(told), asked={CALLED[0]: 2, CALLED[1]: 1}, minutes=41)

    nothing = ("0",) * len(KINDS)
    assert part.rows == [
        (CALLED[0], "2", "2", "120", "50", *nothing, "7 to 8"),
        (CALLED[1], "1", "1", "60", "30", *nothing, "7 to 7"),
    ]
    assert all(verdict.met for verdict in part.verdicts)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_went_wrong_is_counted_and_no_promise_is_called_kept(
    tmp_path: Path, kind: str
) -> None:
    figures = _figures(**{kind: 3})
    told = _told(tmp_path, _case(ONE, 7, figures, '<failure message="AssertionError"/>'))

    part = part_of(walks_in(told), asked={CALLED[0]: 1}, minutes=1)

    broken = [verdict.target for verdict in part.verdicts if not verdict.met]
    assert broken == [f"{kind}: 0", "every walk passed"]
    assert f"`./dev soak --seed 7 …` failed {CALLED[0]}" in part.remarks


def test_a_walk_that_broke_off_is_none_that_was_taken(tmp_path: Path) -> None:
    told = _told(tmp_path, _case(ONE, 7, outcome='<error message="Timeout"/>'))

    part = part_of(walks_in(told), asked={CALLED[0]: 2}, minutes=61)

    assert [(each.target, each.measured) for each in part.verdicts if not each.met] == [
        (f"2 walks {CALLED[0]}", "0 walked to their end"),
        ("every walk passed", "0 of 1"),
        ("at most 60 minutes", "61.0 minutes"),
    ]


def test_a_skipped_walk_did_not_pass(tmp_path: Path) -> None:
    told = _told(tmp_path, _case(ONE, 7, outcome="<skipped/>"))

    assert [each.passed for each in walks_in(told)] == [False]
