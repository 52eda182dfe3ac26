"""What journeys on the field page have in common: filling in a contact, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from outreach.contacts.models import Contact, ContactLink, RecognitionCode
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from tests.builders import a_code, a_recorded_contact


def start_shift(page: Page) -> None:
    """Start a shift where the worker is, and wait until touches are let through."""
    page.get_by_role("button", name="Starta pass nu").tap()
    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """Wait until touches are let through: the second of a double tap is not."""
    expect(page.locator("body[data-settling]")).to_have_count(0)


def about(page: Page, topic: str = "CV och ansökan") -> None:
    """Say what the contact was about."""
    page.get_by_role("button", name=topic).tap()


def save(page: Page) -> None:
    """Save, and wait until it is said to be saved."""
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.locator("#saved")).to_contain_text("Sparad")


def last_contact() -> Contact:
    """Return the contact that was recorded last."""
    db.session.rollback()
    latest = sa.select(Contact).order_by(Contact.received_at.desc()).limit(1)
    return db.session.scalars(latest).one()


def code_of(contact: Contact) -> str | None:
    """Return the code of a contact."""
    wanted = sa.select(RecognitionCode.code).where(
        RecognitionCode.id == contact.recognition_code_id
    )
    return db.session.scalar(wanted)


def owner_of(contact: Contact) -> UUID | None:
    """Return whose a contact is."""
    with transaction(by=system("test")):
        wanted = sa.select(ContactLink.participant_id).where(ContactLink.contact_id == contact.id)
        return db.session.scalar(wanted)


def visited(by: Actor, **said: Any) -> str:
    """Return a code with one contact: a man of 45–54 who spoke Tigrinya."""
    code = str(a_code(by)["code"])
    facts = {"gender": "man", "age_band": "45-54", "talk_language": "ti"} | said
    a_recorded_contact(by, recognition_code=code, **facts)
    return code


def type_code(page: Page, text: str) -> None:
    """Open the dialog for a code and type."""
    page.get_by_role("button", name="Har kod", exact=True).tap()
    page.locator("#code-input").press_sequentially(text)
