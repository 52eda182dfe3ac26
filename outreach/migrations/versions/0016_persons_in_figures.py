"""The daily counts know whose contact it is: nobody's, somebody's, a protected person's."""

from __future__ import annotations

from alembic import op

from outreach.migrations import app_role

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Row-level security hides links from whoever may not know of them. What is hidden would be counted
# as nobody's, and nothing would tell: so what counts for all asks first, and fails for others.
REQUIRE_SYSTEM = """
CREATE FUNCTION counts_for_all() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF NOT acts_as_system() THEN
        RAISE insufficient_privilege USING MESSAGE = 'only the system counts for all';
    END IF;
    RETURN true;
END
$$
"""

# How a contact is counted, said once. Who was erased is counted as before: the links are kept.
CONTACT_COUNTS = """
CREATE VIEW contact_counts AS
SELECT contact.local_day, contact.site, contact.activity, contact.contact_type, contact.age_band,
       contact.gender, contact.first_time,
       CASE WHEN participant.id IS NULL THEN 'anonymous'
            WHEN participant.protected THEN 'protected'
            ELSE 'identified' END AS identity,
       count(*)::integer AS contacts,
       sum(contact.headcount)::integer AS headcount,
       coalesce(sum(contact.minutes), 0)::integer AS minutes
FROM contact
LEFT JOIN (contact_link JOIN participant ON participant.id = contact_link.participant_id)
    ON contact_link.contact_id = contact.id AND contact_link.undone_at IS NULL
WHERE contact.voided_at IS NULL AND (SELECT counts_for_all())
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""

# As it was in 0004.
NOBODYS_COUNTS = """
CREATE VIEW contact_counts AS
SELECT local_day, site, activity, contact_type, age_band, gender, first_time,
       'anonymous'::text AS identity,
       count(*)::integer AS contacts,
       sum(headcount)::integer AS headcount,
       coalesce(sum(minutes), 0)::integer AS minutes
FROM contact
WHERE voided_at IS NULL
GROUP BY local_day, site, activity, contact_type, age_band, gender, first_time
"""


def upgrade() -> None:
    """Apply."""
    op.execute("DROP VIEW contact_counts")
    op.execute(REQUIRE_SYSTEM)
    _create(CONTACT_COUNTS)


def downgrade() -> None:
    """Take back: every contact is counted as nobody's."""
    op.execute("DROP VIEW contact_counts")
    op.execute("DROP FUNCTION counts_for_all()")
    _create(NOBODYS_COUNTS)


def _create(view: str) -> None:
    op.execute(view)
    # New tables may be added to by the application; a view is not for that.
    op.execute(f"REVOKE INSERT ON contact_counts FROM {app_role()}")
