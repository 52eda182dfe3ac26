"""The figures that are counted elsewhere, as other units and Kolada tell them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. A row is never changed: it is withdrawn, and another takes its place."""
    op.create_table(
        "reported_figure",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric()),
        sa.Column("numerator", sa.Integer()),
        sa.Column("denominator", sa.Integer()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.CheckConstraint("figure IN ('KN1', 'KN2', 'KN3', 'KN4', 'KN5')", "figure_known"),
        sa.CheckConstraint("last_day >= first_day", "days_in_order"),
        sa.CheckConstraint("(numerator IS NULL) = (denominator IS NULL)", "share_is_whole"),
        sa.CheckConstraint("numerator BETWEEN 0 AND denominator", "share_of_a_whole"),
        sa.CheckConstraint("value IS NULL OR numerator IS NULL", "value_or_share"),
        sa.CheckConstraint("value >= 0", "value_not_negative"),
    )
    op.create_index(
        "uq_reported_figure_standing",
        "reported_figure",
        ["figure", "first_day", "last_day", sa.text("lower(unit)"), "measure"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.execute(f"GRANT UPDATE (withdrawn_at, withdrawn_by) ON reported_figure TO {app_role()}")


def downgrade() -> None:
    """Take back: KN1 to KN5 have nothing to tell."""
    op.drop_table("reported_figure")
