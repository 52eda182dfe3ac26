"""Contacts handed out as a file, beside PostgreSQL that copies the same rows to a program."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench import history
from bench.ground import Ground
from bench.report import Part, Verdict
from bench.scale import Scale
from embedded.ports import LOOPBACK

MOST_UNTIL_FIRST_BYTE = 0.5
# What a worker may take besides, in MiB, however many rows there are.
MOST_MEMORY = 16.0
_TURNS = 3
_READ = 1 << 16
_OK = 200


@dataclass(frozen=True, slots=True)
class _Download:
    """One file: seconds until its first byte and its last, its lines, the memory it took in MiB."""

    first_byte: float
    seconds: float
    lines: int
    memory: float


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure the file of all contacts over each size of table."""
    rows: list[list[str]] = []
    verdicts: list[Verdict] = []
    with history.empty_tables(ground_) as connection, ground_.served("wsgi:app") as (port, parent):
        _download(ground_, port, parent)
        for many in scale.exported:
            history.fill_up_to(ground_, connection, many)
            files = [_download(ground_, port, parent) for _ in range(_TURNS)]
            if {each.lines for each in files} != {many + 1}:
                raise AssertionError(files)
            rows += _rows(many, files, _copy(ground_))
            verdicts += _verdicts(many, files)
    return Part(
        title="Contacts as a file (CSV)",
        columns=("contacts", "what", "first byte s", "all s", "rows/s", "memory MiB"),
        rows=rows,
        verdicts=verdicts,
        remarks=[
            (
                f"Medians of {_TURNS} turns, the worst for the verdicts. Memory is what the worker"
                " that answered took at its peak beyond what it had before."
            ),
        ],
    )


def _download(ground_: Ground, port: int, parent: int) -> _Download:
    """Fetch the file of every contact of every place, as a supervisor's browser does."""
    before = {worker: _resident(worker, fresh=True) for worker in _workers_of(parent)}
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=120)
    began = time.perf_counter()
    connection.request("GET", "/kontakter.csv", headers={"Cookie": ground_.chief.cookie})
    answer = connection.getresponse()
    if answer.status != _OK:
        raise AssertionError(answer.status)
    lines = answer.read(1).count(b"\n")
    first_byte = time.perf_counter() - began
    while part := answer.read(_READ):
        lines += part.count(b"\n")
    seconds = time.perf_counter() - began
    connection.close()
    memory = max(_resident(worker, peak=True) - had for worker, had in before.items())
    return _Download(first_byte, seconds, lines, memory)


def _copy(ground_: Ground) -> float:
    """Return the seconds that PostgreSQL needs to hand the same rows to a program as CSV."""
    columns = (
        "id, site, activity, contact_type, occurred_at, headcount, age_band, gender, first_time,"
        " topics, result, signposted_to, talk_language, interpreter, group_id, minutes, username"
    )
    query = (
        f"COPY (SELECT {columns.replace('id,', 'contact.id,', 1)} FROM contact"
        " JOIN staff ON staff.id = recorded_by WHERE voided_at IS NULL"
        " ORDER BY local_day, occurred_at, contact.id) TO STDOUT (FORMAT csv)"
    )
    began = time.perf_counter()
    with (
        psycopg.connect(ground_.environment["DATABASE_URL"].replace("+psycopg", "")) as source,
        source.cursor().copy(query) as parts,
    ):
        for _ in parts:
            pass
    return time.perf_counter() - began


def _rows(many: int, files: list[_Download], copied: float) -> list[list[str]]:
    seconds = statistics.median(each.seconds for each in files)
    first = statistics.median(each.first_byte for each in files)
    memory = statistics.median(each.memory for each in files)
    return [
        [f"{many:,}", "PostgreSQL, COPY", "", f"{copied:.2f}", f"{many / copied:,.0f}", ""],
        [
            f"{many:,}",
            "the product",
            f"{first:.3f}",
            f"{seconds:.2f}",
            f"{many / seconds:,.0f}",
            f"{memory:.1f}",
        ],
    ]


def _verdicts(many: int, files: list[_Download]) -> Iterator[Verdict]:
    first = max(each.first_byte for each in files)
    memory = max(each.memory for each in files)
    yield Verdict(
        f"{many:,} contacts: the first byte within {MOST_UNTIL_FIRST_BYTE} s",
        f"{first:.3f} s",
        met=first <= MOST_UNTIL_FIRST_BYTE,
    )
    yield Verdict(
        f"{many:,} contacts: at most {MOST_MEMORY:.0f} MiB of memory",
        f"{memory:.1f} MiB",
        met=memory <= MOST_MEMORY,
    )


def _workers_of(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _resident(pid: int, *, fresh: bool = False, peak: bool = False) -> float:
    """Return a process's memory in MiB, or its peak since it was last asked to begin anew."""
    if fresh:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    wanted = "VmHWM" if peak else "VmRSS"
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(wanted))
