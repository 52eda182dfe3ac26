"""One-time codes: those that an app shows (RFC 6238), and those on paper for when it is gone."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime

import pyotp

DIGITS = 6
STEP_SECONDS = 30
# An app's clock may be so many steps ahead or behind.
_DRIFT = 1
ISSUER = "Outreach"
RECOVERY_CODES = 10
# Digits alone, so that the same keys type them as the app's codes.
_RECOVERY_DIGITS = 16
_GROUP = 4
_SEPARATORS = re.compile(r"[\s\-–—‐‑−]+")


def new_secret() -> str:
    """Return a new secret for somebody's app: 160 random bits in base 32."""
    return pyotp.random_base32()


def in_groups(secret: str) -> str:
    """Return a secret or a code as it is easiest to type: in groups of four."""
    return " ".join(secret[at : at + _GROUP] for at in range(0, len(secret), _GROUP))


def address(secret: str, username: str) -> str:
    """Return what the QR code says: an app that reads it shows codes for the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def as_typed(text: str) -> str:
    """Return a code without spaces and dashes."""
    return _SEPARATORS.sub("", text)


def is_from_app(typed: str) -> bool:
    """Tell whether a code looks like one that an app shows."""
    return len(typed) == DIGITS and typed.isascii() and typed.isdecimal()


def step_of(secret: str, typed: str, at: datetime) -> int | None:
    """Return which step of time the code belongs to, None when it is not of now or beside it."""
    if not is_from_app(typed):
        return None
    now, codes = int(at.timestamp()) // STEP_SECONDS, pyotp.TOTP(secret)
    found = None
    # Each is compared, so that how long it takes tells nothing.
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(codes.generate_otp(step), typed):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return ten codes to keep on paper, each of sixteen digits in groups of four."""
    most = 10**_RECOVERY_DIGITS
    return [
        in_groups(f"{secrets.randbelow(most):0{_RECOVERY_DIGITS}}") for _ in range(RECOVERY_CODES)
    ]
