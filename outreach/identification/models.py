"""What was chosen and when, whom it joined, what was turned down, what was asked to be erased."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model, TransactionId


class Identification(Model):
    """One act of the person's choice: to be known, or to have earlier contacts linked.

    The links that it made name it (`contact_link.act_id`), and so does the code that it put out of
    use (`recognition_code.retired_by`), so that it can be undone exactly. What the person was told
    first is kept with it.
    """

    __tablename__ = "identification"
    __table_args__ = (
        CheckConstraint("kind IN ('identified', 'linked')", name="kind_known"),
        Index("ix_identification_participant_id", "participant_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    information_version: Mapped[str | None] = mapped_column(Text)
    information_language: Mapped[str | None] = mapped_column(Text)
    information_interpreter: Mapped[str | None] = mapped_column(Text)


class Rejection(Model):
    """A suggestion that was turned down, so that nobody is asked twice.

    `subject_id` is a contact that may be the person's, or a participant who may be the same.
    """

    __tablename__ = "rejection"

    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    rejected_at: Mapped[datetime] = mapped_column(Instant)
    rejected_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class ParticipantJoin(Model):
    """Two participants who are one person. Nothing of theirs is moved; undone, all is as before."""

    __tablename__ = "participant_join"
    __table_args__ = (
        CheckConstraint("participant_id <> other_id", name="of_two"),
        Index("ix_participant_join_participant_id", "participant_id"),
        Index("ix_participant_join_other_id", "other_id"),
        Index("ix_participant_join_changed_xid", "changed_xid"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    other_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    joined_at: Mapped[datetime] = mapped_column(Instant)
    joined_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    changed_xid: Mapped[str] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()")
    )


class ErasureRequest(Model):
    """Somebody asked to be erased: received, decided with a reason by a named person.

    The reason is sealed by the person's key: of whom all is erased, that goes too.
    """

    __tablename__ = "erasure_request"
    __table_args__ = (
        CheckConstraint("decision IN ('granted', 'partly', 'refused')", name="decision_known"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_at_once"),
        Index(
            "uq_erasure_request_open",
            "participant_id",
            unique=True,
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    received_at: Mapped[datetime] = mapped_column(Instant)
    received_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    # The law's month: by then there is a decision.
    due_on: Mapped[date]
    decision: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(server_default="1")


class LaterLink(Model):
    """Who a contact was with, as its author wrote it down without a network; no participant.

    It waits for its author alone, sealed by a key of its own in the vault (`payload_id`), until
    the person is known, it is taken away, or a week has gone. Then the content and its key go.
    """

    __tablename__ = "later_link"
    __table_args__ = (
        CheckConstraint(
            "(sealed IS NULL) = (linked_at IS NOT NULL OR erased_at IS NOT NULL)",
            name="ended_empty",
        ),
        Index("ix_later_link_contact_id", "contact_id"),
        Index("ix_later_link_waiting", "author_id", postgresql_where=text("sealed IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    payload_id: Mapped[UUID] = mapped_column(unique=True)
    kept_at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    linked_at: Mapped[datetime | None] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class CommitteeDoors(Model):
    """Which doors a committee has opened for those who regret that they are known."""

    __tablename__ = "committee_doors"

    committee: Mapped[str] = mapped_column(Text, primary_key=True)
    undo: Mapped[bool] = mapped_column(server_default="true")
    back_to_code: Mapped[bool] = mapped_column(server_default="true")
    erasure: Mapped[bool] = mapped_column(server_default="true")
    version: Mapped[int] = mapped_column(server_default="1")
