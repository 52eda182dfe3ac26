"""How it stands with one tablet: what was lost, what is missing, what waits for somebody."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import ADMINISTRATOR, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.devices import service as devices
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotFound
from outreach.foundation.transaction import transaction
from outreach.sync import review
from outreach.sync.models import SyncCapture, SyncEpoch, SyncKept, SyncLoss

# So many losses are shown, the latest first; those that nobody has seen are among them.
_SHOWN = 150

_EPOCH = cast("sa.Table", SyncEpoch.__table__)
_LOSS = cast("sa.Table", SyncLoss.__table__)
_CAPTURE = cast("sa.Table", SyncCapture.__table__)
_KEPT = cast("sa.Table", SyncKept.__table__)

Row = dict[str, Any]


def state_of(*, by: Actor, device: UUID) -> Row:
    """Return how it stands with a tablet.

    `tablet`, `losses`, how many operations are `missing` in its line, how many contacts are
    `unconfirmed`, how many operations are `open` for somebody to decide, and those of them that
    are the actor's to decide. Raises NotFound.
    """
    require_role(by, ADMINISTRATOR, SUPERVISOR)
    with transaction(by=by):
        tablet = devices.device(by=by, id=device)
        lead = by.has(SUPERVISOR)
        return {
            "tablet": tablet,
            "losses": _losses(device),
            "missing": _missing(device),
            "unconfirmed": _unconfirmed(device),
            "open": _open(device),
            "to_decide": review.to_review(by=by, device=device) if lead else [],
        }


def see_loss(*, by: Actor, device: UUID, id: UUID) -> None:
    """Let a loss be seen by the actor; a second time changes nothing. Raises NotFound."""
    require_role(by, ADMINISTRATOR, SUPERVISOR)
    with transaction(by=by):
        devices.device(by=by, id=device)
        there = sa.select(_LOSS.c.seen_at).where(_LOSS.c.id == id, _LOSS.c.device_id == device)
        row = db.session.execute(there.with_for_update()).one_or_none()
        if row is None:
            raise NotFound
        if row.seen_at is None:
            seen = {"seen_at": clock.now(), "seen_by": by.id}
            db.session.execute(sa.update(_LOSS).where(_LOSS.c.id == id).values(seen))
            trail.record(by=by, action="see", kind="sync_loss", id=id, device=str(device))


def _losses(device: UUID) -> list[Row]:
    wanted = (
        sa.select(_LOSS)
        .where(_LOSS.c.device_id == device)
        .order_by(_LOSS.c.seen_at.desc().nulls_first(), _LOSS.c.noticed_at.desc())
        .limit(_SHOWN)
    )
    return [row._asdict() for row in db.session.execute(wanted)]


def _missing(device: UUID) -> int:
    """Return how much the tablet has told of, in the line that it counts in now, and not sent."""
    wanted = sa.select(sa.func.sum(_EPOCH.c.told_seq - _EPOCH.c.last_seq)).where(
        _EPOCH.c.device_id == device,
        _EPOCH.c.ended_at.is_(None),
        _EPOCH.c.told_seq > _EPOCH.c.last_seq,
    )
    return int(db.session.scalar(wanted) or 0)


def _unconfirmed(device: UUID) -> int:
    wanted = sa.select(sa.func.count()).where(
        _CAPTURE.c.device_id == device,
        _CAPTURE.c.captured_locked,
        _CAPTURE.c.confirmed_at.is_(None),
    )
    return db.session.scalar(wanted) or 0


def _open(device: UUID) -> int:
    wanted = sa.select(sa.func.count()).where(
        _KEPT.c.device_id == device, _KEPT.c.decided_at.is_(None)
    )
    return db.session.scalar(wanted) or 0
