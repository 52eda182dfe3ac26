"""Entries that the database numbers, seals that cover themselves, and no right that is not used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.migrations import app_role

revision = "0008"
down_revision = "0007"
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

CHANGED = (
    "closure", "code", "code_revision", "contact", "directory_entry", "job_run", "opening_hours",
    "shift", "sign_in", "site", "site_activity", "staff", "token", "unit", "unknown_name",
)  # fmt: skip
# A day's counts are replaced as a whole; what was tried and nobody has is forgotten.
REPLACED = ("daily_counts", "unknown_name")
# A view, the migrations' own table, and the one row that a trigger counts up.
NOT_ADDED_TO = ("contact_counts", "alembic_version", "code_revision")


def upgrade() -> None:
    """Apply."""
    _number_entries()
    _cover_seals()
    _take_rights_back()


def _number_entries() -> None:
    op.execute(NUMBER_ENTRIES)
    op.execute(
        "CREATE TRIGGER number_audit_entry BEFORE INSERT ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION number_audit_entry()"
    )


def _cover_seals() -> None:
    # What is sealed already is of the first form; a seal to come says its form itself.
    form = sa.Column("form", sa.SmallInteger(), server_default="1", nullable=False)
    op.add_column("audit_seal", form)
    op.alter_column("audit_seal", "form", server_default=None)


def _take_rights_back() -> None:
    """Leave what the product uses; a table to come can be read and added to, unless it says more.

    What is history (earlier versions, figures that were answered, the trail) only grows.
    """
    role = app_role()
    op.execute(f"REVOKE UPDATE, DELETE ON ALL TABLES IN SCHEMA public FROM {role}")
    op.execute(f"REVOKE INSERT ON {', '.join(NOT_ADDED_TO)} FROM {role}")
    op.execute(f"GRANT UPDATE ON {', '.join(CHANGED)} TO {role}")
    op.execute(f"GRANT DELETE ON {', '.join(REPLACED)} TO {role}")
    op.execute(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE UPDATE, DELETE ON TABLES FROM {role}"
    )


def downgrade() -> None:
    """Take back. Seals of the second form do not hold for the program that knew only the first."""
    _give_rights_again()
    op.drop_column("audit_seal", "form")
    op.execute("DROP TRIGGER number_audit_entry ON audit_entry")
    op.execute("DROP FUNCTION number_audit_entry")


def _give_rights_again() -> None:
    role = app_role()
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    op.execute(f"REVOKE UPDATE, DELETE ON audit_entry, audit_seal FROM {role}")
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}")
    op.execute(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT UPDATE, DELETE ON TABLES TO {role}"
    )
