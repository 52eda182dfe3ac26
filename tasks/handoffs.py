"""The handoffs' task."""

from __future__ import annotations

import structlog
from celery import shared_task

from outreach.foundation.queue import TELL_OF_OVERDUE
from outreach.handoffs import notices

log = structlog.get_logger(__name__)


@shared_task(name=TELL_OF_OVERDUE)  # type: ignore[untyped-decorator]
def tell_of_overdue() -> None:
    """Tell supervisors of what has waited too long for an answer since today."""
    log.info("overdue_told", supervisors=notices.tell_of_overdue())
