"""How Alembic reaches the vault: as its owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

import config
from outreach.foundation.vault import METADATA


def run() -> None:
    """Migrate in one transaction: a failed migration leaves nothing behind."""
    engine = sa.create_engine(config.chosen().VAULT_MIGRATION_URL, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA)
        with context.begin_transaction():
            context.run_migrations()


run()
