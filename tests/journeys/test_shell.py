"""The tablet without a network: what it keeps and shows, and what it never keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.directory import service as directory
from outreach.foundation import assets
from outreach.foundation.actor import system
from tests.builders import a_participant, a_recorded_contact, a_user, uuid7
from tests.faults.proxy import Answer, FaultProxy, wait_until
from tests.journeys.kept import (
    FIELD_ROUTES,
    KEEPS,
    KEPT,
    built,
    cold,
    enrolled_page,
    go_offline,
    is_ready,
    own_on,
    sign_in,
    take_newer,
    topics_on,
)

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

Entry = Callable[..., None]
FIRST_LOAD = 150_000


@pytest.fixture
def an_entry() -> Entry:
    """A function: let there be a place in the directory."""

    def make(**said: Any) -> None:
        entry = {"target": "komvux_sfi", "for_whom": "Alla.", "valid_from": "2025-01-01"}
        given = entry | {"id": str(uuid7())} | said
        directory.create_entry(by=system("test"), given=given)

    return make


@pytest.fixture
def worker() -> User:
    return a_user(name="Signe Kanariefågel")


@pytest.fixture
def page(tablet: BrowserContext, line: FaultProxy, worker: User) -> Page:
    """The field page of a tablet that has just been enrolled, and keeps the shell."""
    return enrolled_page(tablet, line, worker)


def test_a_page_that_was_on_its_way_while_the_worker_began_is_served_by_it(
    tablet: BrowserContext, line: FaultProxy
) -> None:
    served = "navigator.serviceWorker.controller !== null"
    first = tablet.new_page()
    first.goto(line.address + built("mark.svg"))
    line.path, line.delay = "/logga-in", 60.0
    first.evaluate("() => void window.open('/logga-in')")
    first.evaluate("navigator.serviceWorker.register('/service-worker.js').then(() => null)")
    wait_until(lambda: first.evaluate(served))

    with tablet.expect_page() as opened:
        line.heal()

    opened.value.wait_for_url("**/logga-in")
    wait_until(lambda: opened.value.evaluate(served))


@pytest.mark.parametrize("path", FIELD_ROUTES)
def test_every_field_route_opens_cold_and_offline(page: Page, line: FaultProxy, path: str) -> None:
    go_offline(page, line)
    opened = cold(page)

    opened.goto(f"{line.address}{path}")

    assert opened.evaluate("navigator.onLine") is False
    is_ready(opened)
    assert own_on(opened) is None
    assert "CV och ansökan" in topics_on(opened)
    assert line.asked(path) == 0


def test_the_directory_opens_cold_and_offline_and_is_asked_by_need(
    page: Page, line: FaultProxy, an_entry: Entry
) -> None:
    an_entry(name="Jobbhörnan", needs=["cv"])
    an_entry(name="Språkhuset", needs=["language"])
    take_newer(page)
    go_offline(page, line)
    opened = cold(page)

    opened.goto(f"{line.address}/vart")

    assert opened.evaluate("navigator.onLine") is False
    expect(opened.get_by_role("heading", name="Språkhuset")).to_be_visible()
    opened.get_by_role("button", name="CV och ansökan").tap()
    opened.wait_for_url("**/vart?behov=cv")
    expect(opened.get_by_role("heading", name="Jobbhörnan")).to_be_visible()
    expect(opened.get_by_role("heading", name="Språkhuset")).to_be_hidden()
    shown = opened.locator(".place:visible").count()
    words = "1 ställe" if shown == 1 else f"{shown} ställen"
    expect(opened.locator("#found")).to_have_text(words)
    opened.get_by_role("link", name="Fält").tap()
    is_ready(opened)


def test_an_enrolled_tablet_opens_the_field_page_without_asking_the_server(
    page: Page, line: FaultProxy
) -> None:
    line.trace.clear()

    page.goto(f"{line.address}/falt/ny")

    is_ready(page)
    assert own_on(page) is None
    assert line.asked("/falt/ny") == 0


def test_a_tablet_whose_memory_does_not_answer_is_answered_by_the_server(
    page: Page, line: FaultProxy
) -> None:
    holder = page.context.new_page()
    holder.goto(f"{line.address}/vart")
    page.close()
    # Whoever opens the database now waits until the holder lets go of it.
    holder.evaluate(
        """() => new Promise((resolve) => {
          const held = indexedDB.open("outreach");
          held.onsuccess = () => {
            window.held = held.result;
            indexedDB.deleteDatabase("outreach").onblocked = resolve;
          };
        })"""
    )
    line.trace.clear()
    opened = page.context.new_page()

    opened.goto(f"{line.address}/falt")

    expect(opened.get_by_text("En annan flik håller i det som är sparat")).to_be_visible()
    assert line.asked("/falt") == 1
    holder.evaluate("window.held.close()")
    expect(opened.get_by_text("En annan flik håller i det som är sparat")).to_be_hidden()
    expect(opened.locator("body[data-view=loading]")).to_have_count(0)


def test_without_enrolment_the_server_answers_and_the_shell_only_when_it_cannot(
    tablet: BrowserContext, line: FaultProxy, worker: User
) -> None:
    page = tablet.new_page()
    sign_in(page, line.address, worker)
    page.evaluate(KEEPS)

    page.goto(f"{line.address}/falt")
    assert own_on(page)["user"]["name"] == worker.name
    line.instead["/falt"] = Answer(502)
    page.goto(f"{line.address}/falt")
    assert own_on(page) is None
    line.instead.clear()
    go_offline(page, line)
    page.goto(f"{line.address}/falt")
    assert own_on(page) is None
    # Asking made no database: that is the field page's to make.
    assert page.evaluate("indexedDB.databases()") == []


def test_other_pages_are_the_servers_also_on_an_enrolled_tablet(
    page: Page, line: FaultProxy, worker: User
) -> None:
    for path in ("/falt/efterat", "/vart", "/konto"):
        page.goto(f"{line.address}{path}")
        expect(page.locator("#viewer")).to_have_text(worker.name)


def test_the_kept_page_comes_in_the_language_that_was_chosen(page: Page, line: FaultProxy) -> None:
    page.goto(f"{line.address}/vart")
    page.get_by_text("Meny: språk").locator("..").tap()
    page.get_by_role("button", name="English").tap()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    go_offline(page, line)

    page.goto(f"{line.address}/falt")

    assert page.evaluate("navigator.onLine") is False
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert "CV and application" in topics_on(page)


@pytest.mark.parametrize("stale", ["sv", "en"])
def test_a_browser_whose_worker_reads_no_cookies_asks_again_in_the_language_that_was_chosen(
    page: Page, line: FaultProxy, stale: str
) -> None:
    chosen = {"sv": "en", "en": "sv"}[stale]
    page.evaluate(f"document.cookie = 'language={chosen}; Path=/'")

    page.goto(f"{line.address}/falt?sprak={stale}")

    expect(page.locator("html")).to_have_attribute("lang", chosen)


def test_nothing_of_anybody_is_in_any_cache(page: Page, line: FaultProxy, worker: User) -> None:
    note = "KANARIE-4711 ringde om sin ansökan"
    by = actor_named(worker.username)
    person = a_participant(by)
    a_recorded_contact(by, participant_id=str(person), note=note)
    tokens = set()
    for path in ("/falt", "/falt/ny", "/falt/efterat", "/vart", "/konto", "/mina-deltagare"):
        page.goto(f"{line.address}{path}")
        tokens |= set(
            page.locator("input[name=csrf_token]").evaluate_all(
                "(all) => all.map((one) => one.value)"
            )
        )
    page.goto(f"{line.address}/deltagare/{person}")
    page.evaluate("fetch('/api/v1/me')")
    page.evaluate("fetch('/api/v1/contacts')")

    kept = page.evaluate(KEPT)

    assert {urlsplit(address).path for address, _ in kept} == {
        "/falt/skal", "/vart/skal", *(urlsplit(file).path for file, _ in assets.built().kept_files)
    }  # fmt: skip
    written = "".join(text for _, text in kept)
    tokens.discard("")
    assert tokens
    for secret in (worker.name, worker.username, str(worker.id), str(person), "KANARIE", *tokens):
        assert secret not in written


def test_the_product_can_be_installed(
    tablet: BrowserContext, line: FaultProxy, worker: User
) -> None:
    page = tablet.new_page()
    sign_in(page, line.address, worker)
    page.evaluate(KEEPS)
    browser = tablet.new_cdp_session(page)

    told = browser.send("Page.getAppManifest")
    missing = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert told["errors"] == []
    assert told["url"] == f"{line.address}/manifest.webmanifest?sprak=sv"
    # Every context of a test is a private window.
    assert {each["errorId"] for each in missing} <= {"in-incognito"}


def test_the_first_load_of_the_field_page_is_below_150_kb_as_it_is_sent(
    tablet: BrowserContext, product: str, worker: User
) -> None:
    page = tablet.new_page()
    sign_in(page, product, worker, "/konto")
    browser = tablet.new_cdp_session(page)
    browser.send("Network.enable")
    browser.send("Network.setCacheDisabled", {"cacheDisabled": True})
    browser.send("Network.setBypassServiceWorker", {"bypass": True})
    sent: dict[str, int] = {}
    asked: dict[str, str] = {}
    browser.on(
        "Network.requestWillBeSent",
        lambda told: asked.update({told["requestId"]: told["request"]["url"]}),
    )

    def finished(told: dict[str, Any]) -> None:
        # What the page before had begun may end now: it is none of this one's.
        if told["requestId"] in asked:
            sent[asked[told["requestId"]]] = int(told["encodedDataLength"])

    browser.on("Network.loadingFinished", finished)

    page.goto(f"{product}/falt", wait_until="networkidle")

    assert any(url.endswith(built("field.js")) for url in sent)
    assert sum(sent.values()) < FIRST_LOAD
