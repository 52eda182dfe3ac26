"""What other services answer, read so that a slow or endless one costs no more than it may."""

from __future__ import annotations

import json
import time
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

_AT_A_TIME = 16 * 1024


def json_of(answer: urllib3.BaseHTTPResponse, *, most_bytes: int, longest: float) -> Any:
    """Return what was answered, None where it is no JSON or goes on after `most_bytes`.

    Raises HTTPError when it takes longer than `longest` seconds.
    """
    until, body = time.monotonic() + longest, b""
    while len(body) < most_bytes and (more := answer.read(_AT_A_TIME, decode_content=True)):
        body += more
        if time.monotonic() > until:
            raise HTTPError
    try:
        return json.loads(body)
    except ValueError:
        return None
