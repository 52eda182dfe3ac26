"""Years of made-up contacts, put straight into the tables: what is measured reads them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa

from bench.ground import DATABASE, Ground

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

# One contact of twenty is somebody's, who has five; one person of fifty is protected.
_PEOPLE = """
INSERT INTO participant (id, case_number, owner_committee, sealed, registered_at, registered_by,
    protected, named_workers)
SELECT gen_random_uuid(), 'bench-' || gen_random_uuid(), 'KN', '\\x00', now(), :recorded_by,
    n % 50 = 0, CASE WHEN n % 50 = 0 THEN ARRAY[cast(:recorded_by AS uuid)] ELSE '{}' END
FROM generate_series(1, greatest(1, (SELECT count(*) FROM contact) / 100)) n
"""
_LINKS = """
INSERT INTO contact_link (id, contact_id, participant_id, basis, linked_at, linked_by)
SELECT gen_random_uuid(), contact.id, person.id, 'chosen', now(), :recorded_by
FROM (SELECT id, row_number() OVER () n FROM contact WHERE random() < 0.05) contact
JOIN (SELECT id, row_number() OVER () n FROM participant) person
    ON person.n = contact.n % (SELECT count(*) FROM participant) + 1
"""


@contextlib.contextmanager
def empty_tables(ground_: Ground) -> Iterator[sa.Connection]:
    """Take away every contact and count, and hold a connection that may do anything."""
    superuser = sa.create_engine(
        ground_.server.superuser_url.rsplit("/", 1)[0] + f"/{DATABASE}",
        isolation_level="AUTOCOMMIT",
    )
    with superuser.connect() as connection:
        connection.execute(
            sa.text("TRUNCATE contact, contact_version, participant, daily_counts, job_run CASCADE")
        )
        yield connection
    superuser.dispose()


def fill_up_to(ground_: Ground, connection: sa.Connection, many: int) -> None:
    """Add contacts until there are so many."""
    there = connection.scalar(sa.text("SELECT count(*) FROM contact")) or 0
    more = {"recorded_by": ground_.staff[0].id, "many": many - there}
    connection.execute(sa.text(_FILL), more)
    connection.execute(sa.text("VACUUM ANALYZE contact"))


def link_some(ground_: Ground, connection: sa.Connection) -> None:
    """Let one contact of twenty be a known person's; whoever was known before is forgotten."""
    # Emptying the table with CASCADE would take the contacts too: codes know whom they led to.
    connection.execute(sa.text("DELETE FROM contact_link"))
    connection.execute(sa.text("DELETE FROM participant"))
    for statement in (_PEOPLE, _LINKS):
        connection.execute(sa.text(statement), {"recorded_by": ground_.staff[0].id})
    connection.execute(sa.text("VACUUM ANALYZE participant, contact_link"))


def require(connection: sa.Connection, many: int) -> None:
    """Refuse to measure over fewer contacts than are said, or over ones that are nobody's."""
    there = connection.scalar(sa.text("SELECT count(*) FROM contact"))
    linked = connection.scalar(sa.text("SELECT count(*) FROM contact_link"))
    if there != many or not linked:
        raise AssertionError(there, linked)
