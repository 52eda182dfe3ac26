"""Frozen reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model


class Publication(Model):
    """The figures of a period as they were frozen: never changed, and never taken away.

    `inputs` are the counts with nothing hidden, what was hidden of them, and by which rules; no
    row of a person is among them. The files are what they came to, byte for byte. Later
    corrections are a version of their own.
    """

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("first_day", "last_day", "version"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("(version = 1) = (supersedes IS NULL)", name="supersedes_the_one_before"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    version: Mapped[int] = mapped_column(SmallInteger)
    supersedes: Mapped[UUID | None] = mapped_column(ForeignKey("publication.id"))
    frozen_at: Mapped[datetime] = mapped_column(Instant)
    frozen_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    # The number under which the city's registry keeps it.
    dnr: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    json_file: Mapped[bytes] = mapped_column(LargeBinary)
    csv_file: Mapped[bytes] = mapped_column(LargeBinary)
