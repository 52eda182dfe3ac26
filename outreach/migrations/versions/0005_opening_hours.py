"""A site's opening hours, weekday by weekday."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "opening_hours",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_opening_hours_weekday_iso")),
        sa.CheckConstraint(
            "(opens IS NULL) = (closes IS NULL)", name=op.f("ck_opening_hours_both_or_neither")
        ),
        sa.CheckConstraint("closes > opens", name=op.f("ck_opening_hours_times_in_order")),
        sa.ForeignKeyConstraint(
            ["set_by"], ["staff.id"], name=op.f("fk_opening_hours_set_by_staff")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_opening_hours_site_site")),
        sa.PrimaryKeyConstraint("site", "valid_from", "weekday", name=op.f("pk_opening_hours")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("opening_hours")
