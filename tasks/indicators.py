"""The figures' tasks: a night, and each day of it."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task

from outreach.foundation.actor import system
from outreach.foundation.queue import NIGHTLY, NIGHTLY_STEP
from outreach.indicators import night

log = structlog.get_logger(__name__)


@shared_task(name=NIGHTLY)  # type: ignore[untyped-decorator]
def nightly(run_id: str | None = None) -> None:
    """Begin a night; its days follow as tasks of their own."""
    begun = night.begin_queued(by=system("night"), id=UUID(run_id) if run_id else None)
    log.info("night_begun" if begun else "night_at_work_already", run=str(begun))


@shared_task(name=NIGHTLY_STEP)  # type: ignore[untyped-decorator]
def nightly_step(run_id: str) -> None:
    """Do the next day of a night."""
    ended = night.continue_queued(by=system("night"), id=UUID(run_id))
    log.info("night_step", run=run_id, ended=ended)
