"""The schema's history ends where the models are, and can be walked back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from embedded import postgresql
from outreach.foundation.database import Model, db
from outreach.migrations import downgrade, upgrade


@pytest.fixture
def empty(
    server: postgresql.Server, worker_id: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sa.Engine]:
    name = f"outreach_history_{worker_id}"
    server.create_database(name)
    for variable, value in server.environment(name, "outreach_vault").items():
        monkeypatch.setenv(variable, value)
    url = server.environment(name, "outreach_vault")["MIGRATION_DATABASE_URL"]
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()
    server.drop_database(name)


def test_the_newest_revision_is_the_models(empty: sa.Engine) -> None:
    upgrade()

    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_every_revision_can_be_taken_back_and_applied_again(empty: sa.Engine) -> None:
    upgrade()
    downgrade("base")

    assert set(sa.inspect(empty).get_table_names()) == {"alembic_version"}
    upgrade()
    assert "contact" in sa.inspect(empty).get_table_names()


def _kept_periods(connection: sa.Connection) -> list[str]:
    rows = connection.execute(
        sa.text("SELECT first_day || '..' || last_day FROM period_figures ORDER BY 1")
    )
    return list(rows.scalars())


def test_only_the_months_answers_outlive_the_change_to_longer_periods_made_of_months(
    empty: sa.Engine,
) -> None:
    months = ["2025-12-01..2025-12-31", "2026-01-01..2026-01-31", "2026-02-01..2026-02-28"]
    longer = ["2025-01-01..2025-12-31", "2026-01-01..2026-04-30", "2026-05-01..2026-08-31"]
    keep = sa.text("INSERT INTO period_figures VALUES (:first, :last, now(), 5, '{}', '{}')")
    upgrade("0006")
    with empty.begin() as connection:
        for period in (*months, *longer):
            first, last = period.split("..")
            connection.execute(keep, {"first": first, "last": last})
        assert _kept_periods(connection) == sorted((*months, *longer))

    upgrade("0007")

    with empty.begin() as connection:
        assert _kept_periods(connection) == months
    downgrade("0006")
    with empty.begin() as connection:
        assert _kept_periods(connection) == months


# What the application may do besides reading. Written by hand: a right that nobody meant to give
# shows here.
RIGHTS = {
    "alembic_version": set(),
    "amg_enrolment": {"INSERT", "UPDATE"},
    "audit_entry": {"INSERT"},
    "author_grant": {"INSERT", "UPDATE"},
    "audit_seal": {"INSERT"},
    "calendar_feed": {"INSERT", "UPDATE", "DELETE"},
    "case_counter": {"INSERT", "UPDATE"},
    "closure": {"INSERT", "UPDATE"},
    "code": {"INSERT", "UPDATE"},
    "code_revision": {"UPDATE"},
    "consent": {"INSERT", "UPDATE"},
    "contact": {"INSERT", "UPDATE"},
    "contact_counts": set(),
    "contact_link": {"INSERT", "UPDATE"},
    "contact_note": {"INSERT", "UPDATE", "DELETE"},
    "contact_version": {"INSERT"},
    "committee_doors": {"INSERT", "UPDATE"},
    "count_fault": {"INSERT"},
    "daily_counts": {"INSERT", "DELETE"},
    "device": {"INSERT", "UPDATE"},
    "device_code": {"INSERT", "UPDATE", "DELETE"},
    "device_person": {"INSERT", "UPDATE", "DELETE"},
    "directory_entry": {"INSERT", "UPDATE"},
    "erasure_request": {"INSERT", "UPDATE"},
    "identification": {"INSERT"},
    "enrolment": {"INSERT", "UPDATE"},
    "absence": {"INSERT", "UPDATE"},
    "followup": {"INSERT", "UPDATE"},
    "followup_time": {"INSERT", "DELETE"},
    "clients_elsewhere": {"INSERT", "UPDATE"},
    "half_sign_in": {"INSERT", "DELETE"},
    "handoff": {"INSERT", "UPDATE"},
    "handoff_event": {"INSERT"},
    "handoff_message": {"INSERT"},
    "handoff_snapshot": {"INSERT", "UPDATE"},
    "ips_support": {"INSERT", "UPDATE"},
    "job_run": {"INSERT", "UPDATE"},
    "later_link": {"INSERT", "UPDATE"},
    "next_step": {"INSERT", "UPDATE"},
    "opening": {"INSERT", "UPDATE"},
    "opening_hours": {"INSERT", "UPDATE"},
    "osa_decision": {"INSERT", "DELETE"},
    "osa_pause": {"INSERT", "DELETE"},
    "osa_placement": {"INSERT", "UPDATE"},
    "outgoing": {"INSERT", "UPDATE"},
    "participant": {"INSERT", "UPDATE"},
    "participant_join": {"INSERT", "UPDATE"},
    "publication": {"INSERT"},
    "reported_figure": {"INSERT"},
    "period_figures": {"INSERT"},
    "recognition_code": {"INSERT", "UPDATE"},
    "rejection": {"INSERT"},
    "responsibility": {"INSERT", "UPDATE"},
    "recovery_code": {"INSERT", "UPDATE", "DELETE"},
    "second_factor": {"INSERT", "UPDATE", "DELETE"},
    "server_generation": {"INSERT", "UPDATE"},
    "shift": {"INSERT", "UPDATE"},
    "sign_in": {"INSERT", "UPDATE"},
    "site": {"INSERT", "UPDATE"},
    "site_activity": {"INSERT", "UPDATE"},
    "staff": {"INSERT", "UPDATE"},
    "sync_capture": {"INSERT", "UPDATE"},
    "sync_epoch": {"INSERT", "UPDATE"},
    "sync_inbox": {"INSERT", "UPDATE"},
    "sync_kept": {"INSERT", "UPDATE"},
    "sync_loss": {"INSERT", "UPDATE"},
    "sync_position": {"INSERT"},
    "token": {"INSERT", "UPDATE"},
    "unit": {"INSERT", "UPDATE"},
    "unknown_name": {"INSERT", "UPDATE", "DELETE"},
    "work_check": {"INSERT", "UPDATE", "DELETE"},
}
_CHANGES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def _rights(table: str) -> set[str]:
    """Return what the application's role may do with a table, as the database says it."""
    asked = sa.text("SELECT has_table_privilege(:table, :right)")
    return {
        right
        for right in ("SELECT", *_CHANGES)
        if db.session.scalar(asked, {"table": table, "right": right})
    }


