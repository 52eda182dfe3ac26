"""Use cases of what somebody must look at: listed with both sides, and decided one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role, require_site
from outreach.audit import trail
from outreach.contacts import service as contacts
from outreach.devices import service as devices
from outreach.devices.models import Device
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, NotAllowed, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import savepoint, transaction
from outreach.sync import applying, envelope, keeping, reasons, settling
from outreach.sync.applying import Task
from outreach.sync.keeping import Content
from outreach.sync.models import SyncKept
from outreach.sync.schemas import SyncDecisionSchema

# Nobody looks at more at a time; the oldest come first.
MOST_LISTED = 200

_DECISION = SyncDecisionSchema()
_TABLE = cast("sa.Table", SyncKept.__table__)
_DEVICE = cast("sa.Table", Device.__table__)
_ROW = sa.select(_TABLE, _DEVICE.c.name.label("device_name")).join(
    _DEVICE, _DEVICE.c.id == _TABLE.c.device_id
)
_OPEN = _TABLE.c.decided_at.is_(None)
# By these somebody finds again which contact it is.
_WHOM = frozenset({"occurred_at", "contact_type", "headcount", "gender", "age_band", "topics"})
# What came from a revoked tablet may be anybody's who has it: never for its author to decide.
_QUARANTINE = "quarantine"

Row = dict[str, Any]


class AlreadyDecided(Conflict):
    """Somebody has decided it otherwise."""

    slug = "decided-otherwise"
    title = N_("Det är redan avgjort")
    advice = N_("Någon annan har avgjort det på ett annat sätt. Ladda om listan.")


def to_review(
    *, by: Actor, device: UUID | None = None, after: tuple[datetime, UUID] | None = None
) -> list[Row]:
    """Return what waits for somebody to look at, the oldest first, at most 200.

    One's own; for a supervisor, all at own places; with `device` what that tablet handed in.
    `after` is when the last row that was seen was received, and its id. Each with what the tablet
    said and, where two have changed the same, what is there now.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        wanted = _ROW.where(_OPEN, _theirs(by)).order_by(_TABLE.c.kept_at, _TABLE.c.id)
        if device is not None:
            wanted = wanted.where(_TABLE.c.device_id == device)
        if after is not None:
            wanted = wanted.where(sa.tuple_(_TABLE.c.kept_at, _TABLE.c.id) > sa.tuple_(*after))
        return _told(by, db.session.execute(wanted.limit(MOST_LISTED)).all())


def waiting(*, by: Actor) -> int:
    """Return how much of what tablets handed in waits for a supervisor's decision; else none."""
    if not by.has(SUPERVISOR):
        return 0
    with transaction(by=by):
        counted = sa.select(sa.func.count()).select_from(_TABLE).where(_OPEN, _theirs(by))
        return db.session.scalars(counted).one()


def attention(*, by: Actor) -> list[Row]:
    """Return what one has written oneself that somebody must look at, the oldest first."""
    with transaction(by=by):
        own = _ROW.where(_OPEN, _own(by)).order_by(_TABLE.c.kept_at)
        return _told(by, db.session.execute(own.limit(MOST_LISTED)).all())


def _own(by: Actor) -> sa.ColumnElement[bool]:
    return sa.and_(_TABLE.c.author_id == by.id, _TABLE.c.kind != _QUARANTINE)


def _theirs(by: Actor) -> sa.ColumnElement[bool]:
    own = _own(by)
    if by.has(SUPERVISOR):
        return sa.or_(own, _TABLE.c.site.in_(by.sites))
    return own


def _told(by: Actor, rows: Sequence[sa.Row[Any]]) -> list[Row]:
    said = keeping.contents(rows)
    names = accounts.names_of(row.author_id for row in rows if row.author_id)
    return [_shown(by, row, said.get(row.id), names) for row in rows]


def _shown(by: Actor, row: sa.Row[Any], content: Content | None, names: Mapping[UUID, str]) -> Row:
    reason = reasons.told(row.reason)
    facts = _facts(by, row, content)
    return {
        "id": row.id,
        "op_id": row.op_id,
        "kind": row.kind,
        "reason": row.reason,
        "title": reason.title,
        "detail": reason.detail,
        "faults": content.faults if content else (),
        "type": row.type,
        "at": row.captured_at,
        "received_at": row.kept_at,
        "site": row.site,
        "author": (
            {"id": row.author_id, "name": names.get(row.author_id, "")} if row.author_id else None
        ),
        "device": {"id": row.device_id, "name": row.device_name},
        "facts": facts,
        "current": _current(by, row, facts),
        "decision": row.decision,
        "decided_at": row.decided_at,
        "version": row.version,
    }


def _facts(by: Actor, row: sa.Row[Any], content: Content | None) -> Row | None:
    """Return what the tablet said, but for who somebody is: that is its author's alone."""
    if content is None or content.body is None:
        return None
    told = content.said.get("type") if isinstance(content.said, Mapping) else None
    if told == envelope.NAMING:
        return {name: value for name, value in content.body.items() if name == "contact_id"}
    hidden = () if row.author_id == by.id else ("note", "participant_id")
    return {name: value for name, value in content.body.items() if name not in hidden}


def _current(by: Actor, row: sa.Row[Any], facts: Row | None) -> Row | None:
    """Return what is there now of what a tablet wanted to change, as far as one may read it."""
    if row.type not in envelope.CHANGING or row.entity_id is None or facts is None:
        return None
    found = contacts.contact_if_told(by=by, id=row.entity_id)
    if found is None:
        return None
    wanted = _WHOM | (facts.keys() & set(contacts.FACTS) or set(contacts.FACTS))
    names = (*sorted(wanted), "identity", "version", "voided_at", "void_reason")
    return {name: applying.sendable(found[name]) for name in names}


