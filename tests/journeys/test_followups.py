"""Somebody who came without a name is booked, met and counted, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.foundation import clock
from outreach.shifts import opening_hours
from tests.builders import a_code, a_participant, a_recorded_contact, a_user, an_actor

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

SignInAt = Callable[[User, str], Page]


@pytest.fixture
def anna() -> User:
    """Somebody who works where the doors are open every day."""
    days = [{"weekday": day, "opens": "10:00", "closes": "16:00"} for day in range(1, 8)]
    given = {"valid_from": "2026-01-01", "days": days}
    chief = an_actor(role="supervisor")
    opening_hours.set_opening_hours(by=chief, site="hagalund", expected=0, given=given)
    return a_user(name="Anna Ek")


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
    page.goto(page.url.partition("/uppfoljningar")[0] + f"/deltagare/{person}")

    expect(page.get_by_text("Hagalund · Bokat möte")).to_be_visible()
