"""The upkeep of what comes from tablets: keys made and destroyed in time, and a life begun anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import require_role
from outreach.audit import trail
from outreach.devices.models import ServerGeneration
from outreach.foundation import clock, exchange, payloads
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.identification import later
from outreach.participants.events import ParticipantRemoved
from outreach.sync import clocks, envelope, keeping, positions, settling
from outreach.sync.models import SyncInbox

# A private half is kept for as long as something may still lie on a tablet that was sealed to it,
# for so long after the last operation that came under it, and for so long after the last of them
# was settled: a tablet sends again what a restored backup has lost.
KEPT_AFTER_REPLACED = clocks.OLDEST
KEPT_AFTER_LAST = timedelta(days=30)
KEPT_AFTER_SETTLED = timedelta(days=14)
# Whatever still comes under it: whoever has taken a tablet must not keep a key alive for ever.
KEPT_AT_MOST = timedelta(days=365)

_INBOX = cast("sa.Table", SyncInbox.__table__)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What was done: the key to seal to, the keys destroyed, contents' keys swept, what went on."""

    newest: int
    destroyed: tuple[int, ...]
    swept: int
    settled: int


def keep_up(*, by: Actor) -> Upkeep:
    """Make next month's key, destroy the old ones, and do what has waited; return what was done.

    A second call finds nothing to do.
    """
    require_role(by, "system")
    newest = exchange.renew()
    with transaction(by=by):
        settled = settling.drain_all()
        _let_names_go(by)
        in_use = _in_use()
        destroyed = exchange.destroy(
            in_use=in_use, replaced_for=KEPT_AFTER_REPLACED, at_most=KEPT_AT_MOST
        )
        swept = payloads.sweep(_having_content)
        if destroyed:
            trail.record(by=by, action="destroy", kind="tablet_key", keys=destroyed)
    return Upkeep(newest.id, tuple(destroyed), swept, settled)


def _having_content(ids: list[UUID]) -> set[UUID]:
    """Return which of the ids name a content, of whichever feature, that somebody waits for."""
    return keeping.having_content(ids) | later.having_content(ids)


def _let_names_go(by: Actor) -> None:
    """Discard who somebody was, where nobody has decided about it for as long as it may wait."""
    for row, _ in keeping.waiting(type=envelope.NAMING):
        if later.is_over(row.kept_at):
            keeping.settle([row.id], decision="discarded")
            settling.close(row.op_id, rev=None, applied=False)
            trail.record(by=by, action="erase", kind="sync", id=row.id)


def _in_use() -> set[int]:
    """Return the keys under which something came lately, or is not settled for long enough."""
    now = clock.now()
    wanted = (
        sa.select(_INBOX.c.key_id)
        .where(
            sa.or_(
                _INBOX.c.received_at > now - KEPT_AFTER_LAST,
                _INBOX.c.settled_at.is_(None),
                _INBOX.c.settled_at > now - KEPT_AFTER_SETTLED,
            )
        )
        .distinct()
    )
    return set(db.session.scalars(wanted))


def forget(event: ParticipantRemoved) -> None:
    """Discard what came from a tablet about somebody who is no longer known, and waits.

    Nothing about a known person is written there; what all the same was may hold a note.
    """
    for row, content in keeping.waiting(type="contact.create"):
        named = (content.body or {}).get("participant_id")
        if isinstance(named, str) and named.lower() == str(event.participant):
            keeping.settle([row.id], decision="discarded", by=accounts.recorder_id(event.by))
            settling.close(row.op_id, rev=None, applied=False)


def restored(*, by: Actor) -> int:
    """Begin another life of the database, after a backup was restored; return its number.

    Tablets notice it, send again what they still have, and read all anew. To be told once for
    each restore; told again they only do so once more.
    """
    require_role(by, "system")
    with transaction(by=by) as session:
        raising = sa.update(ServerGeneration).values(generation=ServerGeneration.generation + 1)
        generation = session.execute(raising.returning(ServerGeneration.generation)).scalar_one()
        positions.refuse_all_lines()
        trail.record(by=by, action="restore", kind="server", id=generation)
        return generation
