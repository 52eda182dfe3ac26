"""A secrecy consent: a person's own yes to telling one team some things, until a day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model, TextList


class Consent(Model):
    """What may be told, by which committee to which team. Taken back, never deleted.

    Row-level security: there for those alone who may know of the person. What it is for was
    written by somebody, so it is sealed with the person's key.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="dates_in_order"),
        CheckConstraint("categories <> '{}'", name="tells_something"),
        CheckConstraint("form IN ('written', 'oral')", name="form_known"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_one"),
        Index("ix_consent_valid_to", "valid_to", postgresql_where=text("withdrawn_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    from_committee: Mapped[str] = mapped_column(Text)
    to_team: Mapped[str] = mapped_column(Text)
    categories: Mapped[list[str]] = mapped_column(TextList)
    back: Mapped[list[str]] = mapped_column(TextList)
    purpose: Mapped[bytes] = mapped_column(LargeBinary)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    form: Mapped[str] = mapped_column(Text)
    # Which words the person said yes to.
    text_version: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    # A digest under the person's own key: tells a repeat, and nothing once the key is gone.
    sameness: Mapped[bytes] = mapped_column(LargeBinary)
    given_at: Mapped[datetime] = mapped_column(Instant)
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(server_default="1")
