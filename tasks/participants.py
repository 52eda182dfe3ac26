"""The participants' tasks."""

from __future__ import annotations

import structlog
from celery import shared_task

from outreach.foundation.actor import system
from outreach.foundation.queue import ERASE_LATER, SWEEP_KEYS
from outreach.identification import later
from outreach.participants import keys, leaving

log = structlog.get_logger(__name__)


@shared_task(name=SWEEP_KEYS)  # type: ignore[untyped-decorator]
def sweep_keys() -> None:
    """Let vault and database agree on who is known, and destroy the keys that are nobody's."""
    by = system("night")
    log.info("keys_swept", erased=leaving.finish_erasures(by=by), keys=keys.sweep(by=by))


@shared_task(name=ERASE_LATER)  # type: ignore[untyped-decorator]
def erase_later() -> None:
    """Erase who was to be linked later and was not for a week."""
    log.info("later_links_erased", erased=later.erase_overdue(by=system("night")))
