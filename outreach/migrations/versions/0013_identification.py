"""Becoming known and taking it back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from outreach.foundation.database import TransactionId
from outreach.migrations import app_role

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# As in 0011: what is somebody's is there for those alone who may know of them.
OF_A_PARTICIPANT = (
    "(SELECT acts_as_system()) OR EXISTS (SELECT 1 FROM participant p WHERE p.id = participant_id)"
)
OF_BOTH = (
    "(SELECT acts_as_system())"
    " OR (EXISTS (SELECT 1 FROM participant p WHERE p.id = participant_id)"
    " AND EXISTS (SELECT 1 FROM participant p WHERE p.id = other_id))"
)
GUARDED = {
    "identification": OF_A_PARTICIPANT,
    "rejection": OF_A_PARTICIPANT,
    "participant_join": OF_BOTH,
    "erasure_request": OF_A_PARTICIPANT,
}
COMMITTEES = ("KN", "SN")


def _whose(name: str = "participant_id", **more: Any) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey("participant.id"), nullable=False, **more)


def _staff(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey("staff.id"), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    _acts()
    _joins()
    _requests()
    _doors()
    role = app_role()
    op.execute(f"GRANT UPDATE ON participant_join, erasure_request, committee_doors TO {role}")
    for table, rule in GUARDED.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} USING ({rule})")


def _acts() -> None:
    op.create_table(
        "identification",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _whose(),
        sa.Column("kind", sa.Text(), nullable=False),
        _instant("at"),
        _staff("by"),
        sa.Column("information_version", sa.Text()),
        sa.Column("information_language", sa.Text()),
        sa.Column("information_interpreter", sa.Text()),
        sa.CheckConstraint("kind IN ('identified', 'linked')", "kind_known"),
    )
    op.create_index("ix_identification_participant_id", "identification", ["participant_id"])
    op.create_foreign_key(
        "fk_contact_link_act_id_identification",
        "contact_link",
        "identification",
        ["act_id"],
        ["id"],
    )
    op.create_foreign_key(
        "fk_recognition_code_retired_by_identification",
        "recognition_code",
        "identification",
        ["retired_by"],
        ["id"],
    )
    op.create_table(
        "rejection",
        _whose(primary_key=True),
        sa.Column("subject_id", sa.Uuid(), primary_key=True),
        _instant("rejected_at"),
        _staff("rejected_by"),
    )


def _joins() -> None:
    op.create_table(
        "participant_join",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _whose(),
        _whose("other_id"),
        _instant("joined_at"),
        _staff("joined_by"),
        _instant("undone_at", nullable=True),
        _staff("undone_by", nullable=True),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint("participant_id <> other_id", "of_two"),
    )
    for column in ("participant_id", "other_id", "changed_xid"):
        op.create_index(f"ix_participant_join_{column}", "participant_join", [column])


def _requests() -> None:
    op.create_table(
        "erasure_request",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _whose(),
        _instant("received_at"),
        _staff("received_by"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text()),
        sa.Column("reason", sa.LargeBinary()),
        _instant("decided_at", nullable=True),
        _staff("decided_by", nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("decision IN ('granted', 'partly', 'refused')", "decision_known"),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", "decided_at_once"),
    )
    op.create_index(
        "uq_erasure_request_open",
        "erasure_request",
        ["participant_id"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def _doors() -> None:
    doors = op.create_table(
        "committee_doors",
        sa.Column("committee", sa.Text(), primary_key=True),
        *(
            sa.Column(door, sa.Boolean(), server_default="true", nullable=False)
            for door in ("undo", "back_to_code", "erasure")
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    )
    op.bulk_insert(doors, [{"committee": committee} for committee in COMMITTEES])


def downgrade() -> None:
    """Take back."""
    op.drop_constraint("fk_contact_link_act_id_identification", "contact_link")
    op.drop_constraint("fk_recognition_code_retired_by_identification", "recognition_code")
    for table in (
        "committee_doors", "erasure_request", "participant_join", "rejection", "identification",
    ):  # fmt: skip
        op.drop_table(table)
