"""Handoffs: what was sent, written and done; and receivers, for whom their team's are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach.migrations import app_role

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = postgresql.ARRAY(sa.Text())

ACTS_FOR_TEAM = """
CREATE FUNCTION acts_for_team(team text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT 'receiver' = ANY (string_to_array(current_setting('outreach.roles', true), ','))
       AND team = current_setting('outreach.team', true)
$$
"""
# As in 0011, what is somebody's is there for those who may know of them. What was sent to a team
# is there for its receivers too; what was told with it, and written about it, until it is
# withdrawn or shielded.
KNOWN = "(SELECT acts_as_system()) OR EXISTS (SELECT 1 FROM participant p WHERE p.id = {id})"
SENT_TO_US = "(direction = 'out' AND sent_at IS NOT NULL AND acts_for_team(team))"
OF_A_HANDOFF = "EXISTS (SELECT 1 FROM handoff h WHERE h.id = handoff_id)"
WHILE_IT_STANDS = (
    "EXISTS (SELECT 1 FROM handoff h WHERE h.id = handoff_id AND"
    " ((h.state <> 'withdrawn' AND NOT h.shielded AND NOT h.taken_back) OR "
    + KNOWN.format(id="h.participant_id")
    + "))"
)

# What receivers write of their own work is nobody's but the team's.
OWN_FACTS = ("osa_placement", "osa_decision", "osa_pause", "ips_support")
OF_THE_TEAM = (
    "(SELECT acts_as_system()) OR EXISTS (SELECT 1 FROM handoff h WHERE h.id = handoff_id"
    " AND h.state <> 'withdrawn' AND NOT h.shielded AND acts_for_team(h.team))"
)


def upgrade() -> None:
    """Apply."""
    op.execute(ACTS_FOR_TEAM)
    _handoffs()
    op.create_table(
        "handoff_snapshot",
        sa.Column("handoff_id", sa.Uuid(), sa.ForeignKey("handoff.id"), primary_key=True),
        sa.Column("consent_id", sa.Uuid(), sa.ForeignKey("consent.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("back", TEXTS, nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
    )
    op.create_index("ix_handoff_snapshot_consent_id", "handoff_snapshot", ["consent_id"])
    op.create_table(
        "handoff_message",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("handoff_id", sa.Uuid(), sa.ForeignKey("handoff.id"), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("side IN ('sender', 'receiver')", "side_known"),
    )
    op.create_index(
        "ix_handoff_message_handoff_id", "handoff_message", ["handoff_id", "written_at"]
    )
    op.create_table(
        "handoff_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("handoff_id", sa.Uuid(), sa.ForeignKey("handoff.id"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("turn", sa.Text()),
    )
    op.create_index("ix_handoff_event_handoff_id", "handoff_event", ["handoff_id", "id"])
    _own_facts()
    # What needs no other table is asked first: a team's inbox asks for no person.
    _guard("handoff", f"{SENT_TO_US} OR " + KNOWN.format(id="participant_id"))
    _guard("handoff_snapshot", WHILE_IT_STANDS)
    _guard("handoff_message", WHILE_IT_STANDS)
    _guard("handoff_event", OF_A_HANDOFF)
    op.execute(f"GRANT UPDATE ON handoff, handoff_snapshot TO {app_role()}")
    # What was written is never changed, but emptied when the person's details are forgotten.
    op.execute(f"GRANT UPDATE (sealed) ON handoff_message TO {app_role()}")


def _own_facts() -> None:
    """What receivers follow themselves; there is no right for anybody else."""

    def handoff() -> sa.Column[object]:
        return sa.Column("handoff_id", sa.Uuid(), sa.ForeignKey("handoff.id"), primary_key=True)

    op.create_table(
        "osa_placement",
        handoff(),
        *(sa.Column(name, sa.Date()) for name in ("training_from", "employed_from", "ended_on")),
    )
    for table in ("osa_decision", "osa_pause"):
        op.create_table(
            table,
            handoff(),
            sa.Column("first_day", sa.Date(), primary_key=True),
            sa.Column("last_day", sa.Date(), nullable=False),
            *([sa.Column("answer", sa.Text(), nullable=False)] if table == "osa_decision" else []),
            sa.CheckConstraint("last_day >= first_day", "days_in_order"),
        )
    op.create_check_constraint("answer_known", "osa_decision", "answer IN ('pending', 'yes', 'no')")
    op.create_table(
        "ips_support",
        handoff(),
        sa.Column("specialist_id", sa.Uuid(), sa.ForeignKey("staff.id")),
        *(
            sa.Column(name, sa.Date())
            for name in (
                "first_employer_contact_on",
                "employer_yes_on",
                "employer_yes_withdrawn_on",
            )
        ),
    )
    op.create_index("ix_ips_support_specialist_id", "ips_support", ["specialist_id"])
    op.create_table(
        "clients_elsewhere",
        sa.Column("worker_id", sa.Uuid(), sa.ForeignKey("staff.id"), primary_key=True),
        sa.Column("active", sa.SmallInteger(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.CheckConstraint("active >= 0", "counted"),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", "part_of_full_time"),
    )
    for table in OWN_FACTS:
        _guard(table, OF_THE_TEAM)
    op.execute(f"GRANT UPDATE ON osa_placement, ips_support, clients_elsewhere TO {app_role()}")
    op.execute(f"GRANT DELETE ON osa_decision, osa_pause TO {app_role()}")


def _guard(table: str, rule: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON {table} USING ({rule})")


def _handoffs() -> None:
    op.create_table(
        "handoff",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.id"), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("team", sa.Text()),
        sa.Column("origin", sa.Text()),
        sa.Column("consent_id", sa.Uuid(), sa.ForeignKey("consent.id")),
        sa.Column("fields", TEXTS, nullable=False),
        sa.Column("note_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("turn", sa.Text()),
        sa.Column("turn_since", INSTANT, nullable=False),
        *(
            sa.Column(f"{what}_at", INSTANT)
            for what in ("sent", "seen", "decided", "started", "ended")
        ),
        sa.Column("missing", TEXTS, server_default="{}", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("first_meeting", sa.Text()),
        sa.Column("first_meeting_at", INSTANT),
        sa.Column("first_meeting_by", sa.Text()),
        sa.Column("from_contact", sa.Uuid(), sa.ForeignKey("contact.id")),
        sa.Column("meeting_id", sa.Uuid(), sa.ForeignKey("followup.id")),
        *(
            sa.Column(name, sa.Boolean(), server_default="false", nullable=False)
            for name in ("shielded", "taken_back")
        ),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sameness", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("direction IN ('out', 'in')", "direction_known"),
        sa.CheckConstraint("direction = 'in' OR team IS NOT NULL", "out_to_somebody"),
        sa.CheckConstraint("direction = 'out' OR origin IS NOT NULL", "in_from_somewhere"),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'accepted', 'declined', 'in_progress', 'completed',"
            " 'not_completed', 'withdrawn')",
            "state_known",
        ),
        sa.CheckConstraint("turn IN ('sender', 'receiver')", "turn_known"),
        sa.CheckConstraint(
            "(turn IS NULL) = (state IN ('declined', 'completed', 'not_completed', 'withdrawn'))",
            "nobodys_turn_when_over",
        ),
        sa.CheckConstraint("(sent_at IS NULL) <= (state IN ('draft', 'withdrawn'))", "sent_when"),
        sa.CheckConstraint(
            "first_meeting IN ('booked', 'held', 'person_declined')", "first_meeting_known"
        ),
    )
    op.create_index("ix_handoff_participant_id", "handoff", ["participant_id"])
    op.create_index("ix_handoff_consent_id", "handoff", ["consent_id"])
    op.create_index("ix_handoff_created_by", "handoff", ["created_by"])
    op.create_index(
        "uq_handoff_meeting_id",
        "handoff",
        ["meeting_id"],
        unique=True,
        postgresql_where=sa.text("meeting_id IS NOT NULL"),
    )
    longest = ["turn_since", "id"]
    op.create_index(
        "ix_handoff_inbox",
        "handoff",
        ["team", *longest],
        postgresql_where=sa.text("turn IS NOT NULL AND sent_at IS NOT NULL"),
    )
    op.create_index(
        "ix_handoff_inbox_over",
        "handoff",
        ["team", *longest],
        postgresql_where=sa.text("turn IS NULL AND sent_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Take back: nobody was handed over."""
    own = ("clients_elsewhere", *reversed(OWN_FACTS))
    for table in (*own, "handoff_event", "handoff_message", "handoff_snapshot", "handoff"):
        op.drop_table(table)
    op.execute("DROP FUNCTION acts_for_team(text)")
