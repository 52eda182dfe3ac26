"""Structured logs: one JSON object a line, with the request's id and nothing about people.

Libraries write through the same handler: what they put into a line may be what somebody sent.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import traceback
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict

_FRAMES = 12

# What a library's line may tell of a task: not what came with it, nor what came of it.
_OF_A_TASK = frozenset({"id", "name", "runtime"})


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines; of one that cannot be written, no value is shown either."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Tell which library's line was lost, and where it comes from."""
        lost = {"event": "unwritable_line", "logger": record.name, "place": _place(record)}
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(_encode(lost) + self.terminator)


def _place(record: logging.LogRecord) -> list[str]:
    return [f"{record.pathname}:{record.lineno} {record.funcName}"]


def _without_values(_: Any, __: str, event: EventDict) -> EventDict:
    """Keep of a library's line what it says by itself.

    Lines that only say what is going on (INFO) are kept whole, but for what came with a task. The
    values in all others are texts of errors, addresses, headers and bodies, and are dropped: what
    is left is the library's own words, the error's kind, and the place.
    """
    record: logging.LogRecord = event["_record"]
    values = event.pop("positional_args")
    event["logger"] = record.name
    event["event"] = record.name
    if record.levelno == logging.INFO and not record.exc_info:
        if isinstance(record.msg, str):
            event["event"] = record.msg % _shown(values) if values else record.msg
        return event
    if isinstance(record.msg, str) and values:
        # Without values it may have been put together beforehand, and hold anything.
        own = record.msg.strip().partition("\n")[0]
        event["event"] = own % _shown(values) if isinstance(values, Mapping) else own
    event["place"] = _place(record)
    event["exc_info"] = record.exc_info or sys.exc_info()
    return event


def _shown(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {key: value if key in _OF_A_TASK else "…" for key, value in values.items()}
    return values


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


_SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _without_text,
]


def handler(stream: TextIO) -> logging.Handler:
    """Return what writes records as JSON lines: the product's own, and those of libraries."""
    own = _Handler(stream)
    own.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_values, *_SHARED],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_written),
            ],
            pass_foreign_args=True,
            use_get_message=False,
        )
    )
    return own


def configure() -> None:
    """Send structlog's and the standard library's records to standard error as JSON lines."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    # The lines show none of these, so nothing is spent on finding them out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler(sys.stderr)]
    root.setLevel(logging.INFO)
