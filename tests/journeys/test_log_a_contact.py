"""A worker in the foyer logs contacts on a tablet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from outreach.accounts.models import User
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import a_user

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]
SignInAt = Callable[[User, str], Page]


def _contacts() -> list[Contact]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Contact).order_by(Contact.received_at)))


def _start_shift(page: Page) -> None:
    page.get_by_role("button", name="Starta pass nu").tap()
    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_visible()


def test_three_taps_save_a_contact_with_nothing_left_unknown(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)

    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()

    expect(page.get_by_text("Sparad", exact=False).first).to_be_visible()
    expect(page.get_by_text("Allt skickat", exact=False).first).to_be_visible()
    (contact,) = _contacts()
    assert (contact.gender, contact.age_band, contact.topics) == ("woman", "30-44", ["cv"])
    assert (contact.site, contact.activity, contact.contact_type) == (
        "hagalund",
        "open",
        "drop_in",
    )


def test_one_more_alike_is_one_tap_and_the_latest_can_be_undone(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    page.get_by_role("button", name="Man 18–29").tap()
    page.get_by_role("button", name="Söka jobb").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()

    page.get_by_role("button", name="+1 likadan").tap()
    expect(page.get_by_text("du 2 · passet 2")).to_be_visible()
    page.get_by_role("button", name="Ångra senaste").tap()
    expect(page.get_by_text("du 1 · passet 1")).to_be_visible()

    first, second = _contacts()
    assert (second.gender, second.topics, second.first_time) == (
        "man",
        ["job_search"],
        "not_asked",
    )
    assert first.voided_at is None
    assert second.void_reason == "mistap"


def test_tapping_save_three_times_saves_once(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    page.get_by_role("button", name="Kvinna 45–54").tap()
    page.get_by_role("button", name="Praktik").tap()

    page.get_by_role("button", name="Spara", exact=True).evaluate(
        "button => { button.click(); button.click(); button.click(); }"
    )

    expect(page.get_by_text("du 1 · passet 1")).to_be_visible()
    assert len(_contacts()) == 1


def test_what_was_typed_survives_a_network_that_is_away(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.context.set_offline(True)
    assert page.evaluate("navigator.onLine") is False
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_text("Kunde inte skicka").first).to_be_visible()

    page.context.set_offline(False)
    expect(page.get_by_role("button", name="CV och ansökan")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="Spara", exact=True).tap()

    expect(page.get_by_text("du 1 · passet 1")).to_be_visible()
    assert len(_contacts()) == 1


def test_a_shift_is_closed_with_its_real_hours(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_text("du 1 · passet 1")).to_be_visible()

    page.locator("#shift-menu summary").tap()
    page.get_by_role("link", name="Stäng passet").tap()
    expect(page.get_by_text("1 kontakt", exact=False).first).to_be_visible()
    page.get_by_label("Började").fill("00:00")
    page.get_by_label("Slutade").fill("00:00")
    page.get_by_role("button", name="Stäng passet").tap()
    expect(page.get_by_text("Slutet ska vara efter starten.").first).to_be_visible()
    expect(page.get_by_label("Började")).to_have_value("00:00")


@pytest.mark.parametrize("timezone", ["America/Los_Angeles"])
def test_the_clock_is_solnas_though_the_tablet_was_set_up_elsewhere(
    sign_in_at: SignInAt, timezone: str
) -> None:
    del timezone
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.get_by_text("Tid:").tap()
    page.get_by_text("en annan dag").tap()
    yesterday = clock.today() - timedelta(days=1)
    page.get_by_label("Dag", exact=True).fill(yesterday.isoformat())
    page.get_by_label("Klockslag").fill("14:05")
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_text("Sparad", exact=False).first).to_be_visible()

    (contact,) = _contacts()
    assert f"{clock.local(contact.occurred_at):%Y-%m-%d %H:%M}" == f"{yesterday} 14:05"
