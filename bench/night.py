"""The night over millions of contacts, beside what PostgreSQL and DuckDB need for the counts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import psycopg
import sqlalchemy as sa

from bench import ground, history
from bench.ground import Ground
from bench.report import Part, Verdict
from bench.scale import Scale
from outreach.accounts import service as accounts
from outreach.contacts import service as contacts
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.indicators import night

# So many contacts come in on an ordinary day, for the night that counts only what has changed.
A_DAYS_CONTACTS = 1_000
_TURNS = 5
# The targets, as shares of the bare counts of the same run.
MOST_FOR_EVERYTHING = 1.5
MOST_FOR_A_DAY = 3.0
# A day well inside the history, with an ordinary day's share of it.
_DAYS_AGO = 100

_COUNTED = "local_day, site, activity, contact_type, age_band, gender, first_time"
# The counts in plain words: understood by PostgreSQL and DuckDB alike.
_COUNTS = f"""
SELECT {_COUNTED}, CASE WHEN participant.id IS NULL THEN 'anonymous'
                        WHEN protected THEN 'protected' ELSE 'identified' END AS identity,
    count(*) AS contacts, sum(headcount) AS headcount, sum(minutes) AS minutes
FROM contact
LEFT JOIN (contact_link JOIN participant ON participant.id = contact_link.participant_id)
    ON contact_link.contact_id = contact.id AND contact_link.undone_at IS NULL
WHERE voided_at IS NULL {{and_only}} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
# What DuckDB needs of each table for them, and as what: a guess from the first rows can be wrong.
_COPIED = {
    "contact": {
        "id": "UUID",
        **dict.fromkeys(_COUNTED.split(", "), "VARCHAR"),
        "headcount": "INTEGER",
        "minutes": "INTEGER",
        "voided_at": "TIMESTAMPTZ",
    },
    "contact_link": {"contact_id": "UUID", "participant_id": "UUID", "undone_at": "TIMESTAMPTZ"},
    "participant": {"id": "UUID", "protected": "BOOLEAN"},
}
# What is counted, by whom; the night's are held against the bare ones.
_BARE, _DUCKDB, _FULL = (
    "PostgreSQL, CREATE TABLE AS … GROUP BY",
    "DuckDB, CREATE TABLE AS … GROUP BY",
    "the night, everything",
)
_BARE_DAY, _DAY = "PostgreSQL, the same for one day", "the night, that day"
_ORDINARY = f"a whole night after {A_DAYS_CONTACTS} new contacts"


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure the night over each size of table, and the bare limits over the same rows."""
    rows: list[list[str]] = []
    verdicts: list[Verdict] = []
    with history.empty_tables(ground_) as connection:
        for many in scale.contacts:
            history.fill_up_to(ground_, connection, many)
            history.link_some(ground_, connection)
            history.require(connection, many)
            took = _took(ground_, connection)
            rows += [
                [f"{many:,}", name, f"{statistics.median(each):.3f}"] for name, each in took.items()
            ]
            verdicts += _verdicts(many, took)
    return Part(
        title="The night",
        columns=("contacts", "what", "seconds"),
        rows=rows,
        verdicts=verdicts,
        remarks=[
            (
                f"Medians of {_TURNS} turns. One contact of twenty is a known person's; the bare"
                " ones are not asked who may know of it. The night also finds what changed, keeps a"
                " run that can be taken up again, checks what it counted and waits for the disk at"
                " each step; the bare ones do the counting alone. A whole night checks a thirtieth"
                " of all days besides."
            ),
        ],
    )


def _took(ground_: Ground, connection: sa.Connection) -> dict[str, list[float]]:
    """Return how many seconds each way of counting took, turn by turn."""
    store = ground_.folder / "contacts.duckdb"
    _copy_into_duckdb(ground_, store)
    day = clock.today() - timedelta(days=_DAYS_AGO)
    ways: dict[str, Callable[[], object]] = {
        _BARE: lambda: _create_table_as(connection),
        _DUCKDB: lambda: _duckdb(store),
        _FULL: lambda: _night(ground_, night.Scope(full=True)),
        _BARE_DAY: lambda: _create_table_as(connection, day),
        _DAY: lambda: _night(ground_, night.Scope(first=day, last=day)),
        _ORDINARY: lambda: _night(ground_, night.Scope()),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_TURNS):
        for name, way in ways.items():
            if name == _ORDINARY:
                _record_a_day(ground_)
            began = time.perf_counter()
            way()
            took[name].append(time.perf_counter() - began)
    return took


def _verdicts(many: int, took: dict[str, list[float]]) -> list[Verdict]:
    """Hold the night's times against the bare ones of the same turns."""
    found = []
    for what, ours, bare, most in (
        ("everything", _FULL, _BARE, MOST_FOR_EVERYTHING),
        ("one day", _DAY, _BARE_DAY, MOST_FOR_A_DAY),
    ):
        turns = zip(took[ours], took[bare], strict=True)
        share = statistics.median(mine / theirs for mine, theirs in turns)
        target = f"{many:,} contacts, {what}: at most {most:g} × the bare count"
        found.append(Verdict(target, f"{share:.2f} ×", met=share <= most))
    return found


def _create_table_as(connection: sa.Connection, day: date | None = None) -> None:
    connection.execute(sa.text("DROP TABLE IF EXISTS bare_counts"))
    only = f"AND local_day = '{day}'" if day else ""
    connection.execute(sa.text(f"CREATE TABLE bare_counts AS {_COUNTS.format(and_only=only)}"))


def _duckdb(store: Path) -> None:
    counts = _COUNTS.format(and_only="")
    with duckdb.connect(str(store)) as connection:
        connection.execute(f"CREATE OR REPLACE TABLE bare_counts AS {counts}")


def _copy_into_duckdb(ground_: Ground, store: Path) -> None:
    """Give DuckDB the same rows in tables of its own; how long that takes is not measured."""
    address = ground_.server.superuser_url.replace("+psycopg", "").rsplit("/", 1)[0]
    passed = store.with_suffix(".csv")
    with psycopg.connect(f"{address}/{ground.DATABASE}") as source:
        for table, columns in _COPIED.items():
            copied = f"COPY (SELECT {', '.join(columns)} FROM {table}) TO STDOUT (FORMAT csv)"
            with source.cursor().copy(copied) as rows, passed.open("wb") as file:
                for row in rows:
                    file.write(row)
            with duckdb.connect(str(store)) as connection:
                connection.execute(
                    f"CREATE OR REPLACE TABLE {table} AS"
                    " SELECT * FROM read_csv(?, auto_detect = false, columns = ?)",
                    [str(passed), columns],
                )
    passed.unlink()


def _night(ground_: Ground, scope: night.Scope) -> None:
    with ground_.app.test_request_context():
        night.run(by=system("bench"), scope=scope)
        db.session.remove()


def _record_a_day(ground_: Ground) -> None:
    with ground_.app.test_request_context():
        by = accounts.actor_named(ground_.staff[0].username)
        for _ in range(A_DAYS_CONTACTS // 100):
            outcomes = contacts.record_contacts(
                by=by, items=[ground.a_contact() for _ in range(100)]
            )
            if not all(outcome.created for outcome in outcomes):
                raise AssertionError(outcomes)
        db.session.remove()
