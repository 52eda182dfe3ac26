"""`./dev bench [part …]`: measure, print the tables, keep them in bench/results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bench import (
    aborted,
    batch,
    contacts,
    export,
    lighthouse,
    meetings,
    night,
    people,
    sync,
    tablet,
)
from bench.ground import Ground, ground
from bench.report import RESULTS, Part, Report
from bench.scale import FULL, SMOKE, Scale
from embedded import children
from embedded.refusal import Refusal

PARTS: Mapping[str, Callable[[Ground, Scale], Part]] = {
    "contacts": contacts.measure,
    "batch": batch.measure,
    "aborted": aborted.measure,
    "sync": sync.measure,
    "tablet": tablet.measure,
    "lighthouse": lighthouse.measure,
    "meetings": meetings.measure,
    "people": people.measure,
    # Last: they fill the table of contacts.
    "export": export.measure,
    "night": night.measure,
}
# Only when it is asked for by name: it fetches what nothing else needs.
APART = frozenset({"lighthouse"})


def main(arguments: list[str]) -> int:
    """Measure the parts that are named, or all; gives 0 whether or not the targets are met."""
    asked = _read(arguments)
    scale = SMOKE if asked.smoke else FULL
    scale = replace(
        scale,
        rounds=asked.rounds or scale.rounds,
        contacts=tuple(asked.contacts or scale.contacts),
    )
    children.turn_stop_signals_into_interrupts()
    with ground(scale.staff) as prepared:
        report = Report([PARTS[name](prepared, scale) for name in PARTS if name in asked.part])
    sys.stdout.write(report.markdown())
    if asked.keep is not None:
        sys.stderr.write(f"Kept in {report.keep(asked.keep)}\n")
    return 0


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument(
        "part",
        nargs="*",
        choices=[*PARTS, []],
        help=f"any of: {', '.join(PARTS)}; default: all but {', '.join(APART)}",
    )
    parser.add_argument("--rounds", type=int, help="turns of the product and its bare limits")
    parser.add_argument(
        "--contacts", type=int, nargs="+", help="sizes of the table the night is measured over"
    )
    parser.add_argument(
        "--smoke", action="store_true", help="a few of everything, to see that it runs; not kept"
    )
    parser.add_argument("--keep", type=Path, default=RESULTS, help="the folder for the results")
    asked = parser.parse_args(arguments)
    asked.part = asked.part or [name for name in PARTS if name not in APART]
    asked.keep = None if asked.smoke else asked.keep
    return asked


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refusal as refusal:
        sys.exit(f"./dev bench: {refusal}")
    except KeyboardInterrupt:
        sys.exit(130)
