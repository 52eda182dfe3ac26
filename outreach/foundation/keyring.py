"""The keys that the product signs with, by name."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app


def audit_key() -> bytes:
    """Return the key of the audit's seals; it lives in a file, never in the database."""
    return bytes.fromhex(current_app.config["AUDIT_KEY"])


def digest_of_typed_name(name: str) -> bytes:
    """Return what is kept of a name that somebody typed and nobody has: nothing can be read off it.

    Without the key of the sessions no guess can be tried against it either.
    """
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, b"typed name\0" + name.encode(), hashlib.sha256)
