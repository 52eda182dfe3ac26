"""What becomes of an operation: tried, kept for somebody to look at, or done when it can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
import sqlalchemy.exc
import structlog

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, NotYourSite
from outreach.contacts.service import ContactVoided
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import Instant, db
from outreach.foundation.errors import Fault, OutreachError, Unavailable
from outreach.foundation.keyring import RingKeyMissingError
from outreach.foundation.transaction import savepoint
from outreach.shifts.service import ShiftClosed
from outreach.sync import applying, envelope, keeping, reasons
from outreach.sync.applying import Task
from outreach.sync.clocks import Capture
from outreach.sync.envelope import Operation
from outreach.sync.keeping import Content
from outreach.sync.models import SyncInbox
from outreach.sync.reasons import Clash, Gone

log = structlog.get_logger(__name__)

_INBOX = cast("sa.Table", SyncInbox.__table__)

# Nothing about the operation: it is tried again, whole, when what is away is back.
PASSING = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
    RingKeyMissingError,
    Unavailable,
)
# What somebody must choose between; all else that is refused is put right or discarded.
_CONFLICTS = (Clash, ContactVoided, ShiftClosed)

_EITHER = frozenset({CASEWORKER, SUPERVISOR})
_NEEDED = dict.fromkeys(("contact.correct", "contact.void", "shift.start", "shift.close"), _EITHER)
_CASEWORKERS = frozenset({CASEWORKER})

SETTLED = frozenset({"applied", "merged", "gone"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation: its code, why it was not simply done, its subject's version."""

    code: str
    reason: str | None = None
    rev: int | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nobody needs to do anything about it any more."""
        return self.code in SETTLED or self.reason == reasons.KeyDestroyed.slug


def role_missing(operation: Operation, author: Actor) -> bool:
    """Tell whether the author no longer has a role in which one may do such a thing."""
    return not author.has(*_NEEDED.get(operation.type, _CASEWORKERS))


def attempt(task: Task) -> Outcome:
    """Do an operation, or take back all of it and return why not, inside a transaction under way.

    Whatever is wrong with it, the line goes on; only what passes by itself is raised.
    """
    try:
        # Each use case tells the database who acts where that matters, and spares it elsewhere.
        with savepoint():
            effect = applying.apply(task)
    except PASSING:
        raise
    except OutreachError as error:
        return _refused(error)
    except Exception:
        # The log says the kind and the place, and no content.
        log.exception("operation_failed", type=task.operation.type)
        return Outcome("needs_review", reasons.Failed.slug)
    return Outcome(effect.code, rev=effect.rev)


def _refused(error: OutreachError) -> Outcome:
    if isinstance(error, Gone):
        return Outcome("gone", reasons.Gone.slug)
    code = "conflict" if isinstance(error, _CONFLICTS) else "needs_review"
    reason = reasons.AuthorSite.slug if isinstance(error, NotYourSite) else error.slug
    return Outcome(code, reason, faults=error.faults)


@dataclass(frozen=True, slots=True)
class Ground:
    """What an operation rests on: whether all of it is settled, and the version it changes."""

    is_settled: bool
    base: int | None


def ground_of(operation: Operation) -> Ground:
    """Return what an operation rests on."""
    base = operation.base
    if not operation.rests_on:
        return Ground(is_settled=True, base=base.rev if base else None)
    wanted = sa.select(_INBOX.c.op_id, _INBOX.c.settled_at, _INBOX.c.entity_rev).where(
        _INBOX.c.op_id.in_(operation.rests_on)
    )
    found = {row.op_id: row for row in db.session.execute(wanted)}
    settled = all(op in found and found[op].settled_at for op in operation.rests_on)
    rev = base.rev if base else None
    if base is not None and base.op in found:
        rev = found[base.op].entity_rev
    return Ground(is_settled=settled, base=rev)


# One round trip: what became of it, and whether anything waits for it.
_SETTLE = sa.text(
    """
    UPDATE sync_inbox SET
        author_id = coalesce(:author, author_id), type = coalesce(:type, type),
        entity_id = coalesce(:entity, entity_id), after = coalesce(:after, after),
        captured_at = coalesce(:captured, captured_at), code = :code, reason = :reason,
        entity_rev = :rev, settled_at = :settled
    WHERE op_id = :op
    RETURNING EXISTS (
        SELECT FROM sync_inbox AS held WHERE held.code = 'held' AND held.after @> ARRAY[:op]
    )
    """
).bindparams(
    *(sa.bindparam(name, type_=sa.Uuid) for name in ("author", "entity", "op")),
    *(sa.bindparam(name, type_=sa.Text) for name in ("type", "code", "reason")),
    *(sa.bindparam(name, type_=Instant) for name in ("captured", "settled")),
    sa.bindparam("after", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("rev", type_=sa.Integer),
)


def settle(
    op_id: UUID,
    outcome: Outcome,
    *,
    operation: Operation | None = None,
    author: UUID | None = None,
    capture: Capture | None = None,
) -> None:
    """Write what became of an operation, and do what waited for it, all in this transaction."""
    waiting = db.session.execute(
        _SETTLE,
        {
            "op": op_id,
            "author": author,
            "type": operation.type if operation else None,
            "entity": operation.entity if operation else None,
            "after": list(operation.rests_on) if operation else None,
            "captured": capture.at if capture else None,
            "code": outcome.code,
            "reason": outcome.reason,
            "rev": outcome.rev,
            "settled": clock.now() if outcome.is_settled else None,
        },
    ).scalar_one()
    if waiting and outcome.is_settled:
        drain([op_id])


def drain(settled: Iterable[UUID]) -> None:
    """Do what waited for these operations and rests on nothing else that is open; and so on."""
    ready = list(settled)
    while ready:
        done = ready.pop()
        waiting = (
            sa.select(_INBOX.c.op_id)
            .where(_INBOX.c.code == "held", _INBOX.c.after.contains([done]))
            .order_by(_INBOX.c.server_seq)
        )
        ready.extend(op_id for op_id in list(db.session.scalars(waiting)) if _let_go(op_id))


def drain_all() -> int:
    """Do all that waits for what is settled by now; return how many are settled by it.

    Two that cross may miss each other: what waits looks before what it waits for is there.
    """
    waiting = sa.select(_INBOX.c.op_id).where(_INBOX.c.code == "held")
    settled = [
        op_id
        for op_id in list(db.session.scalars(waiting.order_by(_INBOX.c.server_seq)))
        if _let_go(op_id)
    ]
    drain(settled)
    return len(settled)


def _let_go(op_id: UUID) -> bool:
    """Try what waited; tell whether it is settled now."""
    row = keeping.held(op_id)
    content = keeping.contents([row]).get(row.id) if row is not None else None
    if row is None or content is None:
        return False
    operation = envelope.operation(content.said)
    ground = ground_of(operation)
    if not ground.is_settled:
        return False
    author = accounts.actor_with_id(row.author_id)
    if author is None:
        outcome = Outcome("needs_review", reasons.AuthorClosed.slug)
    elif role_missing(operation, author):
        outcome = Outcome("needs_review", reasons.AuthorRole.slug)
    else:
        task = Task(operation, author, row.device_id, capture_of(row, content), ground.base)
        outcome = attempt(task)
    _write(op_id, outcome)
    if outcome.is_settled:
        gone = outcome.code == "gone"
        keeping.settle([row.id], decision="discarded" if gone else "applied")
    else:
        assert outcome.reason is not None  # noqa: S101 - nothing is kept without one
        kept = replace(content, faults=outcome.faults)
        keeping.turn(row, kind=outcome.code, reason=outcome.reason, content=kept)
    return outcome.is_settled


def capture_of(row: Any, content: Content) -> Capture:
    """Return what the tablet's clock was worth when a kept operation came."""
    return Capture(
        at=row.captured_at,
        moved=timedelta(seconds=content.moved_seconds),
        skew_seconds=content.skew_seconds,
        clock_wrong=content.clock_wrong,
    )


def _write(op_id: UUID, outcome: Outcome) -> None:
    db.session.execute(
        sa.update(_INBOX)
        .where(_INBOX.c.op_id == op_id)
        .values(
            code=outcome.code,
            reason=outcome.reason,
            entity_rev=outcome.rev,
            settled_at=clock.now() if outcome.is_settled else None,
        )
    )


def close(op_id: UUID, *, rev: int | None, applied: bool) -> None:
    """Write that somebody has decided about an operation, and do what waited for it."""
    values: dict[str, Any] = {"settled_at": clock.now(), "entity_rev": rev}
    if applied:
        values |= {"code": "applied", "reason": None}
    db.session.execute(sa.update(_INBOX).where(_INBOX.c.op_id == op_id).values(values))
    drain([op_id])
