"""`./dev soak figures`: made-up worlds counted twice over, and sequences of reports attacked.

The ordinary suite takes twenty of the ones and twenty-five of the others; this takes ten and twenty
times as many. A whole run is kept in tests/soak/results/figures.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import Part, Report, Verdict
from tests.soak.mutations import ROOT

RESULTS = Path(__file__).parent / "results" / "figures"
WHOLE = {"worlds": 200, "sequences": 500}
_INDICATORS = "tests/outreach/indicators"
# What each test takes so many of, and where it is.
TRIED = {
    "test_the_cube_is_what_the_contacts_say_in_any_world_after_any_night": (
        "worlds", f"{_INDICATORS}/test_cube.py",
    ),
    "test_a_random_world_is_told_as_a_second_counting_says": (
        "worlds", f"{_INDICATORS}/test_enrolled.py",
    ),
    "test_what_the_unit_reports_is_told_as_a_second_counting_says": (
        "worlds", f"{_INDICATORS}/test_enrolled.py",
    ),
    "test_no_sequence_of_overlapping_reports_gives_anybody_away": (
        "sequences", "tests/outreach/publications/test_service.py",
    ),
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Try them all, print what came of it; gives 0 when every promise was kept."""
    asked = _read(arguments)
    began = time.monotonic()
    told_by_environment = {
        "OUTREACH_WORLDS": str(asked.worlds), "OUTREACH_SEQUENCES": str(asked.sequences),
    }  # fmt: skip
    with TemporaryDirectory(prefix="outreach-soak-") as folder:
        told = Path(folder) / "told.xml"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-n2", "-q", "-p", "no:randomly"),
                f"--junitxml={told}",
                *(f"{file}::{name}" for name, (_, file) in TRIED.items()),
            ],
            cwd=ROOT,
            env=os.environ | told_by_environment,
            stdout=sys.stderr,
            check=False,
        )
        part = part_of(told, asked=vars(asked), minutes=(time.monotonic() - began) / 60)
    report = Report([part])
    sys.stdout.write(report.markdown())
    if all(getattr(asked, name) >= least for name, least in WHOLE.items()):
        sys.stderr.write(f"Kept in {report.keep(RESULTS)}\n")
    return 0 if all(verdict.met for verdict in part.verdicts) else 1


def part_of(told: Path, *, asked: Mapping[str, int], minutes: float) -> Part:
    """Return the table of what was tried, and whether each promise held every time."""
    passed: Counter[str] = Counter()
    for case in ET.parse(told).iter("testcase"):  # noqa: S314 - our own
        name = case.get("name", "").partition("[")[0]
        went_wrong = any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
        passed[name] += not went_wrong
    rows = [
        (name.removeprefix("test_").replace("_", " "), str(asked[kind]), str(passed[name]))
        for name, (kind, _) in TRIED.items()
    ]
    verdicts = [
        Verdict(f"{asked[kind]} {kind}: {said}", f"{held} held", held == asked[kind])
        for (said, _, _), (name, (kind, _)) in zip(rows, TRIED.items(), strict=True)
        for held in (passed[name],)
    ]
    return Part(
        "Figures", ("promise", "tried", "held"), rows, verdicts, [f"{minutes:.1f} minutes."]
    )


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak figures", description=__doc__)
    for name, most in WHOLE.items():
        parser.add_argument(f"--{name}", type=int, default=most)
    return parser.parse_args(arguments)
