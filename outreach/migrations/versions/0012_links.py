"""Whose contact it is, and what was written about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.foundation.database import TransactionId
from outreach.migrations import app_role

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# As in 0011: what is somebody's is there for those alone who may know of them.
OF_A_PARTICIPANT = (
    "(SELECT acts_as_system()) OR EXISTS (SELECT 1 FROM participant p WHERE p.id = participant_id)"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "contact_link",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("contact_id", sa.Uuid(), sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.id"), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("act_id", sa.Uuid()),
        sa.Column("code_id", sa.Uuid(), sa.ForeignKey("recognition_code.id")),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("undone_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint("basis IN ('logged', 'chosen', 'suggested', 'imported')", "basis_known"),
    )
    op.create_index(
        "uq_contact_link_open",
        "contact_link",
        ["contact_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index("ix_contact_link_participant_id", "contact_link", ["participant_id"])
    op.create_index("ix_contact_link_changed_xid", "contact_link", ["changed_xid"])
    op.create_table(
        "contact_note",
        sa.Column("contact_id", sa.Uuid(), sa.ForeignKey("contact.id"), primary_key=True),
        sa.Column(
            "participant_id",
            sa.Uuid(),
            sa.ForeignKey("participant.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
    )
    op.add_column(
        "contact", sa.Column("shielded", sa.Boolean(), server_default="false", nullable=False)
    )
    role = app_role()
    op.execute(f"GRANT UPDATE ON contact_link TO {role}")
    # A note goes when its person is no longer known.
    op.execute(f"GRANT UPDATE, DELETE ON contact_note TO {role}")
    for table in ("contact_link", "contact_note"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} USING ({OF_A_PARTICIPANT})")


def downgrade() -> None:
    """Take back: every contact is nobody's."""
    op.drop_column("contact", "shielded")
    op.drop_table("contact_note")
    op.drop_table("contact_link")
