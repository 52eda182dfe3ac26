"""The keys that the product signs with, by name."""

from __future__ import annotations

from flask import current_app


def audit_key() -> bytes:
    """Return the key of the audit's seals; it lives in a file, never in the database."""
    return bytes.fromhex(current_app.config["AUDIT_KEY"])
