"""The key pairs that tablets seal to, and one key for each operation that a person must look at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tablet_key",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("ring", sa.SmallInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("destroyed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_tablet_key"),
        sa.CheckConstraint(
            "(wrapped IS NULL) = (destroyed_at IS NOT NULL)", "ck_tablet_key_destroyed_whole"
        ),
    )
    op.create_table(
        "payload_key",
        sa.Column("payload_id", sa.Uuid(), nullable=False),
        sa.Column("ring", sa.SmallInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("payload_id", name="pk_payload_key"),
    )
    op.create_index("ix_payload_key_ring", "payload_key", ["ring"])
    role = app_role(in_vault=True)
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON tablet_key TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON payload_key TO {role}")


def downgrade() -> None:
    """Take back: what is sealed on tablets and not yet sent stays closed for good."""
    op.drop_table("payload_key")
    op.drop_table("tablet_key")
