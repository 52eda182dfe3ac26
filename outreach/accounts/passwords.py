"""Passwords: how long, which are refused, how they are kept (Argon2id); and random secrets."""

from __future__ import annotations

import functools
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from outreach.foundation.errors import N_

SHORTEST = 12
LONGEST = 256
# zxcvbn's scale 0–4, over lists of leaked passwords and common words: below 3 falls to guessing.
_STRONG_ENOUGH = 3


def digest(secret: str) -> bytes:
    """Return what is kept of a random secret; it is long enough that a fast digest is safe."""
    return hashlib.sha256(secret.encode()).digest()


def hasher(cost: tuple[int, int, int]) -> PasswordHasher:
    """Return a hasher of the given cost: memory in KiB, passes, lanes."""
    memory, passes, lanes = cost
    return PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=lanes)


@functools.cache
def nobodys(cost: tuple[int, int, int]) -> str:
    """Return the hash of a secret nobody kept, so that unknown people take as long to check."""
    return hasher(cost).hash(secrets.token_urlsafe(32))


def matches(kept: str, password: str) -> bool:
    """Tell whether the password is the one of which the hash was kept; the hash tells its cost."""
    try:
        return PasswordHasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def weakness(password: str, *, known: tuple[str, ...] = ()) -> str | None:
    """Return why a new password is refused, or None.

    `known` are the words an attacker tries first: the person's own names.
    """
    if len(password) < SHORTEST:
        return N_("Lösenordet behöver vara minst 12 tecken.")
    if len(password) > LONGEST:
        return N_("Lösenordet får vara högst 256 tecken.")
    # The estimator's time grows with the length; its verdict is settled well before that.
    if zxcvbn(password[:72], user_inputs=list(known))["score"] < _STRONG_ENOUGH:
        return N_("Lösenordet är för lätt att gissa. Ta hellre fyra ord som inte hör ihop.")
    return None
