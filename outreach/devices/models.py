"""The tablet, the code that enrols it, and who may write and unlock on it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model


class Device(Model):
    """A tablet of one site. It is known by its token, of which only the digest is kept.

    What it last told of itself is kept here too: which version it runs, how much it has not sent
    yet and since when, and whether the browser has promised to keep its storage.
    """

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_one"),
        CheckConstraint("(token_digest IS NULL) = (enrolled_at IS NULL)", name="enrolled_by_token"),
        CheckConstraint("pending_count >= 0", name="pending_count_not_negative"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    sameness: Mapped[bytes] = mapped_column(LargeBinary)
    token_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    enrolled_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    app_version: Mapped[str | None] = mapped_column(Text)
    last_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    pending_count: Mapped[int] = mapped_column(server_default="0")
    oldest_pending_at: Mapped[datetime | None] = mapped_column(Instant)
    storage_persisted: Mapped[bool | None]
    version: Mapped[int] = mapped_column(server_default="1")


class DeviceCode(Model):
    """The one-time code that enrols a tablet, anew too when its storage was lost."""

    __tablename__ = "device_code"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class DevicePerson(Model):
    """One's plattkod at one tablet. Too many wrong tries take it away; signing in sets another."""

    __tablename__ = "device_person"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(Text)
    wrong_tries: Mapped[int] = mapped_column(server_default="0")
    set_at: Mapped[datetime] = mapped_column(Instant)


class AuthorGrant(Model):
    """The right to hand in, from one tablet, what one has written there. It opens nothing else."""

    __tablename__ = "author_grant"
    __table_args__ = (
        Index("ix_author_grant_device_id_user_id", "device_id", "user_id"),
        Index("ix_author_grant_user_id", "user_id", postgresql_where=text("revoked_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    issued_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class ServerGeneration(Model):
    """Which life of the database this is: a restore raises it, and tablets send again."""

    __tablename__ = "server_generation"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    generation: Mapped[int]
