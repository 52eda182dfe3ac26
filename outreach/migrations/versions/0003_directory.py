"""The directory, and versions of units."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib import resources
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The activity began in the spring of 2025; nothing is dated before that year.
BEGINNING = date(2025, 1, 1)


def upgrade() -> None:
    """Make the directory with its first entries; let units be changed by version."""
    op.add_column("unit", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    directory = op.create_table(
        "directory_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("for_whom", sa.Text(), nullable=False),
        sa.Column("min_age", sa.SmallInteger(), nullable=True),
        sa.Column("max_age", sa.SmallInteger(), nullable=True),
        sa.Column("resident", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("af_registered", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("af_decision", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("bring", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sameness", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("max_age >= min_age", name=op.f("ck_directory_entry_ages_in_order")),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_directory_entry_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by"], ["staff.id"], name=op.f("fk_directory_entry_checked_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_entry")),
    )
    op.create_index(op.f("ix_directory_entry_target"), "directory_entry", ["target"])
    op.bulk_insert(directory, _first_entries())


def _first_entries() -> list[dict[str, Any]]:
    source = resources.files("outreach.migrations").joinpath("first_directory.toml")
    return [
        {
            "id": uuid4(),
            "target": target,
            "name": said["name"],
            "for_whom": said["for_whom"],
            "min_age": said.get("requirements", {}).get("min_age"),
            "max_age": said.get("requirements", {}).get("max_age"),
            "resident": said.get("requirements", {}).get("resident", False),
            "af_registered": said.get("requirements", {}).get("af_registered", False),
            "af_decision": said.get("requirements", {}).get("af_decision", False),
            "bring": said.get("bring"),
            "needs": said["needs"],
            "valid_from": BEGINNING,
        }
        for target, said in tomllib.loads(source.read_text("utf-8")).items()
    ]


def downgrade() -> None:
    """Take it back."""
    op.drop_index(op.f("ix_directory_entry_target"), table_name="directory_entry")
    op.drop_table("directory_entry")
    op.drop_column("unit", "version")
