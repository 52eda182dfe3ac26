"""Places, what is done at them and by whose authority, and the code lists of the whole product."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.foundation.database import Model


class Site(Model):
    """A place where people are met; retired by a last day, never deleted."""

    __tablename__ = "site"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label_sv: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class SiteActivity(Model):
    """What is done at a site, and which committee answers for it: from there to there in time."""

    __tablename__ = "site_activity"
    __table_args__ = (
        CheckConstraint("activity IN ('open', 'outreach')", name="activity_known"),
        CheckConstraint("committee IN ('KN', 'SN')", name="committee_known"),
        CheckConstraint("valid_to >= valid_from", name="dates_in_order"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    activity: Mapped[str] = mapped_column(Text)
    committee: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    # False: the committee has decided that nobody is written down by name here.
    identity_recorded: Mapped[bool] = mapped_column(server_default="true")


class Code(Model):
    """One choice of one list, valid from a day to a day; old rows keep codes that are retired."""

    __tablename__ = "code"

    list: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label_sv: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class CodeRevision(Model):
    """The number of the last change to any list or place; a trigger raises it.

    Each process keeps the lists in memory and reads this one number to know whether they are the
    latest: every worker is told of a retired code at once, at the price of one indexed read.
    """

    __tablename__ = "code_revision"
    __table_args__ = (CheckConstraint("id", name="one_row"),)

    id: Mapped[bool] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
