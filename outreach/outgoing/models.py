"""What is to go out, and what became of it: no address, no words, nobody's name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model


class Outgoing(Model):
    """One SMS or e-mail: what it is about, when it is due, and how it ended.

    To whom and in which words is put together when it is handed over, and is never kept: what
    somebody may be told, and how they want to be reached, is as it stands then.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        CheckConstraint("channel IN ('sms', 'email')", name="channel_known"),
        CheckConstraint(
            "state IN ('waiting', 'handed_over', 'sent', 'not_sent', 'uncertain')",
            name="state_known",
        ),
        CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('sent', 'not_sent', 'uncertain'))",
            name="ended_with_a_time",
        ),
        CheckConstraint(
            "(why IS NOT NULL) = (state IN ('not_sent', 'uncertain'))", name="why_it_did_not_go"
        ),
        # Of a kind that is sent once, one for each thing and channel; of others, one at a time.
        Index("uq_outgoing_once", "about", "channel", unique=True, postgresql_where=text("once")),
        Index(
            "uq_outgoing_one_at_a_time",
            "kind",
            "about",
            "channel",
            unique=True,
            postgresql_where=text("NOT once AND state = 'waiting'"),
        ),
        Index("ix_outgoing_about", "about"),
        Index(
            "ix_outgoing_open",
            "due_at",
            postgresql_where=text("state IN ('waiting', 'handed_over')"),
        ),
        Index("uq_outgoing_receipt", "receipt", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    kind: Mapped[str] = mapped_column(Text)
    # The meeting, or whoever of the staff.
    about: Mapped[UUID]
    channel: Mapped[str] = mapped_column(Text)
    once: Mapped[bool]
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    due_at: Mapped[datetime] = mapped_column(Instant)
    # When it is of no use any more.
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    # How often no answer came, and the carrier knew nothing of it afterwards.
    lost: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    handed_over_at: Mapped[datetime | None] = mapped_column(Instant)
    # While it is handed over: tells whether an address is still the one that it went to.
    addressed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    why: Mapped[str | None] = mapped_column(Text)
    # By which the carrier knows it.
    receipt: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
