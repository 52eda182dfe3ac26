"""How a tablet comes from one version of the shell to the next, and never to half of one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Page, expect

from outreach.accounts.models import SignIn, User
from outreach.foundation import assets
from outreach.foundation.database import db
from tests.builders import a_user
from tests.faults.proxy import Answer, FaultProxy
from tests.journeys.enrolled import Tablet
from tests.journeys.kept import (
    CACHES,
    FIELD_ROUTES,
    LOOK_FOR_NEWER,
    built,
    cold,
    enrolled_page,
    go_offline,
    is_ready,
    own_on,
    take_newer,
    topics_on,
)
from tests.waiting import until

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

Rename = Callable[[str], None]
REGISTERED = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
# How far a worker has come, asked in the worker itself.
STATE = "self.serviceWorker.state"


@pytest.fixture
def worker() -> User:
    return a_user(name="Signe Kanariefågel")


@pytest.fixture
def page(tablet: BrowserContext, line: FaultProxy, worker: User) -> Page:
    """The field page of a tablet that has just been enrolled, and keeps the shell."""
    return enrolled_page(tablet, line, worker)


def test_f1_a_newer_version_never_interrupts_and_is_taken_when_nothing_can_be_lost(
    page: Page, rename: Rename
) -> None:
    page.evaluate("window.typed = 'half a contact'")
    rename("CV och personligt brev")

    assert page.evaluate(LOOK_FOR_NEWER) == "installed"

    expect(page.get_by_text("Ny version finns.")).to_be_visible()
    assert page.evaluate("window.typed") == "half a contact"
    assert "CV och ansökan" in topics_on(page)
    with page.expect_navigation():
        page.evaluate("document.dispatchEvent(new Event('outreach:safe'))")
    assert page.evaluate("window.typed") is None
    assert "CV och personligt brev" in topics_on(page)
    expect(page.get_by_text("Ny version finns.")).to_be_hidden()


def test_f1_a_lock_takes_the_newer_version_when_the_server_has_heard_of_the_lock(
    working: Tablet, rename: Rename
) -> None:
    page = working.page
    working.kept_offline()
    rename("CV och personligt brev")
    assert page.evaluate(LOOK_FOR_NEWER) == "installed"

    # Closing what lay on the screen is a navigation of its own; it loads nothing.
    with page.expect_event("load"):
        working.lock()

    is_ready(page)
    assert "CV och personligt brev" in topics_on(page)
    db.session.rollback()
    assert db.session.scalars(sa.select(SignIn.locked_at)).one() is not None


def test_f2_a_tap_takes_the_newer_version_unless_the_page_holds_something_unsaved(
    page: Page, rename: Rename
) -> None:
    rename("CV och personligt brev")
    assert page.evaluate(LOOK_FOR_NEWER) == "installed"
    refuse = "(event) => event.preventDefault(), { once: true }"
    page.evaluate(f"document.addEventListener('outreach:update', {refuse})")

    page.get_by_role("button", name="Uppdatera nu").tap()
    expect(page.get_by_text("så snart det du håller på med är sparat")).to_be_visible()
    assert "CV och ansökan" in topics_on(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Uppdatera nu").tap()

    assert "CV och personligt brev" in topics_on(page)


def test_f2_a_waiting_version_is_taken_by_the_next_cold_start(
    page: Page, line: FaultProxy, rename: Rename
) -> None:
    rename("CV och personligt brev")
    assert page.evaluate(LOOK_FOR_NEWER) == "installed"
    newer = page.context.service_workers[-1]
    assert newer.evaluate(STATE) == "installed"
    opened = cold(page)
    # The browser lets a closed page go a moment later; a hand that puts a tablet away is slower.
    until(lambda: newer.evaluate(STATE) == "activated")

    opened.goto(f"{line.address}/falt")

    assert "CV och personligt brev" in topics_on(opened)


def test_another_page_leaves_what_is_typed_in_the_first_alone_when_a_version_waits(
    page: Page, line: FaultProxy, rename: Rename
) -> None:
    page.evaluate("window.typed = 'half a contact'")
    rename("CV och personligt brev")
    assert page.evaluate(LOOK_FOR_NEWER) == "installed"
    other = page.context.new_page()

    other.goto(f"{line.address}/konto", wait_until="networkidle")

    expect(other.get_by_text("Ny version finns.")).to_be_hidden()
    assert page.evaluate("window.typed") == "half a contact"
    assert "CV och ansökan" in topics_on(page)


def test_f1_a_page_that_has_begun_something_is_not_loaded_again_until_it_is_saved(
    page: Page, rename: Rename
) -> None:
    rename("CV och personligt brev")
    assert page.evaluate(LOOK_FOR_NEWER) == "installed"
    page.evaluate(
        """() => {
          window.refuse = (event) => event.preventDefault();
          document.addEventListener("outreach:update", window.refuse);
          document.dispatchEvent(new Event("outreach:safe"));
          return new Promise((resolve) =>
            navigator.serviceWorker.addEventListener("controllerchange", resolve));
        }"""
    )
    assert "CV och ansökan" in topics_on(page)

    with page.expect_navigation():
        page.evaluate("document.dispatchEvent(new Event('outreach:safe'))")

    assert "CV och personligt brev" in topics_on(page)


BROKEN = {
    "missing": Answer(404),
    "somebody else's": Answer(200, b"<title>Wi-Fi: sign in</title>"),
    "cut off": Answer(200, b"", "text/css"),
}


@pytest.mark.parametrize("fault", BROKEN.values(), ids=list(BROKEN))
def test_f3_a_newer_version_that_is_not_whole_leaves_the_old_one_working(
    page: Page, line: FaultProxy, rename: Rename, fault: Answer
) -> None:
    kept = page.evaluate(CACHES)
    rename("CV och personligt brev")
    line.instead[built("field.css")] = fault

    assert page.evaluate(LOOK_FOR_NEWER) == "redundant"

    assert page.evaluate(CACHES) == kept
    go_offline(page, line)
    opened = cold(page)
    opened.goto(f"{line.address}/falt")
    assert opened.evaluate("navigator.onLine") is False
    is_ready(opened)
    assert "CV och ansökan" in topics_on(opened)
    assert opened.evaluate("getComputedStyle(document.querySelector('.strip')).display") == "grid"
    # When the fault is mended the newer one comes.
    line.instead.clear()
    opened.context.set_offline(False)
    assert opened.evaluate(LOOK_FOR_NEWER) == "installed"


@pytest.mark.parametrize("path", [*FIELD_ROUTES, "/vart"])
def test_f4_every_route_opens_offline_first_thing_after_an_update(
    page: Page, line: FaultProxy, rename: Rename, path: str
) -> None:
    rename("CV och personligt brev")
    take_newer(page)
    go_offline(page, line)
    opened = cold(page)

    opened.goto(f"{line.address}{path}")

    assert opened.evaluate("navigator.onLine") is False
    expect(opened.get_by_text("CV och personligt brev").first).to_be_attached()


def test_one_earlier_version_is_kept_for_pages_that_are_still_open(
    page: Page, rename: Rename
) -> None:
    found = [page.evaluate(CACHES)]
    for label in ("CV ett", "CV två", "CV tre"):
        rename(label)
        take_newer(page)
        found.append(page.evaluate(CACHES))

    assert [len(names) for names in found] == [1, 2, 2, 2]
    assert found[3][0] == found[2][1]


def test_a_worker_that_is_switched_off_forgets_its_pages_and_itself_but_nothing_that_was_saved(
    page: Page, line: FaultProxy
) -> None:
    off = assets.built().content("service-worker-off.js")
    line.instead["/service-worker.js"] = Answer(200, off.encode(), "text/javascript")

    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")

    until(lambda: page.evaluate(CACHES) == [])
    # It forgets itself after that: a page that came before would be served by it once more.
    until(lambda: page.evaluate(REGISTERED) == 0)
    line.instead["/service-worker.js"] = Answer(404)
    opened = cold(page)
    opened.goto(f"{line.address}/falt")
    assert own_on(opened)["user"]
    assert opened.evaluate(REGISTERED) == 0
    # Each page tries its storage in a database of its own, and takes that away again.
    named = "indexedDB.databases().then((all) => all.map(({ name }) => name))"
    until(lambda: opened.evaluate(named) == ["outreach"])
