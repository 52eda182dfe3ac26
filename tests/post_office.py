"""Small real servers that take SMS and e-mail, and can fail in the ways in which such ones fail."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from aiosmtpd.controller import Controller

from embedded.ports import free_port

USER, PASSWORD = "u-test", "a password of nobody's"


@dataclass
class SmsProvider:
    """A carrier of SMS, and what it has taken. `mood` says how it answers what is sent."""

    # ok, or: refuse, no_credit, busy, away, broken, moved, silent, html, failed: without taking it;
    # broken_after, silent_after, html_after: although it has taken it; hold: takes it, and answers
    # when it is let; hold_before: takes it when it is let, unless its mood has become forget.
    mood: str = "ok"
    # How it answers whoever asks what it has taken: ok, away, silent, html.
    memory: str = "ok"
    taken: list[dict[str, str]] = field(default_factory=list)
    asked: int = 0
    # Something has come, and is held.
    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/a1/sms"

    def take(self, fields: dict[str, str]) -> dict[str, str]:
        """Take an SMS as carriers do: it goes out, whatever the sender hears of it."""
        row = {
            "id": f"s{uuid4().hex}",
            "created": datetime.now(UTC).replace(tzinfo=None).isoformat(),
            "direction": "outgoing",
            "status": "created",
            "from": fields["from"],
            "to": fields["to"],
            "message": fields["message"],
        }
        self.taken.append(row)
        return row


_WITHOUT_TAKING = {
    "refuse": 400, "no_credit": 403, "busy": 429, "away": 503, "broken": 500, "moved": 303,
}  # fmt: skip


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdecimal())


class _Handler(BaseHTTPRequestHandler):
    """Answers as the provider's mood is."""

    provider: SmsProvider

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Take an SMS, or not."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        provider, mood = self.provider, self.provider.mood
        if not self._is_let_in():
            return
        if mood in _WITHOUT_TAKING:
            self._answer(_WITHOUT_TAKING[mood], "No")
            return
        if mood in ("silent", "html"):
            self._say(mood)
            return
        if mood == "failed":
            self._json(200, {"id": "s0", "status": "failed"})
            return
        if mood == "hold_before":
            self._hold()
            if provider.mood == "forget":
                self.close_connection = True
                return
        row = provider.take({name: values[0] for name, values in parse_qs(body).items()})
        if mood == "hold":
            self._hold()
        if mood.endswith("_after"):
            self._say(mood.removesuffix("_after"))
            return
        self._json(200, row)

    def do_GET(self) -> None:
        """Tell what was taken for a number, the newest first."""
        if not self._is_let_in():
            return
        self.provider.asked += 1
        if self.provider.memory != "ok":
            self._say(self.provider.memory)
            return
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        found = [
            # Its words it was asked not to keep.
            {name: value for name, value in row.items() if name != "message"}
            for row in reversed(self.provider.taken)
            if _digits(row["to"]) == _digits(asked["to"])
            and row.get("created", asked["end"]) >= asked["end"]
        ]
        self._json(200, {"data": found[: int(asked["limit"])]})

    def _is_let_in(self) -> bool:
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers["Authorization"] == f"Basic {wanted}":
            return True
        self._answer(401, "API access requires Basic HTTP authentication")
        return False

    def _hold(self) -> None:
        self.provider.held.set()
        self.provider.let_go.wait(60)

    def _say(self, how: str) -> None:
        if how == "html":
            self._answer(200, "<html><title>Sign in to the network</title></html>")
        elif how == "broken":
            self._answer(500, "Internal error")
        elif how == "away":
            self._answer(503, "Busy")
        # Silent: the line is closed, and nothing was said.
        self.close_connection = True

    def _json(self, status: int, said: Any) -> None:
        self._answer(status, json.dumps(said), "application/json")

    def _answer(self, status: int, said: str, kind: str = "text/html") -> None:
        body = said.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def sms_provider() -> Iterator[SmsProvider]:
    """Run a carrier of SMS until the block ends."""
    provider = SmsProvider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        provider.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailServer:
    """A mail server, and the letters that it has taken."""

    # ok, or what is answered to: the recipient (550, 450), the letter (552, 451), or `drop`: takes
    # the letter and closes the line; `drop_before`: closes it when a recipient is named.
    mood: str = "ok"
    letters: list[Message] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer a recipient."""
        del session, options
        if self.mood == "drop_before":
            server.transport.close()
            return "421 Bye"
        if self.mood in ("550", "450"):
            return f"{self.mood} No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a letter, or not."""
        del session
        if self.mood in ("552", "451"):
            return f"{self.mood} Not this letter"
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        if self.mood == "drop":
            server.transport.close()
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server until the block ends."""
    handler = MailServer(port=free_port())
    running = Controller(
        handler, hostname="127.0.0.1", port=handler.port, enable_SMTPUTF8=True, ready_timeout=20
    )
    running.start()
    try:
        yield handler
    finally:
        running.stop()


def sends_sms(provider: SmsProvider) -> dict[str, Any]:
    """Return the settings of a product that sends its SMS by the provider."""
    return {
        "SMS_URL": provider.url,
        "SMS_USER": USER,
        "SMS_KEY": PASSWORD,
        "SMS_FROM": "Paminnelse",
    }


def sends_mail(server: MailServer) -> dict[str, Any]:
    """Return the settings of a product that sends its e-mail by the server."""
    return {
        "MAIL_HOST": "127.0.0.1",
        "MAIL_PORT": server.port,
        "MAIL_FROM": "noreply@outreach.example.se",
        "MAIL_TLS": "off",
    }
