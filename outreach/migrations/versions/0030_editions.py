"""Figures that were answered may be told anew, in an edition of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What was answered so far is the first edition."""
    op.add_column(
        "period_figures",
        sa.Column("edition", sa.SmallInteger(), nullable=False, server_default="1"),
    )
    op.drop_constraint("pk_period_figures", "period_figures")
    op.create_primary_key(
        "pk_period_figures", "period_figures", ["first_day", "last_day", "edition"]
    )


def downgrade() -> None:
    """Take back: the first editions stay."""
    op.execute("DELETE FROM period_figures WHERE edition > 1")
    op.drop_constraint("pk_period_figures", "period_figures")
    op.drop_column("period_figures", "edition")
    op.create_primary_key("pk_period_figures", "period_figures", ["first_day", "last_day"])
