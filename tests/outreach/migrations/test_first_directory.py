"""The directory as it is shipped: an entry for every target, held to the product's own rules."""

from __future__ import annotations

import tomllib
from importlib import resources

import sqlalchemy as sa
from flask import Flask

from embedded import postgresql
from outreach.directory import service
from outreach.foundation.actor import system
from outreach.sites import service as sites
from tests.builders import uuid7
from tests.conftest import TEMPLATE


def _shipped() -> dict[str, dict[str, object]]:
    source = resources.files("outreach.migrations").joinpath("first_directory.toml")
    return tomllib.loads(source.read_text("utf-8"))


def test_every_target_has_an_entry(app: Flask) -> None:
    assert app
    targets = {choice.code for choice in sites.code_lists().all("target")}

    assert set(_shipped()) == targets


def test_every_shipped_entry_keeps_the_rules(app: Flask) -> None:
    assert app
    for target, said in _shipped().items():
        given = {**said, "id": str(uuid7()), "target": target, "valid_from": "2025-01-01"}
        _, created = service.create_entry(by=system("test"), given=given)
        assert created


def test_nothing_that_nobody_checked_is_shipped_as_a_fact() -> None:
    for said in _shipped().values():
        assert said.keys() <= {"name", "for_whom", "requirements", "bring", "needs"}


def test_a_new_database_holds_the_shipped_entries_waiting_to_be_checked(
    server: postgresql.Server, worker_id: str
) -> None:
    name = f"outreach_first_{worker_id}"
    server.create_database(name, template=TEMPLATE)
    url = server.environment(name, name)["MIGRATION_DATABASE_URL"]
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                sa.text("SELECT target, checked_on, phone FROM directory_entry")
            ).all()
    finally:
        engine.dispose()
        server.drop_database(name)

    assert len(rows) == len(_shipped())
    assert {(row.checked_on, row.phone) for row in rows} == {(None, None)}
