"""A small server between the tablet and the product, which breaks what a network breaks."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Answer(NamedTuple):
    """What is answered instead of what the product would answer."""

    status: int = 404
    body: bytes = b""
    kind: str = "text/html"


class Relay:
    """Hands requests on to the product and its answers back, but for what it was told to break."""

    def __init__(self, product: str) -> None:
        self._product = urlsplit(product).netloc
        # Answers by the end of the address that they are given for, its query left out.
        self.instead: dict[str, Answer] = {}
        # What was asked for, in order: the method and the address with its query.
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def _handler(relay) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the request's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                relay.asked.append(f"{self.command} {self.path}")
                path = urlsplit(self.path).path
                broken = [answer for end, answer in relay.instead.items() if path.endswith(end)]
                if broken:
                    self._give(broken[0].status, [("Content-Type", broken[0].kind)], broken[0].body)
                else:
                    self._give(*relay._handed_on(self))

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the server's names

            def _give(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: pytest has output of its own."""

        return Handler

    def _handed_on(self, asked: BaseHTTPRequestHandler) -> tuple[int, list[tuple[str, str]], bytes]:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        onward = http.client.HTTPConnection(self._product, timeout=30)
        try:
            # The Host is the tablet's: the product compares it with where a form came from.
            onward.request(asked.command, asked.path, body or None, dict(asked.headers))
            answer = onward.getresponse()
            headers = [
                (name, value)
                for name, value in answer.getheaders()
                if name.lower() not in _OF_THE_CONNECTION
            ]
            return answer.status, headers, answer.read()
        finally:
            onward.close()

    @contextmanager
    def running(self) -> Iterator[Relay]:
        """Answer for as long as the block lasts."""
        thread = Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
