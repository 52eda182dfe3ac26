"""The directory's one table."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Model, TextList


class DirectoryEntry(Model):
    """A team or place to send people to, from a day to a day; retired, never deleted.

    A requirement that is NULL or false is not asked. `checked_on` is when somebody last made
    sure that all of this is so; NULL until anybody has.
    """

    __tablename__ = "directory_entry"
    __table_args__ = (
        CheckConstraint("max_age >= min_age", name="ages_in_order"),
        CheckConstraint("valid_to >= valid_from", name="dates_in_order"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)
    for_whom: Mapped[str] = mapped_column(Text)
    min_age: Mapped[int | None] = mapped_column(SmallInteger)
    max_age: Mapped[int | None] = mapped_column(SmallInteger)
    resident: Mapped[bool] = mapped_column(server_default="false")
    af_registered: Mapped[bool] = mapped_column(server_default="false")
    af_decision: Mapped[bool] = mapped_column(server_default="false")
    bring: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    hours: Mapped[str | None] = mapped_column(Text)
    languages: Mapped[list[str]] = mapped_column(TextList, server_default="{}")
    needs: Mapped[list[str]] = mapped_column(TextList, server_default="{}")
    url: Mapped[str | None] = mapped_column(Text)
    checked_on: Mapped[date | None]
    checked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")
    # What the first sending said, as a digest: tells a repeat from another entry with its id.
    sameness: Mapped[bytes | None] = mapped_column(LargeBinary)
