#!/usr/bin/env python3
"""Start a Firefox as distributions ship it, for a Playwright that expects a newer one.

Playwright speaks WebDriver BiDi to it. It always tells how colours are wanted, which Firefoxes
before that command do not know and refuse; then nothing can be opened at all. So this stands
between the two: it passes everything on as it is, and turns that one refusal into a yes.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading

HERE = "127.0.0.1"
_UNKNOWN = (b'"unknown command"', b"emulation.setMediaFeaturesOverride")
_SMALL, _TWO, _EIGHT = 125, 126, 127
_READ = 65_536


def main(arguments: list[str]) -> int:
    """Run $FIREFOX with the arguments; its address, as it is told, is ours."""
    listening = socket.create_server((HERE, 0))
    ours = str(listening.getsockname()[1]).encode()
    with subprocess.Popen([os.environ["FIREFOX"], *arguments], stderr=subprocess.PIPE) as firefox:
        for line in firefox.stderr or ():
            told = re.search(rb"BiDi listening on ws://127\.0\.0\.1:(\d+)", line)
            if told:
                _start(_accept, listening, ours, told[1])
                line = line.replace(told[1], ours)  # noqa: PLW2901 - the same line, our address
            sys.stderr.buffer.write(line)
            sys.stderr.flush()
    return firefox.returncode


def answered(payload: bytes) -> bytes:
    """Return what Playwright is told instead of a message of Firefox's: mostly the same."""
    if not all(mark in payload for mark in _UNKNOWN):
        return payload
    return json.dumps({"type": "success", "id": json.loads(payload)["id"], "result": {}}).encode()


def _start(does: object, *with_: object) -> None:
    threading.Thread(target=does, args=with_, daemon=True).start()  # type: ignore[arg-type]


def _accept(listening: socket.socket, ours: bytes, port: bytes) -> None:
    while True:
        playwright, _ = listening.accept()
        firefox = socket.create_connection((HERE, int(port)))
        # Firefox answers only those who ask for it by its own address.
        firefox.sendall(_head(playwright).replace(ours, port))
        playwright.sendall(_head(firefox))
        _start(_there, playwright, firefox)
        _start(_back, firefox, playwright)


def _there(playwright: socket.socket, firefox: socket.socket) -> None:
    while sent := playwright.recv(_READ):
        firefox.sendall(sent)
    firefox.shutdown(socket.SHUT_WR)


def _back(firefox: socket.socket, playwright: socket.socket) -> None:
    """Pass frames on, one by one (RFC 6455): those of a server carry no mask."""
    with playwright, firefox.makefile("rb") as frames:
        while len(head := frames.read(2)) == len(b".."):
            longer = {_TWO: 2, _EIGHT: 8}.get(head[1], 0)
            size = int.from_bytes(frames.read(longer)) if longer else head[1]
            payload = answered(frames.read(size))
            playwright.sendall(head[:1] + _length(len(payload)) + payload)


def _length(size: int) -> bytes:
    if size <= _SMALL:
        return bytes([size])
    return (
        bytes([_TWO]) + size.to_bytes(2) if size < 1 << 16 else bytes([_EIGHT]) + size.to_bytes(8)
    )


def _head(sock: socket.socket) -> bytes:
    """Return the head of a request or an answer, and not a byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        more = sock.recv(1)
        if not more:
            raise ConnectionError("whoever began to speak has hung up")
        head += more
    return head


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
