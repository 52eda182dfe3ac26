"""The schema's history ends where the models are, and can be walked back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from embedded import postgresql
from outreach.foundation.database import Model
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
