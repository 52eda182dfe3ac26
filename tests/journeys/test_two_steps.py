"""A code besides the password, in a real browser: without scripts, and in the middle of work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from outreach.accounts.models import User
from tests.builders import PASSWORD, a_second_factor, a_user, an_otp

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

SignInAt = Callable[[User, str], Page]


def test_everything_about_two_steps_works_without_scripts(chromium: Browser, product: str) -> None:
    user = a_user()
    context = chromium.new_context(java_script_enabled=False, locale="sv-SE")
    page = context.new_page()

    def sign_in() -> None:
        page.goto(f"{product}/logga-in?next=/konto/tva-steg")
        page.get_by_label("Användarnamn").fill(user.username)
        page.get_by_label("Lösenord").fill(PASSWORD)
        page.get_by_role("button", name="Logga in").click()

    sign_in()
    page.get_by_label("Ditt lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Jag har en app, fortsätt").click()
    page.locator("summary", has_text="Går det inte att fotografera?").click()
    secret = page.locator("dd code").inner_text().replace(" ", "")
    page.get_by_label("Koden som appen visar").fill(an_otp(secret))
    page.get_by_role("button", name="Slå på").click()
    recovery = page.locator("#recovery-codes code").first.inner_text()
    context.clear_cookies(name="outreach")
    sign_in()
    page.get_by_label("Engångskod").fill(recovery)
    page.get_by_role("button", name="Fortsätt").click()

    page.get_by_text("Du har 9 reservkoder kvar.").wait_for()
    context.close()


def test_a_session_that_ended_asks_for_the_code_too_and_nothing_written_is_lost(
    sign_in_at: SignInAt,
) -> None:
    user = a_user()
    page = sign_in_at(user, "/falt")
    secret = a_second_factor(user)
    page.get_by_role("button", name="Starta pass nu").click()
    page.get_by_role("button", name="Kvinna 30–44").click()
    page.get_by_role("button", name="CV och ansökan").click()
    page.context.clear_cookies(name="outreach")
    page.get_by_role("button", name="Spara", exact=True).click()

    dialog = page.get_by_role("dialog", name="Du har blivit utloggad. Logga in igen.")
    dialog.get_by_label("Användarnamn").fill(user.username)
    dialog.get_by_label("Lösenord").fill(PASSWORD)
    assert not dialog.get_by_label("Engångskod").is_visible()
    dialog.get_by_role("button", name="Fortsätt").click()
    dialog.get_by_text("Skriv också engångskoden.").wait_for()
    dialog.get_by_label("Engångskod").fill("1")
    dialog.get_by_role("button", name="Fortsätt").click()
    dialog.get_by_text("En kod går bara att använda en gång.").wait_for()
    dialog.get_by_label("Engångskod").fill(an_otp(secret))
    dialog.get_by_role("button", name="Fortsätt").click()

    page.get_by_text("du 1 · passet 1").wait_for()
