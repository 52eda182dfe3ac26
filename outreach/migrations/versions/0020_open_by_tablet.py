"""What waits for a decision is counted for each tablet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_sync_kept_device_id",
        "sync_kept",
        ["device_id"],
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_sync_kept_device_id", "sync_kept")
