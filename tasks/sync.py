"""The tablets' task."""

from __future__ import annotations

import structlog
from celery import shared_task

from outreach.foundation.actor import system
from outreach.foundation.queue import KEEP_UP_TABLETS
from outreach.sync import upkeep

log = structlog.get_logger(__name__)


@shared_task(name=KEEP_UP_TABLETS)  # type: ignore[untyped-decorator]
def keep_up() -> None:
    """Make next month's key, destroy the old ones, and do what has waited."""
    done = upkeep.keep_up(by=system("night"))
    log.info(
        "tablets_kept_up",
        key=done.newest,
        destroyed=list(done.destroyed),
        swept=done.swept,
        settled=done.settled,
    )
