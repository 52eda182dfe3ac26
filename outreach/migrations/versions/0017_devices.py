"""Tablets, the codes that enrol them, and who may write and unlock on each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    _devices()
    _people_at_them()
    for column in (sa.Column("password_at", INSTANT), sa.Column("tablet", sa.Uuid())):
        op.add_column("sign_in", column)
    op.create_index(
        "ix_sign_in_tablet", "sign_in", ["tablet"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.execute(f"GRANT UPDATE ON device, device_code, device_person, author_grant TO {app_role()}")
    # A code that was used is no more; nor is a plattkod that somebody guessed at.
    op.execute(f"GRANT DELETE ON device_code, device_person TO {app_role()}")


def _devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), sa.ForeignKey("site.code"), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("sameness", sa.LargeBinary(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), unique=True),
        sa.Column("enrolled_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("revoked_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("app_version", sa.Text()),
        sa.Column("last_seen_at", INSTANT),
        sa.Column("pending_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("oldest_pending_at", INSTANT),
        sa.Column("storage_persisted", sa.Boolean()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", "revoked_by_one"),
        sa.CheckConstraint("(token_digest IS NULL) = (enrolled_at IS NULL)", "enrolled_by_token"),
        sa.CheckConstraint("pending_count >= 0", "pending_count_not_negative"),
    )
    op.create_table(
        "device_code",
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), unique=True, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    )


def _people_at_them() -> None:
    op.create_table(
        "device_person",
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("staff.id"), primary_key=True),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
    )
    op.create_table(
        "author_grant",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), unique=True, nullable=False),
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), nullable=False),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
    )
    op.create_index("ix_author_grant_device_id_user_id", "author_grant", ["device_id", "user_id"])
    op.create_index(
        "ix_author_grant_user_id",
        "author_grant",
        ["user_id"],
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    """Take back: every tablet is a stranger again."""
    for table in ("author_grant", "device_person", "device_code", "device"):
        op.drop_table(table)
    op.drop_index("ix_sign_in_tablet", "sign_in")
    for name in ("password_at", "tablet"):
        op.drop_column("sign_in", name)
