"""How much a tablet may leave for people to look at: whoever has stolen one must not bury the rest.

A tablet that is refused keeps what it has, and sends it again by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from uuid import UUID

import sqlalchemy as sa

from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.foundation.errors import N_, TooMany
from outreach.sync.models import SyncEpoch, SyncKept
from outreach.sync.positions import Line

# More than a place writes in a week; a supervisor can still go through them.
MOST_OPEN = 500
# A storage begins anew when it was lost or put back: not many times a day.
MOST_LINES = 20
_A_DAY = timedelta(days=1)
_TRY_AGAIN_SECONDS = 900

_KEPT = cast("sa.Table", SyncKept.__table__)
_EPOCH = cast("sa.Table", SyncEpoch.__table__)


class TooMuchToReview(TooMany):
    """So much of the tablet's waits for somebody's decision that no more is taken in."""

    slug = "too-much-to-review"
    title = N_("För mycket från plattan väntar på att granskas")
    advice = N_(
        "Chefen på platsen avgör först något av det. Resten är kvar på plattan och skickas sedan "
        "av sig självt."
    )


class TooManyLines(TooMany):
    """The storage began anew again and again."""

    slug = "too-many-lines"
    title = N_("Plattan har börjat om för många gånger i dag")
    advice = N_("Det som väntar är kvar på plattan. Säg till systemförvaltaren.")


def require_a_line(line: Line) -> None:
    """Raise TooManyLines for yet another life of a storage that has begun too many today."""
    lately = _EPOCH.c.began_at > clock.now() - _A_DAY
    wanted = sa.select(
        sa.func.count().filter(lately), sa.func.bool_or(_EPOCH.c.epoch == line.epoch)
    ).where(_EPOCH.c.device_id == line.device)
    many, is_known = db.session.execute(wanted).one()
    if many >= MOST_LINES and not is_known:
        raise TooManyLines(retry_after=_TRY_AGAIN_SECONDS)


def overflow(device: UUID) -> TooMuchToReview | None:
    """Return the refusal of a tablet of which too much waits for a decision, None while it fits."""
    some = sa.select(_KEPT.c.id).where(_KEPT.c.device_id == device, _KEPT.c.decided_at.is_(None))
    waiting = sa.select(sa.func.count()).select_from(some.limit(MOST_OPEN).subquery())
    if (db.session.scalar(waiting) or 0) < MOST_OPEN:
        return None
    return TooMuchToReview(retry_after=_TRY_AGAIN_SECONDS)
