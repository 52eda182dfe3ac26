"""What has come to the server of what a tablet sent, as a test finds it there."""

from __future__ import annotations

import sqlalchemy as sa

from outreach.contacts.models import Contact
from outreach.foundation.database import db
from outreach.sync.models import SyncInbox


def contacts_there() -> list[Contact]:
    """Return every contact, the earliest first."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Contact).order_by(Contact.occurred_at, Contact.id)))


def operations_there() -> list[str]:
    """Return the types of the operations that have come, in their order."""
    db.session.rollback()
    db.session.expire_all()
    wanted = sa.select(SyncInbox.type).order_by(SyncInbox.server_seq)
    return [str(each) for each in db.session.scalars(wanted)]
