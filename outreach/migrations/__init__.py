"""The schema's history, and the one way to bring a database to its newest state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import config


def upgrade(revision: str = "head") -> None:
    """Bring the database of MIGRATION_DATABASE_URL to the given revision."""
    command.upgrade(scripts(), revision)


def downgrade(revision: str) -> None:
    """Take the database of MIGRATION_DATABASE_URL back to the given revision."""
    command.downgrade(scripts(), revision)


def scripts() -> Config:
    """Return Alembic's configuration: where the revisions are."""
    alembic = Config()
    alembic.set_main_option("script_location", "outreach:migrations")
    return alembic


def app_role() -> str:
    """Return the quoted name of the role that the application works as: it owns nothing."""
    user = sa.make_url(config.chosen().SQLALCHEMY_DATABASE_URI).username or "outreach_app"
    return '"' + user.replace('"', '""') + '"'
