"""How much a tablet may leave for people to look at: whoever has stolen one must not bury the rest.

What is refused for that stays on the tablet, which sends it again by itself. What its author has
signed, on a tablet that is not revoked, is never refused for it.
"""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from outreach.devices.service import Tablet
from outreach.foundation.database import db
from outreach.foundation.errors import N_, TooMany
from outreach.sync.models import SyncKept, SyncLoss

# More than a place writes in a week; a supervisor can still go through them.
MOST_OPEN = 500
# A tablet that loses something loses it in one piece, or a few.
MOST_LOSSES = 100
_TRY_AGAIN_SECONDS = 900

_KEPT = cast("sa.Table", SyncKept.__table__)
_LOSS = cast("sa.Table", SyncLoss.__table__)


class TooMuchToReview(TooMany):
    """So much of the tablet's waits for somebody to look at that no more is taken in."""

    slug = "too-much-to-review"
    title = N_("För mycket från plattan väntar på att granskas")
    advice = N_(
        "Chefen på platsen avgör först något av det. Resten är kvar på plattan och skickas sedan "
        "av sig självt."
    )


def require_room(tablet: Tablet, *, signed: bool) -> None:
    """Raise TooMuchToReview when too much that may be a stranger's waits for a decision already.

    What is signed and what is not are counted apart: nobody without a right to hand in can stop
    what comes under one.
    """
    author = _KEPT.c.author_id.is_not(None) if signed else _KEPT.c.author_id.is_(None)
    waiting = _KEPT.c.device_id == tablet.id, _KEPT.c.decided_at.is_(None), author
    _require(tablet, sa.select(_KEPT.c.id).where(*waiting), MOST_OPEN)


def require_room_for_losses(tablet: Tablet) -> None:
    """Raise TooMuchToReview when nobody has looked at too many losses already."""
    unseen = _LOSS.c.device_id == tablet.id, _LOSS.c.seen_at.is_(None)
    _require(tablet, sa.select(_LOSS.c.id).where(*unseen), MOST_LOSSES)


def _require(tablet: Tablet, rows: sa.Select[tuple[object]], most: int) -> None:
    counted = sa.select(sa.func.count()).select_from(rows.limit(most).subquery())
    if (db.session.scalar(counted) or 0) >= most:
        raise TooMuchToReview(retry_after=_TRY_AGAIN_SECONDS, members={"revoked": tablet.revoked})
