"""The cube of daily counts, the nights that keep it, and the figures that were answered once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model, TransactionId

# One row for each combination that occurred on a local day. It has no key: the view below groups,
# so that a combination comes once, and a wide index would cost each rebuild more than it gives.
daily_counts = sa.Table(
    "daily_counts",
    Model.metadata,
    sa.Column("local_day", sa.Date, nullable=False),
    sa.Column("site", Text, nullable=False),
    sa.Column("activity", Text, nullable=False),
    sa.Column("contact_type", Text, nullable=False),
    sa.Column("age_band", Text, nullable=False),
    sa.Column("gender", Text, nullable=False),
    sa.Column("first_time", Text, nullable=False),
    sa.Column("identity", Text, nullable=False),
    sa.Column("contacts", sa.Integer, nullable=False),
    sa.Column("headcount", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Index("ix_daily_counts_local_day", "local_day"),
)

# What the rows of a day should be, from the contacts themselves: the one place that says how a
# contact is counted. A view, so that a day, everything and the check are the same statement.
contact_counts = sa.table(
    "contact_counts", *(sa.column(column.name, column.type) for column in daily_counts.columns)
)


class JobRun(Model):
    """One run of a job: what it set out to do, how far it came, how it ended.

    `snapshot_xmin` is the transaction below which all were over when the run looked for changes:
    the next run looks at what later ones wrote. `cluster` names the database that this number
    belongs to; after a restore into another it means nothing.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'failed')", name="state_known"),
        CheckConstraint("scope IN ('changed', 'range', 'full')", name="scope_known"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended_unless_running"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    # Whether its days are tasks in the queue; else one process does them all.
    queued: Mapped[bool]
    state: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant, index=True)
    stepped_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    days: Mapped[list[date]] = mapped_column(ARRAY(sa.Date))
    remaining: Mapped[list[date]] = mapped_column(ARRAY(sa.Date))
    rows: Mapped[int] = mapped_column(BigInteger, server_default="0")
    snapshot_xmin: Mapped[str] = mapped_column(TransactionId)
    cluster: Mapped[str] = mapped_column(Text)
    # What kind of error ended it; never its text, which may quote data.
    error: Mapped[str | None] = mapped_column(Text)


class CountFault(Model):
    """A day whose counts were not what its contacts say, found by a night and mended by it."""

    __tablename__ = "count_fault"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("job_run.id"), primary_key=True)
    local_day: Mapped[date] = mapped_column(primary_key=True)
    found_at: Mapped[datetime] = mapped_column(Instant)


class PeriodFigures(Model):
    """What was answered for a listed period: worked out once after its end, then kept.

    A longer period's row is made of its months' rows, and its persons are weighed against those of
    every listed period inside it; all these are kept before it. `counts` are the same figures with
    nothing hidden, for weighing later answers against this one.

    What has changed since is told in a new edition, when a report is frozen anew; it is held
    against all earlier ones, which stay as they are.
    """

    __tablename__ = "period_figures"

    first_day: Mapped[date] = mapped_column(primary_key=True)
    last_day: Mapped[date] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False, server_default="1"
    )
    computed_at: Mapped[datetime] = mapped_column(Instant)
    threshold: Mapped[int] = mapped_column(SmallInteger)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