def decide(*, by: Actor, id: UUID, given: object) -> Row:
    """Decide about one operation: `apply` it, perhaps with changes, or `discard` it; return it.

    Applied it is its author's, as the decider allows it; over what has been changed meanwhile.
    What waited for it is done in the same transaction, and its content is purged. The same
    decision again changes nothing. Raises NotFound, NotAllowed, AlreadyDecided, and whatever its
    rules refuse: then nothing is decided.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = _locked(by, id)
        said = read(_DECISION, given)
        wanted = "applied" if said["decision"] == "apply" else "discarded"
        if row.decided_at is not None:
            if row.decision != wanted:
                raise AlreadyDecided
            return _told(by, [row])[0]
        rev = _apply(by, row, said["changes"]) if wanted == "applied" else _rev_now(by, row)
        keeping.settle([row.id], decision=wanted, by=by.id)
        if row.kind != "id_reuse":
            settling.close(row.op_id, rev=rev, applied=wanted == "applied")
        trail.record(
            by=by, action="decide", kind="sync", id=row.id, decision=wanted, op=str(row.op_id)
        )
        return _told(by, [db.session.execute(_ROW.where(_TABLE.c.id == id)).one()])[0]


def _strangers(by: Actor, device: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """What whoever has taken a tablet may have written, at places that the actor leads."""
    nobodys = sa.or_(_TABLE.c.kind == _QUARANTINE, _TABLE.c.author_id.is_(None))
    return _OPEN, _TABLE.c.device_id == device, _TABLE.c.site.in_(by.sites), nobodys


def is_strange(row: Row) -> bool:
    """Tell whether a row of `to_review` is what `discard_strangers` discards."""
    return row["kind"] == _QUARANTINE or row["author"] is None


def discard_strangers(*, by: Actor, device: UUID, until: tuple[datetime, UUID]) -> int:
    """Discard what came from a tablet after it was revoked, or that nobody has signed.

    At the places that the actor leads, and only as far as the list was read: `until` is when its
    last row was received, and its id. Returns how many; a second time there is nothing to discard.
    Raises NotFound for a tablet of another place.
    """
    require_role(by, SUPERVISOR)
    with transaction(by=by):
        devices.device(by=by, id=device)
        seen = sa.tuple_(_TABLE.c.kept_at, _TABLE.c.id) <= sa.tuple_(*until)
        wanted = sa.select(_TABLE).where(seen, *_strangers(by, device)).order_by(_TABLE.c.id)
        rows = db.session.execute(wanted.with_for_update()).all()
        if not rows:
            return 0
        keeping.settle([row.id for row in rows], decision="discarded", by=by.id)
        for row in rows:
            if row.kind != "id_reuse":
                settling.close(row.op_id, rev=_rev_now(by, row), applied=False)
        trail.record(by=by, action="discard", kind="sync", id=device, operations=len(rows))
        return len(rows)


def _locked(by: Actor, id: UUID) -> sa.Row[Any]:
    """Return a row for the decision. Raises NotFound for one that is not the actor's."""
    wanted = _ROW.where(_TABLE.c.id == id).with_for_update(of=_TABLE)
    row = db.session.execute(wanted).one_or_none()
    leads = row is not None and by.has(SUPERVISOR) and row.site in by.sites
    if row is None or not (leads or row.author_id == by.id):
        raise NotFound
    if row.kind == _QUARANTINE and not leads:
        raise NotAllowed(N_("Det som kom från en spärrad platta avgör chefen på platsen."))
    return row


def _apply(by: Actor, row: sa.Row[Any], changes: Mapping[str, Any] | None) -> int | None:
    content = keeping.contents([row]).get(row.id)
    if content is None or content.unopened is not None:
        raise reasons.SealBroken
    operation = envelope.operation(content.said)
    if changes:
        operation = replace(operation, body={**operation.body, **changes})
        if "site" in changes:
            # The author's places are lent to what the author said, not to what is changed in it.
            require_site(by, str(changes["site"]))
    base = settling.ground_of(operation).base
    capture = settling.capture_of(row, content)

    def applied(author: Actor) -> int | None:
        task = Task(operation, author, row.device_id, capture, base, decided=True)
        with savepoint(), transaction(by=author):
            return applying.apply(task).rev

    author = _author(by, row)
    try:
        return applied(author)
    except NotAllowed:
        if author.id == by.id or not by.has(SUPERVISOR):
            raise
    return applied(_as_the_decider_may(by, author))


def _author(by: Actor, row: sa.Row[Any]) -> Actor:
    """Return as whom it is applied: its author, as if they still worked there.

    Where nobody can tell the author it is the decider's.
    """
    if row.author_id is None or row.author_id == by.id:
        return by
    author = accounts.anybody(row.author_id)
    return replace(author, roles=frozenset({CASEWORKER}), sites=author.sites | {row.site})


def _as_the_decider_may(by: Actor, author: Actor) -> Actor:
    """Return the author with the decider's rights, and no others.

    What is not the author's own to change is the decider's right or nobody's: a supervisor's role
    is lent with their places and their committee, never with the author's.
    """
    return replace(author, roles=by.roles, sites=by.sites, committee=by.committee)


def _rev_now(by: Actor, row: sa.Row[Any]) -> int | None:
    """Return the version on which it rests what waited for something that was discarded."""
    if row.entity_id is None or not (row.type or "").startswith("contact."):
        return None
    found = contacts.contact_if_told(by=by, id=row.entity_id)
    return found["version"] if found else None
