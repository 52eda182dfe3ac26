"""One contact over HTTP, beside bare Flask with Core and beside pgbench, all in one run."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit
from uuid import UUID

from bench import ground, load
from bench.ground import Ground
from bench.load import Run
from bench.report import Part, Verdict
from bench.scale import Scale

CREATED = 201
WARMING = 200

# The targets: all are ratios, for a slow machine slows both sides.
LEAST_SHARE = 0.40
MOST_P95 = 3.0
MOST_P99 = 5.0


@dataclass(slots=True)
class _Turns:
    """What the turns of one number of connections measured."""

    bare: list[Run] = field(default_factory=list)
    product: list[Run] = field(default_factory=list)
    pgbench: list[float] = field(default_factory=list)

    def share(self) -> float:
        """Return the product's rate as a share of the bare one's: the median of the turns."""
        turns = zip(self.product, self.bare, strict=True)
        return statistics.median(ours.rate / bare.rate for ours, bare in turns)


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure the product and its bare limits turn by turn."""
    found = {many: _Turns() for many in scale.connections}
    with ground_.web("wsgi:app") as ours, ground_.web("bench.bare_app:app") as bare:
        warming = replace(scale, requests=min(WARMING, scale.requests))
        _bare(ground_, bare, many=8, scale=warming)
        _ours(ground_, ours, many=8, scale=warming)
        for _ in range(scale.rounds):
            for many, turns in found.items():
                turns.bare.append(_bare(ground_, bare, many=many, scale=scale))
                turns.product.append(_ours(ground_, ours, many=many, scale=scale))
                turns.pgbench.append(_pgbench(ground_, many=many, scale=scale))
    sent = ground.contacts_sent(ground_.staff, scale.requests)
    most = load.ceiling(sent, connections=max(scale.connections), seconds=scale.seconds)
    return Part(
        title="One contact over HTTP",
        columns=(
            "connections",
            "what",
            "requests/s",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "share of bare",
        ),
        rows=[row for many, turns in found.items() for row in _rows(many, turns)],
        verdicts=[verdict for many, turns in found.items() for verdict in _verdicts(many, turns)],
        remarks=[
            f"The load generator drives {most:.0f} requests/s against a server that does nothing.",
            (
                f"{scale.rounds} turns of {scale.requests} requests each; rates are the turns'"
                " medians, waits are over all turns."
            ),
        ],
    )


def _ours(ground_: Ground, port: int, *, many: int, scale: Scale) -> Run:
    sent = ground.contacts_sent(ground_.staff, scale.requests)
    return load.drive(port, sent, connections=many, seconds=scale.seconds).require(CREATED)


def _bare(ground_: Ground, port: int, *, many: int, scale: Scale) -> Run:
    sent = ground.rows_sent(ground_.staff, scale.requests)
    return load.drive(port, sent, connections=many, seconds=scale.seconds).require(CREATED)


def _pgbench(ground_: Ground, *, many: int, scale: Scale) -> float:
    """Return how many rows a second pgbench inserts over so many connections; 0 without one."""
    program = ground_.server.programs.named("pgbench")
    if not program.exists():
        return 0.0
    script = ground_.folder / "insert.sql"
    script.write_text(_insert(ground_.staff[0].id))
    address = urlsplit(ground_.environment["DATABASE_URL"])
    each = max(1, scale.requests // many)
    ran = subprocess.run(
        [program, "-n", "-M", "prepared", "-f", script, "-c", str(many), "-t", str(each)],
        env={
            **os.environ,
            "PGHOST": str(address.hostname),
            "PGPORT": str(address.port),
            "PGUSER": str(address.username),
            "PGPASSWORD": str(address.password),
            "PGDATABASE": address.path.lstrip("/"),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=scale.seconds + 30,
    )
    told = re.search(r"tps = ([\d.]+)", ran.stdout)
    return float(told.group(1)) if told else 0.0


def _insert(recorded_by: UUID) -> str:
    """Return pgbench's script: the row of `ground.a_row`, with an id made by the database."""
    row = ground.a_row(recorded_by) | {"id": None}
    said = {name: _literal(name, value) for name, value in row.items()}
    return f"INSERT INTO contact ({', '.join(said)}) VALUES ({', '.join(said.values())});\n"


def _literal(name: str, value: object) -> str:
    if name == "id":
        return "gen_random_uuid()"
    if isinstance(value, list):
        return "'{" + ",".join(value) + "}'"
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(value)
    return f"'{value}'"


def _rows(many: int, turns: _Turns) -> list[list[str]]:
    rows = []
    for what, runs in (("bare Flask + Core", turns.bare), ("the product", turns.product)):
        whole = load.merged(runs)
        rate = statistics.median(run.rate for run in runs)
        waits = [f"{whole.wait(percent):.1f}" for percent in (50, 95, 99)]
        share = "1" if runs is turns.bare else f"{turns.share():.2f}"
        rows.append([str(many), what, f"{rate:.0f}", *waits, share])
    pgbench = statistics.median(turns.pgbench)
    rows.append([str(many), "pgbench", f"{pgbench:.0f}", "", "", "", ""])
    return rows


def _verdicts(many: int, turns: _Turns) -> list[Verdict]:
    ours, bare = load.merged(turns.product), load.merged(turns.bare)
    p95, p99 = ours.wait(95) / bare.wait(95), ours.wait(99) / ours.wait(50)
    at = f"at {many} connections"
    return [
        Verdict(
            f"{at}: at least {LEAST_SHARE:.0%} of bare Flask + Core",
            f"{turns.share():.0%}",
            met=turns.share() >= LEAST_SHARE,
        ),
        Verdict(
            f"{at}: p95 at most {MOST_P95:g} × the bare one's", f"{p95:.1f} ×", met=p95 <= MOST_P95
        ),
        Verdict(
            f"{at}: p99 at most {MOST_P99:g} × its own p50", f"{p99:.1f} ×", met=p99 <= MOST_P99
        ),
    ]
