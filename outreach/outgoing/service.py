"""Use cases of what goes out, for the features that have something to say: queue, drop, look."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.outgoing import recording, rules
from outreach.outgoing.recording import OUTGOING


class Entry(NamedTuple):
    """What became of one SMS or e-mail, or is to become of it."""

    channel: str
    state: str
    due_at: datetime
    ended_at: datetime | None
    why: str | None


def queue(
    *, kind: str, about: UUID, channel: str, due_at: datetime, expires_at: datetime, once: bool
) -> None:
    """Let one go out when it is due; not any more when it has expired.

    `once`: one of the channel for what it is about, however often this is called; otherwise one at
    a time. Is part of the transaction under way.
    """
    recording.add(
        {
            "kind": kind, "about": about, "channel": channel, "once": once,
            "state": rules.WAITING, "due_at": due_at, "expires_at": expires_at,
        }
    )  # fmt: skip


def withhold(*, kind: str, about: UUID, channel: str, why: str) -> None:
    """Say why the one that was to be sent once will not be; one that went is left as it is."""
    now = clock.now()
    recording.add(
        {
            "kind": kind, "about": about, "channel": channel, "once": True,
            "state": rules.NOT_SENT, "due_at": now, "expires_at": now, "ended_at": now, "why": why,
        }
    )  # fmt: skip


def drop(*, kind: str, abouts: Collection[UUID], why: str, keep: str | None = None) -> None:
    """Let what waits not go out; `keep` is the channel that is left alone.

    One that a carrier is being given this moment can no longer be called back.
    """
    waits = sa.update(OUTGOING).where(
        OUTGOING.c.about.in_(abouts), OUTGOING.c.kind == kind, OUTGOING.c.state == rules.WAITING
    )
    if keep is not None:
        waits = waits.where(OUTGOING.c.channel != keep)
    db.session.execute(waits.values(state=rules.NOT_SENT, why=why, ended_at=clock.now()))


def forget(*, abouts: Collection[UUID]) -> None:
    """Let nothing lead any more from things to what went out about them; what waits is dropped."""
    recording.forget(abouts, why=rules.FORGOTTEN)


def entries(*, kind: str, abouts: Collection[UUID]) -> dict[UUID, list[Entry]]:
    """Return what went out, did not or is to go out about each of the things, the oldest first."""
    found: dict[UUID, list[Entry]] = {about: [] for about in abouts}
    wanted = (
        sa.select(
            OUTGOING.c.about, OUTGOING.c.channel, OUTGOING.c.state, OUTGOING.c.due_at,
            OUTGOING.c.ended_at, OUTGOING.c.why,
        )
        .where(OUTGOING.c.about.in_(abouts), OUTGOING.c.kind == kind)
        .order_by(OUTGOING.c.created_at, OUTGOING.c.id)
    )  # fmt: skip
    rows: Any = db.session.execute(wanted)
    for about, *entry in rows:
        found[about].append(Entry(*entry))
    return found
