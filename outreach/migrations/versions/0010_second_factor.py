"""A second factor at sign-in: sealed secrets, recovery codes, and sign-ins that are half done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("sign_in", sa.Column("pending_factor", sa.LargeBinary(), nullable=True))
    _second_factor()
    _recovery_code()
    _half_sign_in()
    role = app_role()
    op.execute(f"GRANT UPDATE, DELETE ON second_factor, recovery_code TO {role}")
    op.execute(f"GRANT DELETE ON half_sign_in TO {role}")


def _of_the_staff(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id_staff")
    return sa.ForeignKeyConstraint(["user_id"], ["staff.id"], name=name)


def _second_factor() -> None:
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        _of_the_staff("second_factor"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )


def _recovery_code() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _of_the_staff("recovery_code"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])


def _half_sign_in() -> None:
    op.create_table(
        "half_sign_in",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _of_the_staff("half_sign_in"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_half_sign_in")),
    )
    op.create_index(op.f("ix_half_sign_in_expires_at"), "half_sign_in", ["expires_at"])


def downgrade() -> None:
    """Forget it again: everybody signs in with the password alone."""
    for table in ("half_sign_in", "recovery_code", "second_factor"):
        op.drop_table(table)
    op.drop_column("sign_in", "pending_factor")
