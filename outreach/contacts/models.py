"""The contact, its earlier versions, and the codes by which a visitor is recognised."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Instant, Model, TextList, TransactionId

# The day on the wall in Solna; the database computes it, so that there is one rule for all.
LOCAL_DAY = "(occurred_at AT TIME ZONE 'Europe/Stockholm')::date"


class Contact(Model):
    """One encounter, at one time and place. Nobody is named here.

    A correction makes a new version and keeps the old; a mistaken contact is voided, never
    deleted. `changed_xid` is the transaction that last wrote the row: by it the night finds what
    changed since it last looked, without a mark that could be lost.
    """

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("headcount BETWEEN 1 AND 500", name="headcount_in_range"),
        CheckConstraint("minutes BETWEEN 0 AND 600", name="minutes_in_range"),
        CheckConstraint("cardinality(topics) <= 3", name="topics_at_most_three"),
        CheckConstraint("cardinality(signposted_to) <= 3", name="targets_at_most_three"),
        CheckConstraint(
            "headcount = 1 OR (contact_type = 'group' AND gender = 'unknown'"
            " AND age_band = 'unknown' AND first_time = 'not_asked')",
            name="several_people_are_a_group",
        ),
        CheckConstraint(
            "contact_type <> 'outreach' OR activity = 'outreach'", name="outreach_is_outreach"
        ),
        CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="voided_with_a_reason"),
        Index("ix_contact_local_day_site", "local_day", "site"),
        Index("ix_contact_recorded_by_occurred_at", "recorded_by", "occurred_at"),
        Index("ix_contact_changed_xid", "changed_xid"),
        CheckConstraint(
            "headcount = 1 OR recognition_code_id IS NULL", name="several_people_have_no_code"
        ),
        Index(
            "ix_contact_recognition_code_id_occurred_at",
            "recognition_code_id",
            "occurred_at",
            postgresql_where=text("recognition_code_id IS NOT NULL"),
        ),
        Index(
            "ix_contact_thread_id_occurred_at",
            "thread_id",
            "occurred_at",
            postgresql_where=text("thread_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(Text, ForeignKey("site.code"))
    activity: Mapped[str] = mapped_column(Text)
    committee: Mapped[str] = mapped_column(Text)
    contact_type: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    local_day: Mapped[date] = mapped_column(Computed(LOCAL_DAY, persisted=True))
    headcount: Mapped[int] = mapped_column(SmallInteger)
    age_band: Mapped[str] = mapped_column(Text)
    gender: Mapped[str] = mapped_column(Text)
    first_time: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(TextList)
    result: Mapped[str] = mapped_column(Text)
    signposted_to: Mapped[list[str]] = mapped_column(TextList)
    talk_language: Mapped[str] = mapped_column(Text)
    interpreter: Mapped[str] = mapped_column(Text)
    group_id: Mapped[UUID | None]
    # The code that was said, which is never changed, and the code in whose thread the contact is
    # now: that one, none while it is somebody's who is known, or the new one they got afterwards.
    recognition_code_id: Mapped[UUID | None] = mapped_column(ForeignKey("recognition_code.id"))
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("recognition_code.id"))
    # Of a protected person: there for those alone who may know of the person.
    shielded: Mapped[bool] = mapped_column(server_default="false")
    minutes: Mapped[int | None] = mapped_column(SmallInteger)
    recorded_by: Mapped[UUID] = mapped_column(Uuid, ForeignKey("staff.id"))
    received_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1")
    # What the first sending said, as a digest: tells a repeat from another contact with its id.
    sameness: Mapped[bytes] = mapped_column(LargeBinary)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str | None] = mapped_column(Text)
    voided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    changed_xid: Mapped[str] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()")
    )


class ContactVersion(Model):
    """What a contact said before it was corrected or voided."""

    __tablename__ = "contact_version"
    __table_args__ = (Index("ix_contact_version_changed_xid", "changed_xid"),)

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    # The day on which the earlier version stood: the night rebuilds it as well as the new one.
    local_day: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    replaced_at: Mapped[datetime] = mapped_column(Instant)
    replaced_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    changed_xid: Mapped[str] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()")
    )


class ContactLink(Model):
    """Whose contact it is, since when, on what ground and by whom; an undone link is kept.

    A contact is one person's at most at any time. Row-level security: as the participant's. The
    days of a link that came or went are found by `changed_xid`, as those of contacts are.
    """

    __tablename__ = "contact_link"
    __table_args__ = (
        CheckConstraint(
            "basis IN ('logged', 'chosen', 'suggested', 'imported')", name="basis_known"
        ),
        Index(
            "uq_contact_link_open",
            "contact_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_contact_link_participant_id", "participant_id"),
        Index("ix_contact_link_changed_xid", "changed_xid"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    basis: Mapped[str] = mapped_column(Text)
    # What the link was a part of: one choice of several contacts.
    act_id: Mapped[UUID | None] = mapped_column(ForeignKey("identification.id"))
    # The code whose thread the contact was in; it goes back there when the link is undone.
    code_id: Mapped[UUID | None] = mapped_column(ForeignKey("recognition_code.id"))
    linked_at: Mapped[datetime] = mapped_column(Instant)
    linked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    changed_xid: Mapped[str] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()")
    )


class ContactNote(Model):
    """What was written about a known person's contact, sealed by the person's key."""

    __tablename__ = "contact_note"

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    written_at: Mapped[datetime] = mapped_column(Instant)
    written_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class RecognitionCode(Model):
    """Three words by which somebody who has no name here is recognised when they come again.

    Drawn at random: nothing in it comes from anybody. When it was last used is not kept here; its
    contacts say it. A code of a sheet was printed before anybody got it.
    """

    __tablename__ = "recognition_code"
    __table_args__ = (
        Index("ix_recognition_code_sheet_id", "sheet_id"),
        Index(
            "ix_recognition_code_reserved_for",
            "reserved_for",
            postgresql_where=text("handed_out_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    sheet_id: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    # Since when its holder is known, and by which of their choices. Whoever types it is not told.
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    retired_by: Mapped[UUID | None] = mapped_column(ForeignKey("identification.id"))
    # A code of a tablet's own block, which it may hand out without a network; since when it is out.
    reserved_for: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    reserved_at: Mapped[datetime | None] = mapped_column(Instant)
    handed_out_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1")
