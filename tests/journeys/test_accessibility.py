"""Every page can be used by everybody: no axe violation, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from outreach.accounts.models import User
from tests.builders import PASSWORD, a_recorded_contact, a_user, an_actor

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

# Whose pages they are, and where.
PAGES = {
    "caseworker": ["/falt", "/falt/ny", "/falt/efterat", "/vart", "/konto", "/om", "/api/docs"],
    "supervisor": ["/pass", "/pass/oppettider", "/siffror", "/natten"],
    "analyst": ["/siffror"],
    "administrator": [
        *("/personal", "/personal/ny", "/personal/enheter/ny"),
        *("/kodlistor", "/kodlistor/topic", "/kodlistor/topic/cv"),
        *("/platser", "/platser/ansvar/ny", "/katalog", "/katalog/ny", "/nycklar", "/natten"),
        "/problems/id-reuse",
    ],
}
# Each size and each theme once: a fault of one shows whatever the other is.
LOOKS = {
    "phone in daylight": (360, 780, "sun"),
    "tablet": (820, 1180, "light"),
    "desk at night": (1280, 900, "dark"),
}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(params=LOOKS)
def page(request: pytest.FixtureRequest, chromium: Browser, product: str) -> Iterator[Page]:
    width, height, theme = LOOKS[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="sv-SE", reduced_motion="reduce"
    )
    context.add_cookies([{"name": "theme", "value": theme, "url": product}])
    opened = context.new_page()
    yield opened
    context.close()


def _faults(page: Page, where: str) -> list[str]:
    # What is still on its way in or out is not yet what anybody reads.
    page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
    found = [
        f"{where}: {violation['id']} {violation['nodes'][0]['html'][:120]}"
        for violation in Axe().run(page, options=RULES).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{where}: wider than the screen")
    return found


def _sign_in(page: Page, product: str, user: User) -> None:
    page.goto(f"{product}/logga-in")
    page.get_by_label("Användarnamn").fill(user.username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(lambda url: "logga-in" not in url)


def test_no_page_has_an_accessibility_fault_in_any_size_or_theme(page: Page, product: str) -> None:
    for _ in range(3):
        a_recorded_contact(an_actor())
    found = []
    page.goto(f"{product}/logga-in")
    found += _faults(page, "/logga-in")
    page.get_by_role("button", name="Logga in").click()
    found += _faults(page, "/logga-in with faults")
    for role, paths in PAGES.items():
        page.context.clear_cookies(name="outreach")
        _sign_in(page, product, a_user(role=role))
        for path in paths:
            page.goto(f"{product}{path}")
            page.wait_for_load_state("networkidle")
            found += _faults(page, path)

    assert found == []


def test_the_field_pages_states_have_no_accessibility_fault(
    page: Page, product: str, app: Flask
) -> None:
    assert app
    found = []
    _sign_in(page, product, a_user())
    page.goto(f"{product}/falt")
    page.get_by_role("button", name="Starta pass nu").click()
    page.get_by_role("button", name="Kvinna 30–44").wait_for()
    found += _faults(page, "home")
    page.get_by_role("button", name="Kvinna 30–44").click()
    found += _faults(page, "form")
    page.get_by_role("button", name="Spara", exact=True).click()
    found += _faults(page, "form with faults")
    page.get_by_role("button", name="CV och ansökan").click()
    page.get_by_text("Hänvisad", exact=True).first.click()
    found += _faults(page, "form with targets")
    page.get_by_text("Information", exact=True).first.click()
    page.get_by_role("button", name="Vänd skärmen").click()
    found += _faults(page, "turned screen")
    page.locator("#turned-done").click()
    page.get_by_role("button", name="Spara", exact=True).click()
    page.get_by_text("du 1 · passet 1").wait_for()
    found += _faults(page, "saved")
    page.get_by_role("button", name="Ta bort").first.click()
    found += _faults(page, "remove dialog")

    assert found == []
