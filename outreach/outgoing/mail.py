"""Handing over an e-mail, by SMTP.

A mail server cannot be asked afterwards what it has taken. Up to its word that it is ready for the
letter nothing was sent; after that, without an answer, nobody knows.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Literal
from uuid import UUID

from outreach.foundation import clock
from outreach.outgoing.carriers import Accepted, Busy, Known, Message, Missing, NoAnswer, Refused

_PATIENCE_SECONDS = 20
# From here on it is a refusal, and from there one for good.
_REFUSAL, _FOR_GOOD = 400, 500
# 200 to 299.
_WELL = 2

Tls = Literal["starttls", "tls", "off"]


@dataclass(frozen=True, slots=True, repr=False)
class MailCarrier:
    """A mail server that takes our letters. `sender` is a bare address."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    tls: Tls = "starttls"
    remembers: bool = False

    def send(self, id: UUID, message: Message) -> Accepted | Refused | Busy | NoAnswer:
        """Hand a letter over; its Message-ID is the row's, so that a doubled one is told apart."""
        name = f"<{id}@{self._name}>"
        to = _on_the_wire(message.to)
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException):
            return Busy()
        try:
            return self._hand_over(server, to, self._letter(name, to, message), name)
        finally:
            # It has been said what there was to say; how the line is closed changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()

    def look_for(
        self, to: str, *, since: datetime, known: Known
    ) -> Accepted | Refused | Missing | NoAnswer:
        """Return that nobody can say."""
        del to, since, known
        return NoAnswer()

    @property
    def _name(self) -> str:
        """What this machine is called in the letter's head: nothing of its own."""
        return self.sender.rpartition("@")[2]

    def _connected(self) -> smtplib.SMTP:
        trusted = ssl.create_default_context()
        server: smtplib.SMTP
        if self.tls == "tls":
            server = smtplib.SMTP_SSL(
                self.host, self.port, self._name, timeout=_PATIENCE_SECONDS, context=trusted
            )
        else:
            server = smtplib.SMTP(self.host, self.port, self._name, timeout=_PATIENCE_SECONDS)
        try:
            if self.tls == "starttls":
                server.starttls(context=trusted)
            if self.user:
                server.login(self.user, self.password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(
        self, server: smtplib.SMTP, to: str, letter: bytes, name: str
    ) -> Accepted | Refused | Busy | NoAnswer:
        options = []
        if not to.isascii():
            if not server.has_extn("smtputf8"):
                return Refused()
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        try:
            if not _is_well(server.mail(self.sender, options)[0]):
                return Busy()
            code = server.rcpt(to)[0]
            if not _is_well(code):
                return Refused() if code >= _FOR_GOOD else Busy()
        except (OSError, smtplib.SMTPException):
            return Busy()
        return _given(server, letter, name)

    def _letter(self, name: str, to: str, message: Message) -> bytes:
        letter = EmailMessage(policy=SMTP.clone(utf8=not to.isascii()))
        letter["From"] = self.sender
        letter["To"] = to
        letter["Subject"] = message.subject
        letter["Date"] = format_datetime(clock.now())
        letter["Message-ID"] = name
        # No out-of-office answers to what no person wrote (RFC 3834).
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        return letter.as_bytes()


def _given(server: smtplib.SMTP, letter: bytes, name: str) -> Accepted | Refused | Busy | NoAnswer:
    try:
        code: Any = server.data(letter)[0]
    except smtplib.SMTPDataError as error:
        # It was not ready for the letter.
        return Refused() if error.smtp_code >= _FOR_GOOD else Busy()
    except (OSError, smtplib.SMTPException):
        return NoAnswer()
    if _is_well(code):
        return Accepted(name)
    if code < _REFUSAL:
        return NoAnswer()
    return Refused() if code >= _FOR_GOOD else Busy()


def _is_well(code: int) -> bool:
    return code // 100 == _WELL


def _on_the_wire(address: str) -> str:
    """Return an address with its domain as mail servers look it up."""
    local, _, domain = address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{local}@{domain}"
