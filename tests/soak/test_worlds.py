from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.mutations import ROOT
from tests.soak.worlds import TRIED, part_of


def _told(folder: Path, times: int, outcome: str = "") -> Path:
    told = folder / "told.xml"
    cases = [
        f'<testcase name="{name}[{seed}]">{outcome if seed == 0 else ""}</testcase>'
        for name in TRIED
        for seed in range(times)
    ]
    told.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    return told


def test_what_held_every_time_is_told_so(tmp_path: Path) -> None:
    part = part_of(_told(tmp_path, 3), asked={"worlds": 3, "sequences": 3}, minutes=1.5)

    assert [row[1:] for row in part.rows] == [("3", "3")] * len(TRIED)
    assert all(verdict.met for verdict in part.verdicts)


@pytest.mark.parametrize("outcome", ["<failure/>", "<error/>", "<skipped/>"])
def test_what_broke_once_is_not_called_kept(tmp_path: Path, outcome: str) -> None:
    told = _told(tmp_path, 3, outcome)

    part = part_of(told, asked={"worlds": 3, "sequences": 3}, minutes=1)

    assert not any(verdict.met for verdict in part.verdicts)


def test_what_was_not_tried_is_not_called_kept(tmp_path: Path) -> None:
    part = part_of(_told(tmp_path, 3), asked={"worlds": 3, "sequences": 4}, minutes=1)

    assert [verdict.met for verdict in part.verdicts] == [
        kind == "worlds" for kind, _ in TRIED.values()
    ]


@pytest.mark.parametrize("name", TRIED)
def test_every_test_that_is_tried_exists(name: str) -> None:
    assert f"def {name}(" in (ROOT / TRIED[name][1]).read_text()
