"""Longer periods are made of their months: those that were worked out by themselves go."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Delete the kept answers of periods longer than a month; the next who asks makes them anew."""
    op.execute(
        "DELETE FROM period_figures"
        " WHERE date_trunc('month', first_day) <> date_trunc('month', last_day)"
    )


def downgrade() -> None:
    """Leave everything as it is: what is not kept is worked out when somebody asks."""
