"""Shifts, and days when a site is closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "closure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_closure_days_in_order")),
        sa.CheckConstraint("length(note) <= 140", name=op.f("ck_closure_note_fits_the_door")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["staff.id"], name=op.f("fk_closure_created_by_staff")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_closure_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    op.create_index("ix_closure_site_first_day", "closure", ["site", "first_day"], unique=False)
    op.create_table(
        "shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("workers", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sameness", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "activity IN ('open', 'outreach')", name=op.f("ck_shift_activity_known")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_shift_closed_by_somebody")
        ),
        sa.CheckConstraint("cardinality(workers) >= 1", name=op.f("ck_shift_staffed")),
        sa.CheckConstraint(
            "closed_at IS NULL OR ended_at IS NOT NULL", name=op.f("ck_shift_closed_with_an_end")
        ),
        sa.CheckConstraint("ended_at > started_at", name=op.f("ck_shift_actual_in_order")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_planned_in_order")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_shift_closed_by_staff")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["staff.id"], name=op.f("fk_shift_created_by_staff")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_shift_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index("ix_shift_site_starts_at", "shift", ["site", "starts_at"], unique=False)
    op.create_index("ix_shift_workers", "shift", ["workers"], unique=False, postgresql_using="gin")


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_shift_workers", table_name="shift", postgresql_using="gin")
    op.drop_index("ix_shift_site_starts_at", table_name="shift")
    op.drop_table("shift")
    op.drop_index("ix_closure_site_first_day", table_name="closure")
    op.drop_table("closure")
