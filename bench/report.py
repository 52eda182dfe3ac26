"""What was measured, as a table for people and as JSON for those who compare runs."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target, and what was measured of it: published whether it is met or not."""

    target: str
    measured: str
    met: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the bench measured."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    verdicts: Sequence[Verdict] = ()
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A run of the bench: the machine, the code, every part."""

    parts: Sequence[Part]
    measured_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat("T", "seconds"))
    machine: dict[str, str] = field(default_factory=lambda: the_machine())  # noqa: PLW0108 - named further down

    def markdown(self) -> str:
        """Return the report for people."""
        lines = [f"# Measured {self.measured_at}", ""]
        lines += [f"- {name}: {value}" for name, value in self.machine.items()]
        for part in self.parts:
            lines += ["", f"## {part.title}", "", *_table(part.columns, part.rows)]
            if part.verdicts:
                told = [
                    (v.target, v.measured, "met" if v.met else "NOT met") for v in part.verdicts
                ]
                lines += ["", *_table(("target", "measured", ""), told)]
            lines += ["", *part.remarks] if part.remarks else []
        return "\n".join(lines) + "\n"

    def keep(self, folder: Path = RESULTS) -> Path:
        """Write the report beside earlier ones, as Markdown and JSON; return the JSON's path.

        A later run of the same day takes the earlier one's place.
        """
        folder.mkdir(parents=True, exist_ok=True)
        name = folder / self.measured_at[:10]
        name.with_suffix(".md").write_text(self.markdown(), "utf-8")
        kept = name.with_suffix(".json")
        kept.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", "utf-8")
        return kept


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [columns, ["---"] * len(columns), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def the_machine() -> dict[str, str]:
    """Describe what the figures were measured on; the load tells whether it was ours alone."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "commit": _told(["git", "describe", "--always", "--dirty"]),
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _told(command: list[str]) -> str:
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return ran.stdout.strip() or "unknown"
