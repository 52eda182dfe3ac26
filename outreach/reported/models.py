"""What other units have reported, as they told it last."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model


class AmgEnrolment(Model):
    """An enrolment at the labour market unit (arbetsmarknadsgruppen), OSA or Jobbteamet.

    Whose it is says a key that only the unit can read: nobody here knows who it is, or whether it
    is one of our own. Row-level security: for the system alone, which counts.
    """

    __tablename__ = "amg_enrolment"
    __table_args__ = (
        CheckConstraint("end_on >= start_on", name="days_in_order"),
        CheckConstraint(
            "end_on IS NOT NULL OR (exit_result IS NULL AND main_income_after IS NULL"
            " AND NOT supplement)",
            name="told_of_an_end",
        ),
        Index("ix_amg_enrolment_days", "start_on", "end_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_key: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    exit_result: Mapped[str | None] = mapped_column(Text)
    main_income_after: Mapped[str | None] = mapped_column(Text)
    # Whether financial assistance is paid on top of the main income.
    supplement: Mapped[bool]
    reported_at: Mapped[datetime] = mapped_column(Instant)
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
