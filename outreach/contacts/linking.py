"""Whose contacts they are: links come and go, the contacts stay as they are.

For the use cases of this and higher features, inside their `transaction(by=…)`: the database
shows each actor the links of those people alone whom the actor may know of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.audit import trail
from outreach.contacts.models import Contact, ContactLink, ContactNote
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.participants import reading
from outreach.participants.events import ProtectionChanged

Row = dict[str, Any]

_CONTACT = cast("sa.Table", Contact.__table__)
_LINK = cast("sa.Table", ContactLink.__table__)
_NOTE = cast("sa.Table", ContactNote.__table__)
_STANDS = _LINK.c.undone_at.is_(None)
# As `rules.can_be_somebodys`.
_CAN_BE_SOMEBODYS = _CONTACT.c.headcount == 1
_TOUCHED = {"changed_xid": sa.text("pg_current_xact_id()")}


def with_owners(contacts: sa.Select[Any]) -> sa.Select[Any]:
    """Return a query over contacts with whose each is, as far as the actor may know.

    Adds `identity` (anonymous, identified, protected) and `participant_id`. The contacts of a
    protected person are there for those alone who may know of the person.
    """
    people = reading.PEOPLE.c
    identity = sa.case(
        (people.id.is_(None), "anonymous"), (people.protected, "protected"), else_="identified"
    )
    return (
        contacts.add_columns(identity.label("identity"), people.id.label("participant_id"))
        .outerjoin(_LINK, sa.and_(_LINK.c.contact_id == _CONTACT.c.id, _STANDS))
        .outerjoin(reading.PEOPLE, people.id == _LINK.c.participant_id)
        .where(sa.or_(~_CONTACT.c.shielded, people.id.is_not(None)))
    )


def link(
    *, by: Actor, participant: UUID, contacts: Iterable[UUID], basis: str, act: UUID | None = None
) -> dict[UUID, UUID]:
    """Let the contacts be the participant's; return the ids of the new links by contact.

    A contact that is somebody's already gets no link, and is not in the answer. One that was in a
    code's thread leaves it: whoever has the code is told nothing of a person.
    """
    wanted = list(contacts)
    now = clock.now()
    rows = [
        {
            "id": uuid4(),
            "contact_id": contact,
            "participant_id": participant,
            "basis": basis,
            "act_id": act,
            "linked_at": now,
            "linked_by": by.id,
            "undone_at": None,
            "undone_by": None,
        }
        for contact in wanted
    ]
    return add_links(rows)


def shield(event: ProtectionChanged) -> None:
    """Let the contacts of a protected person be seen by those alone who may know of the person."""
    contacts = sa.select(_LINK.c.contact_id).where(
        _LINK.c.participant_id == event.participant, _STANDS
    )
    db.session.execute(
        sa.update(_CONTACT)
        .where(_CONTACT.c.id.in_(contacts))
        .values(shielded=event.protected, **_TOUCHED)
    )


def add_links(rows: Sequence[Row]) -> dict[UUID, UUID]:
    """Add links as they are given; return the ids of those that were made by contact.

    None is made whose id there is, whose contact is somebody's already, or stands for a group. A
    contact whose link stands leaves the code's thread that it was in.
    """
    if not rows:
        return {}
    wanted = (
        sa.select(_CONTACT.c.id, _CONTACT.c.thread_id, _CAN_BE_SOMEBODYS.label("can_be"))
        .where(_CONTACT.c.id.in_([row["contact_id"] for row in rows]))
        .order_by(_CONTACT.c.id)
        .with_for_update()
    )
    held = {contact.id: contact for contact in db.session.execute(wanted)}
    known = [
        row | {"code_id": contact.thread_id}
        for row in rows
        if (contact := held.get(row["contact_id"])) and (contact.can_be or row["undone_at"])
    ]
    if not known:
        return {}
    taken: Any = insert(_LINK).on_conflict_do_nothing().returning(_LINK.c.contact_id, _LINK.c.id)
    made = {row.id: row.contact_id for row in db.session.execute(taken, known)}
    _settle([row for row in known if row["id"] in made and row["undone_at"] is None])
    return {contact: link for link, contact in made.items()}


def _settle(links: Sequence[Row]) -> None:
    """Let contacts leave their codes' threads, and be seen as their people are."""
    if not links:
        return
    protected = reading.protected_among({row["participant_id"] for row in links})
    _move(
        [
            {
                "moved": row["contact_id"],
                "code": None,
                "shield": row["participant_id"] in protected,
            }
            for row in links
        ]
    )


def unlink(*, by: Actor, links: Collection[UUID], to: UUID | None = None) -> None:
    """Let the contacts of the links be nobody's again, each in the code's thread where it was.

    With `to` they go to that code's thread instead. Links that are undone stay as they are.
    """
    undone = db.session.execute(
        sa.update(_LINK)
        .where(_LINK.c.id.in_(links), _STANDS)
        .values(undone_at=clock.now(), undone_by=by.id, **_TOUCHED)
        .returning(_LINK.c.contact_id, _LINK.c.code_id)
    )
    _move([{"moved": row.contact_id, "code": to or row.code_id, "shield": False} for row in undone])


def release(*, by: Actor, contact: UUID) -> None:
    """Let a contact be nobody's that can be nobody's any more, as whoever logged it says by now.

    Also where the actor may not know whose it is, and then without a word to them.
    """
    with transaction(by=system("contacts")) as session:
        standing = sa.select(_LINK.c.id).where(_LINK.c.contact_id == contact, _STANDS)
        if links := list(session.scalars(standing)):
            unlink(by=by, links=links)
            trail.record(by=system("contacts"), action="unlink", kind="contact", id=contact)


