"""Contents that wait for a person to look at them: each under a key of its own in the vault.

The vault's write comes first: a key without a content harms nobody and is swept, a content
without its key would be lost. To purge a content is to destroy its key.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.foundation import clock, keyring, vault
from outreach.foundation.vault import DataKey

# A key that has no content after so long belongs to a receipt that failed half way.
ORPHANED_AFTER = timedelta(days=1)

_KEY = vault.PAYLOAD_KEY
_KIND = "payload"
_KEY_BYTES = 32
_BATCH = 1000


def seal(id: UUID, content: object) -> bytes:
    """Return a content (anything JSON can say) sealed by its key, which is in the vault by then.

    The same id again is sealed by the same key, so that nothing sealed before is lost by it.
    """
    key, ring = DataKey(id, os.urandom(_KEY_BYTES)), keyring.ring()
    adding = insert(_KEY).values(
        payload_id=id,
        ring=ring.newest,
        wrapped=wrap(ring, ring.newest, key),
        made_at=clock.now(),
    )
    anew = adding.on_conflict_do_nothing()
    with vault.writing() as connection:
        if connection.execute(anew.returning(_KEY.c.payload_id)).first() is None:
            (key,) = _keys(connection, [id])
    return key.seal(_KIND, content)


def opened(sealed: Mapping[UUID, bytes]) -> dict[UUID, Any]:
    """Return the contents by their ids; one whose key is no more is missing."""
    if not sealed:
        return {}
    with vault.reading() as connection:
        keys = _keys(connection, sealed)
    return {key.person: key.open(_KIND, sealed[key.person]) for key in keys}


def _keys(connection: sa.Connection, ids: Collection[UUID]) -> list[DataKey]:
    rows = connection.execute(sa.select(_KEY).where(_KEY.c.payload_id.in_(ids))).all()
    # Asked for after the rows: what wrapped the newest of them is there by now.
    ring = keyring.ring()
    return [unwrap(ring, row.payload_id, row.ring, bytes(row.wrapped)) for row in rows]


def destroy(ids: Collection[UUID]) -> None:
    """Destroy the keys of contents: what they sealed stays closed, in every backup too."""
    if ids:
        with vault.writing() as connection:
            connection.execute(sa.delete(_KEY).where(_KEY.c.payload_id.in_(ids)))


def sweep(known: Callable[[list[UUID]], set[UUID]]) -> int:
    """Destroy the keys that are a day old and no content's; return how many they were.

    `known` is given ids and returns those of them that have a content.
    """
    swept, after = 0, UUID(int=0)
    old = _KEY.c.made_at < clock.now() - ORPHANED_AFTER
    while True:
        page = sa.select(_KEY.c.payload_id).where(old, _KEY.c.payload_id > after)
        with vault.reading() as connection:
            ids = list(connection.scalars(page.order_by(_KEY.c.payload_id).limit(_BATCH)))
        if not ids:
            return swept
        orphans = set(ids) - known(ids)
        destroy(orphans)
        swept += len(orphans)
        after = ids[-1]


def wrap(ring: keyring.Ring, number: int, key: DataKey) -> bytes:
    """Return a content's key as the vault keeps it."""
    return keyring.sealed(key.key, key=ring.key(number), about=_wrapping(key.person, number))


def unwrap(ring: keyring.Ring, id: UUID, number: int, wrapped: bytes) -> DataKey:
    """Return a content's key. Raises RingKeyMissingError, SealBrokenError."""
    about = _wrapping(id, number)
    return DataKey(id, keyring.opened(wrapped, key=ring.key(number), about=about))


def _wrapping(id: UUID, number: int) -> bytes:
    return b"payload key\0" + id.bytes + number.to_bytes(2)
