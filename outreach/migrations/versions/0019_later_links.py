"""Who a contact was with, written without a network: it waits for its author, for a week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "later_link",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("contact_id", sa.Uuid(), sa.ForeignKey("contact.id"), nullable=False, index=True),
        sa.Column("author_id", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("payload_id", sa.Uuid(), unique=True, nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("linked_at", INSTANT),
        sa.Column("erased_at", INSTANT),
        sa.CheckConstraint(
            "(sealed IS NULL) = (linked_at IS NOT NULL OR erased_at IS NOT NULL)", "ended_empty"
        ),
    )
    op.create_index(
        "ix_later_link_waiting",
        "later_link",
        ["author_id"],
        postgresql_where=sa.text("sealed IS NOT NULL"),
    )
    op.execute(f"GRANT UPDATE ON later_link TO {app_role()}")


def downgrade() -> None:
    """Take back: what waits to be linked is gone, and the night sweeps its keys."""
    op.drop_table("later_link")
