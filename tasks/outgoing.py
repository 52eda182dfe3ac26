"""The task of what goes out."""

from __future__ import annotations

import structlog
from celery import shared_task

from outreach.foundation.queue import DELIVER
from outreach.outgoing import delivery

log = structlog.get_logger(__name__)


@shared_task(name=DELIVER)  # type: ignore[untyped-decorator]
def deliver() -> None:
    """Hand over the SMS and e-mail that are due."""
    if done := delivery.deliver_due():
        log.info("delivered", **done)
