"""A meeting that was booked in error is none that anybody called off."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_BEFORE = (
    "'booked', 'held', 'no_show', 'cancelled_by_participant', 'cancelled_by_us', 'rescheduled'"
)


def upgrade() -> None:
    """Apply."""
    _let_states_be(f"{_BEFORE}, 'mistaken'")


def downgrade() -> None:
    """Take back: what was booked in error was called off by us, as it had to be said before."""
    op.execute("ALTER TABLE followup NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE followup SET state = 'cancelled_by_us' WHERE state = 'mistaken'")
    op.execute("ALTER TABLE followup FORCE ROW LEVEL SECURITY")
    _let_states_be(_BEFORE)


def _let_states_be(states: str) -> None:
    op.drop_constraint(op.f("ck_followup_state_known"), "followup")
    op.create_check_constraint("state_known", "followup", f"state IN ({states})")
