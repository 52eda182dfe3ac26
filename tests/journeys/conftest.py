"""The whole product as users meet it: the real web server, and a real Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from embedded import browser as browsers
from outreach.accounts.models import User
from tests.builders import PASSWORD

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser; each test gets a context of its own in it."""
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or browsers.find_chromium()
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def timezone() -> str:
    """Where the tablet believes that it is; a test may say otherwise by its parameters."""
    return "Europe/Stockholm"


@pytest.fixture
def tablet(chromium: Browser, timezone: str) -> Iterator[BrowserContext]:
    """A tablet held upright, with a Swedish user."""
    context = chromium.new_context(
        viewport={"width": 820, "height": 1180},
        locale="sv-SE",
        timezone_id=timezone,
        has_touch=True,
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def sign_in_at(tablet: BrowserContext, product: str) -> Callable[[User, str], Page]:
    """A function: sign the user in on the tablet and go to the address."""

    def go(user: User, path: str) -> Page:
        page = tablet.new_page()
        page.goto(f"{product}/logga-in?next={path}")
        page.get_by_label("Användarnamn").fill(user.username)
        page.get_by_label("Lösenord").fill(PASSWORD)
        page.get_by_role("button", name="Logga in").click()
        page.wait_for_url(f"{product}{path}")
        return page

    return go
