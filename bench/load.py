"""A load generator that leaves the machine to those it measures.

One thread, raw sockets, requests written beforehand: it costs so little beside a request's
answer that it is not what is measured (see `ceiling`, which says how much it could do).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from embedded.ports import LOOPBACK

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_READ = 65_536
_TRIVIAL = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


@dataclass(slots=True)
class Run:
    """What became of a number of requests; times are in seconds."""

    waits: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    # The bodies of the answers, where they were asked for.
    answers: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds if self.seconds else 0.0

    def wait(self, percent: int) -> float:
        """Return the wait, in milliseconds, that so many percent of the answers kept below."""
        if len(self.waits) == 1:
            return self.waits[0] * 1000
        return statistics.quantiles(self.waits, n=100, method="inclusive")[percent - 1] * 1000

    def require(self, status: int) -> Run:
        """Return itself when every answer had the status; else raise: nothing was measured."""
        if set(self.statuses) != {status}:
            raise WrongAnswerError(f"wanted {status}, was answered {self.statuses}")
        return self


class WrongAnswerError(Exception):
    """The server did something else than what was to be measured."""


class _Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int, waiting: Iterator[bytes]) -> None:
        self.port = port
        self.waiting = waiting
        self.socket = _connected(port)
        self.began = 0.0
        self.answer = b""

    def send(self, request: bytes) -> None:
        self.answer = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def status(self) -> int | None:
        """Read what has come; return the status once the answer is whole. Raises when cut off."""
        came = self.socket.recv(_READ)
        if not came:
            raise WrongAnswerError("the server closed the connection before it answered")
        self.answer += came
        head = self.answer.find(_END)
        if head < 0:
            return None
        length = _content_length(self.answer[:head])
        if len(self.answer) < head + len(_END) + length:
            return None
        return int(self.answer[9:12])

    def body(self) -> bytes:
        """Return the body of the answer, once it is whole."""
        return self.answer[self.answer.find(_END) + len(_END) :]

    def closes(self) -> bool:
        """Tell whether the server said that this was the connection's last answer."""
        return b"\r\nconnection: close" in self.answer[: self.answer.find(_END)].lower()


def _connected(port: int) -> socket.socket:
    made = socket.create_connection((LOOPBACK, port), timeout=30)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _content_length(head: bytes) -> int:
    place = head.lower().find(_LENGTH)
    return int(head[place + len(_LENGTH) :].split(b"\r\n", 1)[0]) if place >= 0 else 0


def drive(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Run:
    """Send the requests over so many connections, each its next one as soon as it is answered.

    Stops sending after so many seconds; what is under way is still answered.
    """
    shared = iter(requests)
    return _driven(port, [shared] * connections, seconds)


def drive_lines(port: int, lines: Sequence[Sequence[bytes]], *, seconds: float) -> Run:
    """Send each line over a connection of its own, in its order, all at once; keep the answers.

    Stops sending after so many seconds; what is under way is still answered.
    """
    return _driven(port, [iter(line) for line in lines], seconds, answers=True)


def _driven(
    port: int, lines: Sequence[Iterator[bytes]], seconds: float, *, answers: bool = False
) -> Run:
    run = Run()
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as opened:
        for line in lines:
            connection = _Connection(port, line)
            opened.callback(connection.socket.close)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began = time.perf_counter()
        until = began + seconds
        under_way = 0
        for key in selector.get_map().values():
            if (request := next(key.data.waiting, None)) is not None:
                key.data.send(request)
                under_way += 1
        while under_way:
            for key, _ in selector.select(timeout=30):
                connection = key.data
                status = connection.status()
                if status is None:
                    continue
                now = time.perf_counter()
                run.waits.append(now - connection.began)
                run.statuses[status] = run.statuses.get(status, 0) + 1
                under_way -= 1
                if answers:
                    run.answers.append(connection.body())
                if connection.closes():
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    connection = _Connection(port, connection.waiting)
                    opened.callback(connection.socket.close)
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                request = next(connection.waiting, None) if now < until else None
                if request is not None:
                    connection.send(request)
                    under_way += 1
        run.seconds = time.perf_counter() - began
    return run


def merged(runs: Sequence[Run]) -> Run:
    """Return the runs as one: all waits, all seconds."""
    whole = Run(seconds=sum(run.seconds for run in runs))
    for run in runs:
        whole.waits += run.waits
        for status, times in run.statuses.items():
            whole.statuses[status] = whole.statuses.get(status, 0) + times
    return whole


def ceiling(requests: Sequence[bytes], *, connections: int, seconds: float) -> float:
    """Return how many requests a second the generator drives against a server that does nothing."""
    with _trivial_server() as port:
        return drive(port, requests, connections=connections, seconds=seconds).rate


@contextlib.contextmanager
def _trivial_server() -> Iterator[int]:
    listening = socket.create_server((LOOPBACK, 0))
    server = multiprocessing.get_context("fork").Process(
        target=_answer_all, args=(listening,), daemon=True
    )
    server.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.kill()
        server.join()
        listening.close()


def _answer_all(listening: socket.socket) -> None:
    """Answer whatever comes with the same few bytes; a request arrives in one piece here."""
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            arrived = key.fileobj
            if arrived is listening:
                connection, _ = listening.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
            elif isinstance(arrived, socket.socket):
                if arrived.recv(_READ):
                    arrived.sendall(_TRIVIAL)
                else:
                    selector.unregister(arrived)
                    arrived.close()
