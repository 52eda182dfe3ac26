"""Every page can be used by everybody: no axe violation, nothing wider than the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from outreach.accounts.models import User
from outreach.directory import service as directory
from outreach.shifts import service as shifts
from outreach.sites import places
from outreach.staff import units
from tests.audience import ALLOWED, PUBLIC
from tests.builders import PASSWORD, a_recorded_contact, a_user, an_actor, uuid7

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

# Addresses that are no page: files, and where one is only sent on.
NO_PAGES = {"/", "/health", "/ready", "/metrics", "/siffror.csv", "/kontakter.csv", "/las"}
# Forms whose faults are a state of their own: where, whose, and the button that sends them.
FORMS = (
    ("supervisor", "/pass/ny?plats=hagalund", "Spara"),
    ("supervisor", "/pass/stangt/ny", "Spara"),
    ("administrator", "/personal/ny", "Spara"),
    ("administrator", "/katalog/ny", "Spara"),
    ("administrator", "/nycklar", "Gör nyckeln"),
    ("administrator", "/konto", "Byt lösenord"),
)
# Each size and each theme once: a fault of one shows whatever the other is.
LOOKS = {
    "phone in daylight": (360, 780, "sun"),
    "tablet": (820, 1180, "light"),
    "desk at night": (1280, 900, "dark"),
}
# Empties what a person can write in, and lets the server be the one to say so.
EMPTIED = """
for (const form of document.forms) form.noValidate = true;
for (const field of document.querySelectorAll("input:not([type=hidden])")) field.value = "";
"""
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


def _pages() -> dict[str, str]:
    """Return every page, as its route says its address, and somebody who may open it."""
    open_to = ALLOWED | dict.fromkeys(PUBLIC, frozenset({"caseworker"}))
    return {
        route.removeprefix("GET "): min(roles)
        for route, roles in open_to.items()
        if route.startswith("GET ")
        and not route.startswith(("GET /api/v1", "GET /static"))
        and route.removeprefix("GET ") not in NO_PAGES
    }


def _things() -> dict[str, object]:
    """Make one of everything that a page is about; return what stands for it in an address."""
    worker = an_actor(roles=["caseworker", "supervisor", "administrator"])
    for _ in range(3):
        a_recorded_contact(worker)
    given = {"id": str(uuid7()), "site": "hagalund", "activity": "open"}
    shift, _ = shifts.open_shift(by=worker, given=given)
    unit, _ = units.create_unit(
        by=worker, given={"id": str(uuid7()), "name": "Jobbfabriken", "committee": "KN"}
    )
    entry, _ = directory.create_entry(
        by=worker,
        given={
            "id": str(uuid7()),
            "target": "komvux_sfi",
            "name": "Komvux",
            "for_whom": "Vuxna som vill läsa.",
            "valid_from": "2025-01-01",
        },
    )
    return {
        "site": "hagalund",
        "shift_id": shift["id"],
        "contact_id": a_recorded_contact(worker)["id"],
        "user_id": worker.id,
        "unit_id": unit.id,
        "list_name": "topic",
        "code": "cv",
        "duty_id": places.duties(by=worker)[0].id,
        "entry_id": entry["id"],
        "slug": "id-reuse",
    }


def _filled(route: str, things: dict[str, object]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(things[found[1]]), route)


def test_no_page_has_an_accessibility_fault_in_any_size_or_theme(page: Page, product: str) -> None:
    things, found, role = _things(), [], ""
    for route, whose in sorted(_pages().items(), key=lambda each: (each[1], each[0])):
        if whose != role:
            page.context.clear_cookies(name="outreach")
            _sign_in(page, product, a_user(role=whose))
            role = whose
        if route == "/logga-in":
            page.context.clear_cookies(name="outreach")
            role = ""
        answer = page.goto(product + _filled(route, things))
        page.wait_for_load_state("networkidle")
        assert answer is not None
        assert (route, answer.status) == (route, 200)
        found += _faults(page, route)

    assert found == []


def test_no_form_has_an_accessibility_fault_when_it_tells_what_is_wrong(
    page: Page, product: str
) -> None:
    found = []
    page.goto(f"{product}/logga-in")
    page.get_by_role("button", name="Logga in").click()
    found += _faults(page, "/logga-in")
    for role, path, button in FORMS:
        page.context.clear_cookies(name="outreach")
        _sign_in(page, product, a_user(role=role))
        page.goto(product + path)
        # What the browser would catch by itself must read well from the server too.
        page.evaluate(EMPTIED)
        page.get_by_role("button", name=button, exact=True).first.click()
        page.locator("#error-summary").wait_for()
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
