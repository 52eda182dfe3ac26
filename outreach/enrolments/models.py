"""A participant's time here: from–to, the way in, what was before and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model, TextList, TransactionId


class Enrolment(Model):
    """One period of a participant, open or closed with a result; at most one of them is open.

    Row-level security: as the participant's. It names nobody, so it is not sealed; the figures
    count it by the participant's statistical key.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        CheckConstraint("closed_on >= opened_on", name="days_in_order"),
        CheckConstraint(
            "num_nulls(closed_on, closed_by, closing_result) IN (0, 3)",
            name="closed_with_a_result",
        ),
        Index(
            "uq_enrolment_open",
            "participant_id",
            unique=True,
            postgresql_where=text("closed_on IS NULL"),
        ),
        Index("ix_enrolment_participant_id", "participant_id"),
        Index("ix_enrolment_changed_xid", "changed_xid"),
        Index(
            "ix_enrolment_lasting",
            "closed_on",
            postgresql_where=text("lasted_one_month = 'pending'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    opened_on: Mapped[date]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    route_in: Mapped[str] = mapped_column(Text)
    origin: Mapped[str | None] = mapped_column(Text)
    # None: not asked yet. The extents are per cent of full time.
    occupation_before: Mapped[str | None] = mapped_column(Text)
    occupation_before_extent: Mapped[int | None] = mapped_column(SmallInteger)
    # The first is the main one, here and after.
    income_before: Mapped[list[str] | None] = mapped_column(TextList)
    closed_on: Mapped[date | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closing_result: Mapped[str | None] = mapped_column(Text)
    start_date: Mapped[date | None]
    extent: Mapped[int | None] = mapped_column(SmallInteger)
    funded: Mapped[bool | None]
    lasted_one_month: Mapped[str | None] = mapped_column(Text)
    verified_by: Mapped[str | None] = mapped_column(Text)
    occupation_after: Mapped[str | None] = mapped_column(Text)
    occupation_after_extent: Mapped[int | None] = mapped_column(SmallInteger)
    income_after: Mapped[list[str] | None] = mapped_column(TextList)
    version: Mapped[int] = mapped_column(server_default="1")
    # A digest of what the first sending said, under the person's own key: tells a repeat from
    # another enrolment with its id, and nothing once the key is gone.
    sameness: Mapped[bytes] = mapped_column(LargeBinary)
    changed_xid: Mapped[str] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()")
    )


class WorkCheck(Model):
    """A day on which it is asked how work goes, 30 or 90 days after it began; each once.

    Row-level security: as the participant's. Whose it is to ask is kept nowhere: it follows who is
    responsible. What the first one is answered is what the enrolment says of the first month.
    """

    __tablename__ = "work_check"
    __table_args__ = (
        CheckConstraint("day IN (30, 90)", name="day_known"),
        CheckConstraint("answer IN ('yes', 'no')", name="answer_known"),
        CheckConstraint("(said_at IS NULL) = (said_by IS NULL)", name="said_by_somebody"),
        CheckConstraint("answer IS NULL OR said_at IS NOT NULL", name="answered_by_somebody"),
        Index("uq_work_check_enrolment_id_day", "enrolment_id", "day", unique=True),
        Index("ix_work_check_participant_id", "participant_id"),
        Index("ix_work_check_open", "falls_on", postgresql_where=text("answer IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    # So many days after work began.
    day: Mapped[int] = mapped_column(SmallInteger)
    # That day of the calendar; where most people are free it is due the next working day.
    falls_on: Mapped[date]
    # On which days somebody tried in vain to reach the person.
    tried_on: Mapped[list[date]] = mapped_column(ARRAY(Date), server_default="{}")
    answer: Mapped[str | None] = mapped_column(Text)
    # When and by whom the last thing was said: the answer, or that nobody was reached.
    said_at: Mapped[datetime | None] = mapped_column(Instant)
    said_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(server_default="1")
