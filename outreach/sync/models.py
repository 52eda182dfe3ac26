"""What came from the tablets: its place in their line, what became of it, what was lost."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model


class SyncEpoch(Model):
    """One life of a tablet's storage: its operations are numbered 1, 2, 3 … without a gap.

    `told_seq` is the highest number that the tablet has said to have; what lies between it and
    `last_seq` when another life begins never arrived, unless the numbering itself was refused
    (`refused_at`) and the same operations come again under the new one.
    """

    __tablename__ = "sync_epoch"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    epoch: Mapped[UUID] = mapped_column(primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    told_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    began_at: Mapped[datetime] = mapped_column(Instant)
    refused_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SyncPosition(Model):
    """A place in a tablet's line, and the operation that came there; none when it was lost."""

    __tablename__ = "sync_position"
    __table_args__ = (Index("ix_sync_position_op_id", "op_id"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    epoch: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    op_id: Mapped[UUID | None]
    received_at: Mapped[datetime] = mapped_column(Instant)


class SyncInbox(Model):
    """One operation, received once: the hash of what was sent, and what became of it.

    The content is not here. It is in the rows that it made, or a person must look at it (SyncKept).
    """

    __tablename__ = "sync_inbox"
    __table_args__ = (
        CheckConstraint(
            "code IN ('applied', 'merged', 'conflict', 'held', 'needs_review', 'gone')",
            name="code_known",
        ),
        Index("ix_sync_inbox_device_id", "device_id"),
        Index("ix_sync_inbox_entity_id", "entity_id"),
        Index(
            "ix_sync_inbox_after", "after", postgresql_using="gin",
            postgresql_where=text("code = 'held'"),
        ),
    )  # fmt: skip

    server_seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    op_id: Mapped[UUID] = mapped_column(unique=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    batch_id: Mapped[UUID]
    key_id: Mapped[int]
    sealed_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Instant)
    transported_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    type: Mapped[str | None] = mapped_column(Text)
    entity_id: Mapped[UUID | None]
    after: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    captured_at: Mapped[datetime | None] = mapped_column(Instant)
    code: Mapped[str | None] = mapped_column(Text)
    # The slug of what stood in the way, and the version that the entity has since.
    reason: Mapped[str | None] = mapped_column(Text)
    entity_rev: Mapped[int | None]
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class SyncKept(Model):
    """What a person must look at, or what waits: sealed, under a key of its own in the vault."""

    __tablename__ = "sync_kept"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('needs_review', 'conflict', 'held', 'id_reuse', 'quarantine')",
            name="kind_known",
        ),
        CheckConstraint("decision IN ('applied', 'discarded')", name="decision_known"),
        CheckConstraint("(decided_at IS NULL) = (decision IS NULL)", name="decided_somehow"),
        Index("ix_sync_kept_op_id", "op_id"),
        Index("ix_sync_kept_open", "site", postgresql_where=text("decided_at IS NULL")),
        Index("ix_sync_kept_device_id", "device_id", postgresql_where=text("decided_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    op_id: Mapped[UUID]
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    type: Mapped[str | None] = mapped_column(Text)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    # The site of what it is about; the tablet's where nobody can tell.
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    entity_id: Mapped[UUID | None]
    captured_at: Mapped[datetime | None] = mapped_column(Instant)
    kept_at: Mapped[datetime] = mapped_column(Instant)
    # None once it was decided: the content is gone with its key.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")


class SyncLoss(Model):
    """Operations that will not come any more, and who has seen that."""

    __tablename__ = "sync_loss"
    __table_args__ = (
        CheckConstraint("kind IN ('lost', 'never_arrived', 'key_destroyed')", name="kind_known"),
        CheckConstraint("first_seq <= last_seq", name="in_order"),
        CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name="seen_by_somebody"),
        Index("ix_sync_loss_device_id", "device_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    epoch: Mapped[UUID]
    first_seq: Mapped[int] = mapped_column(BigInteger)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    noticed_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class SyncCapture(Model):
    """How a contact was captured: on which tablet, by which clock, and whether under lock.

    What was saved under lock waits for its author to say that it is theirs (`confirmed_at`).
    """

    __tablename__ = "sync_capture"
    __table_args__ = (
        Index(
            "ix_sync_capture_unconfirmed",
            "device_id",
            postgresql_where=text("captured_locked AND confirmed_at IS NULL"),
        ),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    # By the tablet's own clock, and how far that was behind the server's when it was sent.
    captured_at: Mapped[datetime] = mapped_column(Instant)
    skew_seconds: Mapped[int]
    clock_wrong: Mapped[bool]
    captured_locked: Mapped[bool]
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
