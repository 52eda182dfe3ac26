"""Booked meetings, the time that they take, and days on which one of the staff is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach.migrations import app_role

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

# As in 0011, what is somebody's is there for those alone who may know of them. What is a code's is
# the committee's that has booked it.
OF_A_PARTICIPANT_OR_A_CODE = (
    "(SELECT acts_as_system()) OR CASE WHEN participant_id IS NULL THEN acts_for(committee) ELSE"
    " EXISTS (SELECT 1 FROM participant p WHERE p.id = participant_id) END"
)


def upgrade() -> None:
    """Apply."""
    # Ships with PostgreSQL, and whoever owns a database may add it.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _followups()
    op.create_table(
        "followup_time",
        sa.Column("followup_id", sa.Uuid(), sa.ForeignKey("followup.id"), primary_key=True),
        sa.Column("worker_id", sa.Uuid(), sa.ForeignKey("staff.id"), primary_key=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            ("worker_id", "="), ("during", "&&"), name="one_meeting_at_a_time", using="gist"
        ),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("worker_id", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("cover", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("withdrawn_at", INSTANT),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.CheckConstraint("last_day >= first_day", "days_in_order"),
        sa.CheckConstraint("cover <> worker_id", "covered_by_another"),
    )
    op.create_index("ix_absence_worker_id_first_day", "absence", ["worker_id", "first_day"])
    op.execute(f"GRANT UPDATE ON absence TO {app_role()}")
    op.execute(f"GRANT DELETE ON followup_time TO {app_role()}")


def _followups() -> None:
    op.create_table(
        "followup",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.id")),
        sa.Column("recognition_code_id", sa.Uuid(), sa.ForeignKey("recognition_code.id")),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("workers", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("place", sa.Text(), sa.ForeignKey("site.code"), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Text()),
        sa.Column("reminder", sa.Text(), server_default="none", nullable=False),
        sa.Column("state", sa.Text(), server_default="booked", nullable=False),
        sa.Column("attended", sa.Boolean()),
        sa.Column("happened", sa.Boolean()),
        sa.Column("outcome_at", INSTANT),
        sa.Column("outcome_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("plain", postgresql.JSONB()),
        sa.Column("from_contact", sa.Uuid(), sa.ForeignKey("contact.id")),
        sa.Column("contact_id", sa.Uuid(), sa.ForeignKey("contact.id")),
        sa.Column("supersedes", sa.Uuid(), sa.ForeignKey("followup.id")),
        sa.Column("asked_by", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sameness", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "participant_id IS NOT NULL OR recognition_code_id IS NOT NULL", "somebodys"
        ),
        sa.CheckConstraint(
            "state IN ('booked', 'held', 'no_show', 'cancelled_by_participant', 'cancelled_by_us',"
            " 'rescheduled')",
            "state_known",
        ),
        sa.CheckConstraint("committee IN ('KN', 'SN')", "committee_known"),
        sa.CheckConstraint("ends_at > starts_at", "in_order"),
        sa.CheckConstraint("cardinality(workers) BETWEEN 1 AND 2", "one_worker_or_two"),
        sa.CheckConstraint("reminder IN ('none', 'sms', 'email')", "reminder_known"),
        sa.CheckConstraint(
            "interpreter IN ('not_booked', 'booked', 'cancelled')", "interpreter_known"
        ),
        sa.CheckConstraint("(state = 'booked') = (outcome_at IS NULL)", "outcome_with_a_time"),
        sa.CheckConstraint("(outcome_at IS NULL) = (outcome_by IS NULL)", "outcome_by_somebody"),
    )
    op.create_index("ix_followup_starts_at", "followup", ["starts_at", "id"])
    op.create_index("ix_followup_workers", "followup", ["workers"], postgresql_using="gin")
    op.create_index("ix_followup_participant_id", "followup", ["participant_id", "starts_at"])
    op.create_index(
        "ix_followup_recognition_code_id",
        "followup",
        ["recognition_code_id"],
        postgresql_where=sa.text("recognition_code_id IS NOT NULL"),
    )
    op.create_index(
        "ix_followup_open", "followup", ["ends_at"], postgresql_where=sa.text("state = 'booked'")
    )
    op.create_index("uq_followup_contact_id", "followup", ["contact_id"], unique=True)
    op.create_index("uq_followup_supersedes", "followup", ["supersedes"], unique=True)
    op.execute("ALTER TABLE followup ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE followup FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON followup USING ({OF_A_PARTICIPANT_OR_A_CODE})")
    op.execute(f"GRANT UPDATE ON followup TO {app_role()}")


def downgrade() -> None:
    """Take back: nobody is booked, and nobody is away."""
    op.drop_table("absence")
    op.drop_table("followup_time")
    op.drop_table("followup")
