"""From nothing to the committee's page: start, sign in, three taps, the night, one more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from outreach.foundation import clock
from tests.whole_product import WholeProduct, whole_product

pytestmark = pytest.mark.journey


def _contacts_this_year(product: WholeProduct) -> Any:
    today = clock.today()
    period = f"{today.year}-01-01..{today.isoformat()}"
    figures = product.outreach("figures", "--period", period, "--raw")
    (sn3,) = [figure for figure in figures["figures"] if figure["code"] == "SN3"]
    return sn3["beside"]["contacts"]


def _sign_in(context: BrowserContext, product: WholeProduct, username: str) -> Any:
    page = context.new_page()
    page.goto(f"{product.address}/logga-in")
    page.get_by_label("Användarnamn").fill(username)
    page.get_by_label("Lösenord").fill(product.password_of(username))
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(re.compile(r"/(falt|pass|mina-deltagare)$"))
    return page


@pytest.mark.timeout(180)
def test_a_contact_logged_in_three_taps_is_one_more_in_the_figures_next_morning(
    chromium: Browser, tablet: BrowserContext
) -> None:
    with whole_product() as product:
        product.outreach("nightly")
        before = _contacts_this_year(product)
        page = _sign_in(tablet, product, "anna.hagalund")
        woman = page.get_by_role("button", name="Kvinna 30–44", exact=True)
        start = page.get_by_role("button", name="Starta pass nu")
        expect(woman.or_(start)).to_be_visible()
        if start.is_visible():
            # Outside the place's hours, when no shift of the demonstration is on.
            page.get_by_role("radio", name="Hagalund").check(force=True)
            start.tap()

        woman.tap()
        page.get_by_role("button", name="CV och ansökan").tap()
        page.get_by_role("button", name="Spara", exact=True).tap()
        expect(page.get_by_text("Sparad").first).to_be_visible()

        product.outreach("nightly")
        assert _contacts_this_year(product) == before + 1
        desk = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="sv-SE")
        figures = _sign_in(desk, product, "eva.chef")
        figures.get_by_role("link", name="Siffror").click()
        expect(figures.get_by_role("heading", name="Siffror")).to_be_visible()
        desk.close()
