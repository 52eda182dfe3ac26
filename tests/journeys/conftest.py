"""The whole product as users meet it: the real web server, and a real Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from embedded import browser as browsers
from outreach.accounts.models import User
from outreach.foundation.actor import system
from outreach.sites import lists
from tests.builders import PASSWORD
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.journeys.enrolled import SCREEN, Tablet


@pytest.fixture(scope="session")
def playwright_started() -> Iterator[Playwright]:
    """What starts browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright_started: Playwright) -> Iterator[Browser]:
    """A real browser; each test gets a context of its own in it."""
    path = os.environ.get("CHROMIUM") or browsers.find_chromium()
    started = playwright_started.chromium.launch(executable_path=path, args=browsers.FLAGS)
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


@pytest.fixture
def line(product: str) -> Iterator[FaultProxy]:
    """The network between a tablet and the product, which a test may break."""
    with fault_proxy(product) as proxy:
        yield proxy


@pytest.fixture
def working(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    chromium: Browser,
    line: FaultProxy,
) -> Iterator[Tablet]:
    """An enrolled tablet at Hagalund: its worker, Anna Ek, has signed in and begun a shift."""
    context = chromium.new_context(**SCREEN)
    one = Tablet(context, line.address)
    one.begin()
    yield one
    line.heal()
    context.close()


@pytest.fixture
def rename() -> Iterator[Callable[[str], None]]:
    """A function: let the first topic be called something else, so that there is a newer shell."""
    before = "CV och ansökan"

    def name(label: str) -> None:
        given = {"label_sv": label}
        lists.change_code(by=system("test"), list="topic", code="cv", expected=None, given=given)

    yield name
    name(before)
