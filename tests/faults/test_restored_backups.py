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
from outreach.contacts.models import Contact
from outreach.foundation import keyring, vault
from outreach.foundation.actor import system
from outreach.foundation.database import close_connections, db
from outreach.foundation.errors import NotFound
from outreach.identification import regret, service
from outreach.participants import leaving, searching
from outreach.participants import service as participants
from outreach.sync import upkeep
from outreach.sync.models import SyncLoss
from tests import canaries
from tests.builders import a_person, a_recorded_contact, a_user, an_actor
from tests.canaries import found_in
from tests.sealed_tablet import a_grant, a_sealed_tablet, posting_to


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


def test_f7_what_a_restored_backup_has_lost_comes_again_from_the_tablets(
    app: Flask, backup: Any
) -> None:
    take, restore = backup
    tablet = a_sealed_tablet(app)
    grant = a_grant(a_user(), tablet.device)
    sent = [tablet.create(grant)]
    tablet.sync()
    dump = take()
    sent.append(tablet.correct(grant, sent[0], 1, gender="man"))
    sent += [tablet.create(grant) for _ in range(3)]
    sent.append(tablet.void(grant, sent[2], 1))
    tablet.sync()
    before = tablet.generation
    db.session.rollback()

    restored = restore(dump)
    with restored.test_request_context():
        upkeep.restored(by=system("restore"))
        db.session.remove()
    # The tablet notices, and sends again what it has kept of what it had sent.
    tablet.post = posting_to(restored)
    assert tablet.send([])[1]["server_generation"] == before + 1
    tablet.outbox = sent
    tablet.begin_anew()

    assert [result["code"] for result in tablet.sync()] == ["duplicate"] + ["applied"] * 5
    with restored.test_request_context():
        rows = db.session.execute(sa.select(Contact.id, Contact.version, Contact.voided_at)).all()
        assert {row.id for row in rows} == {each.entity for each in (sent[0], *sent[2:5])}
        assert {row.id for row in rows if row.version == 2} == {sent[0].entity, sent[2].entity}
        assert [row.id for row in rows if row.voided_at] == [sent[2].entity]
        assert db.session.scalars(sa.select(SyncLoss)).all() == []
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
