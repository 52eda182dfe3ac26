"""What each side has yet to take in once a handoff is over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
_NEW = ("settled_at", "recalled_at", "recall_seen_at")


def upgrade() -> None:
    """Apply."""
    for name in _NEW:
        op.add_column("handoff", sa.Column(name, INSTANT))
    op.create_index(
        "ix_handoff_recalled",
        "handoff",
        ["team"],
        postgresql_where=sa.text("recalled_at IS NOT NULL AND recall_seen_at IS NULL"),
    )


def downgrade() -> None:
    """Take back: nobody is asked to take anything in."""
    op.drop_index("ix_handoff_recalled", "handoff")
    for name in _NEW:
        op.drop_column("handoff", name)
