"""Writing what is to go out, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.outgoing import rules
from outreach.outgoing.models import Outgoing

OUTGOING = cast("sa.Table", Outgoing.__table__)


def add(row: Mapping[str, Any]) -> None:
    """Add what is to go out, where there is none of the kind; what waits is due as said last.

    One that is sent once and was withheld waits again; one that went, or may have, stays.
    """
    made = insert(OUTGOING).values(created_at=clock.now(), **row)
    anew: dict[str, Any] = {
        "state": made.excluded.state,
        "due_at": made.excluded.due_at,
        "expires_at": made.excluded.expires_at,
        "ended_at": made.excluded.ended_at,
        "why": made.excluded.why,
        "tries": 0,
        "lost": 0,
    }
    if not row["once"]:
        one = ["kind", "about", "channel"]
        waits = sa.text("NOT once AND state = 'waiting'")
        # Nothing changes, but it is held: it is put together only when this act can be seen.
        held = {"due_at": OUTGOING.c.due_at}
        db.session.execute(
            made.on_conflict_do_update(index_elements=one, index_where=waits, set_=held)
        )
        return
    db.session.execute(
        made.on_conflict_do_update(
            index_elements=["about", "channel"],
            index_where=sa.text("once"),
            set_=anew,
            where=OUTGOING.c.state.in_([rules.WAITING, rules.NOT_SENT]),
        )
    )


def end(row: Any, state: str, *, why: str | None = None, receipt: str | None = None) -> None:
    """Say what became of one, if it still stands as the row says.

    Where it went is not kept any longer.
    """
    if receipt is not None and are_receipts([receipt]):
        # A carrier that repeats itself: the message went all the same.
        receipt = None
    _write(row, state=state, why=why, receipt=receipt, ended_at=clock.now(), addressed=None)


def hand_over(row: Any, *, addressed: bytes) -> None:
    """Say that one that waits is being given to a carrier."""
    _write(
        row,
        state=rules.HANDED_OVER,
        handed_over_at=clock.now(),
        tries=row.tries + 1,
        addressed=addressed,
    )


def put_off(row: Any, *, due_at: datetime) -> None:
    """Let one that waits wait longer."""
    _write(row, due_at=due_at)


def try_again(row: Any, *, due_at: datetime, lost: int) -> bool:
    """Let one that was handed over wait for another try; tell whether it does.

    Where another of its kind waits already, that one goes instead.
    """
    other = sa.exists().where(
        OUTGOING.c.kind == row.kind, OUTGOING.c.about == row.about,
        OUTGOING.c.channel == row.channel, OUTGOING.c.state == rules.WAITING,
    )  # fmt: skip
    if db.session.scalar(sa.select(other)):
        return False
    return _write(row, state=rules.WAITING, due_at=due_at, addressed=None, lost=lost)


def _write(row: Any, **values: Any) -> bool:
    """Write over one if nobody else has meanwhile: who comes late has nothing to say."""
    same = (OUTGOING.c.id == row.id, OUTGOING.c.state == row.state, OUTGOING.c.tries == row.tries)
    written = sa.update(OUTGOING).where(*same).values(**values).returning(OUTGOING.c.id)
    return db.session.scalar(written) is not None


def expire(now: datetime, *, channel: str, why: str) -> int:
    """End what waits and is of no use any more; return how many."""
    late = sa.update(OUTGOING).where(
        OUTGOING.c.state == rules.WAITING, OUTGOING.c.channel == channel,
        OUTGOING.c.expires_at <= now,
    )  # fmt: skip
    ended = late.values(state=rules.NOT_SENT, why=why, ended_at=now).returning(OUTGOING.c.id)
    return len(db.session.execute(ended).all())


def forget(abouts: Collection[UUID], *, why: str) -> None:
    """Let nothing lead any more from things to what went out about them."""
    theirs = OUTGOING.c.about.in_(abouts)
    now = clock.now()
    waits = sa.update(OUTGOING).where(theirs, OUTGOING.c.state == rules.WAITING)
    db.session.execute(waits.values(state=rules.NOT_SENT, why=why, ended_at=now))
    # What has just gone is told from others by its receipt for a while.
    old = OUTGOING.c.ended_at < now - rules.CLOCKS_APART - rules.ASKED_FOR
    db.session.execute(
        sa.update(OUTGOING)
        .where(theirs)
        .values(
            about=sa.func.gen_random_uuid(),
            addressed=None,
            receipt=sa.case((old, None), else_=OUTGOING.c.receipt),
        )
    )


def next_due(before: datetime, *, channel: str, state: str, seen: Collection[UUID]) -> Any:
    """Return the row that has been due longest, held until the transaction ends, or None.

    Not those that were `seen`, nor those that another holds.
    """
    at = OUTGOING.c.due_at if state == rules.WAITING else OUTGOING.c.handed_over_at
    wanted = (
        sa.select(OUTGOING)
        .where(OUTGOING.c.state == state, OUTGOING.c.channel == channel, at <= before)
        .where(OUTGOING.c.id.not_in(seen))
        .order_by(at, OUTGOING.c.id)
        .limit(1)
    )
    return db.session.execute(wanted.with_for_update(skip_locked=True)).one_or_none()


def row_of(id: UUID) -> Any:
    """Return a row as it stands."""
    return db.session.execute(sa.select(OUTGOING).where(OUTGOING.c.id == id)).one()


def hangs(channel: str) -> bool:
    """Tell whether of anything handed over nobody has said what came of it."""
    open_ = sa.exists().where(OUTGOING.c.channel == channel, OUTGOING.c.state == rules.HANDED_OVER)
    return bool(db.session.scalar(sa.select(open_)))


def are_receipts(found: Collection[str]) -> set[str]:
    """Return which of a carrier's receipts we have already."""
    wanted = sa.select(OUTGOING.c.receipt).where(OUTGOING.c.receipt.in_(found))
    return {each for each in db.session.scalars(wanted) if each is not None}
