"""An entry says who acted and, where it was a machine, by which of its tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.audit import trail
from outreach.audit.models import AuditEntry
from outreach.contacts import service as contacts
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from tests.builders import a_contact, an_actor

TOKEN = UUID("018f4e5a-0000-7000-8000-000000000001")


@pytest.fixture
def person(app: Flask) -> Actor:
    assert app
    return an_actor()


@pytest.fixture
def machine(person: Actor) -> Actor:
    """Make the same person's machine."""
    return replace(person, scopes=frozenset({"contacts:write"}), token=TOKEN)


def _details(by: Actor, kind: str) -> list[dict[str, Any] | None]:
    """Return the details of what somebody did; the database itself says what it holds none of."""
    found = sa.select(AuditEntry.details).where(AuditEntry.actor_id == by.id)
    return list(db.session.scalars(found.where(AuditEntry.kind == kind).order_by(AuditEntry.id)))


def test_each_way_to_write_an_entry_names_the_machines_token(machine: Actor) -> None:
    with transaction():
        trail.record(by=machine, action="change", kind="thing", id=1, fields=["name"])
        trail.record_many(by=machine, action="change", kind="thing", ids=[2, 3])
    trail.record_apart(by=machine, action="denied", kind="thing")

    token = {"token": str(TOKEN)}
    assert _details(machine, "thing") == [{**token, "fields": ["name"]}, token, token, token]


def test_contacts_that_a_machine_records_name_its_token(machine: Actor) -> None:
    contacts.record_contact(by=machine, given=a_contact())
    contacts.record_contacts(by=machine, items=[a_contact(), a_contact()])

    assert _details(machine, "contact") == [{"token": str(TOKEN)}] * 3


def test_what_a_person_does_holds_no_details_of_its_own(person: Actor) -> None:
    contacts.record_contact(by=person, given=a_contact())
    with transaction():
        trail.record(by=person, action="read", kind="contact", id=uuid4())
        trail.record_many(by=person, action="read", kind="contact", ids=[uuid4()])

    nothing = sa.select(sa.func.count()).where(
        AuditEntry.actor_id == person.id, sa.text("details IS NULL")
    )
    assert _details(person, "contact") == [None] * 3
    assert db.session.scalar(nothing) == 3