def test_the_application_has_the_rights_that_it_uses_and_no_others(app: Flask) -> None:
    assert app
    tables = db.session.scalars(
        sa.text("SELECT relname FROM pg_class WHERE relkind IN ('r', 'v')"
                " AND relnamespace = 'public'::regnamespace")
    ).all()  # fmt: skip

    found = {table: _rights(table) for table in tables}

    assert found == {table: rights | {"SELECT"} for table, rights in RIGHTS.items()}


@pytest.mark.parametrize(
    "act",
    [
        "DELETE FROM contact",
        "DELETE FROM contact_version",
        "UPDATE contact_version SET facts = '{}'",
        "DELETE FROM staff",
        "UPDATE period_figures SET threshold = 1",
        "DELETE FROM period_figures",
        "DELETE FROM code",
        "UPDATE count_fault SET found_at = now()",
        "UPDATE daily_counts SET contacts = 0",
        "DELETE FROM token",
        "TRUNCATE contact CASCADE",
        "UPDATE alembic_version SET version_num = ''",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP FUNCTION number_audit_entry CASCADE",
        "SET session_replication_role = replica",
        "SELECT lo_create(0)",
        "SELECT lo_creat(-1)",
        "SELECT lo_from_bytea(0, 'x')",
    ],
)
def test_what_the_product_never_does_is_refused_by_the_database(app: Flask, act: str) -> None:
    assert app

    with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
        db.session.execute(sa.text(act))
    db.session.rollback()


def test_a_table_to_come_can_be_read_and_added_to_until_its_migration_says_more(
    app: Flask, owner: sa.Engine
) -> None:
    assert app
    with owner.begin() as connection:
        connection.execute(sa.text("CREATE TABLE to_come (id int)"))
    try:
        rights = _rights("to_come")
    finally:
        db.session.rollback()
        with owner.begin() as connection:
            connection.execute(sa.text("DROP TABLE to_come"))

    assert rights == {"SELECT", "INSERT"}
