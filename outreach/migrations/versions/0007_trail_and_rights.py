"""Entries that the database numbers, and seals that cover themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A number of one's own choosing, far ahead, would never be sealed; one behind would break a seal.
NUMBER_ENTRIES = """
CREATE FUNCTION number_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xid := pg_catalog.pg_current_xact_id();
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(NUMBER_ENTRIES)
    op.execute(
        "CREATE TRIGGER number_audit_entry BEFORE INSERT ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION number_audit_entry()"
    )
    # What is sealed already is of the first form; a seal to come says its form itself.
    form = sa.Column("form", sa.SmallInteger(), server_default="1", nullable=False)
    op.add_column("audit_seal", form)
    op.alter_column("audit_seal", "form", server_default=None)


def downgrade() -> None:
    """Take back. Seals of the second form do not hold for the program that knew only the first."""
    op.drop_column("audit_seal", "form")
    op.execute("DROP TRIGGER number_audit_entry ON audit_entry")
    op.execute("DROP FUNCTION number_audit_entry")
