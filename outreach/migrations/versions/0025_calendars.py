"""The calendars that phones of the staff follow by a secret address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False, unique=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_fetched_on", sa.Date()),
    )
    # A new one takes the place of the old; one that is stopped is no more.
    op.execute(f"GRANT UPDATE, DELETE ON calendar_feed TO {app_role()}")


def downgrade() -> None:
    """Take back: no phone follows anybody's meetings."""
    op.drop_table("calendar_feed")