def _move(contacts: list[Row]) -> None:
    """Let each contact be in a code's thread, or in none. What it says of itself is the same."""
    if contacts:
        db.session.execute(
            sa.update(_CONTACT)
            .where(_CONTACT.c.id == sa.bindparam("moved"))
            .values(thread_id=sa.bindparam("code"), shielded=sa.bindparam("shield"), **_TOUCHED),
            contacts,
        )


def links_of(participants: Collection[UUID]) -> list[Row]:
    """Return the standing links of people with what each contact says, latest contact first.

    Voided contacts are there, and marked: they are still the person's.
    """
    wanted = (
        sa.select(
            _LINK.c.id, _LINK.c.contact_id, _LINK.c.participant_id, _LINK.c.basis,
            _LINK.c.act_id, _LINK.c.linked_at, _LINK.c.linked_by, _CONTACT.c.site,
            _CONTACT.c.activity, _CONTACT.c.contact_type, _CONTACT.c.occurred_at,
            _CONTACT.c.local_day, _CONTACT.c.topics, _CONTACT.c.result,
            _CONTACT.c.signposted_to, _CONTACT.c.voided_at, _CONTACT.c.recorded_by,
            _NOTE.c.contact_id.is_not(None).label("has_note"),
        )
        .join_from(_LINK, _CONTACT, _CONTACT.c.id == _LINK.c.contact_id)
        .join(
            _NOTE,
            sa.and_(
                _NOTE.c.contact_id == _LINK.c.contact_id,
                _NOTE.c.participant_id == _LINK.c.participant_id,
            ),
            isouter=True,
        )
        .where(_LINK.c.participant_id.in_(participants), _STANDS)
        .order_by(_CONTACT.c.occurred_at.desc(), _CONTACT.c.id.desc())
    )  # fmt: skip
    return [row._asdict() for row in db.session.execute(wanted)]


def last_contacts(participants: Collection[UUID]) -> Mapping[UUID, Any]:
    """Return the local day of each person's last contact that counts; who has none is missing."""
    wanted = (
        sa.select(_LINK.c.participant_id, sa.func.max(_CONTACT.c.local_day))
        .join_from(_LINK, _CONTACT, _CONTACT.c.id == _LINK.c.contact_id)
        .where(_LINK.c.participant_id.in_(participants), _STANDS)
        .where(_CONTACT.c.voided_at.is_(None))
        .group_by(_LINK.c.participant_id)
    )
    return {row[0]: row[1] for row in db.session.execute(wanted)}


def existing(contacts: Collection[UUID]) -> set[UUID]:
    """Return which of the ids are contacts', whatever became of them."""
    wanted = sa.select(_CONTACT.c.id).where(_CONTACT.c.id.in_(contacts))
    return set(db.session.scalars(wanted))


def undone_with(*, participant: UUID, xid: str) -> int:
    """Return how many links of a person were undone in one transaction, which `xid` names."""
    wanted = sa.select(sa.func.count()).where(
        _LINK.c.participant_id == participant,
        _LINK.c.undone_at.is_not(None),
        _LINK.c.changed_xid == xid,
    )
    return db.session.scalars(wanted).one()


def links_by_id(ids: Collection[UUID]) -> dict[UUID, Row]:
    """Return links by their ids, undone ones too."""
    wanted = sa.select(_LINK).where(_LINK.c.id.in_(ids))
    return {row.id: row._asdict() for row in db.session.execute(wanted)}


def owners_of(contacts: Collection[UUID]) -> dict[UUID, UUID]:
    """Return whose each contact is, of those whose people the actor may know of."""
    wanted = sa.select(_LINK.c.contact_id, _LINK.c.participant_id).where(
        _LINK.c.contact_id.in_(contacts), _STANDS
    )
    return {row.contact_id: row.participant_id for row in db.session.execute(wanted)}


def anonymous(contacts: Collection[UUID]) -> list[Row]:
    """Return those of the contacts that count, can be somebody's, and are nobody's that one sees.

    A link of whom the actor may not know is not seen here; `link` then makes none.
    """
    if not contacts:
        return []
    standing = sa.exists().where(_LINK.c.contact_id == _CONTACT.c.id, _STANDS)
    wanted = sa.select(
        _CONTACT.c.id, _CONTACT.c.site, _CONTACT.c.activity, _CONTACT.c.local_day
    ).where(
        _CONTACT.c.id.in_(contacts),
        _CONTACT.c.voided_at.is_(None),
        _CAN_BE_SOMEBODYS,
        ~standing,
    )
    return [row._asdict() for row in db.session.execute(wanted)]


def add_notes(rows: Sequence[Row]) -> None:
    """Add notes as they are given, sealed."""
    if rows:
        db.session.execute(sa.insert(_NOTE), rows)


def notes_of(participant: UUID) -> list[Row]:
    """Return what was written about a person's contacts, sealed, the latest first."""
    wanted = sa.select(_NOTE).where(_NOTE.c.participant_id == participant)
    found = db.session.execute(wanted.order_by(_NOTE.c.written_at.desc()))
    return [row._asdict() for row in found]


def forget_notes(*, participant: UUID) -> None:
    """Delete what was written about the contacts of somebody who is no longer known."""
    db.session.execute(sa.delete(_NOTE).where(_NOTE.c.participant_id == participant))


def forget_threads(*, participant: UUID) -> None:
    """Let nothing tell in which code's thread the contacts of somebody who was erased were."""
    db.session.execute(
        sa.update(_LINK).where(_LINK.c.participant_id == participant).values(code_id=None)
    )
