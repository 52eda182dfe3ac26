"""The append-only tables: what was done, and the seals over it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model, TransactionId


class AuditEntry(Model):
    """One act by somebody: ids and codes, never values. The application may only insert.

    The transaction's id leads the key: the sealer walks the rows in the order in which their
    transactions began, which is the one order in which no late commit can slip in behind it. The
    database itself sets it (a trigger), whatever number an insertion brings.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        # Who looked at a person is asked for each person; of nothing else is it asked often.
        Index(
            "ix_audit_entry_of_participant",
            "object_id",
            "at",
            postgresql_where=text("kind = 'participant'"),
        ),
    )

    xid: Mapped[str] = mapped_column(
        TransactionId, primary_key=True, server_default=text("pg_current_xact_id()")
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[UUID]
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str | None] = mapped_column(Text)


class AuditSeal(Model):
    """A keyed digest over a span of transactions' entries, the seal before it, and itself.

    `form` says how the digest was made (`sealing.py`); each seal is of the newest form there was.
    """

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    form: Mapped[int] = mapped_column(SmallInteger)
    from_xid: Mapped[str] = mapped_column(TransactionId)
    until_xid: Mapped[str] = mapped_column(TransactionId)
    entries: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime] = mapped_column(Instant)
