"""Takes the README's pictures from a product that runs.

With `./dev run` going in another window:

    .venv/bin/python docs/pictures.py            (or with another address behind it)

It signs in as the demonstration's people, works as they would, and writes docs/pictures/*.png.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from embedded.browser import find_chromium  # noqa: E402 - found by way of the line above

FOLDER = ROOT / "docs" / "pictures"
ADDRESS = "http://127.0.0.1:8000"
TABLET: ViewportSize = {"width": 820, "height": 1180}
DESK: ViewportSize = {"width": 1280, "height": 1180}


def demo_users() -> list[dict[str, Any]]:
    """Return the demonstration's sign-ins, as the running product tells them."""
    told = subprocess.run(  # noqa: S603 - a program of this checkout
        [ROOT / "dev", "outreach", "demo", "--json"], stdout=subprocess.PIPE, check=True
    )
    users: list[dict[str, Any]] = json.loads(told.stdout)["users"]
    return users


class Photographer:
    """A browser, the people who may sign in, and where the product is."""

    def __init__(self, browser: Browser, users: list[dict[str, Any]], address: str) -> None:
        self._browser = browser
        self._users = users
        self._address = address

    def take_all(self) -> None:
        """Take every picture that the README shows."""
        field = self._signed_in("caseworker", TABLET)
        field.goto("/falt")
        start = field.get_by_role("button", name="Starta pass nu")
        tile = field.get_by_role("button", name="Kvinna 30–44", exact=True)
        expect(start.or_(tile).first).to_be_visible()
        if start.is_visible():
            start.click()
        for who, what in (
            ("Man 18–29", "Söka jobb"),
            ("Kvinna 45–54", "Studier och vägledning"),
            ("Kvinna 30–44", "CV och ansökan"),
        ):
            field.get_by_role("button", name=who, exact=True).click()
            field.get_by_role("button", name=what, exact=True).click()
            field.get_by_role("button", name="Spara", exact=True).click()
            expect(tile).to_be_visible()
        self.picture("field", field)

        figures = self._signed_in("analyst", DESK)
        figures.goto("/siffror")
        expect(figures.get_by_role("table").first).to_be_visible()
        self.picture("figures", figures)

    def _signed_in(self, role: str, size: ViewportSize) -> Page:
        person = next(user for user in self._users if role in user["roles"])
        context = self._browser.new_context(
            base_url=self._address,
            viewport=size,
            device_scale_factor=2,
            locale="sv-SE",
            timezone_id="Europe/Stockholm",
            color_scheme="light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto("/logga-in")
        page.locator('input[name="username"]').fill(person["username"])
        page.locator('input[name="password"]').fill(person["password"])
        page.get_by_role("button", name="Logga in").click()
        page.wait_for_url(lambda url: "/logga-in" not in url)
        return page

    def picture(self, name: str, page: Page) -> None:
        """Write what the page shows, as high as the window."""
        page.evaluate("document.fonts.ready")
        page.screenshot(path=FOLDER / f"{name}.png")
        print(FOLDER / f"{name}.png")


def main() -> None:
    """Take all pictures from the product at the address given, else at the usual one."""
    address = sys.argv[1] if len(sys.argv) > 1 else ADDRESS
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-quic"]
        )
        Photographer(browser, demo_users(), address).take_all()
        browser.close()


if __name__ == "__main__":
    main()
