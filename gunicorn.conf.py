"""How gunicorn serves the product, in production as in `./dev run`."""

import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger
from prometheus_client import multiprocess

from outreach.foundation import logging

_MEMORY = "/dev/shm"  # noqa: S108 - gunicorn makes a file there nobody else can guess or open

# Only this machine: a proxy that holds the certificate stands in front.
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
# Threads, since a request mostly waits for PostgreSQL, and connections kept open cost none.
worker_class = "gthread"
# Two processes, so that one that is replaced or hangs is not the whole service.
workers = 2
# Eight requests at once in each; with two databases that is at most 32 connections in use.
threads = 8
# Longer than the proxy's 60 seconds, so that the proxy closes first and never writes into a close.
keepalive = 75
# A worker that has not given a sign of life for so long is replaced.
timeout = 60
# What a request in progress is given to finish when the service stops or is renewed.
graceful_timeout = 15
# A worker is replaced now and then, so that memory lost by some library never piles up …
max_requests = 20_000
# … but not both workers at the same time.
max_requests_jitter = 2_000
# An address with its query is short here; a longer one is a mistake or an attack.
limit_request_line = 8190
# Browsers send about twenty headers.
limit_request_fields = 64
# The signs of life are written to memory: on a slow disk they would make workers look dead.
worker_tmp_dir = _MEMORY if Path(_MEMORY).is_dir() else None
# Load the application in each worker: connections must not be shared across a fork.
preload_app = False
# The product logs requests itself, without personal data; gunicorn's log would hold addresses.
accesslog = None


class ProductLogger(Logger):  # type: ignore[misc]
    """gunicorn's own lines, written as the product writes its own: nothing in them was sent."""

    def setup(self, cfg: Any) -> None:
        """Hand gunicorn's records to the product's handler instead of one of its own."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        logging.configure()


logger_class = ProductLogger


def child_exit(_server: object, worker: Any) -> None:
    """Take a dead worker's gauges out of the sum that /metrics shows."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
