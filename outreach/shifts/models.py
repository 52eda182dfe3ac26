"""Shifts with planned and actual hours, opening hours, and days when a site or somebody is away."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model


class Shift(Model):
    """A session at a site. `starts_at`–`ends_at` were planned, `started_at`–`ended_at` happened.

    A shift that was begun on the spot has no planned end. It is closed once, by somebody who was
    there; a planned one that never was is cancelled, never deleted.
    """

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("activity IN ('open', 'outreach')", name="activity_known"),
        CheckConstraint("ends_at > starts_at", name="planned_in_order"),
        CheckConstraint("ended_at > started_at", name="actual_in_order"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
        CheckConstraint("closed_at IS NULL OR ended_at IS NOT NULL", name="closed_with_an_end"),
        CheckConstraint("cardinality(workers) >= 1", name="staffed"),
        Index("ix_shift_site_starts_at", "site", "starts_at"),
        Index("ix_shift_workers", "workers", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    activity: Mapped[str] = mapped_column(Text)
    workers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(server_default="1")
    sameness: Mapped[bytes] = mapped_column(LargeBinary)


class Closure(Model):
    """Days on which a site is closed, first and last included, and the note on its door."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("length(note) <= 140", name="note_fits_the_door"),
        Index("ix_closure_site_first_day", "site", "first_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    note: Mapped[str] = mapped_column(Text, server_default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class Absence(Model):
    """Days on which one of the staff is away, first and last included. Why is not written down."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("cover <> worker_id", name="covered_by_another"),
        Index("ix_absence_worker_id_first_day", "worker_id", "first_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    # Who is asked for instead.
    cover: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class OpeningHours(Model):
    """A weekday's hours at a site, from a day until the next row of that weekday; null is closed.

    A week is written whole, seven rows of one version, so that the highest version of a site is
    that of its latest change.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_iso"),
        CheckConstraint("(opens IS NULL) = (closes IS NULL)", name="both_or_neither"),
        CheckConstraint("closes > opens", name="times_in_order"),
    )

    site: Mapped[str] = mapped_column(ForeignKey("site.code"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    version: Mapped[int]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    set_at: Mapped[datetime] = mapped_column(Instant)
