"""The night over a million contacts, beside what PostgreSQL and DuckDB need for the same counts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import psycopg
import sqlalchemy as sa

from bench import ground
from bench.ground import DATABASE, Ground
from bench.report import Part
from bench.scale import Scale
from outreach.accounts import service as accounts
from outreach.contacts import service as contacts
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.indicators import night

# So many contacts come in on an ordinary day, for the night that counts only what has changed.
A_DAYS_CONTACTS = 1_000
_TURNS = 3

_COUNTED = "local_day, site, activity, contact_type, age_band, gender, first_time"
# The counts in plain words: understood by PostgreSQL and DuckDB alike.
_COUNTS = f"""
SELECT {_COUNTED}, count(*) AS contacts, sum(headcount) AS headcount, sum(minutes) AS minutes
FROM contact WHERE voided_at IS NULL GROUP BY {_COUNTED}
"""
# Three years of days; few codes are common and many are rare, as in life.
_FILL = """
INSERT INTO contact (id, site, activity, committee, contact_type, occurred_at, headcount, age_band,
    gender, first_time, topics, result, signposted_to, talk_language, interpreter, minutes,
    recorded_by, received_at, sameness)
SELECT gen_random_uuid(),
    (ARRAY['hagalund', 'solna_centrum', 'bagartorp'])[1 + least(2, floor(-ln(1 - a) * 1.3)::int)],
    CASE WHEN b < 0.8 THEN 'open' ELSE 'outreach' END,
    'KN',
    (ARRAY['drop_in', 'booked', 'phone', 'brief', 'digital'])
        [1 + least(4, floor(-ln(1 - c) * 1.3)::int)],
    now() - (n % 1000 + 1) * interval '1 day',
    1,
    (ARRAY['30-44', '18-29', '45-54', '55-65', 'unknown', '66+', '16-17'])
        [1 + least(6, floor(-ln(1 - d) * 1.5)::int)],
    (ARRAY['woman', 'man', 'unknown', 'declined', 'other'])
        [1 + least(4, floor(-ln(1 - e))::int)],
    (ARRAY['not_asked', 'yes', 'no'])[1 + floor(f * 3)::int],
    ARRAY['cv'], 'information_given', '{}', 'sv', 'none',
    CASE WHEN g < 0.3 THEN 10 END,
    :recorded_by, now(), '\\x00'
FROM (SELECT n, random() a, random() b, random() c, random() d, random() e, random() f, random() g
      FROM generate_series(1, :many) n) AS made
"""


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure the night over each size of table, and the bare limits over the same rows."""
    rows = []
    superuser = sa.create_engine(
        ground_.server.superuser_url.rsplit("/", 1)[0] + f"/{DATABASE}",
        isolation_level="AUTOCOMMIT",
    )
    there = 0
    with superuser.connect() as connection:
        connection.execute(
            sa.text("TRUNCATE contact, contact_version, daily_counts, job_run CASCADE")
        )
        for many in scale.contacts:
            fill = {"recorded_by": ground_.staff[0].id, "many": many - there}
            connection.execute(sa.text(_FILL), fill)
            connection.execute(sa.text("VACUUM ANALYZE contact"))
            there = many
            rows += _rows(ground_, connection, many)
    superuser.dispose()
    return Part(
        title="The night",
        columns=("contacts", "what", "seconds"),
        rows=rows,
        remarks=[
            (
                f"Medians of {_TURNS} turns. The night also finds what changed, keeps a run that"
                " can be taken up again, checks days of history in turn and waits for the disk;"
                " the other two do the counting alone."
            ),
        ],
    )


def _rows(ground_: Ground, connection: sa.Connection, many: int) -> list[list[str]]:
    """Return what each way of counting took, turn by turn."""
    store = ground_.folder / "contacts.duckdb"
    _copy_into_duckdb(ground_, store)
    ways: dict[str, Callable[[], object]] = {
        "PostgreSQL, CREATE TABLE AS … GROUP BY": lambda: _create_table_as(connection),
        "DuckDB, CREATE TABLE AS … GROUP BY": lambda: _duckdb(store),
        "the night, everything": lambda: _night(ground_, night.Scope(full=True)),
        f"the night, {A_DAYS_CONTACTS} new contacts": lambda: _night(ground_, night.Scope()),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_TURNS):
        for name, way in ways.items():
            if way is ways[f"the night, {A_DAYS_CONTACTS} new contacts"]:
                _record_a_day(ground_)
            began = time.perf_counter()
            way()
            took[name].append(time.perf_counter() - began)
    return [[f"{many:,}", name, f"{statistics.median(each):.2f}"] for name, each in took.items()]


def _create_table_as(connection: sa.Connection) -> None:
    connection.execute(sa.text("DROP TABLE IF EXISTS bare_counts"))
    connection.execute(sa.text(f"CREATE TABLE bare_counts AS {_COUNTS}"))


def _duckdb(store: Path) -> None:
    with duckdb.connect(str(store)) as connection:
        connection.execute(f"CREATE OR REPLACE TABLE bare_counts AS {_COUNTS}")


def _copy_into_duckdb(ground_: Ground, store: Path) -> None:
    """Give DuckDB the same rows in a table of its own; how long that takes is not measured."""
    address = ground_.environment["DATABASE_URL"].replace("+psycopg", "")
    passed = store.with_suffix(".csv")
    columns = f"{_COUNTED}, headcount, minutes, voided_at"
    with (
        psycopg.connect(address) as source,
        source.cursor().copy(
            f"COPY (SELECT {columns} FROM contact) TO STDOUT (FORMAT csv, HEADER)"
        ) as rows,
        passed.open("wb") as file,
    ):
        for row in rows:
            file.write(row)
    with duckdb.connect(str(store)) as connection:
        connection.execute(
            "CREATE OR REPLACE TABLE contact AS SELECT * FROM read_csv(?, header = true)",
            [str(passed)],
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
