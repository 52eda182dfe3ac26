"""The first tables."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib import resources
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach.foundation.database import TransactionId
from outreach.migrations import app_role

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# The activity began in the spring of 2025; nothing is dated before that year.
BEGINNING = date(2025, 1, 1)

# Whatever changes a list or a place raises the one number that every process watches.
RAISE_REVISION = """
CREATE FUNCTION raise_code_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE code_revision SET number = number + 1;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Make the tables, say what the application may do to them, load the first lists."""
    _tables()
    _watch_lists()
    _grant()
    _load_lists()


def _watch_lists() -> None:
    op.execute("INSERT INTO code_revision VALUES (true, 1)")
    op.execute(RAISE_REVISION)
    for table in ("code", "site", "site_activity"):
        op.execute(
            f"CREATE TRIGGER raise_code_revision AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION raise_code_revision()"
        )


def _grant() -> None:
    role = app_role()
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
        f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
    )
    # The trail and its seals are append-only: not a promise of the program, but of the database.
    op.execute(f"REVOKE UPDATE, DELETE ON audit_entry, audit_seal FROM {role}")
    op.execute(f"REVOKE ALL ON alembic_version FROM {role}")
    op.execute(f"GRANT SELECT ON alembic_version TO {role}")


def _load_lists() -> None:
    source = resources.files("outreach.migrations").joinpath("first_codes.toml")
    lists = tomllib.loads(source.read_text("utf-8"))
    choices = [
        {"list": name, **row} for name, codes in lists["list"].items() for row in _rows(codes)
    ]
    op.bulk_insert(_table("code", "list"), choices)
    op.bulk_insert(_table("site"), _rows(lists["site"]))
    duties = [
        {"id": uuid4(), "site": site, "activity": activity, "committee": committee,
         "valid_from": BEGINNING}
        for site, activities in lists["duty"].items()
        for activity, committee in activities.items()
    ]  # fmt: skip
    columns: tuple[sa.ColumnClause[Any], ...] = (
        sa.column("id", sa.Uuid),
        sa.column("site"),
        sa.column("activity"),
        sa.column("committee"),
        sa.column("valid_from", sa.Date),
    )
    op.bulk_insert(sa.table("site_activity", *columns), duties)


def _table(name: str, *more: str) -> sa.TableClause:
    texts = (*more, "code", "label_sv", "label_en")
    columns: list[sa.ColumnClause[Any]] = [sa.column(column) for column in texts]
    return sa.table(name, *columns, sa.column("position"), sa.column("valid_from", sa.Date))


def _rows(codes: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {"code": code, "label_sv": sv, "label_en": en, "position": place, "valid_from": BEGINNING}
        for place, (code, (sv, en)) in enumerate(codes.items())
    ]


def _tables() -> None:
    op.create_table(
        "audit_entry",
        sa.Column(
            "xid", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("xid", "id", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_xid", TransactionId(), nullable=False),
        sa.Column("until_xid", TransactionId(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "code",
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label_sv", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("list", "code", name=op.f("pk_code")),
    )
    op.create_table(
        "code_revision",
        sa.Column("id", sa.Boolean(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id", name=op.f("ck_code_revision_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_revision")),
    )
    op.create_table(
        "site",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label_sv", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_site")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("sites", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("committee IN ('KN', 'SN')", name=op.f("ck_unit_committee_known")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_table(
        "site_activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "activity IN ('open', 'outreach')", name=op.f("ck_site_activity_activity_known")
        ),
        sa.CheckConstraint(
            "committee IN ('KN', 'SN')", name=op.f("ck_site_activity_committee_known")
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_site_activity_dates_in_order")),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_site_activity_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_activity")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sites", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("committee", sa.Text(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resting_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("committee IN ('KN', 'SN')", name=op.f("ck_staff_committee_known")),
        sa.CheckConstraint(
            "roles <@ ARRAY['caseworker', 'supervisor', 'receiver', 'analyst', 'reviewer',"
            " 'administrator']::text[]",
            name=op.f("ck_staff_roles_known"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_staff_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("contact_type", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "local_day",
            sa.Date(),
            sa.Computed("(occurred_at AT TIME ZONE 'Europe/Stockholm')::date", persisted=True),
            nullable=False,
        ),
        sa.Column("headcount", sa.SmallInteger(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("first_time", sa.Text(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("signposted_to", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("talk_language", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("minutes", sa.SmallInteger(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sameness", sa.LargeBinary(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "contact_type <> 'outreach' OR activity = 'outreach'",
            name=op.f("ck_contact_outreach_is_outreach"),
        ),
        sa.CheckConstraint(
            "headcount = 1 OR (contact_type = 'group' AND gender = 'unknown'"
            " AND age_band = 'unknown' AND first_time = 'not_asked')",
            name=op.f("ck_contact_several_people_are_a_group"),
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (void_reason IS NULL)",
            name=op.f("ck_contact_voided_with_a_reason"),
        ),
        sa.CheckConstraint(
            "cardinality(signposted_to) <= 3", name=op.f("ck_contact_targets_at_most_three")
        ),
        sa.CheckConstraint(
            "cardinality(topics) <= 3", name=op.f("ck_contact_topics_at_most_three")
        ),
        sa.CheckConstraint(
            "headcount BETWEEN 1 AND 500", name=op.f("ck_contact_headcount_in_range")
        ),
        sa.CheckConstraint("minutes BETWEEN 0 AND 600", name=op.f("ck_contact_minutes_in_range")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["staff.id"], name=op.f("fk_contact_recorded_by_staff")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_contact_site_site")),
        sa.ForeignKeyConstraint(
            ["voided_by"], ["staff.id"], name=op.f("fk_contact_voided_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_changed_xid", "contact", ["changed_xid"], unique=False)
    op.create_index("ix_contact_local_day_site", "contact", ["local_day", "site"], unique=False)
    op.create_index(
        "ix_contact_recorded_by_occurred_at",
        "contact",
        ["recorded_by", "occurred_at"],
        unique=False,
    )
    op.create_table(
        "sign_in",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["staff.id"], name=op.f("fk_sign_in_user_id_staff")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["staff.id"], name=op.f("fk_token_user_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    op.create_index(op.f("ix_token_user_id"), "token", ["user_id"], unique=False)
    op.create_table(
        "contact_version",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_version_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by"], ["staff.id"], name=op.f("fk_contact_version_replaced_by_staff")
        ),
        sa.PrimaryKeyConstraint("contact_id", "version", name=op.f("pk_contact_version")),
    )
    op.create_index(
        "ix_contact_version_changed_xid", "contact_version", ["changed_xid"], unique=False
    )


def downgrade() -> None:
    """Take everything back."""
    for table in ("code", "site", "site_activity"):
        op.execute(f"DROP TRIGGER raise_code_revision ON {table}")
    op.execute("DROP FUNCTION raise_code_revision")
    op.drop_index("ix_contact_version_changed_xid", table_name="contact_version")
    op.drop_table("contact_version")
    op.drop_index(op.f("ix_token_user_id"), table_name="token")
    op.drop_table("token")
    op.drop_index(op.f("ix_sign_in_user_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index("ix_contact_recorded_by_occurred_at", table_name="contact")
    op.drop_index("ix_contact_local_day_site", table_name="contact")
    op.drop_index("ix_contact_changed_xid", table_name="contact")
    op.drop_table("contact")
    op.drop_table("staff")
    op.drop_table("site_activity")
    op.drop_table("unit")
    op.drop_table("site")
    op.drop_table("code_revision")
    op.drop_table("code")
    op.drop_table("audit_seal")
    op.drop_table("audit_entry")
