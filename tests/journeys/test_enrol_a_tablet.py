"""A tablet is enrolled: the administrator prints a code, somebody types it in the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from outreach.devices import service
from outreach.foundation.actor import system
from tests.builders import a_user, an_actor, commit, uuid7
from tests.journeys.enrolled import Tablet

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]
BY = system("test")
SignIn = Callable[[Any, str], Page]
# How much of what was seen has moved, as browsers measure it: the cumulative layout shift.
_JUMPED = """() => new Promise((resolve) => {
  const seen = new PerformanceObserver((list) =>
    resolve(list.getEntries().reduce((sum, { value = 0 }) => sum + value, 0)));
  seen.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)));
})"""


def _code(**said: str) -> str:
    given = {"id": str(uuid7()), "name": "Hagalund 1", "site": "hagalund"} | said
    made, _ = service.create_device(by=BY, given=given)
    commit()
    return str(made["code"])


def _kept(page: Page) -> Any:
    return page.evaluate(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("outreach");
          opening.onsuccess = () => {
            const asked = opening.result.transaction("meta").objectStore("meta").get("device");
            asked.onsuccess = () => { opening.result.close(); resolve(asked.result ?? null); };
          };
        })"""
    )


def test_a_code_from_the_administrators_sheet_is_typed_on_the_tablet(
    sign_in_at: SignIn, product: str
) -> None:
    administrator = a_user(role="administrator", sites=(), committee=None)
    commit()
    page = sign_in_at(administrator, "/plattor")
    page.get_by_role("link", name="Lägg upp plattor").click()
    page.get_by_label("Plattornas namn").fill("Hagalund 1\nHagalund 2")
    page.get_by_label("Plats", exact=True).select_option("hagalund")
    page.get_by_role("button", name="Lägg upp och visa koderna").click()
    code = page.locator(".code-card__words[translate=no]").first.text_content() or ""
    code = code.removeprefix("Engångskod").strip()

    page.goto(f"{product}/platta")
    page.get_by_label("Plattans engångskod").fill(code.replace("-", " ").lower())
    page.get_by_role("button", name="Lägg in plattan").click()

    expect(page.get_by_role("heading", name="Klart")).to_be_focused()
    expect(page.get_by_text("Plattan heter Hagalund 1")).to_be_visible()
    kept = _kept(page)
    found = service.tablet_of_token(kept["token"])
    assert found is not None
    assert (str(found.id), found.name) == (kept["device_id"], "Hagalund 1")
    page.goto(f"{product}/platta")
    expect(page.get_by_text("redan inlagd och heter Hagalund 1")).to_be_visible()


def test_a_code_in_the_address_fills_the_field_and_leaves_the_address(
    tablet: BrowserContext, product: str
) -> None:
    code = _code()
    page = tablet.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{product}/platta#kod={code}")

    field = page.get_by_label("Plattans engångskod")
    expect(field).to_have_value(code)
    assert page.url == f"{product}/platta"
    assert not [url for url in asked if code in url and "#" not in url]
    expect(page.get_by_text("Du är i webbläsaren, inte i appen.")).to_be_visible()


def test_a_wrong_code_is_told_beside_the_field_and_may_be_typed_again(
    tablet: BrowserContext, product: str
) -> None:
    code = _code()
    page = tablet.new_page()
    page.goto(f"{product}/platta")
    field = page.get_by_label("Plattans engångskod")
    field.fill("AAAA-AAAA")
    field.press("Enter")

    expect(page.get_by_text("En kod gäller en gång")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill(code)
    field.press("Enter")
    expect(page.get_by_role("heading", name="Klart")).to_be_visible()


def _fill_up(page: Page, product: str) -> None:
    quota = {"origin": f"{product}/", "quotaSize": 1000}
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)


def _be_private(page: Page, _: str) -> None:
    # As Firefox and Safari answer in a private window.
    page.evaluate(
        "() => { navigator.storage.getDirectory = "
        "() => Promise.reject(new DOMException('no', 'SecurityError')); }"
    )


@pytest.mark.parametrize(
    ("become", "told"), [(_fill_up, "Plattan är full"), (_be_private, "Det här är ett privat")]
)
def test_a_browser_that_cannot_keep_anything_is_told_before_the_code_is_used(
    tablet: BrowserContext, product: str, become: Callable[[Page, str], None], told: str
) -> None:
    code = _code()
    page = tablet.new_page()
    page.goto(f"{product}/platta")
    become(page, product)
    page.get_by_label("Plattans engångskod").fill(code)
    page.get_by_role("button", name="Lägg in plattan").click()

    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(page.get_by_role("alert")).to_contain_text("Koden är inte använd")
    commit()
    assert service.enrol(given={"code": code})["name"] == "Hagalund 1"


def test_without_a_network_the_code_may_be_tried_again(
    tablet: BrowserContext, product: str
) -> None:
    code = _code()
    page = tablet.new_page()
    page.goto(f"{product}/platta")
    page.get_by_label("Plattans engångskod").fill(code)
    tablet.set_offline(True)
    page.get_by_role("button", name="Lägg in plattan").click()
    expect(page.get_by_role("alert")).to_contain_text("Servern gick inte att nå")

    tablet.set_offline(False)
    page.get_by_role("button", name="Lägg in plattan").click()
    expect(page.get_by_role("heading", name="Klart")).to_be_visible()


def test_a_tablet_never_becomes_another_by_a_code_that_was_mixed_up(
    tablet: BrowserContext, product: str
) -> None:
    first, other = _code(name="Hagalund 1"), _code(name="Hagalund 2")
    page = tablet.new_page()
    for code in (first, other):
        page.goto(f"{product}/platta")
        page.get_by_label("Plattans engångskod").fill(code)
        page.get_by_role("button", name="Lägg in plattan").click()
        page.locator("#enrolment-done:visible, #enrolment-fault:visible").wait_for()

    expect(page.get_by_role("alert")).to_contain_text("Koden hör till en annan platta")
    assert _kept(page)["name"] == "Hagalund 1"


def test_nothing_jumps_away_from_the_finger_while_the_page_of_a_tablet_loads(
    tablet: BrowserContext, product: str
) -> None:
    page = tablet.new_page()
    page.set_viewport_size({"width": 412, "height": 823})
    page.goto(f"{product}/platta")
    page.get_by_label("Plattans engångskod").fill(_code())
    page.get_by_role("button", name="Lägg in plattan").click()
    expect(page.get_by_role("heading", name="Klart")).to_be_visible()

    page.goto(f"{product}/platta")

    expect(page.get_by_text("redan inlagd och heter Hagalund 1")).to_be_visible()
    assert page.evaluate(_JUMPED) < 0.01


def test_a_tablet_that_nobody_has_used_says_so_without_a_network(
    tablet: BrowserContext, product: str
) -> None:
    one = Tablet(tablet, product)
    one.enrol(an_actor(role="administrator", sites=(), committee=None))
    one.page.goto(f"{product}/falt")
    one.kept_offline()
    one.go_offline()
    one.page.goto(f"{product}/falt")

    expect(one.page.get_by_text("Ingen har loggat in på plattan än.")).to_be_visible()
    expect(one.page.get_by_role("button", name="Logga in")).to_be_visible()


def test_without_scripts_no_code_can_be_sent_in_an_address(chromium: Browser, product: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{product}/platta")

    expect(page.get_by_role("heading", name="Lägg in plattan")).to_be_visible()
    expect(page.get_by_label("Plattans engångskod")).to_be_hidden()
    context.close()
