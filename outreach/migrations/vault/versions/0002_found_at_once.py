"""Those who are called the same are found in the index alone, not row by row in the table."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_blind_index_digest_person_id", "blind_index", ["digest", "person_id"])
    op.drop_index("ix_blind_index_digest", "blind_index")


def downgrade() -> None:
    """Take back."""
    op.create_index("ix_blind_index_digest", "blind_index", ["digest"])
    op.drop_index("ix_blind_index_digest_person_id", "blind_index")
