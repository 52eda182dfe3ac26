"""A Chromium as a tablet has it: a profile that stays, somebody signed in, enrolled, at work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from bench import ground
from bench.ground import SITE, Ground
from embedded import browser
from embedded.ports import LOOPBACK
from outreach.devices import service as devices
from outreach.foundation.actor import system
from outreach.foundation.database import db

PLATTKOD = "493817"
PATIENCE_MS = 60_000
# Comes back once the pages are kept, so that they open without a network.
_KEPT = """async () => {
  const worker = navigator.serviceWorker;
  const taken = new Promise((resolve) => { worker.oncontrollerchange = resolve; });
  if (!worker.controller) await taken;
}"""


@contextlib.contextmanager
def opened(folder: Path, *flags: str) -> Iterator[BrowserContext]:
    """Open a browser whose storage is in the folder, and outlives it."""
    with sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            folder,
            executable_path=browser.find_chromium(),
            args=[*browser.FLAGS, *flags],
            viewport={"width": 820, "height": 1180},
            locale="sv-SE",
            timezone_id="Europe/Stockholm",
            has_touch=True,
        )
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        yield context
        context.close()


def address_of(port: int) -> str:
    """Return the product's address as the browser knows it."""
    return f"http://{LOOPBACK}:{port}"


def sign_in(context: BrowserContext, address: str, ground_: Ground) -> None:
    """Let somebody new be signed in in the browser: a session is at one tablet, here at this."""
    name, value = ground.a_visitor(ground_.app).cookie.split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": address}])


def begin(page: Page, address: str, ground_: Ground) -> None:
    """Enrol the browser, choose a plattkod and begin a shift, as one does on a tablet."""
    given = {"id": str(ground.uuid7()), "name": "Mätning i webbläsare", "site": SITE}
    with ground_.app.test_request_context():
        row, _ = devices.create_device(by=system("bench"), given=given)
        db.session.remove()
    page.goto(f"{address}/platta")
    page.get_by_label("Plattans engångskod").fill(row["code"])
    page.get_by_role("button", name="Lägg in plattan").click()
    expect(page.get_by_role("heading", name="Klart")).to_be_visible()
    page.goto(f"{address}/falt")
    page.get_by_label("Plattkod, minst sex siffror").fill(PLATTKOD)
    page.get_by_label("Samma kod en gång till").fill(PLATTKOD)
    page.get_by_role("button", name="Spara plattkoden").click()
    page.get_by_role("button", name="Starta pass nu").click()
    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_visible()
    expect(page.locator("#sync")).to_contain_text("Allt skickat")
    page.evaluate(_KEPT)
