"""`./dev soak`: hundreds of walks at random at a tablet, and the defences taken away one by one.

Ends with what was lost, doubled, out of order, by a wrong author or readable on the tablet's disk.
A whole soak is kept in tests/soak/results; a smaller one is only printed.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import Part, Report
from tests.soak import worlds
from tests.soak.defences import DoesNotFitError
from tests.soak.figures import WALKS, part_of, walks_in
from tests.soak.mutations import ROOT, RunBrokenError, mutations

RESULTS = Path(__file__).parent / "results"
# What a soak is: fewer walks, or shorter ones, are a trial.
WHOLE = {"walks": 260, "killed": 40, "steps": 60}
# One walk for each of the two cores: with more of them each waits for the others.
AT_ONCE = "-n2"
_FILE = "tests/journeys/test_offline_walks.py"


def main(arguments: list[str]) -> int:
    """Walk, take the defences away, print the figures; gives 0 when every promise was kept."""
    asked = _read(arguments)
    began = time.monotonic()
    try:
        parts = [] if asked.walks_only else [mutations()]
    except (DoesNotFitError, RunBrokenError) as error:
        sys.stderr.write(f"./dev soak: {error}\n")
        return 2
    report = Report([_walks(asked, began), *parts])
    sys.stdout.write(report.markdown())
    if parts and all(getattr(asked, name) >= least for name, least in WHOLE.items()):
        sys.stderr.write(f"Kept in {report.keep(RESULTS)}\n")
    return 0 if all(verdict.met for part in report.parts for verdict in part.verdicts) else 1


def _walks(asked: argparse.Namespace, began: float) -> Part:
    told_by_environment = {
        "OUTREACH_WALKS": asked.walks,
        "OUTREACH_KILLED_WALKS": asked.killed,
        "OUTREACH_STEPS": asked.steps,
        "OUTREACH_SEED": asked.seed,
    }
    with TemporaryDirectory(prefix="outreach-soak-") as folder:
        told = Path(folder) / "told.xml"
        # This family of the XML is the one that may hold what a test says of itself.
        kept = [f"--junitxml={told}", "-o", "junit_family=xunit1"]
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", AT_ONCE, "-q", "-p", "no:randomly", *kept),
                *("-p", "tests.soak.telling", "--no-summary"),
                *(f"{_FILE}::{name}" for name in WALKS),
            ],
            cwd=ROOT,
            env={**os.environ, **{name: str(said) for name, said in told_by_environment.items()}},
            stdout=sys.stderr,
            check=False,
        )
        walked = walks_in(told)
    wanted = dict(zip(WALKS.values(), (asked.walks, asked.killed), strict=True))
    return part_of(walked, asked=wanted, minutes=(time.monotonic() - began) / 60)


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    for name, told in (
        ("walks", "walks in a Chromium that lives on"),
        ("killed", "walks in which the browser is killed"),
        ("steps", "steps of each walk"),
    ):
        parser.add_argument(f"--{name}", type=int, default=WHOLE[name], help=told)
    parser.add_argument(
        "--seed", type=int, default=1 + secrets.randbelow(1_000_000), help="of the first walk"
    )
    parser.add_argument("--walks-only", action="store_true", help="take no defence away")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        if sys.argv[1:2] == ["figures"]:
            sys.exit(worlds.main(sys.argv[2:]))
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
