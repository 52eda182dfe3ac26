"""Use cases of the audit: sealing what is new, verifying what was sealed."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from outreach.audit import sealing
from outreach.audit.models import AuditEntry, AuditSeal
from outreach.audit.sealing import Breach
from outreach.foundation import clock, keyring, soundness
from outreach.foundation.database import db
from outreach.foundation.soundness import Finding
from outreach.foundation.transaction import transaction

log = structlog.get_logger(__name__)

# Any number no other advisory lock uses: one sealer at a time, the next one just leaves.
_SEALER_LOCK = 0x5EA1

# A seal is made each minute; whoever watches is told when none has come for so long.
_LATE = timedelta(minutes=5)


class SealingOverdue(LookupError):
    """Entries have waited too long for their seal: no worker is there, or it cannot seal."""


class SealAhead(LookupError):
    """The last seal ends where no transaction has come yet, so that none can follow it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many seals there are, how many entries are under them, and how many wait."""

    seals: int
    sealed: int
    waiting: int


def seal_new_entries() -> int:
    """Seal every entry of finished transactions that no seal holds yet; return how many.

    A second call finds nothing and writes nothing. Two at once: the later one returns 0.
    """
    with transaction() as session:
        if not session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_SEALER_LOCK))):
            return 0
        before = sealing.last_seal()
        from_xid = str(before.until_xid) if before else "0"
        until_xid = sealing.horizon()
        seal = AuditSeal(
            number=before.number + 1 if before else 1,
            form=sealing.FORM,
            from_xid=from_xid,
            until_xid=until_xid,
            sealed_at=clock.now(),
        )
        seal.digest, seal.entries = sealing.digest_of(
            keyring.audit_key(),
            before.digest if before else b"",
            seal,
            sealing.entries_between(from_xid, until_xid),
        )
        if seal.entries == 0:
            return 0
        session.add(seal)
    # The log stream leaves the machine: whoever cuts the newest seals off cannot cut it there.
    log.info("audit_sealed", number=seal.number, entries=seal.entries, digest=seal.digest.hex())
    return seal.entries


# How much of a long history is shown at once.
_MOST_ENTRIES = 200


def entries_about(kind: str, id: UUID, *, limit: int = _MOST_ENTRIES) -> list[dict[str, Any]]:
    """Return who did what with something, latest first: when, who (an id), what, why.

    At most `limit`.

    For a use case whose actor may see it; ids and codes, never a value.
    """
    wanted = (
        sa.select(AuditEntry)
        # Written out, so that the index over one kind's entries is used.
        .where(AuditEntry.kind == sa.literal(kind, literal_execute=True))
        .where(AuditEntry.object_id == str(id))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    return [
        {
            "at": entry.at,
            "actor_id": entry.actor_id,
            "action": entry.action,
            "reason": (entry.details or {}).get("reason"),
        }
        for entry in db.session.scalars(wanted)
    ]


def require_sealed() -> None:
    """Raise SealingOverdue when entries have waited too long, SealAhead when they would for ever.

    For `/ready`: until it is sealed an entry can be changed or taken away unseen.
    """
    last = sealing.last_seal()
    if last is not None and sealing.is_ahead(last):
        raise SealAhead
    if sealing.waiting(last, since=clock.now() - _LATE):
        raise SealingOverdue


def tally() -> Tally:
    """Return how much of the trail is under seals, and how much of it waits."""
    summed = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(AuditSeal.entries), 0))
    seals, sealed = db.session.execute(summed).one()
    return Tally(seals, int(sealed), sealing.waiting(sealing.last_seal()))


def verify(*, known_seal: str | None = None) -> Sequence[Breach]:
    """Return every breach of the seals, none when the trail is whole.

    What has waited too long for a seal is one too. `known_seal` is `number:digest` as an earlier
    log line told it: with it a cut-off tail shows.
    """
    found = [*sealing.breaches(keyring.audit_key()), *_unsealed()]
    if known_seal:
        number, _, digest = known_seal.partition(":")
        seal = sealing.seal_numbered(int(number))
        if seal is None:
            found.append(Breach(int(number), "the seal is gone: the tail was cut off"))
        elif not hmac.compare_digest(seal.digest.hex(), digest):
            found.append(Breach(int(number), "the seal is not the one that was logged"))
    return found


def _unsealed() -> Iterator[Breach]:
    """Yield why the seal that is to come next has not come, if it is late."""
    last = sealing.last_seal()
    if last is not None and sealing.is_ahead(last):
        yield Breach(last.number, "it ends where no transaction has come yet")
    if late := sealing.waiting(last, since=clock.now() - _LATE):
        reason = f"it is late: entries have waited more than five minutes for it ({late})"
        yield Breach(last.number + 1 if last else 1, reason)


def append_only() -> Finding:
    """Look at whether the application could alter or remove what the trail holds."""
    return soundness.append_only(AuditEntry.__tablename__, AuditSeal.__tablename__)


def made_by(*, actor: str, kind: str) -> frozenset[str]:
    """Return the ids of every object of a kind that the named actor has made."""
    made = (
        sa.select(AuditEntry.object_id)
        .where(AuditEntry.actor == actor, AuditEntry.kind == kind, AuditEntry.action == "create")
        .where(AuditEntry.object_id.is_not(None))
    )
    return frozenset(found for found in db.session.scalars(made) if found is not None)
