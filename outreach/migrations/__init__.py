"""The schema's history, and the one way to bring a database to its newest state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import config

VAULT = "outreach:migrations/vault"


def upgrade(revision: str = "head") -> None:
    """Bring the database of MIGRATION_DATABASE_URL to the given revision."""
    command.upgrade(scripts(), revision)


def upgrade_vault(revision: str = "head") -> None:
    """Bring the vault, at VAULT_MIGRATION_URL, to the given revision."""
    command.upgrade(scripts(VAULT), revision)


def downgrade(revision: str) -> None:
    """Take the database of MIGRATION_DATABASE_URL back to the given revision."""
    command.downgrade(scripts(), revision)


def scripts(folder: str = "outreach:migrations") -> Config:
    """Return Alembic's configuration: where the revisions are."""
    alembic = Config()
    alembic.set_main_option("script_location", folder)
    return alembic


def app_role(*, in_vault: bool = False) -> str:
    """Return the quoted name of the role that the application works as: it owns nothing."""
    settings = config.chosen()
    url = settings.VAULT_URL if in_vault else settings.SQLALCHEMY_DATABASE_URI
    user = sa.make_url(url).username or "outreach_app"
    return '"' + user.replace('"', '""') + '"'
