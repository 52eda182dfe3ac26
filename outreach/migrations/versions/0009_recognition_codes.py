"""Codes by which a visitor without a name is recognised, and the contacts that have one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recognition_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["staff.id"], name=op.f("fk_recognition_code_made_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition_code")),
        sa.UniqueConstraint("code", name=op.f("uq_recognition_code_code")),
    )
    op.create_index("ix_recognition_code_sheet_id", "recognition_code", ["sheet_id"])
    op.execute(f"GRANT UPDATE ON recognition_code TO {app_role()}")
    _give_contacts_a_code()


def _give_contacts_a_code() -> None:
    for column in ("recognition_code_id", "thread_id"):
        op.add_column("contact", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_contact_{column}_recognition_code"),
            "contact",
            "recognition_code",
            [column],
            ["id"],
        )
    op.create_check_constraint(
        op.f("ck_contact_several_people_have_no_code"),
        "contact",
        "headcount = 1 OR recognition_code_id IS NULL",
    )
    # Most contacts have none, and cost the indexes nothing.
    for column in ("recognition_code_id", "thread_id"):
        op.create_index(
            f"ix_contact_{column}_occurred_at",
            "contact",
            [column, "occurred_at"],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f("ck_contact_several_people_have_no_code"), "contact")
    op.drop_column("contact", "thread_id")
    op.drop_column("contact", "recognition_code_id")
    op.drop_table("recognition_code")
