"""*Koppla senare*: who somebody was, written down where there was no network, for its author alone.

It is no participant. It waits, sealed, until its author has let the person be known in the guided
steps, or takes it away; after seven days it is erased. Then its key is destroyed, and the row
keeps its ids and times alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.contacts import service as contacts
from outreach.contacts.events import ContactTakenBack
from outreach.contacts.models import Contact
from outreach.contacts.rules import can_be_somebodys
from outreach.contacts.service import ContactVoided
from outreach.foundation import clock, payloads
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, IdReuse, NotAllowed, NotFound, RuleBroken
from outreach.foundation.schemas import read
from outreach.foundation.transaction import after_commit, transaction
from outreach.identification import service
from outreach.identification.models import LaterLink
from outreach.identification.schemas import NewLaterLinkSchema
from outreach.identification.service import IdentityNotRecorded
from outreach.participants.reading import Row
from outreach.sites import service as sites

# So long it waits for its author.
KEPT = timedelta(days=7)

_NEW = NewLaterLinkSchema()
_TABLE = cast("sa.Table", LaterLink.__table__)
_CONTACT = cast("sa.Table", Contact.__table__)
_SAID = ("given_name", "family_name", "note")
_ROW = sa.select(_TABLE, _CONTACT.c.occurred_at, _CONTACT.c.site).join(
    _CONTACT, _CONTACT.c.id == _TABLE.c.contact_id
)


class NobodysContact(RuleBroken):
    """A contact with several people can be none of them's."""

    slug = "nobodys-contact"
    title = N_("Kontakten kan inte bli någons")
    advice = N_("Den är med flera personer. Den förblir anonym.")


def keep(*, by: Actor, id: UUID, given: object) -> None:
    """Keep who the actor's own contact was with, until they let the person be known.

    The same id again, about the same contact, changes nothing. Raises NotFound, ContactVoided,
    NotAllowed for a colleague's contact, IdentityNotRecorded, NobodysContact, IdReuse, RuleBroken
    with every fault.
    """
    require_role(by, CASEWORKER)
    with transaction(by=by):
        facts = read(_NEW, given)
        if _is_kept(by, id, facts["contact_id"]):
            return
        _require_linkable(by, facts["contact_id"])
        # Its key has a number of its own: no id that a tablet says can name another's key.
        payload = uuid4()
        row = {
            "id": id,
            "contact_id": facts["contact_id"],
            "author_id": by.id,
            "payload_id": payload,
            "kept_at": clock.now(),
            "sealed": payloads.seal(payload, {name: facts[name] for name in _SAID}),
        }
        adding = insert(_TABLE).values(row).on_conflict_do_nothing().returning(_TABLE.c.id)
        if db.session.scalar(adding) is None:
            _is_kept(by, id, facts["contact_id"])
            return
        trail.record(by=by, action="create", kind="later_link", id=id)


def _is_kept(by: Actor, id: UUID, contact: UUID) -> bool:
    """Tell whether it is there already. Raises IdReuse when the id is another's."""
    found = db.session.execute(sa.select(_TABLE).where(_TABLE.c.id == id)).one_or_none()
    if found and (found.author_id, found.contact_id) != (by.id, contact):
        raise IdReuse
    return found is not None


def _require_linkable(by: Actor, contact: UUID) -> None:
    row = contacts.contact(by=by, id=contact)
    if row["recorded_by"]["id"] != by.id:
        raise NotAllowed(N_("Bara den som har loggat kontakten kan skriva vem det var."))
    if row["voided_at"] is not None:
        raise ContactVoided
    day = clock.local(row["occurred_at"]).date()
    if not sites.code_lists().may_identify(row["site"], row["activity"], day):
        raise IdentityNotRecorded
    if not can_be_somebodys(row):
        raise NobodysContact


def listed(*, by: Actor) -> list[Row]:
    """Return which of the actor's own wait, the oldest first, and from when they are no more.

    `id`, `contact_id`, `occurred_at`, `site`, `erased_on`. Nobody is named, so it is no reading.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        return [_shown(row) for row in _own(by)]


def waiting(*, by: Actor) -> list[Row]:
    """Return what `listed` does, with what was written of each; each is an entry on the trail."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        return _read(by, _own(by))


