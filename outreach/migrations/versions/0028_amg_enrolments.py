"""The labour market unit's enrolments, as it reports them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Nobody reads whose a row is; the system counts them."""
    op.create_table(
        "amg_enrolment",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("person_key", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date()),
        sa.Column("exit_result", sa.Text()),
        sa.Column("main_income_after", sa.Text()),
        sa.Column("supplement", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.CheckConstraint("end_on >= start_on", "days_in_order"),
        sa.CheckConstraint(
            "end_on IS NOT NULL OR (exit_result IS NULL AND main_income_after IS NULL"
            " AND NOT supplement)",
            "told_of_an_end",
        ),
    )
    op.create_index("ix_amg_enrolment_days", "amg_enrolment", ["start_on", "end_on"])
    op.execute(f"GRANT UPDATE ON amg_enrolment TO {app_role()}")
    op.execute("ALTER TABLE amg_enrolment ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE amg_enrolment FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY own ON amg_enrolment USING ((SELECT acts_as_system()))")


def downgrade() -> None:
    """Take back: SN1 and SN2 have nothing to count."""
    op.drop_table("amg_enrolment")
