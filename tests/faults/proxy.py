"""A proxy between a tablet and the product that breaks what passes, as bad networks do.

It keeps its connections alive, as real servers do: a browser may then send a POST again by itself
when a connection dies under it, and that must be met as well.
"""

from __future__ import annotations

import http.client
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

Fault = Literal[
    "drop_before",  # the connection dies before anything reached the server
    "drop_after",  # the server has committed, and its answer never comes
    "truncate",  # the answer is cut in the middle
    "portal",  # somebody else's network answers: 200, a page
    "sign_in",  # somebody's sign-in: 302 to a page
    "unavailable",  # 503
    "busy",  # 429
    "large",  # 413
    "hang",  # nobody ever answers
    "late",  # the server has answered, and its answer is on its way until the line heals
]

SYNC = "/api/v1/sync"
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Answer(NamedTuple):
    """What is answered instead of what the product would answer."""

    status: int = 404
    body: bytes = b""
    kind: str = "text/html"


_CANNED = {
    "portal": Answer(200, b"<!doctype html><title>Wi-Fi</title><p>Log in to the network"),
    "unavailable": Answer(503, b"<!doctype html><title>503</title>"),
    "busy": Answer(429, b"<!doctype html><title>429</title>"),
    "large": Answer(413, b"<!doctype html><title>413</title>"),
}


@dataclass
class FaultProxy:
    """What passes, and what happens to it. A fault is for the requests of one path."""

    upstream: str
    address: str = ""
    path: str = SYNC
    # Faults for the next requests, one each; then `always`, if it is anything.
    coming: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None
    delay: float = 0.0
    # What is answered for addresses that end so, of whatever path.
    instead: dict[str, Answer] = field(default_factory=dict)
    # Larger requests are refused by a proxy on the way (413).
    largest: int | None = None
    trace: list[tuple[str, str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def next(self, *faults: Fault | None) -> None:
        """Let these happen to the next requests of the path, in order."""
        self.coming.extend(faults)

    def heal(self) -> None:
        """Let everything pass from now on, and whoever hangs go."""
        self.coming.clear()
        self.always = None
        self.delay = 0.0
        self.largest = None
        self.instead.clear()
        self.released.set()

    def fault_for(self, path: str, size: int) -> Fault | None:
        """Return what happens to a request of the path and size."""
        if not path.startswith(self.path):
            return None
        if self.largest is not None and size > self.largest:
            return "large"
        return self.coming.pop(0) if self.coming else self.always

    def answer_for(self, path: str) -> Answer | None:
        """Return what is answered instead of the product's answer, if anything."""
        path = urlsplit(path).path
        return next((given for end, given in self.instead.items() if path.endswith(end)), None)

    def asked(self, path: str) -> int:
        """Return how often an address was asked for, its query left out."""
        return sum(1 for _, each, _ in self.trace if each == path)

    def count(self, outcome: str = "passed") -> int:
        """Return how many requests of the path had the outcome."""
        return sum(
            1 for _, path, met in self.trace if path.startswith(self.path) and met == outcome
        )


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """Run a proxy in front of the address; it passes everything until it is told otherwise."""
    proxy = FaultProxy(upstream)

    class Handler(_Handler):
        faults = proxy

    server = _Server(("127.0.0.1", 0), Handler)
    proxy.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *whom: Any) -> None:
        """Say nothing of a browser that has hung up: some of them are killed in the middle."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*whom)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults: FaultProxy

    def do_GET(self) -> None:
        self._pass()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - as above

    def log_message(self, *_: Any) -> None:
        """Say nothing: the trace is what is read."""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.faults.fault_for(self.path, len(body))
        self.faults.trace.append((self.command, self.path.split("?")[0], fault or "passed"))
        if self.path.startswith(self.faults.path) and self.faults.delay:
            self.faults.released.wait(self.faults.delay)
        instead = self.faults.answer_for(self.path) or _CANNED.get(fault or "")
        if instead is not None:
            return self._answer(instead.status, [("Content-Type", instead.kind)], instead.body)
        if fault == "drop_before":
            return self._hang_up()
        if fault == "hang":
            self.faults.released.wait()
            return self._hang_up()
        if fault == "sign_in":
            return self._answer(302, [("Location", "/logga-in")], b"")
        status, headers, answer = self._asked(body)
        if fault == "drop_after":
            return self._hang_up()
        if fault == "late":
            self.faults.released.wait()
        return self._answer(status, headers, answer, cut=fault == "truncate")

    def _asked(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return what the product answers; 503 while it is away."""
        there = urlsplit(self.faults.upstream)
        connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        try:
            # The product judges a sender by the address that the browser knows it under.
            headers["Host"] = self.headers["Host"]
            connection.request(self.command, self.path, body=body or None, headers=headers)
            answer = connection.getresponse()
            kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _HOP]
            return answer.status, kept, answer.read()
        except (OSError, http.client.HTTPException):
            return 503, [("Content-Type", "text/html")], b"<!doctype html><title>503</title>"
        finally:
            connection.close()

    def _answer(
        self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False
    ) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


def wait_until(holds: Any, *, within: float = 20.0) -> None:
    """Wait until something that another process does is so. Raises AssertionError in the end."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        threading.Event().wait(0.05)
