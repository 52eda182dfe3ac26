"""The key pairs that tablets seal to: what they write can be opened here, and nowhere else.

HPKE in its base mode (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The private
half lies in the vault, wrapped by the key ring. A new pair is made each month; an old private half
is destroyed when nothing has come under it for long enough, and what comes under it later stays
closed for good.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from outreach.foundation import clock, keyring, vault
from outreach.foundation.keyring import SealBrokenError

# A pair is used for so long before the next is made.
RENEWED_AFTER = timedelta(days=30)

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_CURVE = ec.SECP256R1()
_SCALAR_BYTES = 32
_KEY = vault.TABLET_KEY
_NEWEST = sa.select(_KEY).order_by(_KEY.c.id.desc()).limit(1)


class KeyDestroyedError(LookupError):
    """The private half is no more, or never was: what was sealed to it stays closed."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a tablet seals to: the key's number, and its point uncompressed (65 bytes)."""

    id: int
    public: bytes


def newest() -> PublicKey:
    """Return the key to seal to from now on; the first is made when it is asked for."""
    with vault.reading() as connection:
        row = connection.execute(_NEWEST).one_or_none()
    return PublicKey(row.id, bytes(row.public)) if row is not None else renew(unless_newer=None)


def renew(*, unless_newer: timedelta | None = RENEWED_AFTER) -> PublicKey:
    """Return the newest key, made now unless the newest is younger than that.

    Two at once make one: the second waits and finds the first's.
    """
    with vault.writing() as connection:
        connection.execute(sa.text("LOCK TABLE tablet_key IN SHARE ROW EXCLUSIVE MODE"))
        row = connection.execute(_NEWEST).one_or_none()
        if row is not None and (unless_newer is None or row.made_at > clock.now() - unless_newer):
            return PublicKey(row.id, bytes(row.public))
        return _made(connection)


def _made(connection: sa.Connection) -> PublicKey:
    private = ec.generate_private_key(_CURVE)
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = private.private_numbers().private_value.to_bytes(_SCALAR_BYTES)
    ring = keyring.ring()
    adding = sa.insert(_KEY).values(
        public=public,
        ring=ring.newest,
        wrapped=wrap(ring, ring.newest, public, secret),
        made_at=clock.now(),
    )
    return PublicKey(connection.execute(adding.returning(_KEY.c.id)).scalar_one(), public)


def wrap(ring: keyring.Ring, number: int, public: bytes, secret: bytes) -> bytes:
    """Return the private half of a pair as the vault keeps it."""
    return keyring.sealed(secret, key=ring.key(number), about=_wrapping(public, number))


def unwrap(ring: keyring.Ring, number: int, public: bytes, wrapped: bytes) -> bytes:
    """Return the private half of a pair. Raises RingKeyMissingError, SealBrokenError."""
    return keyring.opened(wrapped, key=ring.key(number), about=_wrapping(public, number))


def _wrapping(public: bytes, number: int) -> bytes:
    return b"tablet key\0" + public + number.to_bytes(2)


class Opener:
    """Opens what was sealed to the product's keys; asks the vault for each key once."""

    def __init__(self) -> None:
        self._known: dict[int, ec.EllipticCurvePrivateKey] = {}

    def open(self, sealed: bytes, *, key_id: int, info: bytes) -> bytes:
        """Return what was sealed.

        Raises KeyDestroyedError, and SealBrokenError for what was changed or is about another.
        """
        private = self._known.get(key_id) or _private(key_id)
        self._known[key_id] = private
        try:
            return _SUITE.decrypt(sealed, private, info)
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError from error


def _private(key_id: int) -> ec.EllipticCurvePrivateKey:
    with vault.reading() as connection:
        row = connection.execute(sa.select(_KEY).where(_KEY.c.id == key_id)).one_or_none()
    if row is None or row.wrapped is None:
        raise KeyDestroyedError(key_id)
    secret = unwrap(keyring.ring(), row.ring, bytes(row.public), bytes(row.wrapped))
    return ec.derive_private_key(int.from_bytes(secret), _CURVE)


def sealed(plain: bytes, *, to: PublicKey, info: bytes) -> bytes:
    """Return what only the product can open: the way a tablet seals, for programs and tests."""
    point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, to.public)
    return _SUITE.encrypt(plain, point, info)


def destroy(*, in_use: Collection[int], replaced_for: timedelta, at_most: timedelta) -> list[int]:
    """Destroy the private halves that were replaced so long ago and are not in use.

    One that is in use goes when it was replaced `at_most` so long ago. Returns their numbers. The
    newest is always kept: tablets seal to it. One is replaced when the next is made, for tablets
    may have been told of it until then.
    """
    next_one = _KEY.alias()

    def replaced(ago: timedelta) -> sa.Exists:
        made = next_one.c.made_at < clock.now() - ago
        return sa.exists().where(next_one.c.id > _KEY.c.id, made)

    over = sa.or_(sa.and_(replaced(replaced_for), _KEY.c.id.not_in(in_use)), replaced(at_most))
    with vault.writing() as connection:
        gone = (
            sa.update(_KEY)
            .where(_KEY.c.wrapped.is_not(None), over)
            .values(wrapped=None, destroyed_at=clock.now())
        )
        return sorted(connection.execute(gone.returning(_KEY.c.id)).scalars())
