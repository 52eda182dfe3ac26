"""A participant's time here: from–to, the way in, what was before and what came of it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Model, TextList, TransactionId


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
