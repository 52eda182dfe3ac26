"""A small real server that answers as Kolada does, page by page, and fails as such servers fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_SOLNA = "0184"


@dataclass
class KoladaServer:
    """What it holds of measures and years, and how it answers: `mood` ok, or a way to fail."""

    # (measure, year): a number, None (no value), or "deleted".
    held: dict[tuple[str, int], float | str | None] = field(default_factory=dict)
    # ok · away · html · elsewhere (the next page lies at another address) · endless · odd (a page
    # without its values) · moved · bracket (the next page has no address)
    mood: str = "ok"
    per_page: int = 2
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v3"

    def rows(self, measures: list[str], years: list[int]) -> list[dict[str, Any]]:
        """Return what is held, as Kolada's rows; Solna's are not the only ones."""
        return [
            {
                "kpi": measure,
                "municipality": municipality,
                "period": year,
                "values": [
                    self._value(held if municipality == _SOLNA else 1.5, gender)
                    for gender in ("K", "M", "T")
                ],
            }
            for (measure, year), held in sorted(self.held.items())
            if measure in measures and year in years
            for municipality in (_SOLNA, "0180")
        ]

    def _value(self, held: float | str | None, gender: str) -> dict[str, Any]:
        is_deleted, number = held == "deleted", held if isinstance(held, (int, float)) else None
        if number is not None and gender != "T":
            number += 1
        return {
            "gender": gender,
            "count": 1,
            "status": "" if number is not None else "Missing",
            "value": number,
            "isdeleted": is_deleted,
        }


class _Handler(BaseHTTPRequestHandler):
    kolada: KoladaServer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a page of values, or fail."""
        kolada = self.kolada
        kolada.asked.append(self.path)
        if kolada.mood == "away":
            return self._answer(503, "text/plain", b"away")
        if kolada.mood == "moved":
            return self._answer(302, "text/plain", b"", {"Location": f"{kolada.url}/other"})
        if kolada.mood == "html":
            return self._answer(200, "text/html", b"<!doctype html><title>Kolada</title>")
        address = urlsplit(self.path)
        parts = address.path.split("/")
        measures, years = parts[4].split(","), [int(each) for each in parts[8].split(",")]
        number = int(parse_qs(address.query).get("page", ["1"])[0])
        page = self._page(kolada.rows(measures, years), number)
        return self._answer(200, "application/json", json.dumps(page).encode())

    def _page(self, rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
        kolada = self.kolada
        first = (number - 1) * kolada.per_page
        shown = rows[first : first + kolada.per_page]
        path = urlsplit(self.path).path
        following = None
        if len(rows) > first + kolada.per_page or kolada.mood == "endless":
            following = f"http://127.0.0.1:{kolada.port}{path}?page={number + 1}"
        if kolada.mood == "elsewhere":
            following = "http://127.0.0.2:9/v3/data"
        if kolada.mood == "bracket":
            following = "https://[x"
        page: dict[str, Any] = {"count": len(shown), "next_url": following}
        return page if kolada.mood == "odd" else {**page, "values": shown}

    def _answer(
        self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def kolada_server() -> Iterator[KoladaServer]:
    """Run the server until the block is left."""
    kolada = KoladaServer()

    class Handler(_Handler):
        pass

    Handler.kolada = kolada
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kolada.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield kolada
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
