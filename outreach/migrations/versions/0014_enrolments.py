"""A person's time here, and the lists that it is told by."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib import resources
from typing import Any

import sqlalchemy as sa
from alembic import op

from outreach.foundation.database import TransactionId
from outreach.migrations import app_role

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# As in 0011: what is somebody's is there for those alone who may know of them.
OF_A_PARTICIPANT = (
    "(SELECT acts_as_system()) OR EXISTS (SELECT 1 FROM participant p WHERE p.id = participant_id)"
)

# What is taken in from elsewhere is old: the first day that any calendar here can hold.
BEGINNING = date(2000, 1, 1)


def upgrade() -> None:
    """Apply."""
    _enrolments()
    op.execute(f"GRANT UPDATE ON enrolment TO {app_role()}")
    op.execute("ALTER TABLE enrolment ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE enrolment FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON enrolment USING ({OF_A_PARTICIPANT})")
    _load_lists()


def _enrolments() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.id"), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("route_in", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text()),
        sa.Column("occupation_before", sa.Text()),
        sa.Column("occupation_before_extent", sa.SmallInteger()),
        sa.Column("income_before", sa.ARRAY(sa.Text())),
        sa.Column("closed_on", sa.Date()),
        sa.Column("closed_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("closing_result", sa.Text()),
        sa.Column("start_date", sa.Date()),
        sa.Column("extent", sa.SmallInteger()),
        sa.Column("funded", sa.Boolean()),
        sa.Column("lasted_one_month", sa.Text()),
        sa.Column("verified_by", sa.Text()),
        sa.Column("occupation_after", sa.Text()),
        sa.Column("occupation_after_extent", sa.SmallInteger()),
        sa.Column("income_after", sa.ARRAY(sa.Text())),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sameness", sa.LargeBinary(), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint("closed_on >= opened_on", "days_in_order"),
        sa.CheckConstraint(
            "num_nulls(closed_on, closed_by, closing_result) IN (0, 3)", "closed_with_a_result"
        ),
    )
    op.create_index(
        "uq_enrolment_open",
        "enrolment",
        ["participant_id"],
        unique=True,
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index("ix_enrolment_participant_id", "enrolment", ["participant_id"])
    op.create_index("ix_enrolment_changed_xid", "enrolment", ["changed_xid"])
    op.create_index(
        "ix_enrolment_lasting",
        "enrolment",
        ["closed_on"],
        postgresql_where=sa.text("lasted_one_month = 'pending'"),
    )


def _lists() -> dict[str, dict[str, list[str]]]:
    source = resources.files("outreach.migrations").joinpath("enrolment_codes.toml")
    return tomllib.loads(source.read_text("utf-8"))


def _load_lists() -> None:
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(name) for name in ("list", "code", "label_sv", "label_en", "position")
    ]
    rows = [
        {"list": name, "code": code, "label_sv": sv, "label_en": en, "position": place,
         "valid_from": BEGINNING}
        for name, codes in _lists().items()
        for place, (code, (sv, en)) in enumerate(codes.items())
    ]  # fmt: skip
    op.bulk_insert(sa.table("code", *columns, sa.column("valid_from", sa.Date)), rows)


def downgrade() -> None:
    """Take back: nobody's time here is known."""
    op.drop_table("enrolment")
    names = ", ".join(f"'{name}'" for name in _lists())
    op.execute(f"DELETE FROM code WHERE list IN ({names})")
