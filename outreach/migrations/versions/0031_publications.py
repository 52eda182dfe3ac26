"""Reports that are frozen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. The application only ever adds to it."""
    op.create_table(
        "publication",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), sa.ForeignKey("publication.id")),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("dnr", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("inputs", JSONB(), nullable=False),
        sa.Column("json_file", sa.LargeBinary(), nullable=False),
        sa.Column("csv_file", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("first_day", "last_day", "version"),
        sa.CheckConstraint("last_day >= first_day", "days_in_order"),
        sa.CheckConstraint("(version = 1) = (supersedes IS NULL)", "supersedes_the_one_before"),
    )


def downgrade() -> None:
    """Take back: nothing is frozen any more."""
    op.drop_table("publication")
