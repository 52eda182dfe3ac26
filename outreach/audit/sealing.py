"""Seals over the audit trail, so that nobody can take away, alter, swap or add an entry unseen.

Insertion takes no lock. Each minute the sealer takes the entries of the transactions that are
surely over (below the snapshot's xmin), in order, and writes one seal: the HMAC, under a key that
is not in the database, over the previous seal and the entries.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from outreach.audit.models import AuditEntry, AuditSeal
from outreach.foundation.database import db

_FIRST = b"outreach audit"
_CHUNK = 1000
_ENTRY = AuditEntry.__table__
_SEAL = AuditSeal.__table__
_COLUMNS = [column for column in _ENTRY.columns if column.name != "xid"]


@dataclass(frozen=True, slots=True)
class Breach:
    """A seal that does not hold: its number, and how it was told."""

    number: int
    reason: str


def seals() -> Sequence[sa.Row[Any]]:
    """Return every seal in order, as rows: a verifier looks at the table, not at its memory."""
    return db.session.execute(sa.select(_SEAL).order_by(_SEAL.c.number)).all()


def last_seal() -> sa.Row[Any] | None:
    """Return the newest seal."""
    newest = sa.select(_SEAL).order_by(_SEAL.c.number.desc()).limit(1)
    return db.session.execute(newest).one_or_none()


def seal_numbered(number: int) -> sa.Row[Any] | None:
    """Return the seal of that number."""
    return db.session.execute(sa.select(_SEAL).where(_SEAL.c.number == number)).one_or_none()


def horizon() -> str:
    """Return the transaction id below which every transaction is over."""
    return str(db.session.scalar(sa.text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")))


def entries_between(from_xid: str, until_xid: str) -> Iterator[sa.Row[Any]]:
    """Yield the entries of a span of transactions in sealing order, in constant memory."""
    span = (
        sa.select(sa.cast(_ENTRY.c.xid, sa.Text).label("xid"), *_COLUMNS)
        .where(_ENTRY.c.xid >= sa.cast(from_xid, _ENTRY.c.xid.type))
        .where(_ENTRY.c.xid < sa.cast(until_xid, _ENTRY.c.xid.type))
        .order_by(_ENTRY.c.xid, _ENTRY.c.id)
        .execution_options(yield_per=_CHUNK)
    )
    yield from db.session.execute(span)


def digest_of(key: bytes, before: bytes, entries: Iterable[sa.Row[Any]]) -> tuple[bytes, int]:
    """Return the digest over the seal before and the entries, and how many they were."""
    seal = hmac.new(key, before or _FIRST, hashlib.sha256)
    count = 0
    for entry in entries:
        row = json.dumps(list(entry), default=str, ensure_ascii=False, sort_keys=True)
        seal.update(row.encode() + b"\n")
        count += 1
    return seal.digest(), count


def breaches(key: bytes) -> Iterator[Breach]:
    """Yield every seal that no longer fits its entries, its neighbours or its numbers."""
    number, until, digest = 0, "0", b""
    for seal in seals():
        if seal.number != number + 1:
            yield Breach(number + 1, "a seal is missing")
        if str(seal.from_xid) != until and seal.number != 1:
            yield Breach(seal.number, "it does not begin where the seal before it ends")
        found, count = digest_of(
            key, digest, entries_between(str(seal.from_xid), str(seal.until_xid))
        )
        if count != seal.entries:
            yield Breach(seal.number, f"{seal.entries} entries were sealed, {count} are there")
        elif not hmac.compare_digest(found, seal.digest):
            yield Breach(seal.number, "an entry or the seal itself was altered")
        number, until, digest = seal.number, str(seal.until_xid), seal.digest
