"""Plain functions by which contacts become people's, and people one another's, in the tables.

As the use cases leave the rows; the use cases themselves are held to it by their own tests.
"""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.contacts import linking
from outreach.contacts.models import ContactLink
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.identification.models import ParticipantJoin
from outreach.participants.models import Participant
from tests.builders import uuid7

_SYSTEM = system("test")
_TOUCHED = {"changed_xid": sa.text("pg_current_xact_id()")}


def link(by: Actor, participant: UUID, *contacts: object) -> None:
    """Let the contacts be the participant's."""
    with transaction(by=_SYSTEM):
        ids = [UUID(str(contact)) for contact in contacts]
        linking.link(by=by, participant=participant, contacts=ids, basis="chosen")


def unlink(by: Actor, *contacts: object) -> None:
    """Let the contacts be nobody's again."""
    with transaction(by=_SYSTEM):
        ids = sa.select(ContactLink.id).where(
            ContactLink.contact_id.in_([UUID(str(contact)) for contact in contacts]),
            ContactLink.undone_at.is_(None),
        )
        linking.unlink(by=by, links=list(db.session.scalars(ids)))


def join(by: Actor, one: UUID, other: UUID) -> UUID:
    """Let two participants be one person; return the id of the join."""
    made = uuid7()
    with transaction(by=_SYSTEM) as session:
        session.add(
            ParticipantJoin(
                id=made,
                participant_id=one,
                other_id=other,
                joined_at=clock.now(),
                joined_by=by.id,
            )
        )
    return made


def unjoin(by: Actor, made: UUID) -> None:
    """Let a join be no more."""
    _set(ParticipantJoin, made, undone_at=clock.now(), undone_by=by.id)


def protect(by: Actor, participant: UUID) -> None:
    """Protect somebody's identity."""
    _set(Participant, participant, protected=True, named_workers=[by.id])


def erase(participant: UUID) -> None:
    """Forget who somebody is: the row stays, with its links and its statistical key."""
    _set(Participant, participant, removed_at=clock.now(), removed_as="erased", sealed=None)


def _set(model: Any, id: UUID, **values: Any) -> None:
    table = cast("sa.Table", model.__table__)
    with transaction(by=_SYSTEM) as session:
        session.execute(sa.update(table).where(table.c.id == id).values(**values, **_TOUCHED))
