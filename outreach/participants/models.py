"""A person whose identity is recorded, and who may look: everything that tells who is sealed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model, TransactionId


class Participant(Model):
    """A person who chose to be known. Row-level security: the committee's own, or nobody's.

    `sealed` holds the identity, opened by the key in the vault. Whoever is no longer known
    (`removed_as`) keeps the row and its statistical key, so that no figure changes, and nothing
    that tells who it was.
    """

    __tablename__ = "participant"
    __table_args__ = (
        CheckConstraint("(removed_at IS NULL) = (removed_as IS NULL)", name="removed_with_a_cause"),
        CheckConstraint("sealed IS NOT NULL OR removed_at IS NOT NULL", name="known_or_removed"),
        CheckConstraint("NOT protected OR named_workers <> '{}'", name="protected_for_somebody"),
        Index("ix_participant_changed_xid", "changed_xid"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # For speech and paper: JV-2026-0412-7.
    case_number: Mapped[str] = mapped_column(Text, unique=True)
    owner_committee: Mapped[str] = mapped_column(Text)
    # Whose supervisors see the person: the unit of whoever is responsible.
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    # Random, and never shown: what the figures count persons by.
    statistical_key: Mapped[UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    protected: Mapped[bool] = mapped_column(server_default="false")
    # Who alone may know of a protected person.
    named_workers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # A digest under the person's own key: tells a repeat, and nothing once the key is gone.
    sameness: Mapped[bytes | None] = mapped_column(LargeBinary)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    registered_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    # Since when nobody may use what is known: the person asked for it to be erased.
    restricted_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_as: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    changed_xid: Mapped[str] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()")
    )


class CaseCounter(Model):
    """The last running number that a case of a year was given."""

    __tablename__ = "case_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Responsibility(Model):
    """Who was responsible for a person, from when to when; the open one makes a caseload."""

    __tablename__ = "responsibility"
    __table_args__ = (
        Index(
            "uq_responsibility_open",
            "participant_id",
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_responsibility_worker_id", "worker_id", postgresql_where=text("until IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)
    given_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class Opening(Model):
    """One worker reading one person outside the worker's caseload, why, and until when."""

    __tablename__ = "opening"
    __table_args__ = (Index("ix_opening_participant_id_worker_id", "participant_id", "worker_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(Text)
    # What was written under "other": sealed, it may say anything.
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)


class NextStep(Model):
    """What happens next, whose turn it is and by when. The newest is the one; all are kept."""

    __tablename__ = "next_step"
    __table_args__ = (
        CheckConstraint("turn IN ('person', 'worker', 'team')", name="turn_known"),
        Index("ix_next_step_participant_id_set_at", "participant_id", "set_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    turn: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None]
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
