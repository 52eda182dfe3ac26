"""Staff, the units they belong to, and what proves who they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.accounts.permissions import COMMITTEES, ROLES
from outreach.foundation.database import Instant, Model, TextList


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


class Unit(Model):
    """A part of the organisation: a committee's, with its sites, below a parent."""

    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint(f"committee IN ({_listed(COMMITTEES)})", name="committee_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    committee: Mapped[str] = mapped_column(Text)
    sites: Mapped[list[str]] = mapped_column(TextList, server_default="{}")
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    version: Mapped[int] = mapped_column(server_default="1")


class User(Model):
    """One of the staff. A person who leaves is closed, never deleted: the audit names them."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(f"roles <@ ARRAY[{_listed(ROLES)}]::text[]", name="roles_known"),
        CheckConstraint(f"committee IN ({_listed(COMMITTEES)})", name="committee_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(TextList)
    sites: Mapped[list[str]] = mapped_column(TextList, server_default="{}")
    committee: Mapped[str | None] = mapped_column(Text)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    team: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=text("now()"))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    # Wrong passwords in a row, and until when the account therefore rests.
    wrong_tries: Mapped[int] = mapped_column(server_default="0")
    resting_until: Mapped[datetime | None] = mapped_column(Instant)
    # Where they are told that something waits, by their own choice.
    notice_email: Mapped[str | None] = mapped_column(Text)


class SignIn(Model):
    """A signed-in browser; the cookie holds a secret of which only the digest is kept."""

    __tablename__ = "sign_in"
    __table_args__ = (
        Index("ix_sign_in_tablet", "tablet", postgresql_where=text("ended_at IS NULL")),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(Instant)
    # When it last asked for anything, to the minute.
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    # Wrong passwords in a row, on this session.
    wrong_tries: Mapped[int] = mapped_column(server_default="0")
    # When the password was last given on this session; never on one begun by a plattkod.
    password_at: Mapped[datetime | None] = mapped_column(Instant)
    # The tablet that it is on, as far as it has said so: the tablet's revocation ends it.
    tablet: Mapped[UUID | None]
    # The sealed secret of a second factor that is being set up in this browser.
    pending_factor: Mapped[bytes | None] = mapped_column(LargeBinary)


class HalfSignIn(Model):
    """A right password that still waits for its code; the cookie's secret is kept as a digest."""

    __tablename__ = "half_sign_in"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    # Of the password's hash, and since when the second factor: both must still be the same.
    password: Mapped[bytes] = mapped_column(LargeBinary)
    enrolled_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class SecondFactor(Model):
    """What a person's app makes its codes of, sealed under a key that is not in the database."""

    __tablename__ = "second_factor"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    # The step of time of the last code that was taken: none is taken twice.
    last_step: Mapped[int] = mapped_column(BigInteger)
    enrolled_at: Mapped[datetime] = mapped_column(Instant)


class RecoveryCode(Model):
    """A code on paper, for when the app is gone: kept as a digest, taken once."""

    __tablename__ = "recovery_code"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class UnknownName(Model):
    """A name that was tried at the door and that nobody has: it rests as a user's account does.

    So the door does not tell who is on the staff. The name itself is not kept.
    """

    __tablename__ = "unknown_name"

    name: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tried_at: Mapped[datetime] = mapped_column(Instant, index=True)
    wrong_tries: Mapped[int] = mapped_column(server_default="0")
    resting_until: Mapped[datetime | None] = mapped_column(Instant)


class Token(Model):
    """A machine's key: acts as a named user, held to its scopes, listed and revocable."""

    __tablename__ = "token"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str] = mapped_column(Text)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(TextList)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
