"""How Alembic reaches the database: as its owner, with the models of every feature known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

import config
from outreach.accounts import models as accounts
from outreach.audit import models as audit
from outreach.contacts import models as contacts
from outreach.devices import models as devices
from outreach.directory import models as directory
from outreach.foundation.database import Model
from outreach.identification import models as identification
from outreach.indicators import models as indicators
from outreach.participants import models as participants
from outreach.publications import models as publications
from outreach.reported import models as reported
from outreach.shifts import models as shifts
from outreach.sites import models as sites
from outreach.sync import models as sync

FEATURES = (
    audit,
    accounts,
    sites,
    shifts,
    devices,
    directory,
    participants,
    contacts,
    identification,
    sync,
    indicators,
    reported,
    publications,
)


def run() -> None:
    """Migrate in one transaction: a failed migration leaves nothing behind."""
    engine = sa.create_engine(config.chosen().MIGRATION_DATABASE_URL, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Model.metadata)
        with context.begin_transaction():
            context.run_migrations()


run()
