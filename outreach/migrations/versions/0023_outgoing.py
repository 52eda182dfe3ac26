"""SMS and e-mail that go out, and where staff are told that something waits for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# Meetings were booked with a reminder before there was anything to send it.
WISHED_ALREADY = """
INSERT INTO outgoing (kind, about, channel, once, due_at, expires_at, created_at)
SELECT 'reminder', id, reminder, true, greatest(starts_at - interval '1 day', now()),
       starts_at - interval '1 hour', now()
  FROM followup
 WHERE state = 'booked' AND reminder <> 'none' AND participant_id IS NOT NULL
   AND starts_at > now() + interval '1 hour'
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "outgoing",
        sa.Column("id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()")),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("lost", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("handed_over_at", INSTANT),
        sa.Column("addressed", sa.LargeBinary()),
        sa.Column("ended_at", INSTANT),
        sa.Column("why", sa.Text()),
        sa.Column("receipt", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'email')", "channel_known"),
        sa.CheckConstraint(
            "state IN ('waiting', 'handed_over', 'sent', 'not_sent', 'uncertain')", "state_known"
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('sent', 'not_sent', 'uncertain'))",
            "ended_with_a_time",
        ),
        sa.CheckConstraint(
            "(why IS NOT NULL) = (state IN ('not_sent', 'uncertain'))", "why_it_did_not_go"
        ),
    )
    open_ = sa.text("state IN ('waiting', 'handed_over')")
    op.create_index(
        "uq_outgoing_once",
        "outgoing",
        ["about", "channel"],
        unique=True,
        postgresql_where=sa.text("once"),
    )
    op.create_index(
        "uq_outgoing_one_at_a_time",
        "outgoing",
        ["kind", "about", "channel"],
        unique=True,
        postgresql_where=sa.text("NOT once AND state = 'waiting'"),
    )
    op.create_index("ix_outgoing_about", "outgoing", ["about"])
    op.create_index("ix_outgoing_open", "outgoing", ["due_at"], postgresql_where=open_)
    op.create_index("uq_outgoing_receipt", "outgoing", ["receipt"], unique=True)
    op.execute(f"GRANT UPDATE ON outgoing TO {app_role()}")
    op.execute(WISHED_ALREADY)
    op.add_column("staff", sa.Column("notice_email", sa.Text()))


def downgrade() -> None:
    """Take back."""
    op.drop_column("staff", "notice_email")
    op.drop_table("outgoing")
