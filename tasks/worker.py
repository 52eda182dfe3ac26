"""The worker as Celery finds it: `celery -A tasks.worker worker`, and `… beat` for the timetable.

The queue is never the truth: every task can run twice, or be lost with the broker, and what it
was to do is found again in the tables.
"""

from __future__ import annotations

from typing import Any

import celery
import structlog
from celery import signals
from flask import Flask
from redbeat import RedBeatScheduler

from outreach.application import create_app
from outreach.audit import service as audit
from outreach.foundation import logging
from outreach.foundation.actor import system
from outreach.foundation.database import close_connections
from outreach.indicators import night
from tasks.timetable import ZONE, beat_schedule

log = structlog.get_logger(__name__)

# A task that is stuck is stopped: first asked, then killed.
ASKED_AFTER_SECONDS = 50 * 60
KILLED_AFTER_SECONDS = 60 * 60

# Longer than any task may take: sooner, and a task at work would be handed to a second worker.
VISIBLE_AGAIN_SECONDS = KILLED_AFTER_SECONDS + 5 * 60

_PATIENCE_SECONDS = 5

application: Flask = create_app()


class ContextTask(celery.Task):  # type: ignore[misc]
    """A task inside the application, with its own session and its id in every log line."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task; whatever it opened is closed after it."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(task=self.name, task_id=self.request.id)
        with application.app_context():
            return super().__call__(*args, **kwargs)


app = celery.Celery(
    "outreach",
    task_cls=ContextTask,
    include=[
        f"tasks.{each}"
        for each in ("audit", "handoffs", "indicators", "outgoing", "participants", "sync")
    ],
)
_CONNECTION = {
    "socket_connect_timeout": _PATIENCE_SECONDS,
    "socket_keepalive": True,
    # A connection that died in silence is noticed before it is used.
    "health_check_interval": 10,
    "retry_on_timeout": True,
}
app.conf.update(
    broker_url=application.config["REDIS_URL"],
    broker_transport_options={"visibility_timeout": VISIBLE_AGAIN_SECONDS, **_CONNECTION},
    # Valkey may be away for a minute or a night: the worker waits and goes on by itself.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    # No answer is kept anywhere: tasks speak through the tables and the log.
    task_ignore_result=True,
    result_backend=None,
    task_serializer="json",
    accept_content=["json"],
    # A task is done when it has ended, not when it was fetched: a killed worker loses nothing.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_soft_time_limit=ASKED_AFTER_SECONDS,
    task_time_limit=KILLED_AFTER_SECONDS,
    timezone=ZONE,
    enable_utc=True,
    beat_scheduler=f"{RedBeatScheduler.__module__}:{RedBeatScheduler.__name__}",
    beat_schedule=beat_schedule(),
    # The timetable and the lock that keeps a second beat still are in Valkey, not in a file.
    redbeat_redis_url=application.config["REDIS_URL"],
    redbeat_redis_options={**_CONNECTION, "retry_period": 60},
    # A beat that was killed holds its lock so long at most; then the next one goes on.
    beat_max_loop_interval=5,
    redbeat_lock_timeout=30,
)


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _log_as_the_product_does(**_: Any) -> None:
    """Keep Celery from putting its own lines beside the product's."""
    logging.configure()


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _own_connections(**_: Any) -> None:
    """Give each process of the pool connections of its own: they must not be shared by a fork."""
    with application.app_context():
        close_connections(inherited=True)


def _seal() -> None:
    """Seal what has waited for a worker, so that /ready need not wait for the next minute."""
    try:
        audit.seal_new_entries()
    except Exception:
        # The night is not less missed for that; each minute it is tried again, and /ready tells.
        log.exception("audit_seal_failed")


@signals.worker_ready.connect  # type: ignore[untyped-decorator]
def _catch_up(**_: Any) -> None:
    """Order what a worker that was not there should have done."""
    with application.app_context():
        _seal()
        missed = night.queue_what_was_missed(by=system("worker"))
    log.info("worker_ready", missed_night=missed)
