"""A handoff, what was sent with it, what was written about it, and all that was done."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model, TextList


class Handoff(Model):
    """A person who goes on to another team (`out`), or comes to us from one (`in`).

    Row-level security: there for those who may know of the person, and once it was sent for the
    receivers of its team, who never see the person's own rows. It names no word of anybody: what is
    sealed with the person's key lies in the tables below.
    """

    __tablename__ = "handoff"
    __table_args__ = (
        CheckConstraint("direction IN ('out', 'in')", name="direction_known"),
        CheckConstraint("direction = 'in' OR team IS NOT NULL", name="out_to_somebody"),
        CheckConstraint("direction = 'out' OR origin IS NOT NULL", name="in_from_somewhere"),
        CheckConstraint(
            "state IN ('draft', 'sent', 'accepted', 'declined', 'in_progress', 'completed',"
            " 'not_completed', 'withdrawn')",
            name="state_known",
        ),
        CheckConstraint("turn IN ('sender', 'receiver')", name="turn_known"),
        CheckConstraint(
            "(turn IS NULL) = (state IN ('declined', 'completed', 'not_completed', 'withdrawn'))",
            name="nobodys_turn_when_over",
        ),
        CheckConstraint("(sent_at IS NULL) <= (state IN ('draft', 'withdrawn'))", name="sent_when"),
        CheckConstraint(
            "first_meeting IN ('booked', 'held', 'person_declined')", name="first_meeting_known"
        ),
        Index("ix_handoff_participant_id", "participant_id"),
        Index("ix_handoff_consent_id", "consent_id"),
        Index("ix_handoff_created_by", "created_by"),
        Index(
            "uq_handoff_meeting_id",
            "meeting_id",
            unique=True,
            postgresql_where=text("meeting_id IS NOT NULL"),
        ),
        # The inbox of a team: the open ones, the longest first; and those that are over.
        Index(
            "ix_handoff_inbox",
            "team",
            "turn_since",
            "id",
            postgresql_where=text("turn IS NOT NULL AND sent_at IS NOT NULL"),
        ),
        Index(
            "ix_handoff_inbox_over",
            "team",
            "turn_since",
            "id",
            postgresql_where=text("turn IS NULL AND sent_at IS NOT NULL"),
        ),
        Index(
            "ix_handoff_recalled",
            "team",
            postgresql_where=text("recalled_at IS NOT NULL AND recall_seen_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    # The person's own number among cases: how both sides speak of a row in a list.
    case_number: Mapped[str] = mapped_column(Text)
    direction: Mapped[str] = mapped_column(Text)
    committee: Mapped[str] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str | None] = mapped_column(Text)
    consent_id: Mapped[UUID | None] = mapped_column(ForeignKey("consent.id"))
    # What is to be sent: everything is off until somebody says so.
    fields: Mapped[list[str]] = mapped_column(TextList)
    note_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    state: Mapped[str] = mapped_column(Text)
    turn: Mapped[str | None] = mapped_column(Text)
    turn_since: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    # When somebody of the receiving team first looked: no state, since nothing is promised by it.
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    # What was missing when it was last returned.
    missing: Mapped[list[str]] = mapped_column(TextList, server_default="{}")
    # Why it was declined, not completed or withdrawn; what came of it when it was completed.
    reason: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    first_meeting: Mapped[str | None] = mapped_column(Text)
    first_meeting_at: Mapped[datetime | None] = mapped_column(Instant)
    # By which side it was said; what the sender said, the sender may read.
    first_meeting_by: Mapped[str | None] = mapped_column(Text)
    # The contact that it came from; its result is that a handoff was begun.
    from_contact: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"))
    # The person is protected, or has asked to be erased: the team sees no more than that it was.
    shielded: Mapped[bool] = mapped_column(server_default="false")
    # The yes by which it was told was taken back after it had ended: the team reads it no more.
    taken_back: Mapped[bool] = mapped_column(server_default="false")
    # When its sender said that nothing more is needed after it had ended without what it was for.
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    # Since when the team may use no more of what it was sent; and when it said that it knows.
    recalled_at: Mapped[datetime | None] = mapped_column(Instant)
    recall_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    # The meeting of all three, where it was booked here: what becomes of it is said there.
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("followup.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(server_default="1")
    # A digest under the person's own key: tells a repeat, and nothing once the key is gone.
    sameness: Mapped[bytes] = mapped_column(LargeBinary)


class HandoffSnapshot(Model):
    """What the receiver was told when it was sent, sealed with the person's key.

    A handoff that is sent again has a new one. For its receivers it is there until the handoff is
    withdrawn or shielded, and says how much may be told back, and until when.
    """

    __tablename__ = "handoff_snapshot"
    __table_args__ = (Index("ix_handoff_snapshot_consent_id", "consent_id"),)

    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoff.id"), primary_key=True)
    # By which yes it was told, whatever is chosen for the next time.
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # What may be told back, and until when: the receiver must know.
    back: Mapped[list[str]] = mapped_column(TextList)
    valid_to: Mapped[date | None]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class HandoffMessage(Model):
    """A short message between the two sides, sealed with the person's key."""

    __tablename__ = "handoff_message"
    __table_args__ = (
        CheckConstraint("side IN ('sender', 'receiver')", name="side_known"),
        Index("ix_handoff_message_handoff_id", "handoff_id", "written_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoff.id"))
    side: Mapped[str] = mapped_column(Text)
    written_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    written_at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class OsaPlacement(Model):
    """What OSA's coordinator follows of somebody: nobody but the team, least of all the sender.

    Why somebody is in the target group is not written down: it would tell of their health.
    """

    __tablename__ = "osa_placement"

    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoff.id"), primary_key=True)
    # Work training comes first, then employment by the city.
    training_from: Mapped[date | None]
    employed_from: Mapped[date | None]
    ended_on: Mapped[date | None]


class OsaDecision(Model):
    """A decision by the Employment Service, or the wait for one: twelve months at the most."""

    __tablename__ = "osa_decision"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("answer IN ('pending', 'yes', 'no')", name="answer_known"),
    )

    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoff.id"), primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    last_day: Mapped[date]
    answer: Mapped[str] = mapped_column(Text)


class OsaPause(Model):
    """Days on which somebody who is employed is away for long: a leave, an illness. Not why."""

    __tablename__ = "osa_pause"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="days_in_order"),)

    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoff.id"), primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    last_day: Mapped[date]


class IpsSupport(Model):
    """What Jobbteamet follows of somebody: nobody but the team."""

    __tablename__ = "ips_support"

    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoff.id"), primary_key=True)
    specialist_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"), index=True)
    first_employer_contact_on: Mapped[date | None]
    # That an employer may be told is a yes of its own, with its own day and its own way back.
    employer_yes_on: Mapped[date | None]
    employer_yes_withdrawn_on: Mapped[date | None]


class ClientsElsewhere(Model):
    """How many a specialist supports who never came through here, by their own count on a day."""

    __tablename__ = "clients_elsewhere"
    __table_args__ = (
        CheckConstraint("active >= 0", name="counted"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="part_of_full_time"),
    )

    worker_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    active: Mapped[int] = mapped_column(SmallInteger)
    percent: Mapped[int] = mapped_column(SmallInteger)
    counted_on: Mapped[date]


class HandoffEvent(Model):
    """One thing that was done with a handoff, in order; the application may only add."""

    __tablename__ = "handoff_event"
    __table_args__ = (Index("ix_handoff_event_handoff_id", "handoff_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    handoff_id: Mapped[UUID] = mapped_column(ForeignKey("handoff.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    side: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    turn: Mapped[str | None] = mapped_column(Text)
