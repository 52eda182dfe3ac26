"""Blocks of codes: what a tablet may hand out by itself, without a network.

For higher features, inside their use cases. A code of a block is nobody's until it is handed out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import service as accounts
from outreach.audit import trail
from outreach.contacts import recognition
from outreach.contacts.models import RecognitionCode
from outreach.contacts.recognition_codes import CodeUnknown
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction

# So many visitors are given a code while a tablet is without a network.
SIZE = 20

# So many are made for one tablet in a day: a storage that begins anew again and again gets no more.
_MADE_A_DAY = 10 * SIZE

# A code that lay in a tablet for longer would soon be good no more.
_OFFERED_FOR = timedelta(days=365)

_TABLE = cast("sa.Table", RecognitionCode.__table__)
_WAITING = _TABLE.c.handed_out_at.is_(None)


def block_of(*, by: Actor, device: UUID) -> list[str]:
    """Return the codes that a tablet may hand out, after making up their number to 20.

    They are the same until they are handed out, however often this is asked; fewer, or none, for a
    tablet for which 200 were made within a day.
    """
    with transaction():
        waiting = _waiting(device)
        if len(waiting) >= SIZE:
            return waiting
        # Two at once make one block between them.
        held = sa.func.hashtextextended(f"codes of {device}", 0)
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(held)))
        while missing := SIZE - len(waiting := _waiting(device)):
            if _made_lately(device) >= _MADE_A_DAY:
                break
            _reserve(by, device, missing)
        return waiting


def _made_lately(device: UUID) -> int:
    lately = _TABLE.c.reserved_at > clock.now() - timedelta(days=1)
    counted = sa.select(sa.func.count()).where(_TABLE.c.reserved_for == device, lately)
    return db.session.scalar(counted) or 0


def _waiting(device: UUID) -> list[str]:
    wanted = sa.select(_TABLE.c.code).where(
        _TABLE.c.reserved_for == device,
        _WAITING,
        _TABLE.c.reserved_at > clock.now() - _OFFERED_FOR,
    )
    return list(db.session.scalars(wanted.order_by(_TABLE.c.code).limit(SIZE)))


def _reserve(by: Actor, device: UUID, many: int) -> None:
    """Make so many codes for a tablet; fewer when one was drawn that there is already."""
    now, maker = clock.now(), accounts.recorder_id(by)
    told = {"made_at": now, "made_by": maker, "reserved_for": device, "reserved_at": now}
    rows = [{"id": uuid4(), "code": recognition.made().text, **told} for _ in range(many)]
    db.session.execute(insert(_TABLE).values(rows).on_conflict_do_nothing())
    trail.record(by=by, action="reserve", kind="recognition_code", id=device, codes=many)


def give_up(*, by: Actor, device: UUID) -> None:
    """Let every code that a tablet has be out: nobody can tell any more which of them are.

    Whoever was given one keeps it, and none is ever given to a second visitor.
    """
    with transaction():
        giving = sa.update(_TABLE).where(_TABLE.c.reserved_for == device, _WAITING)
        ids = db.session.scalars(giving.values(handed_out_at=clock.now()).returning(_TABLE.c.id))
        if given_up := len(ids.all()):
            trail.record(
                by=by, action="give_up", kind="recognition_code", id=device, codes=given_up
            )


def hand_out(*, by: Actor, code: str, device: UUID, at: datetime) -> None:
    """Let a code of a tablet's block be out since then. A second time changes nothing.

    Raises CodeMistyped, and CodeUnknown for one that is not of the tablet's block.
    """
    text = recognition.read_code(code).text
    with transaction():
        if _marked(by, _TABLE.c.code == text, device, at):
            return
        there = sa.exists().where(_TABLE.c.code == text, _TABLE.c.reserved_for == device)
        if not db.session.scalar(sa.select(there)):
            raise CodeUnknown


def count_as_handed_out(*, by: Actor, id: UUID, device: UUID, at: datetime) -> None:
    """Let a code that a contact was logged with be out, when it is of the tablet's block."""
    with transaction():
        _marked(by, _TABLE.c.id == id, device, at)


def _marked(by: Actor, which: sa.ColumnElement[bool], device: UUID, at: datetime) -> bool:
    marking = (
        sa.update(_TABLE)
        .where(which, _TABLE.c.reserved_for == device, _WAITING)
        .values(handed_out_at=at)
    )
    marked = db.session.scalar(marking.returning(_TABLE.c.id))
    if marked is not None:
        trail.record(by=by, action="hand_out", kind="recognition_code", id=marked)
    return marked is not None
