"""The days on which somebody asks how work goes, after it began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach.migrations import app_role

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# As in 0011: what is somebody's is there for those alone who may know of them.
OF_A_PARTICIPANT = (
    "(SELECT acts_as_system()) OR EXISTS (SELECT 1 FROM participant p WHERE p.id = participant_id)"
)


def upgrade() -> None:
    """Apply. Of what ended before, nobody is asked by a check: the list of months has it."""
    op.create_table(
        "work_check",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("enrolment_id", sa.Uuid(), sa.ForeignKey("enrolment.id"), nullable=False),
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.id"), nullable=False),
        sa.Column("day", sa.SmallInteger(), nullable=False),
        sa.Column("falls_on", sa.Date(), nullable=False),
        sa.Column("tried_on", postgresql.ARRAY(sa.Date()), server_default="{}", nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("said_at", sa.DateTime(timezone=True)),
        sa.Column("said_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("day IN (30, 90)", "day_known"),
        sa.CheckConstraint("answer IN ('yes', 'no')", "answer_known"),
        sa.CheckConstraint("(said_at IS NULL) = (said_by IS NULL)", "said_by_somebody"),
        sa.CheckConstraint("answer IS NULL OR said_at IS NOT NULL", "answered_by_somebody"),
    )
    op.create_index(
        "uq_work_check_enrolment_id_day", "work_check", ["enrolment_id", "day"], unique=True
    )
    op.create_index("ix_work_check_participant_id", "work_check", ["participant_id"])
    op.create_index(
        "ix_work_check_open",
        "work_check",
        ["falls_on"],
        postgresql_where=sa.text("answer IS NULL"),
    )
    # They go with what they were booked for.
    op.execute(f"GRANT UPDATE, DELETE ON work_check TO {app_role()}")
    op.execute("ALTER TABLE work_check ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE work_check FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON work_check USING ({OF_A_PARTICIPANT})")


def downgrade() -> None:
    """Take back: nobody is reminded."""
    op.drop_table("work_check")
