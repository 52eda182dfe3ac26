"""Sessions that know when they were last seen, and names that nobody has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what sessions remember; those that are open count as seen when they began."""
    op.add_column("sign_in", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sign_in SET seen_at = began_at")
    op.alter_column("sign_in", "seen_at", nullable=False)
    op.add_column(
        "sign_in", sa.Column("wrong_tries", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "unknown_name",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resting_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_unknown_name")),
    )
    op.create_index(op.f("ix_unknown_name_tried_at"), "unknown_name", ["tried_at"])


def downgrade() -> None:
    """Forget it again."""
    op.drop_table("unknown_name")
    op.drop_column("sign_in", "wrong_tries")
    op.drop_column("sign_in", "seen_at")
