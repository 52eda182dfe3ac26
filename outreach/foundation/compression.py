"""Answers packed for the way over a poor network."""

from __future__ import annotations

import gzip

from flask import Response, request

# Below this a packed answer is hardly smaller.
_LEAST = 1000
_LEVEL = 6


def pack(answer: Response) -> None:
    """Pack an answer in place (gzip) when whoever asks can read that; the same bytes each time.

    Only for answers that do not hold both a secret and something the asker chose: from how long
    such a one becomes when packed, the secret can be guessed (BREACH).
    """
    answer.vary.add("Accept-Encoding")
    content = answer.get_data()
    if len(content) < _LEAST or request.accept_encodings.quality("gzip") <= 0:
        return
    answer.set_data(gzip.compress(content, _LEVEL, mtime=0))
    answer.content_encoding = "gzip"
