"""Writing handoffs: the row, what goes with it, and an entry of its history for each act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import service as accounts
from outreach.followups import upkeep as meetings
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.handoffs.lifecycle import Side, Standing
from outreach.handoffs.models import Handoff, HandoffEvent, HandoffMessage, HandoffSnapshot

Row = dict[str, Any]

HANDOFF = cast("sa.Table", Handoff.__table__)
SNAPSHOT = cast("sa.Table", HandoffSnapshot.__table__)
MESSAGE = cast("sa.Table", HandoffMessage.__table__)
EVENT = cast("sa.Table", HandoffEvent.__table__)
# When what the sender may be told by kind has come about.
_DATED = {
    "accepted": "decided_at", "declined": "decided_at", "in_progress": "started_at",
    "completed": "ended_at", "not_completed": "ended_at", "withdrawn": "ended_at",
}  # fmt: skip


def add(row: Mapping[str, Any]) -> bool:
    """Add a handoff whose id is new; tell whether it was added."""
    added = insert(HANDOFF).values(**row).on_conflict_do_nothing(index_elements=["id"])
    return db.session.scalar(added.returning(HANDOFF.c.id)) is not None


def change(id: UUID, values: Mapping[str, Any]) -> Any:
    """Write over a handoff as a new version; return the row."""
    changed = (
        sa.update(HANDOFF)
        .where(HANDOFF.c.id == id)
        .values(**values, version=HANDOFF.c.version + 1)
        .returning(HANDOFF)
    )
    return db.session.execute(changed).one()


def move(by: Actor, row: Any, *, side: Side, action: str, to: Standing, **values: Any) -> Any:
    """Let a handoff stand as an act leaves it; the act is in its history. Return the row."""
    # What is sent waits from that very instant: the sender, who may be told no more, sees the same.
    now = values.get("sent_at") or clock.now()
    if to != (row.state, row.turn):
        values |= {"state": to.state, "turn": to.turn, "turn_since": now}
        values |= {_DATED[to.state]: now} if to.state in _DATED else {}
    note(by, row.id, side=side, action=action, to=to)
    if to.state == "withdrawn" and row.sent_at is not None:
        values |= {"recalled_at": now}
    if to.state == "withdrawn" and row.meeting_id is not None:
        # Nobody meets with a team that is to know no more.
        meetings.call_off(by, [row.meeting_id])
        values |= {"meeting_id": None}
    return change(row.id, values)


def note(by: Actor, id: UUID, *, side: Side, action: str, to: Standing) -> None:
    """Add to a handoff's history what was done, and how it stands after it."""
    db.session.execute(
        sa.insert(EVENT).values(
            handoff_id=id, at=clock.now(), by=accounts.recorder_id(by), side=side, action=action,
            state=to.state, turn=to.turn,
        )
    )  # fmt: skip


def keep_snapshot(row: Mapping[str, Any]) -> None:
    """Keep what a team is told, in place of what it was told before."""
    put(SNAPSHOT, row, key="handoff_id")


def put(table: sa.Table, row: Mapping[str, Any], *, key: str) -> None:
    """Write a row in place of the one with its key, if there is one."""
    kept = insert(table).values(**row)
    again = {name: kept.excluded[name] for name in row if name != key}
    db.session.execute(kept.on_conflict_do_update(index_elements=[key], set_=again))


def add_message(row: Mapping[str, Any]) -> bool:
    """Add a message whose id is new; tell whether it was added."""
    added = insert(MESSAGE).values(**row).on_conflict_do_nothing(index_elements=["id"])
    return db.session.scalar(added.returning(MESSAGE.c.id)) is not None


def settle(id: UUID) -> None:
    """Keep that nothing more is needed after it ended; it is no change of the handoff's."""
    _stamp(id, HANDOFF.c.settled_at)


def see_recall(id: UUID) -> None:
    """Keep that the team knows that it may use no more of it; it is no change of the handoff's."""
    _stamp(id, HANDOFF.c.recall_seen_at)


def see(id: UUID) -> None:
    """Keep that somebody of the receiving team has looked; it is no change of the handoff's."""
    _stamp(id, HANDOFF.c.seen_at)


def _stamp(id: UUID, column: sa.Column[Any]) -> None:
    """Keep when something came about first."""
    first = sa.update(HANDOFF).where(HANDOFF.c.id == id, column.is_(None))
    db.session.execute(first.values({column: clock.now()}))
