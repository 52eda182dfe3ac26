"""Structured logs: one JSON object a line, with the request's id and nothing about people."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict

_FRAMES = 12


def _without_text(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace an error by its kind and its place: its text may hold what a person typed."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["place"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        ]
    return event


# Made once: `json.dumps` would build an encoder for every line.
_encode = json.JSONEncoder(default=repr).encode


def _written(event: EventDict, **_: object) -> str:
    return _encode(event)


def configure() -> None:
    """Send structlog's and the standard library's records to standard error as JSON lines."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_text,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_written),
            ],
        )
    )
    # The lines show none of these, so nothing is spent on finding them out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
