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
