"""Handing work to the worker: by task name, ids only, and only after a real commit.

The queue is never the truth. When the broker is away the hand-over is logged and forgotten;
the nightly jobs find their work in the tables.
"""

from __future__ import annotations

from celery import Celery
from flask import Flask, current_app

from outreach.foundation.transaction import after_commit

# The names of the tasks: the product queues by name and never imports them.
NIGHTLY = "tasks.indicators.nightly"
NIGHTLY_STEP = "tasks.indicators.nightly_step"
SEAL_AUDIT = "tasks.audit.seal"
SWEEP_KEYS = "tasks.participants.sweep_keys"
ERASE_LATER = "tasks.participants.erase_later"
DELIVER = "tasks.outgoing.deliver"
TELL_OF_OVERDUE = "tasks.handoffs.tell_of_overdue"
KEEP_UP_TABLETS = "tasks.sync.keep_up"

# A broker that is away must cost a request a moment, not its answer.
_PATIENCE_SECONDS = 0.5


def init_app(app: Flask) -> None:
    """Give the application a sender to the broker of its configuration."""
    sender = Celery("outreach", broker=app.config["REDIS_URL"], set_as_current=False)
    sender.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        broker_connection_timeout=_PATIENCE_SECONDS,
        broker_transport_options={
            "socket_connect_timeout": _PATIENCE_SECONDS,
            "socket_timeout": _PATIENCE_SECONDS,
        },
    )
    app.extensions["outreach.queue"] = sender


def enqueue(task: str, *ids: str) -> None:
    """Queue the named task with plain ids, once the transaction under way is committed."""
    sender: Celery = current_app.extensions["outreach.queue"]
    after_commit(lambda: sender.send_task(task, args=ids, retry=False))
