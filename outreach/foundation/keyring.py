"""The keys that the product signs, finds and wraps with, by name; all lie in files."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

import config

_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """What was sealed cannot be opened: under another key, about something else, or changed."""


def derived(key: str, *, purpose: bytes) -> bytes:
    """Return 32 bytes for one purpose alone, from the content of a key file (HKDF, SHA-256)."""
    return HKDF(SHA256(), 32, salt=None, info=b"outreach " + purpose).derive(key.encode())


def sealed(plain: bytes, *, key: bytes, about: bytes) -> bytes:
    """Return what nobody can read or change without the key (AES-256-GCM).

    It opens only as what it is `about`, so that no row's secret can be put into another row.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def opened(kept: bytes, *, key: bytes, about: bytes) -> bytes:
    """Return what was sealed. Raises SealBrokenError."""
    try:
        return AESGCM(key).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError from error


def audit_key() -> bytes:
    """Return the key of the audit's seals; it lives in a file, never in the database."""
    return bytes.fromhex(current_app.config["AUDIT_KEY"])


def sealed_factor(secret: str, *, of: UUID) -> bytes:
    """Return a person's secret of the second factor as the database keeps it."""
    return sealed(secret.encode(), key=_factor_key(b"factor secret"), about=of.bytes)


def opened_factor(kept: bytes, *, of: UUID) -> str:
    """Return the secret that was sealed for the person. Raises SealBrokenError."""
    return opened(kept, key=_factor_key(b"factor secret"), about=of.bytes).decode()


def digest_of_recovery_code(code: str, *, of: UUID) -> bytes:
    """Return what is kept of a recovery code: without the key no guess can be tried against it."""
    return hmac.digest(_factor_key(b"recovery code"), of.bytes + code.encode(), hashlib.sha256)


def digest_of_tablet_code(code: str) -> bytes:
    """Return what is kept of a code that enrols a tablet: it is too short for a plain digest."""
    return hmac.digest(_factor_key(b"tablet code"), code.encode(), hashlib.sha256)


def _factor_key(purpose: bytes) -> bytes:
    return derived(current_app.config["FACTOR_KEY"], purpose=purpose)


def digest_of_typed_name(name: str) -> bytes:
    """Return what is kept of a name that somebody typed and nobody has: nothing can be read off it.

    Without the key of the sessions no guess can be tried against it either.
    """
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, b"typed name\0" + name.encode(), hashlib.sha256)


def digest_to_find_by(kind: str, *parts: str) -> bytes:
    """Return the blind index of something that a person can be found by, of the given kind.

    Equal texts have equal digests; without the key nothing can be read off one, or tried.
    """
    key = bytes.fromhex(current_app.config["INDEX_KEY"])
    return hmac.digest(key, "\0".join((kind, *parts)).encode(), hashlib.sha256)


def id_outside(kind: str, *parts: str) -> str:
    """Return by what something is known outside the house: always the same, and no id of ours.

    So that what lies in somebody else's calendar cannot be held against an address here.
    """
    return digest_to_find_by(f"outside {kind}", *parts)[:16].hex()


@dataclass(frozen=True, slots=True, repr=False)
class Ring:
    """The keys that wrap people's keys, by number; the newest wraps, every one unwraps."""

    keys: Mapping[int, bytes]

    @property
    def newest(self) -> int:
        """The number of the key that wraps from now on."""
        return max(self.keys)

    def key(self, number: int) -> bytes:
        """Return one of the keys. Raises RingKeyMissingError."""
        if number not in self.keys:
            raise RingKeyMissingError(f"ring-{number}.key")
        return self.keys[number]


class RingKeyMissingError(LookupError):
    """A person's key is wrapped by a key of the ring whose file is not there."""


def ring() -> Ring:
    """Return the ring as its files stand, read anew when one was added or taken away."""
    folder = Path(current_app.config["KEYS_FOLDER"])
    files = config.ring_files(folder)
    known: Ring | None = current_app.extensions.get("outreach.ring")
    if known is None or known.keys.keys() != files.keys():
        known = Ring({number: _read(file) for number, file in files.items()})
        current_app.extensions["outreach.ring"] = known
    return known


def add_to_ring() -> int:
    """Make a new key, the newest of the ring; return its number.

    Its file is on the disk, whole, before this returns, and belongs to whoever has the others:
    what is wrapped by a key that a power cut took, or that the product may not read, is lost.
    Raises FileExistsError when somebody else made that key at the same moment.
    """
    folder = Path(current_app.config["KEYS_FOLDER"])
    newest = ring().newest
    owner = config.ring_files(folder)[newest].stat()
    unfinished = folder / f".ring-{newest + 1}.{os.getpid()}"
    try:
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600), "w") as out:
            out.truncate()
            out.write(secrets.token_hex(config.MINIMUM_KEY_BYTES))
            out.flush()
            os.fchown(out.fileno(), owner.st_uid, owner.st_gid)
            os.fsync(out.fileno())
        # A link is never laid over another file, as a move would be.
        (folder / f"ring-{newest + 1}.key").hardlink_to(unfinished)
    finally:
        unfinished.unlink(missing_ok=True)
    _keep(folder)
    return newest + 1


def _keep(folder: Path) -> None:
    """Wait until the folder's names are on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(file: Path) -> bytes:
    # AES-256 takes just 32 bytes; a longer file is a longer secret, not another kind of key.
    return hashlib.sha256(bytes.fromhex(file.read_text("ascii").strip())).digest()
