"""Somebody who came without a name is booked, met and counted, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.followups import service
from outreach.foundation import clock
from outreach.shifts import opening_hours
from tests.builders import (
    PASSWORD,
    a_code,
    a_followup,
    a_participant,
    a_recorded_contact,
    a_user,
    an_actor,
)
from tests.faults.proxy import FaultProxy
from tests.journeys.enrolled import Tablet
from tests.journeys.tablet import about, code_of, last_contact, start_shift

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

SignInAt = Callable[[User, str], Page]


@pytest.fixture
def open_daily(app: Flask) -> None:  # noqa: ARG001 - whose places they are
    """The doors of Hagalund are open every day."""
    days = [{"weekday": day, "opens": "10:00", "closes": "16:00"} for day in range(1, 8)]
    given = {"valid_from": "2026-01-01", "days": days}
    chief = an_actor(role="supervisor")
    opening_hours.set_opening_hours(by=chief, site="hagalund", expected=0, given=given)


@pytest.fixture
def anna(open_daily: None) -> User:  # noqa: ARG001 - where she works
    """Somebody who works where the doors are open every day."""
    return a_user(name="Anna Ek")


def _save_and_book(page: Page, who: str) -> None:
    page.get_by_role("button", name=who, exact=True).tap()
    about(page)
    page.get_by_role("button", name="Spara och boka").tap()


def _save_and_book_with_a_new_code(page: Page) -> None:
    _save_and_book(page, "Kvinna 30–44")
    page.get_by_role("dialog", name="Din kod").get_by_role("button", name="Klar").tap()


def test_whoever_stays_without_a_name_gets_a_code_and_is_booked_in_three_touches(
    anna: User, sign_in_at: SignInAt
) -> None:
    page = sign_in_at(anna, "/falt")
    start_shift(page)
    _save_and_book(page, "Kvinna 30–44")

    shown = page.get_by_role("dialog", name="Din kod")
    expect(shown).to_be_visible()
    code = code_of(last_contact())
    assert code
    shown.get_by_role("button", name="Klar").tap()
    expect(page.get_by_text(code)).to_be_visible()
    page.locator(".choose__time").first.tap()

    expect(page.get_by_text("Bokat:")).to_be_visible()
    assert code not in page.url


def test_a_participant_is_booked_in_two_touches_when_their_contact_is_written(
    anna: User, sign_in_at: SignInAt
) -> None:
    named = {"given_name": "Elsa", "family_name": "Ny", "birth_date": "1980-05-05"}
    a_participant(actor_named(anna.username), **named)
    page = sign_in_at(anna, "/falt")
    start_shift(page)
    page.get_by_role("button", name="Deltagare", exact=True).tap()
    page.get_by_role("button", name="Elsa Ny").tap()
    page.locator("#who").get_by_text("Kvinna", exact=True).tap()
    about(page)

    page.get_by_role("button", name="Spara och boka").tap()
    page.locator(".choose__time").first.tap()

    expect(page.get_by_text("Bokat:")).to_be_visible()


@pytest.mark.usefixtures("open_daily")
def test_a_tablet_books_when_the_server_has_what_it_saved(
    working: Tablet, line: FaultProxy
) -> None:
    page = working.page
    line.always = "late"
    _save_and_book_with_a_new_code(page)
    expect(page.locator("#home-warning")).to_contain_text("Bokningen öppnas när servern")

    line.heal()

    page.locator(".choose__time").first.tap()
    expect(page.get_by_text("Bokat:")).to_be_visible()


def test_without_a_network_it_is_saved_and_said_how_it_is_booked_later(working: Tablet) -> None:
    page = working.page
    working.go_offline()
    _save_and_book_with_a_new_code(page)

    expect(page.locator("#home-warning")).to_contain_text("Sök upp koden under Koder")

    assert page.url.endswith("/falt")
    working.go_online()
    working.all_sent()


def test_nobody_is_led_away_from_what_they_have_begun_since(
    working: Tablet, line: FaultProxy
) -> None:
    page = working.page
    line.always = "late"
    _save_and_book_with_a_new_code(page)
    expect(page.locator("#home-warning")).to_contain_text("Bokningen öppnas när servern")
    working.settled()

    page.get_by_role("button", name="Man 45–54", exact=True).tap()
    line.heal()
    working.all_sent()

    expect(page.get_by_role("heading", name="Man 45–54")).to_be_visible()
    assert page.url.endswith("/falt/ny")


def test_whoever_has_a_code_is_booked_in_three_touches_from_their_contact(
    anna: User, sign_in_at: SignInAt
) -> None:
    actor = actor_named(anna.username)
    code = a_code(actor)["code"]
    contact = a_recorded_contact(actor, recognition_code=code)
    page = sign_in_at(anna, "/falt")

    page.goto(f"{page.url.removesuffix('/falt')}/uppfoljningar/ny?kontakt={contact['id']}")
    expect(page.get_by_text(code)).to_be_visible()
    page.locator(".choose__time").first.tap()

    expect(page.get_by_text("Bokat:")).to_be_visible()
    assert code not in page.url
    assert code not in page.title()
    page.get_by_role("link", name="Till uppföljningar").tap()
    expect(page.get_by_role("heading", name="Uppföljningar")).to_be_visible()


def test_a_meeting_is_booked_moved_and_held_and_becomes_a_contact(
    anna: User, sign_in_at: SignInAt
) -> None:
    person = a_participant(actor_named(anna.username))
    page = sign_in_at(anna, f"/deltagare/{person}")

    page.get_by_role("link", name="Boka", exact=True).tap()
    page.locator(".choose__time").last.tap()
    page.get_by_role("link", name="Boka om").tap()
    page.get_by_label("Vi", exact=True).check(force=True)
    page.get_by_text("En annan tid", exact=True).tap()
    now = clock.local(clock.now() - timedelta(minutes=2))
    page.get_by_label("Dag", exact=True).fill(f"{now:%Y-%m-%d}")
    page.get_by_label("Klockslag").fill(f"{now:%H:%M}")
    page.get_by_role("button", name="Boka den tiden").tap()
    page.get_by_role("button", name="Blev av").tap()
    expect(page.get_by_text("Mötet är loggat som en kontakt.")).to_be_visible()
    expect(page.get_by_role("heading", name="Loggat som en kontakt")).to_be_visible()
    page.goto(page.url.partition("/uppfoljningar")[0] + f"/deltagare/{person}")

    expect(page.get_by_text("Hagalund · Bokat möte")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_enter_books_nothing_that_nobody_touched_and_in_a_typed_time_that_time(
    anna: User, chromium: Browser, product: str, *, scripts: bool
) -> None:
    person = a_participant(actor_named(anna.username))
    context = chromium.new_context(java_script_enabled=scripts, timezone_id="Europe/Stockholm")
    page = context.new_page()
    page.goto(f"{product}/logga-in?next=/deltagare/{person}/boka")
    page.get_by_label("Användarnamn").fill(anna.username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()

    page.get_by_text("vad det gäller").click()
    page.get_by_label("Vad gäller det?").fill("Går igenom betygen")
    page.get_by_label("Vad gäller det?").press("Enter")
    expect(page.get_by_text("Inget är bokat än.")).to_be_visible()
    assert service.followups(by=actor_named(anna.username)) == []
    page.get_by_role("button", name="Senare").click()
    tomorrow = clock.today() + timedelta(days=1)
    page.get_by_text("En annan tid", exact=True).click()
    page.get_by_label("Dag", exact=True).fill(f"{tomorrow:%Y-%m-%d}")
    page.get_by_label("Klockslag").fill("18:40")
    page.get_by_label("Klockslag").press("Enter")

    expect(page.get_by_role("heading", name="18:40–19:10")).to_be_visible()
    expect(page.get_by_text("Går igenom betygen")).to_be_visible()
    context.close()


def test_on_a_phone_the_day_begins_with_its_first_meeting(anna: User, sign_in_at: SignInAt) -> None:
    actor = actor_named(anna.username)
    at = clock.now() + timedelta(minutes=30)
    a_followup(actor, participant_id=str(a_participant(actor)), starts_at=at.isoformat())
    page = sign_in_at(anna, f"/uppfoljningar?dag={clock.local(at).date()}")

    page.set_viewport_size({"width": 360, "height": 740})

    days = page.get_by_role("navigation", name="Dagar").get_by_role("link")
    tops = {box["y"] for box in (each.bounding_box() for each in days.all()) if box}
    meeting = page.locator(".meeting").first.bounding_box()
    assert len(tops) == 1
    assert meeting
    assert meeting["y"] < 740 / 2
    assert page.evaluate("document.documentElement.scrollWidth") == 360
