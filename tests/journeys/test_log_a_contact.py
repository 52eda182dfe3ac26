"""A worker in the foyer logs contacts on a tablet."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.contacts.models import Contact
from outreach.contacts.service import correct_contact
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import PASSWORD, a_user

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]
SignInAt = Callable[[User, str], Page]
LOCKED = "Skärmen har låsts. Skriv ditt lösenord."


def _contacts() -> list[Contact]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Contact).order_by(Contact.received_at)))


def _start_shift(page: Page) -> None:
    page.get_by_role("button", name="Starta pass nu").tap()
    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_visible()


def _meet(page: Page) -> None:
    """Fill in a woman, 30–44, about her CV: what is left is to save."""
    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.get_by_role("button", name="CV och ansökan").tap()


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


def test_what_was_typed_survives_a_network_that_is_away_and_is_sent_when_it_is_back(
    sign_in_at: SignInAt,
) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    _meet(page)
    page.context.set_offline(True)
    assert page.evaluate("navigator.onLine") is False
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_text("Kunde inte skicka").first).to_be_visible()

    expect(page.get_by_role("button", name="CV och ansökan")).to_have_attribute(
        "aria-pressed", "true"
    )

    page.context.set_offline(False)

    expect(page.get_by_text("du 1 · passet 1")).to_be_visible()
    assert len(_contacts()) == 1


def test_a_shift_is_closed_with_its_real_hours(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    _meet(page)
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


def test_the_menu_leads_to_the_tiles_and_not_into_an_empty_form(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)

    page.goto(page.url.split("/falt")[0] + "/")

    expect(page.get_by_role("button", name="Kvinna 30–44")).to_be_visible()
    expect(page.get_by_role("link", name="Fält")).to_have_attribute("href", "/falt")


@pytest.mark.parametrize("tile", ["Kvinna 16–17", "Man 66+", "Man Vet ej"])
def test_a_double_tap_on_a_tile_chooses_nothing_in_the_form(
    sign_in_at: SignInAt, tile: str
) -> None:
    page = sign_in_at(a_user(), "/falt")
    page.set_viewport_size({"width": 360, "height": 780})
    _start_shift(page)
    button = page.get_by_role("button", name=tile)
    button.scroll_into_view_if_needed()
    expect(page.locator("body[data-settling]")).to_have_count(0)
    box = button.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    page.touchscreen.tap(*middle)
    page.touchscreen.tap(*middle)

    expect(page.get_by_role("button", name="Spara", exact=True)).to_be_visible()
    expect(page.locator("#topics [aria-pressed=true]")).to_have_count(0)
    expect(page.locator("#who[open], #when[open]")).to_have_count(0)


def test_samtal_moves_the_tiles_and_never_the_screen(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(sites=("outreach_other",), committee="SN"), "/falt")
    page.set_viewport_size({"width": 360, "height": 640})
    page.get_by_role("button", name="Starta pass nu").tap()

    page.locator("[data-counter=talk]").tap()

    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_in_viewport()
    assert page.evaluate("(scrollTo(0, 1_000), scrollY)") == 0
    expect(page.locator("#strip")).to_be_in_viewport(ratio=1)


def test_a_lock_in_the_middle_of_a_contact_covers_it_and_loses_nothing(
    sign_in_at: SignInAt,
) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    _meet(page)

    page.get_by_role("button", name="Lås", exact=True).tap()
    expect(page.get_by_role("dialog", name=LOCKED)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name=LOCKED)).to_be_visible()
    assert page.evaluate("fetch('/api/v1/me').then((answer) => answer.status)") == 401
    page.locator("#session-password").fill(PASSWORD)
    page.get_by_role("button", name="Fortsätt").tap()

    expect(page.get_by_role("button", name="CV och ansökan")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_text("du 1 · passet 1")).to_be_visible()


def test_a_half_written_contact_is_covered_when_nobody_touches_it(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    page.clock.install()
    page.reload()
    _start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.clock.run_for(500)
    page.get_by_role("button", name="CV och ansökan").tap()

    page.clock.run_for(310_000)

    expect(page.get_by_role("dialog", name=LOCKED)).to_be_visible()


def test_a_contact_from_before_the_shift_is_not_counted_in_it(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.get_by_text("Tid:").tap()
    page.get_by_text("1 timme sedan").tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()

    expect(page.get_by_text(re.compile(r"du [01] · passet 0"))).to_be_visible()


def test_what_was_changed_in_another_tab_is_shown_and_kept(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/falt")
    _start_shift(page)
    _meet(page)
    page.get_by_role("button", name="Spara", exact=True).tap()
    page.get_by_role("button", name="Ändra").first.tap()
    (contact,) = _contacts()
    by = actor_named(_recorder(contact))
    correct_contact(by=by, id=contact.id, expected=1, given={"gender": "man"})

    page.get_by_role("button", name="Praktik").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_text("Nu står det: Man 30–44, CV och ansökan")).to_be_visible()
    expect(page.locator("#sync")).to_have_text("Inte sparad än")
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_text("Sparad", exact=False).first).to_be_visible()

    db.session.expire_all()
    (contact,) = _contacts()
    assert (contact.gender, contact.topics, contact.version) == ("man", ["cv", "work_placement"], 3)


def _recorder(contact: Contact) -> str:
    return db.session.get_one(User, contact.recorded_by).username
