"""What comes from the tablets, in their order; codes that they may hand out by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach.migrations import app_role

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CODES = "code IN ('applied', 'merged', 'conflict', 'held', 'needs_review', 'gone')"
KINDS = "kind IN ('needs_review', 'conflict', 'held', 'id_reuse', 'quarantine')"
LOSSES = "kind IN ('lost', 'never_arrived', 'key_destroyed')"


def upgrade() -> None:
    """Apply."""
    _lines()
    _inbox()
    _kept()
    _losses()
    _captures()
    for name in ("reserved_at", "handed_out_at"):
        op.add_column("recognition_code", sa.Column(name, INSTANT))
    op.add_column("recognition_code", sa.Column("reserved_for", sa.Uuid()))
    op.create_foreign_key(
        "fk_recognition_code_reserved_for_device",
        "recognition_code",
        "device",
        ["reserved_for"],
        ["id"],
    )
    op.create_index(
        "ix_recognition_code_reserved_for",
        "recognition_code",
        ["reserved_for"],
        postgresql_where=sa.text("handed_out_at IS NULL"),
    )
    op.execute(
        f"GRANT UPDATE ON sync_epoch, sync_inbox, sync_kept, sync_loss, sync_capture,"
        f" server_generation TO {app_role()}"
    )


def _lines() -> None:
    generation = op.create_table(
        "server_generation",
        sa.Column("id", sa.SmallInteger(), primary_key=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", "one_row"),
    )
    op.bulk_insert(generation, [{"id": 1, "generation": 1}])
    op.create_table(
        "sync_epoch",
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("epoch", sa.Uuid(), primary_key=True),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("told_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("refused_at", INSTANT),
        sa.Column("ended_at", INSTANT),
    )
    op.create_table(
        "sync_position",
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("epoch", sa.Uuid(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("op_id", sa.Uuid(), index=True),
        sa.Column("received_at", INSTANT, nullable=False),
    )


def _inbox() -> None:
    op.create_table(
        "sync_inbox",
        sa.Column("server_seq", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("op_id", sa.Uuid(), unique=True, nullable=False),
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), nullable=False, index=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("sealed_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("transported_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("author_id", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("type", sa.Text()),
        sa.Column("entity_id", sa.Uuid(), index=True),
        sa.Column("after", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("captured_at", INSTANT),
        sa.Column("code", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("entity_rev", sa.Integer()),
        sa.Column("settled_at", INSTANT),
        sa.CheckConstraint(CODES, "code_known"),
    )
    op.create_index(
        "ix_sync_inbox_after",
        "sync_inbox",
        ["after"],
        postgresql_using="gin",
        postgresql_where=sa.text("code = 'held'"),
    )


def _kept() -> None:
    op.create_table(
        "sync_kept",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("op_id", sa.Uuid(), nullable=False, index=True),
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("type", sa.Text()),
        sa.Column("author_id", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("site", sa.Text(), sa.ForeignKey("site.code"), nullable=False),
        sa.Column("entity_id", sa.Uuid()),
        sa.Column("captured_at", INSTANT),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.Column("decision", sa.Text()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(KINDS, "kind_known"),
        sa.CheckConstraint("decision IN ('applied', 'discarded')", "decision_known"),
        sa.CheckConstraint("(decided_at IS NULL) = (decision IS NULL)", "decided_somehow"),
    )
    op.create_index(
        "ix_sync_kept_open", "sync_kept", ["site"], postgresql_where=sa.text("decided_at IS NULL")
    )


def _losses() -> None:
    op.create_table(
        "sync_loss",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), nullable=False, index=True),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("noticed_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT),
        sa.Column("seen_by", sa.Uuid(), sa.ForeignKey("staff.id")),
        sa.CheckConstraint(LOSSES, "kind_known"),
        sa.CheckConstraint("first_seq <= last_seq", "in_order"),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", "seen_by_somebody"),
    )


def _captures() -> None:
    op.create_table(
        "sync_capture",
        sa.Column("contact_id", sa.Uuid(), sa.ForeignKey("contact.id"), primary_key=True),
        sa.Column("device_id", sa.Uuid(), sa.ForeignKey("device.id"), nullable=False),
        sa.Column("captured_at", INSTANT, nullable=False),
        sa.Column("skew_seconds", sa.Integer(), nullable=False),
        sa.Column("clock_wrong", sa.Boolean(), nullable=False),
        sa.Column("captured_locked", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", INSTANT),
    )
    op.create_index(
        "ix_sync_capture_unconfirmed",
        "sync_capture",
        ["device_id"],
        postgresql_where=sa.text("captured_locked AND confirmed_at IS NULL"),
    )


def downgrade() -> None:
    """Take back: what came from tablets and was not applied is gone."""
    op.drop_constraint(
        "fk_recognition_code_reserved_for_device", "recognition_code", type_="foreignkey"
    )
    op.drop_index("ix_recognition_code_reserved_for", "recognition_code")
    for name in ("reserved_for", "reserved_at", "handed_out_at"):
        op.drop_column("recognition_code", name)
    for table in (
        "sync_capture", "sync_loss", "sync_kept", "sync_inbox", "sync_position", "sync_epoch",
        "server_generation",
    ):  # fmt: skip
        op.drop_table(table)
