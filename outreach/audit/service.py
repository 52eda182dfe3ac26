"""Use cases of the audit: sealing what is new, verifying what was sealed."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

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
        digest, count = sealing.digest_of(
            keyring.audit_key(),
            before.digest if before else b"",
            sealing.entries_between(from_xid, until_xid),
        )
        if count == 0:
            return 0
        seal = AuditSeal(
            number=before.number + 1 if before else 1,
            from_xid=from_xid,
            until_xid=until_xid,
            entries=count,
            digest=digest,
            sealed_at=clock.now(),
        )
        session.add(seal)
    # The log stream leaves the machine: whoever cuts the newest seals off cannot cut it there.
    log.info("audit_sealed", number=seal.number, entries=count, digest=digest.hex())
    return count


def verify(*, known_seal: str | None = None) -> Sequence[Breach]:
    """Return every breach of the seals, none when the trail is whole.

    `known_seal` is `number:digest` as an earlier log line told it: with it a cut-off tail shows.
    """
    found = list(sealing.breaches(keyring.audit_key()))
    if known_seal:
        number, _, digest = known_seal.partition(":")
        seal = sealing.seal_numbered(int(number))
        if seal is None:
            found.append(Breach(int(number), "the seal is gone: the tail was cut off"))
        elif not hmac.compare_digest(seal.digest.hex(), digest):
            found.append(Breach(int(number), "the seal is not the one that was logged"))
    return found


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
