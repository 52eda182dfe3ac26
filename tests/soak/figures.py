"""What the walks of a soak came to, added up from what pytest has kept of each."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.report import Part, Verdict
from tests.journeys.offline_verdict import KINDS

# The two kinds of walk: the test that takes them, and what the table calls them.
WALKS = {
    "test_a_walk_at_random_loses_doubles_and_swaps_nothing": "in a Chromium that lives on",
    "test_a_walk_with_killed_browsers_loses_doubles_and_swaps_nothing": "with killed browsers",
}

# A soak may take so many minutes on two cores.
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Walked:
    """One walk: of which kind, from which seed, its figures; none when it broke off before."""

    kind: str
    seed: int
    figures: Mapping[str, int] | None
    passed: bool


def walks_in(told: Path) -> list[Walked]:
    """Return the walks that pytest tells of in its XML."""
    found = []
    for case in ET.parse(told).iter("testcase"):  # noqa: S314 - our own
        name, _, seed = case.get("name", "").rstrip("]").partition("[")
        if name not in WALKS or not seed.isdecimal():
            continue
        kept = [each.get("value", "") for each in case.iter("property")]
        figures = json.loads(kept[0]) if kept else None
        passed = all(case.find(tag) is None for tag in ("failure", "error", "skipped"))
        found.append(Walked(WALKS[name], int(seed), figures, passed))
    return found


def part_of(walked: Sequence[Walked], *, asked: Mapping[str, int], minutes: float) -> Part:
    """Return the table of the walks, and whether each promise held over all of them."""
    columns = ("walks", "taken", "passed", "steps", "operations said to be saved", *KINDS, "seeds")
    rows = [_row(kind, [each for each in walked if each.kind == kind]) for kind in WALKS.values()]
    passed = sum(each.passed for each in walked)
    counted = {name: _sum(walked, name) for name in KINDS}
    verdicts = [
        *(_taken(kind, count, walked) for kind, count in asked.items()),
        *(Verdict(f"{name}: 0", str(count), count == 0) for name, count in counted.items()),
        Verdict("every walk passed", f"{passed} of {len(walked)}", passed == len(walked)),
        Verdict(f"at most {LONGEST} minutes", f"{minutes:.1f} minutes", minutes <= LONGEST),
    ]
    canaries = f"Looked for in the files of killed browsers: {_sum(walked, 'canaries')} canaries."
    again = [
        f"`./dev soak --seed {each.seed} …` failed {each.kind}"
        for each in walked
        if not each.passed
    ]
    return Part("Walks", columns, rows, verdicts, [canaries, *again])


def _taken(kind: str, count: int, walked: Sequence[Walked]) -> Verdict:
    taken = sum(each.kind == kind and each.figures is not None for each in walked)
    return Verdict(f"{count} walks {kind}", f"{taken} walked to their end", taken == count)


def _row(kind: str, walked: Sequence[Walked]) -> tuple[str, ...]:
    seeds = sorted(each.seed for each in walked)
    return (
        kind,
        str(len(walked)),
        str(sum(each.passed for each in walked)),
        *(str(_sum(walked, name)) for name in ("steps", "saved", *KINDS)),
        f"{seeds[0]} to {seeds[-1]}" if seeds else "none",
    )


def _sum(walked: Sequence[Walked], name: str) -> int:
    return sum((each.figures or {}).get(name, 0) for each in walked)
