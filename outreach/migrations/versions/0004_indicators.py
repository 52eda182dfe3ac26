"""Daily counts, the nights that keep them, and the figures that were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach.foundation.database import TransactionId

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# How a contact is counted, said once. Nobody is identified before participants exist.
CONTACT_COUNTS = """
CREATE VIEW contact_counts AS
SELECT local_day, site, activity, contact_type, age_band, gender, first_time,
       'anonymous'::text AS identity,
       count(*)::integer AS contacts,
       sum(headcount)::integer AS headcount,
       coalesce(sum(minutes), 0)::integer AS minutes
FROM contact
WHERE voided_at IS NULL
GROUP BY local_day, site, activity, contact_type, age_band, gender, first_time
"""


def upgrade() -> None:
    """Apply."""
    _counts()
    _runs()
    op.create_table(
        "period_figures",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("threshold", sa.SmallInteger(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("first_day", "last_day", name=op.f("pk_period_figures")),
    )


def _counts() -> None:
    op.create_table(
        "daily_counts",
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("contact_type", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("first_time", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
    )
    op.create_index("ix_daily_counts_local_day", "daily_counts", ["local_day"], unique=False)
    op.execute(CONTACT_COUNTS)


def _runs() -> None:
    op.create_table(
        "job_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("queued", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stepped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("days", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("remaining", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("snapshot_xmin", TransactionId(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'failed')", name=op.f("ck_job_run_state_known")
        ),
        sa.CheckConstraint(
            "scope IN ('changed', 'range', 'full')", name=op.f("ck_job_run_scope_known")
        ),
        sa.CheckConstraint(
            "(state = 'running') = (ended_at IS NULL)",
            name=op.f("ck_job_run_ended_unless_running"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    op.create_index(op.f("ix_job_run_started_at"), "job_run", ["started_at"], unique=False)
    op.create_table(
        "count_fault",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["job_run.id"], name=op.f("fk_count_fault_run_id_job_run")
        ),
        sa.PrimaryKeyConstraint("run_id", "local_day", name=op.f("pk_count_fault")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("count_fault")
    op.drop_index(op.f("ix_job_run_started_at"), table_name="job_run")
    op.drop_table("job_run")
    op.execute("DROP VIEW contact_counts")
    op.drop_index("ix_daily_counts_local_day", table_name="daily_counts")
    op.drop_table("daily_counts")
    op.drop_table("period_figures")
