"""Handing over an SMS: an HTTP interface of the shape that 46elks has.

It knows no key by which a repeat is told, so it is asked instead: what it has taken for a number
stands in its list, and what stands there under nobody's receipt is what no answer came for.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple, TypeGuard
from uuid import UUID

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProxyError,
    SSLError,
)

from outreach.foundation.answers import json_of
from outreach.outgoing.carriers import Accepted, Busy, Known, Message, Missing, NoAnswer, Refused
from outreach.outgoing.rules import CLOCKS_APART

_PATIENCE = urllib3.Timeout(connect=5, read=20)
_MOST_BYTES = 256 * 1024
_MOST_LISTED = 100
# 200 to 299.
_WELL = 2
# What is wrong with the message itself.
_UNFIT = frozenset({400, 422})
# Ours to mend, or a matter of time: it was not taken. Of all else somebody on the way may have
# said it, and the message have gone on.
_NOT_NOW = frozenset({401, 402, 403, 404, 405, 413, 429})
# A carrier that dribbles is left after so long.
_LONGEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True, repr=False)
class SmsCarrier:
    """An account with a carrier. `sender` is a number, or up to eleven letters and digits."""

    url: str
    user: str
    password: str
    sender: str
    remembers: bool = True

    def send(self, id: UUID, message: Message) -> Accepted | Refused | Busy | NoAnswer:
        """Hand an SMS over; the carrier is asked not to keep its words."""
        del id
        fields = {
            "from": self.sender,
            "to": message.to,
            "message": message.text,
            "dontlog": "message",
        }
        try:
            status, said = self._ask("POST", fields)
        except (NewConnectionError, ConnectTimeoutError, ProxyError, LocationValueError):
            return Busy()
        except SSLError as error:
            return Busy() if _is_certificate(error) else NoAnswer()
        except HTTPError:
            return NoAnswer()
        return _outcome(status, said)

    def look_for(
        self, to: str, *, since: datetime, known: Known
    ) -> Accepted | Refused | Missing | NoAnswer:
        """Look among what the carrier has taken for the number since then."""
        after = (since - CLOCKS_APART).astimezone(UTC).replace(tzinfo=None)
        asked = {"to": to, "end": after.isoformat(), "limit": str(_MOST_LISTED)}
        try:
            status, said = self._ask("GET", asked)
        except HTTPError:
            return NoAnswer()
        taken = _listed(status, said)
        if taken is None:
            return NoAnswer()
        ours = [each for each in taken if _digits(each.to) == _digits(to)]
        others = known([each.id for each in ours])
        for each in ours:
            if each.id not in others and each.created >= after.isoformat():
                return Refused(each.id) if each.failed else Accepted(each.id)
        return Missing()

    def _ask(self, method: str, fields: Mapping[str, str]) -> tuple[int, Any]:
        """Return the status and what was said, None where that is no JSON. Raises HTTPError."""
        basic = urllib3.make_headers(basic_auth=f"{self.user}:{self.password}")
        with urllib3.PoolManager(retries=False, timeout=_PATIENCE) as http:
            how: dict[str, Any] = {} if method == "GET" else {"encode_multipart": False}
            answer = http.request(
                method,
                self.url,
                fields=dict(fields),
                headers=basic,
                redirect=False,
                preload_content=False,
                **how,
            )
            try:
                said = json_of(answer, most_bytes=_MOST_BYTES, longest=_LONGEST_SECONDS)
                return answer.status, said
            finally:
                answer.close()


def _outcome(status: int, said: Any) -> Accepted | Refused | Busy | NoAnswer:
    if status // 100 == _WELL:
        receipt = said.get("id") if isinstance(said, dict) else None
        if not _is_receipt(receipt):
            return NoAnswer()
        return Refused(receipt) if said.get("status") == "failed" else Accepted(receipt)
    if status in _UNFIT:
        return Refused()
    return Busy() if status in _NOT_NOW else NoAnswer()


class _Taken(NamedTuple):
    """One that a carrier has taken."""

    id: str
    to: str
    created: str
    failed: bool


def _listed(status: int, said: Any) -> list[_Taken] | None:
    """Return what a carrier lists as gone out from here, None where it has not said so for sure."""
    taken = said.get("data") if status == HTTPStatus.OK and isinstance(said, dict) else None
    if not isinstance(taken, list) or not all(_is_entry(each) for each in taken):
        return None
    return [
        _Taken(each["id"], each["to"], each["created"], each.get("status") == "failed")
        for each in taken
        if each["direction"].startswith("outgoing")
    ]


def _is_entry(said: Any) -> bool:
    """Tell whether an entry of the list can be read: one that cannot might be ours."""
    texts = ("id", "to", "created", "direction")
    return isinstance(said, dict) and all(_is_receipt(said.get(name)) for name in texts)


def _is_receipt(said: Any) -> TypeGuard[str]:
    return isinstance(said, str) and said != "" and said.isprintable()


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdecimal())


def _is_certificate(error: SSLError) -> bool:
    """Tell whether the other side was not who it said: nothing was sent then."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in error.args)
