"""People who are known, who may look, and row-level security underneath."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach.foundation.database import TransactionId
from outreach.migrations import app_role

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Who acts is told for each transaction (foundation/transaction.py). Where nobody is told, every
# one of these is false or null, and no row about a person is there.
RULES = """
CREATE FUNCTION acts_as_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('outreach.roles', true), '') = 'system'
$$;
CREATE FUNCTION acts_for(committee text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT string_to_array(current_setting('outreach.roles', true), ',')
           && ARRAY['caseworker', 'supervisor']
       AND committee = current_setting('outreach.committee', true)
$$;
CREATE FUNCTION acts_as_one_of(workers uuid[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('outreach.actor', true), '')::uuid = ANY (workers)
$$;
"""

OWN = (
    "(SELECT acts_as_system())"
    " OR (acts_for(owner_committee) AND (NOT protected OR acts_as_one_of(named_workers)))"
)
OF_A_PARTICIPANT = (
    "(SELECT acts_as_system()) OR EXISTS (SELECT 1 FROM participant p WHERE p.id = participant_id)"
)
OF_PEOPLE = ("responsibility", "opening", "next_step")


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), primary_key=True)


def _staff(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey("staff.id"), nullable=nullable)


def _whose(*, index: bool = False) -> sa.Column[object]:
    whose = sa.ForeignKey("participant.id")
    return sa.Column("participant_id", sa.Uuid(), whose, nullable=False, index=index)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    _participants()
    _responsibilities()
    _openings()
    _next_steps()
    op.create_index(
        "ix_audit_entry_of_participant",
        "audit_entry",
        ["object_id", "at"],
        postgresql_where=sa.text("kind = 'participant'"),
    )
    role = app_role()
    op.execute(
        f"GRANT UPDATE ON participant, case_counter, responsibility, opening, next_step TO {role}"
    )
    op.execute(RULES)
    _guard("participant", OWN)
    for table in OF_PEOPLE:
        _guard(table, OF_A_PARTICIPANT)


def _guard(table: str, rule: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON {table} USING ({rule})")


def _participants() -> None:
    op.create_table(
        "participant",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("case_number", sa.Text(), nullable=False, unique=True),
        sa.Column("owner_committee", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), sa.ForeignKey("unit.id")),
        sa.Column(
            "statistical_key",
            sa.Uuid(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            unique=True,
        ),
        sa.Column("protected", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "named_workers", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False
        ),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("sameness", sa.LargeBinary()),
        _instant("registered_at"),
        _staff("registered_by"),
        _instant("restricted_at", nullable=True),
        _instant("removed_at", nullable=True),
        sa.Column("removed_as", sa.Text()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_as IS NULL)", "removed_with_a_cause"),
        sa.CheckConstraint("sealed IS NOT NULL OR removed_at IS NOT NULL", "known_or_removed"),
        sa.CheckConstraint("NOT protected OR named_workers <> '{}'", "protected_for_somebody"),
    )
    op.create_index("ix_participant_changed_xid", "participant", ["changed_xid"])
    op.create_table(
        "case_counter",
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
    )


def _responsibilities() -> None:
    op.create_table(
        "responsibility",
        _id(),
        _whose(index=True),
        _staff("worker_id"),
        _instant("since"),
        _instant("until", nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _staff("given_by"),
    )
    running = sa.text("until IS NULL")
    op.create_index(
        "uq_responsibility_open",
        "responsibility",
        ["participant_id"],
        unique=True,
        postgresql_where=running,
    )
    op.create_index(
        "ix_responsibility_worker_id", "responsibility", ["worker_id"], postgresql_where=running
    )


def _openings() -> None:
    op.create_table(
        "opening",
        _id(),
        _whose(),
        _staff("worker_id"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary()),
        _instant("opened_at"),
        _instant("ends_at"),
    )
    op.create_index(
        "ix_opening_participant_id_worker_id", "opening", ["participant_id", "worker_id"]
    )


def _next_steps() -> None:
    op.create_table(
        "next_step",
        _id(),
        _whose(),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date()),
        _instant("set_at"),
        _staff("set_by"),
        _instant("done_at", nullable=True),
        _staff("done_by", nullable=True),
        sa.CheckConstraint("turn IN ('person', 'worker', 'team')", "turn_known"),
    )
    op.create_index("ix_next_step_participant_id_set_at", "next_step", ["participant_id", "set_at"])


def downgrade() -> None:
    """Take back: everybody who is known is forgotten."""
    op.drop_index("ix_audit_entry_of_participant", "audit_entry")
    for table in (*reversed(OF_PEOPLE), "case_counter", "participant"):
        op.drop_table(table)
    op.execute("DROP FUNCTION acts_as_one_of(uuid[])")
    op.execute("DROP FUNCTION acts_for(text)")
    op.execute("DROP FUNCTION acts_as_system()")
