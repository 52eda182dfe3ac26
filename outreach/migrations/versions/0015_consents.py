"""What may be told about a person, and where nobody is written down by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach.migrations import app_role

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# As in 0011: what is somebody's is there for those alone who may know of them.
OF_A_PARTICIPANT = (
    "(SELECT acts_as_system()) OR EXISTS (SELECT 1 FROM participant p WHERE p.id = participant_id)"
)


def upgrade() -> None:
    """Apply."""
    texts = postgresql.ARRAY(sa.Text())
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "participant_id",
            sa.Uuid(),
            sa.ForeignKey("participant.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("from_committee", sa.Text(), nullable=False),
        sa.Column("to_team", sa.Text(), nullable=False),
        sa.Column("categories", texts, nullable=False),
        sa.Column("back", texts, nullable=False),
        sa.Column("purpose", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("sameness", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", "dates_in_order"),
        sa.CheckConstraint("categories <> '{}'", "tells_something"),
        sa.CheckConstraint("form IN ('written', 'oral')", "form_known"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", "withdrawn_by_one"),
    )
    op.create_index(
        "ix_consent_valid_to",
        "consent",
        ["valid_to"],
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.execute("ALTER TABLE consent ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE consent FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON consent USING ({OF_A_PARTICIPANT})")
    op.execute(f"GRANT UPDATE ON consent TO {app_role()}")
    op.add_column(
        "site_activity",
        sa.Column("identity_recorded", sa.Boolean(), server_default="true", nullable=False),
    )


def downgrade() -> None:
    """Take back: every consent is forgotten, and that names are not recorded somewhere."""
    op.drop_column("site_activity", "identity_recorded")
    op.drop_table("consent")
