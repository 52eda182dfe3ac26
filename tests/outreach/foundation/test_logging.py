"""What is logged holds nothing that somebody sent, whoever writes the line."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from embedded.ports import LOOPBACK, free_port
from outreach.foundation import logging as product_logging
from tests.waiting import until

ROOT = Path(__file__).parents[3]
CANARY = "kanariefågel"

BROKEN = f"""
from urllib.parse import unquote


def app(environ, start_response):
    if environ["PATH_INFO"] == "/health":
        start_response("200 OK", [])
        return [b"ok"]
    raise ValueError("{CANARY} " + unquote(environ["QUERY_STRING"]))
"""


@contextlib.contextmanager
def _served(environment: dict[str, str], wsgi: str, log: Path, *words: str) -> Iterator[int]:
    """Serve a WSGI application with gunicorn, as the product is served; gives its port."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", *words, wsgi],
            cwd=ROOT,
            env={**os.environ, **environment, "PORT": str(port), "PYTHONPATH": str(log.parent)},
            stdout=output,
            stderr=output,
        )
        try:
            until(lambda: b"200 OK" in _said(port, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"))
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _said(port: int, request: bytes) -> bytes:
    """Return the beginning of what is answered to some bytes; nothing when nobody does."""
    try:
        with socket.create_connection((LOOPBACK, port), 5) as connection:
            connection.sendall(request)
            return connection.recv(4096)
    except OSError:
        return b""


def _lines(log: Path) -> list[dict[str, Any]]:
    """Return the lines of a log; each is JSON, and none holds a canary, however written."""
    text = log.read_text()
    for trace in (CANARY, ascii(CANARY)[1:-1], CANARY.encode().decode("latin-1"), "kanarie"):
        assert trace not in text, text
    return [json.loads(line) for line in text.splitlines()]


def test_a_request_that_cannot_be_read_is_logged_without_what_it_held(
    environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "web.log"
    canary = CANARY.encode()
    with _served(environment, "wsgi:app", log) as port:
        for sent in (
            b"GET /health HTTP/1.1\r\nHost: x\r\n" + canary + b" header: " + canary + b"\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: a\0" + canary + b"\r\n\r\n",
            b"GET /health?" + canary + b" " + canary + b" HTTP/1.1\r\n\r\n",
            canary + b" " + canary + b"\r\n\r\n",
            b"GET /health HTTP/" + canary + b"\r\nHost: x\r\n\r\n",
        ):
            assert b" 400 " in _said(port, sent)

    told = [line for line in _lines(log) if line["level"] == "warning"]
    assert {line["logger"] for line in told} == {"gunicorn.error"}
    assert {"InvalidHeaderName", "InvalidHeader", "InvalidRequestLine"} <= {
        line["error"] for line in told
    }


@pytest.mark.parametrize("level", ["info", "debug"])
def test_an_error_in_a_web_process_is_logged_by_its_kind_and_place(
    environment: dict[str, str], tmp_path: Path, level: str
) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    log = tmp_path / "web.log"
    with _served(environment, "broken:app", log, "--log-level", level) as port:
        said = _said(port, f"GET /a?who={quote(CANARY)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b" 500 " in said

    told = [line for line in _lines(log) if line.get("error") == "ValueError"]
    assert told
    assert any("broken.py" in place for line in told for place in line["place"])


@pytest.fixture
def written() -> io.StringIO:
    """Hold what the product's handler writes."""
    return io.StringIO()


@pytest.fixture
def library(written: io.StringIO) -> logging.Logger:
    """Make some library's logger, whose records the product's handler writes."""
    logger = logging.Logger("some.library")  # noqa: LOG001 - nobody else is to listen to it
    logger.addHandler(product_logging.handler(written))
    return logger


def _line(written: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(written.getvalue())
    assert "kanarie" not in json.dumps(line)
    return line


def test_what_a_library_tells_of_its_own_doing_is_kept(
    library: logging.Logger, written: io.StringIO
) -> None:
    library.info("Listening at: %s", "http://127.0.0.1:8000")

    line = _line(written)
    assert (line["event"], line["logger"]) == (
        "Listening at: http://127.0.0.1:8000",
        "some.library",
    )


@pytest.mark.parametrize("level", [logging.INFO, logging.ERROR])
def test_of_a_task_its_name_and_id_are_told_not_what_came_with_it(
    library: logging.Logger, written: io.StringIO, level: int
) -> None:
    said = {"name": "tasks.some", "id": "7", "exc": CANARY, "return_value": CANARY}
    library.log(level, "Task %(name)s[%(id)s] retry: %(exc)s\n%(return_value)s", said)

    assert _line(written)["event"].splitlines()[0] == "Task tasks.some[7] retry: …"


@pytest.mark.parametrize("level", [logging.DEBUG, logging.WARNING, logging.CRITICAL])
def test_of_a_warning_the_librarys_own_words_are_kept(
    library: logging.Logger, written: io.StringIO, level: int
) -> None:
    library.log(level, "Cannot read %r.\nThe body was: %s", CANARY, {"body": CANARY})

    line = _line(written)
    assert line["event"] == "Cannot read %r."
    assert "test_logging.py" in line["place"][0]


def test_a_text_that_was_put_together_already_is_dropped(
    library: logging.Logger, written: io.StringIO
) -> None:
    library.warning(f"Invalid request: {CANARY}")

    assert _line(written)["event"] == "some.library"


def test_an_error_that_is_the_message_is_dropped(
    library: logging.Logger, written: io.StringIO
) -> None:
    library.info(ValueError(CANARY))

    assert _line(written)["event"] == "some.library"


def test_an_error_is_told_by_its_kind_and_place(
    library: logging.Logger, written: io.StringIO
) -> None:
    try:
        raise ValueError(CANARY)  # noqa: TRY301 - what is logged is what is tried
    except ValueError:
        library.exception("It broke")

    line = _line(written)
    assert (line["error"], line["level"]) == ("ValueError", "error")
    assert "test_logging.py" in line["place"][-1]


def test_a_line_that_cannot_be_written_is_told_of_without_its_values(
    library: logging.Logger, written: io.StringIO
) -> None:
    library.info("%d people", CANARY)

    line = _line(written)
    assert (line["event"], line["logger"]) == ("unwritable_line", "some.library")
