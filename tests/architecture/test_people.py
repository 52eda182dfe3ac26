"""Every table that is about people: guarded by the database, and left alone when two are one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.foundation.database import Model, db

# What each table holds of a person, and what becomes of it when the person is no longer known.
# Written by hand: whoever adds a table says here what it is for.
ABOUT_PEOPLE = {
    "participant": "emptied; the statistical key stays",
    "responsibility": "ended",
    "opening": "kept as history; what was written is unreadable",
    "next_step": "kept; unreadable",
    "contact_link": "undone, or kept for the figures after an erasure",
    "contact_note": "deleted",
    "identification": "kept: when, by whom, never who",
    "rejection": "kept",
    "participant_join": "undone, or kept for the figures after an erasure",
    "erasure_request": "kept; its reason is unreadable when all was erased",
    "consent": "kept; its purpose is unreadable",
    "followup": "what is ahead is called off, or kept by code; what was written is deleted",
    "handoff": "withdrawn; that it was stays, with no word of who it was",
    "enrolment": "closed as registered in error, or kept for the figures after an erasure",
    "work_check": "deleted",
}

# What is there for those for whom the handoff is, and opens with the key of its person alone.
OF_A_HANDOFF = {
    "handoff_snapshot", "handoff_message", "handoff_event",
    # Of these nobody's but the team's.
    "osa_placement", "osa_decision", "osa_pause", "ips_support",
}  # fmt: skip


# About people whom nobody here knows: for the system alone, which counts them.
OF_THE_SYSTEM = {"amg_enrolment"}


def _tables_about_people() -> set[str]:
    """Return the tables that name a participant, by the metadata's foreign keys."""
    return {
        table.name
        for table in Model.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "participant"
    } | {"participant"}


def test_every_table_about_people_is_known_here() -> None:
    assert _tables_about_people() == set(ABOUT_PEOPLE)


@pytest.mark.parametrize("table", sorted({*ABOUT_PEOPLE, *OF_A_HANDOFF, *OF_THE_SYSTEM}))
def test_a_table_about_people_is_guarded_by_row_level_security(app: Flask, table: str) -> None:
    assert app
    row = db.session.execute(
        sa.text(
            "SELECT relrowsecurity, relforcerowsecurity,"
            " (SELECT count(*) FROM pg_policy WHERE polrelid = pg_class.oid) AS policies"
            " FROM pg_class WHERE relname = :table AND relnamespace = 'public'::regnamespace"
        ),
        {"table": table},
    ).one()

    assert (row.relrowsecurity, row.relforcerowsecurity, row.policies) == (True, True, 1)


def test_who_acts_is_asked_by_every_policy(app: Flask) -> None:
    assert app
    rules = db.session.execute(
        sa.text(
            "SELECT tablename, qual FROM pg_policies WHERE schemaname = 'public'"
            " AND cmd = 'ALL' AND permissive = 'PERMISSIVE'"
        )
    ).all()

    assert {row.tablename for row in rules} == {*ABOUT_PEOPLE, *OF_A_HANDOFF, *OF_THE_SYSTEM}
    for row in rules:
        if row.tablename in OF_A_HANDOFF:
            # Whose row of the handoff is there is asked by that row's own policy.
            assert "FROM handoff h" in row.qual
            continue
        assert "acts_as_system" in row.qual
        if row.tablename in OF_THE_SYSTEM:
            assert "acts_for" not in row.qual
            continue
        assert "acts_for(owner_committee)" in row.qual or "FROM participant p" in row.qual
