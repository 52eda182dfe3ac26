"""The audit's task."""

from __future__ import annotations

import structlog
from celery import shared_task

from outreach.audit import service as audit
from outreach.foundation.queue import SEAL_AUDIT

log = structlog.get_logger(__name__)


@shared_task(name=SEAL_AUDIT)  # type: ignore[untyped-decorator]
def seal() -> None:
    """Seal what is new in the trail."""
    log.info("audit_seal", entries=audit.seal_new_entries())
