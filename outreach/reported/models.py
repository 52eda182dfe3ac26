"""What other units have reported, as they told it last."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, func, text
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


class ReportedFigure(Model):
    """One value of a figure that is counted elsewhere, for one period.

    A unit's share is its numerator and denominator, anything else a value; a measure of Kolada
    without a value is one that Kolada has none of. Nothing is changed: what was wrong is withdrawn,
    and what is right stands in a row of its own.
    """

    __tablename__ = "reported_figure"
    __table_args__ = (
        CheckConstraint("figure IN ('KN1', 'KN2', 'KN3', 'KN4', 'KN5')", name="figure_known"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("(numerator IS NULL) = (denominator IS NULL)", name="share_is_whole"),
        CheckConstraint("numerator BETWEEN 0 AND denominator", name="share_of_a_whole"),
        CheckConstraint("value IS NULL OR numerator IS NULL", name="value_or_share"),
        CheckConstraint("value >= 0", name="value_not_negative"),
        Index(
            "uq_reported_figure_standing",
            "figure",
            "first_day",
            "last_day",
            func.lower(text("unit")),
            "measure",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date]
    last_day: Mapped[date]
    # Who counted it; nobody named: the figure has one value for the whole city.
    unit: Mapped[str] = mapped_column(Text)
    # Which of Kolada's measures it is; none for what units tell.
    measure: Mapped[str] = mapped_column(Text)
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    numerator: Mapped[int | None]
    denominator: Mapped[int | None]
    source: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    reported_at: Mapped[datetime] = mapped_column(Instant)
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
