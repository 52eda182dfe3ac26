"""The participants' task."""

from __future__ import annotations

import structlog
from celery import shared_task

from outreach.foundation.actor import system
from outreach.foundation.queue import SWEEP_KEYS
from outreach.participants import keys, leaving

log = structlog.get_logger(__name__)


@shared_task(name=SWEEP_KEYS)  # type: ignore[untyped-decorator]
def sweep_keys() -> None:
    """Let vault and database agree on who is known, and destroy the keys that are nobody's."""
    by = system("night")
    log.info("keys_swept", erased=leaving.finish_erasures(by=by), keys=keys.sweep(by=by))
