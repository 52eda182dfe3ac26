"""Seals over the audit trail, so that nobody can take away, alter, swap or add an entry unseen.

Insertion takes no lock. Each minute the sealer takes the entries of the transactions that are
surely over (below the snapshot's xmin), in order, and writes one seal: the HMAC, under a key that
is not in the database, over the previous seal, the entries, and what the seal says of itself (its
number, span, count and time). Seals of form 1 are older than that last part; they hold as they are.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from outreach.audit.models import AuditEntry, AuditSeal
from outreach.foundation.database import db

ENTRIES_ALONE = 1
FORM = 2

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


def waiting(after: sa.Row[Any] | None, *, since: datetime | None = None) -> int:
    """Return how many entries no seal holds yet; only those older than `since`, if it is given."""
    unsealed = sa.select(sa.func.count()).select_from(_ENTRY)
    if after is not None:
        ended = sa.cast(str(after.until_xid), _ENTRY.c.xid.type)
        unsealed = unsealed.where(_ENTRY.c.xid >= ended)
    if since is not None:
        unsealed = unsealed.where(_ENTRY.c.at < since)
    return db.session.scalar(unsealed) or 0


def is_ahead(seal: sa.Row[Any]) -> bool:
    """Tell whether a seal ends where no transaction has come yet: nothing could ever follow it."""
    ended = sa.cast(str(seal.until_xid), _SEAL.c.until_xid.type)
    newest = sa.func.pg_snapshot_xmax(sa.func.pg_current_snapshot(), type_=_SEAL.c.until_xid.type)
    return bool(db.session.scalar(sa.select(ended > newest)))


def digest_of(
    key: bytes, before: bytes, seal: AuditSeal | sa.Row[Any], entries: Iterable[sa.Row[Any]]
) -> tuple[bytes, int]:
    """Return the digest that a seal over the entries has, and how many the entries were.

    It is over the digest of the seal before, the entries, and what the seal says of itself.
    """
    made = hmac.new(key, before or _FIRST, hashlib.sha256)
    count = 0
    for entry in entries:
        row = json.dumps(list(entry), default=str, ensure_ascii=False, sort_keys=True)
        made.update(row.encode() + b"\n")
        count += 1
    if seal.form != ENTRIES_ALONE:
        made.update(_said(seal, count))
    return made.digest(), count


def _said(seal: AuditSeal | sa.Row[Any], entries: int) -> bytes:
    """Return what a seal says of itself. An object: no entry, which is a list, reads like it."""
    said = {
        "form": seal.form,
        "number": seal.number,
        "from_xid": str(seal.from_xid),
        "until_xid": str(seal.until_xid),
        "entries": entries,
        "sealed_at": seal.sealed_at.astimezone(UTC).isoformat(),
    }
    return json.dumps(said, sort_keys=True).encode() + b"\n"


def breaches(key: bytes) -> Iterator[Breach]:
    """Yield every seal that no longer fits its entries, its neighbours or its numbers."""
    before = None
    for seal in seals():
        yield from (Breach(seal.number, reason) for reason in _misfits(before, seal))
        if reason := _altered(key, before.digest if before else b"", seal):
            yield Breach(seal.number, reason)
        before = seal


def _misfits(before: sa.Row[Any] | None, seal: sa.Row[Any]) -> Iterator[str]:
    """Yield how a seal does not fit the one before it."""
    number, until, form = (
        (before.number, str(before.until_xid), before.form) if before else (0, "0", ENTRIES_ALONE)
    )
    if seal.number != number + 1:
        yield f"it follows seal {number}: what was between them is missing"
    if str(seal.from_xid) != until:
        yield "it does not begin where the seal before it ends"
    if seal.form < form:
        yield "it is of an older form than the seal before it"
    if not ENTRIES_ALONE <= seal.form <= FORM:
        yield "it is of no known form"


def _altered(key: bytes, before: bytes, seal: sa.Row[Any]) -> str | None:
    """Return how a seal does not fit its entries and itself, None when it does."""
    span = entries_between(str(seal.from_xid), str(seal.until_xid))
    found, count = digest_of(key, before, seal, span)
    if count != seal.entries:
        return f"{seal.entries} entries were sealed, {count} are there"
    if not hmac.compare_digest(found, seal.digest):
        return "an entry or the seal itself was altered"
    return None
