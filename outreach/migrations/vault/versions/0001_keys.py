"""What opens people, what finds them, and who was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "data_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ring", sa.SmallInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_data_key"),
    )
    op.create_index("ix_data_key_ring", "data_key", ["ring"])
    op.create_table(
        "blind_index",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "digest", name="pk_blind_index"),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["data_key.person_id"],
            name="fk_blind_index_person_id_data_key",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_blind_index_digest", "blind_index", ["digest"])
    op.create_table(
        "erasure",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_erasure"),
    )
    role = app_role(in_vault=True)
    op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    op.execute(f"GRANT SELECT ON alembic_version TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON data_key TO {role}")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON blind_index TO {role}")
    # Who was erased stays erased.
    op.execute(f"GRANT SELECT, INSERT ON erasure TO {role}")


def downgrade() -> None:
    """Take back: whoever is sealed stays closed for good."""
    op.drop_table("erasure")
    op.drop_table("blind_index")
    op.drop_table("data_key")