def waiting_one(*, by: Actor, id: UUID) -> Row:
    """Return one of the actor's own that waits, with what was written; an entry on the trail.

    Raises NotFound for what is not the actor's, was linked, taken away or is a week old.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        found = _read(by, _own(by, id))
        if not found:
            raise NotFound
        return found[0]


def _own(by: Actor, id: UUID | None = None) -> Sequence[sa.Row[Any]]:
    wanted = _ROW.where(
        _TABLE.c.author_id == by.id,
        _TABLE.c.sealed.is_not(None),
        # The night erases it; from the moment on nobody reads it.
        _TABLE.c.kept_at > clock.now() - KEPT,
    ).order_by(_CONTACT.c.occurred_at, _TABLE.c.id)
    if id is not None:
        wanted = wanted.where(_TABLE.c.id == id)
    return db.session.execute(wanted).all()


def _shown(row: sa.Row[Any]) -> Row:
    return {
        "id": row.id,
        "contact_id": row.contact_id,
        "occurred_at": row.occurred_at,
        "site": row.site,
        "erased_on": clock.local(row.kept_at + KEPT).date(),
    }


def _read(by: Actor, rows: Sequence[sa.Row[Any]]) -> list[Row]:
    said = payloads.opened({row.payload_id: bytes(row.sealed) for row in rows})
    read_rows = [row for row in rows if row.payload_id in said]
    trail.record_many(
        by=by, action="read", kind="later_link", ids=[str(row.id) for row in read_rows]
    )
    return [_shown(row) | said[row.payload_id] for row in read_rows]


def identify(*, by: Actor, given: object, later: UUID) -> tuple[Row, bool]:
    """Let the person be known as `service.identify` does, and forget what waited of them with it.

    One that is not the actor's or waits no more changes nothing about it. Raises as that does.
    """
    with transaction(by=by):
        person, created = service.identify(by=by, given=given)
        _end(by, _TABLE.c.id == later, _TABLE.c.author_id == by.id, action="link", when="linked_at")
        return person, created


def drop(*, by: Actor, id: UUID) -> None:
    """Erase one of the actor's own; again changes nothing. Raises NotFound for another's."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        own = sa.exists().where(_TABLE.c.id == id, _TABLE.c.author_id == by.id)
        if not db.session.scalar(sa.select(own)):
            raise NotFound
        _end(by, _TABLE.c.id == id)


def drop_with_contact(event: ContactTakenBack) -> None:
    """Erase what was written of whom a contact was with that counts no more."""
    _end(event.by, _TABLE.c.contact_id == event.contact)


def erase_overdue(*, by: Actor) -> int:
    """Erase all that has waited for a week; return how many there were. For the night."""
    require_role(by, "system")
    with transaction(by=by):
        return _end(by, _TABLE.c.kept_at <= clock.now() - KEPT)


def _end(
    by: Actor,
    *which: sa.ColumnElement[bool],
    action: str = "erase",
    when: str = "erased_at",
) -> int:
    """Let the content go of those that wait still; their keys go with the commit."""
    ending = sa.update(_TABLE).where(*which, _TABLE.c.sealed.is_not(None))
    ended = db.session.execute(
        ending.values({"sealed": None, when: clock.now()}).returning(
            _TABLE.c.id, _TABLE.c.payload_id
        )
    ).all()
    if ended:
        trail.record_many(
            by=by, action=action, kind="later_link", ids=[str(row.id) for row in ended]
        )
        keys = [row.payload_id for row in ended]
        after_commit(lambda: payloads.destroy(keys))
    return len(ended)


def having_content(payload_ids: list[UUID]) -> set[UUID]:
    """Return which of the keys' numbers are of something that waits: those are not swept."""
    wanted = sa.select(_TABLE.c.payload_id).where(
        _TABLE.c.payload_id.in_(payload_ids), _TABLE.c.sealed.is_not(None)
    )
    return set(db.session.scalars(wanted))


def is_over(kept_at: datetime) -> bool:
    """Tell whether what came at a moment has waited for so long that it is to be erased."""
    return kept_at <= clock.now() - KEPT
