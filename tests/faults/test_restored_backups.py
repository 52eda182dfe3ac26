"""A backup from before an erasure, beside the vault of today, tells nothing of the person."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from embedded import postgresql
from outreach.application import create_app
from outreach.foundation import keyring, vault
from outreach.foundation.actor import system
from outreach.foundation.database import close_connections, db
from outreach.foundation.errors import NotFound
from outreach.identification import regret, service
from outreach.participants import leaving, searching
from outreach.participants import service as participants
from tests import canaries
from tests.builders import a_person, a_recorded_contact, an_actor
from tests.canaries import found_in


def _known(**said: Any) -> dict[str, Any]:
    return a_person(
        given_name=canaries.GIVEN_NAME, number=canaries.NUMBER, phone=canaries.PHONE, **said
    )


@pytest.fixture
def backup(app: Flask, server: postgresql.Server, environment: dict[str, str]) -> Iterator[Any]:
    """Two functions: back the database up, and restore that beside the vault of today."""
    assert app
    name = environment["DATABASE_URL"].rsplit("/", 1)[1]
    copy = f"{name}_restored"
    opened: list[Flask] = []
    programs = {
        **os.environ,
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": postgresql.SUPERUSER,
        "PGPASSWORD": server.passwords.superuser,
    }

    def take() -> bytes:
        dump = [str(server.programs.named("pg_dump")), "--format=plain", name]
        return subprocess.run(dump, env=programs, capture_output=True, check=True).stdout

    def restore(dump: bytes) -> Flask:
        server.create_database(copy)
        psql = [str(server.programs.named("psql")), "-Xq", "-v", "ON_ERROR_STOP=1", copy]
        subprocess.run(psql, env=programs, input=dump, capture_output=True, check=True)
        beside = environment | server.environment(copy, "") | {
            name: environment[name] for name in ("VAULT_URL", "VAULT_MIGRATION_URL")
        }  # fmt: skip
        opened.append(create_app(config.chosen(beside)))
        return opened[0]

    yield take, restore
    for each in opened:
        with each.app_context():
            close_connections()
        each.extensions["outreach.vault"].dispose()
        each.extensions["outreach.broker"].close()
    server.drop_database(copy)


def test_a_backup_from_before_an_erasure_reveals_nothing_beside_the_vault_of_today(
    backup: Any,
) -> None:
    take, restore = backup
    anna, chief = an_actor(), an_actor(role="supervisor")
    person = UUID(str(service.identify(by=anna, given=_known())[0]["id"]))
    other = UUID(str(service.identify(by=anna, given=a_person())[0]["id"]))
    a_recorded_contact(anna, participant_id=str(person), note=canaries.NOTE)
    dump = take()
    asked = regret.regret(by=anna, id=person, given={"door": "erasure"})
    decision = {"decision": "granted", "reason": canaries.REASON}
    regret.decide(by=chief, id=asked["erasure_request_id"], given=decision)
    db.session.rollback()

    restored = restore(dump)

    assert found_in(dump) == set()
    with restored.test_request_context():
        with pytest.raises(NotFound):
            participants.participant(by=anna, id=person)
        assert participants.participant(by=anna, id=other)["given_name"] == "Elsa"
        assert searching.search(by=anna, given={"number": canaries.NUMBER}) == ([], False)
        assert _what_any_key_opens(person) == []
        # What a restore does before it lets anybody in: the ledger is the truth.
        assert leaving.finish_erasures(by=system("restore")) == 1
        db.session.remove()


def _what_any_key_opens(person: UUID) -> list[bytes]:
    """Try every key that there is on everything that was sealed for the person."""
    with db.engine.begin() as connection:
        connection.execute(sa.text("SELECT set_config('outreach.roles', 'system', true)"))
        sealed = {
            "identity": "SELECT sealed FROM participant WHERE id = :person",
            "note": "SELECT sealed FROM contact_note WHERE participant_id = :person",
        }
        kept = {
            kind: connection.scalars(sa.text(query), {"person": person}).all()
            for kind, query in sealed.items()
        }
    assert all(kept.values())
    with vault._engine().connect() as connection:
        keys = vault.keys_of(list(connection.scalars(sa.select(vault.DATA_KEY.c.person_id))))
    opened = []
    for key in keys.values():
        as_if = vault.DataKey(person, key.key)
        for kind, texts in kept.items():
            for text in texts:
                try:
                    opened.append(as_if.open(kind, bytes(text)))
                except keyring.SealBrokenError:
                    continue
    assert keys
    return opened
