"""A booked meeting, the time that it takes of those who are to be there, and their calendars."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model


class Followup(Model):
    """A meeting with a participant, or with whoever holds a code; a change of time is a new row.

    Row-level security: a participant's as the participant, a code's as the committee's own: what
    becomes of it then tells the other committee nothing. One that was booked by code and has become
    a participant's keeps its code, so that it can go back.
    Whether the person came, whether there was a meeting and why not are three facts.
    """

    __tablename__ = "followup"
    __table_args__ = (
        CheckConstraint(
            "participant_id IS NOT NULL OR recognition_code_id IS NOT NULL", name="somebodys"
        ),
        CheckConstraint(
            "state IN ('booked', 'held', 'no_show', 'cancelled_by_participant', 'cancelled_by_us',"
            " 'rescheduled', 'mistaken')",
            name="state_known",
        ),
        CheckConstraint("committee IN ('KN', 'SN')", name="committee_known"),
        CheckConstraint("ends_at > starts_at", name="in_order"),
        CheckConstraint("cardinality(workers) BETWEEN 1 AND 2", name="one_worker_or_two"),
        CheckConstraint("reminder IN ('none', 'sms', 'email')", name="reminder_known"),
        CheckConstraint(
            "interpreter IN ('not_booked', 'booked', 'cancelled')", name="interpreter_known"
        ),
        CheckConstraint("(state = 'booked') = (outcome_at IS NULL)", name="outcome_with_a_time"),
        CheckConstraint("(outcome_at IS NULL) = (outcome_by IS NULL)", name="outcome_by_somebody"),
        Index("ix_followup_starts_at", "starts_at", "id"),
        Index("ix_followup_workers", "workers", postgresql_using="gin"),
        Index("ix_followup_participant_id", "participant_id", "starts_at"),
        Index(
            "ix_followup_recognition_code_id",
            "recognition_code_id",
            postgresql_where=text("recognition_code_id IS NOT NULL"),
        ),
        Index("ix_followup_open", "ends_at", postgresql_where=text("state = 'booked'")),
        Index("uq_followup_contact_id", "contact_id", unique=True),
        Index("uq_followup_supersedes", "supersedes", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_id: Mapped[UUID | None] = mapped_column(ForeignKey("participant.id"))
    recognition_code_id: Mapped[UUID | None] = mapped_column(ForeignKey("recognition_code.id"))
    # Whose staff have booked it.
    committee: Mapped[str] = mapped_column(Text)
    workers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    minutes: Mapped[int] = mapped_column(SmallInteger)
    # Until when it takes the workers' time: twice its minutes where somebody interprets.
    ends_at: Mapped[datetime] = mapped_column(Instant)
    place: Mapped[str] = mapped_column(ForeignKey("site.code"))
    language: Mapped[str] = mapped_column(Text)
    # Null: nobody needs to interpret.
    interpreter: Mapped[str | None] = mapped_column(Text)
    reminder: Mapped[str] = mapped_column(Text, server_default="none")
    state: Mapped[str] = mapped_column(Text, server_default="booked")
    attended: Mapped[bool | None]
    happened: Mapped[bool | None]
    outcome_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    # What it is for, why it did not come about, why it was moved: a participant's under their key,
    # a code's in plain words, among which there is nothing that tells who somebody is.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    plain: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    # The contact that it came from, and the one that it became.
    from_contact: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"))
    supersedes: Mapped[UUID | None] = mapped_column(ForeignKey("followup.id"))
    asked_by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(server_default="1")
    # A digest under a key: a participant's own, which is gone when they are, or the product's.
    sameness: Mapped[bytes] = mapped_column(LargeBinary)


class FollowupTime(Model):
    """The time that a meeting takes of one of its workers, for as long as it stands.

    Nobody is at two meetings at once, however many book at the same moment: the database says so.
    It tells of no visitor; whoever books sees when a colleague is taken, and not by whom.
    """

    __tablename__ = "followup_time"
    __table_args__ = (
        ExcludeConstraint(
            ("worker_id", "="), ("during", "&&"), name="one_meeting_at_a_time", using="gist"
        ),
    )

    followup_id: Mapped[UUID] = mapped_column(ForeignKey("followup.id"), primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)


class CalendarFeed(Model):
    """The calendar of one of the staff, which their phone follows by a secret address.

    Of the secret only the digest is kept. One for each: a new one takes the place of the old, and
    what is stopped is no more.
    """

    __tablename__ = "calendar_feed"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    # The last local day on which anybody asked by the address.
    last_fetched_on: Mapped[date | None]
