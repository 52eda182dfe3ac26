"""A browser that cannot keep or seal is told so before anything is captured."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from embedded import browser as browsers
from outreach.accounts.models import User
from tests.builders import a_user
from tests.faults.proxy import FaultProxy
from tests.journeys.kept import ENROL, enrolled_page, sign_in
from tests.waiting import until

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

SELF_TEST = "import('/static/field/self-test.js').then(({ selfTest }) => selfTest())"
UNFIT = {
    "storage": "indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); }",
    "crypto": "SubtleCrypto.prototype.generateKey = () => { throw new Error('no such curve'); }",
    "private": (
        "StorageManager.prototype.getDirectory ="
        " () => { throw new DOMException('no', 'SecurityError'); }"
    ),
}


@pytest.fixture
def worker() -> User:
    return a_user(name="Signe Kanariefågel")


@pytest.fixture
def page(tablet: BrowserContext, line: FaultProxy, worker: User) -> Page:
    """The field page of a tablet that has just been enrolled, and keeps the shell."""
    return enrolled_page(tablet, line, worker)


def test_a_browser_that_can_keep_and_seal_passes_its_test_and_nothing_is_left_of_it(
    page: Page,
) -> None:
    assert page.evaluate(SELF_TEST) == {"ok": True}
    # Deleting takes a moment, and the page itself may be at its own test.
    until(lambda: _databases(page) == ["outreach"])


def _databases(page: Page) -> list[str]:
    return [each["name"] for each in page.evaluate("indexedDB.databases()")]


def test_pages_that_open_at_the_same_moment_do_not_spoil_each_others_test(page: Page) -> None:
    at_once = f"Promise.all([1, 2, 3, 4].map(() => {SELF_TEST}))"

    assert page.evaluate(at_once) == [{"ok": True}] * 4


@pytest.mark.parametrize("why", UNFIT)
def test_d5_a_browser_that_cannot_is_told_what_is_wrong(page: Page, why: str) -> None:
    page.evaluate(f"void ({UNFIT[why]})")

    assert page.evaluate(SELF_TEST) == {"ok": False, "why": why}


def test_d5_a_browser_that_keeps_no_keys_is_told_so(page: Page) -> None:
    page.evaluate(
        """() => {
          const put = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = function (thing, key) {
            if (thing instanceof CryptoKey) throw new DOMException("no", "DataCloneError");
            return put.call(this, thing, key);
          };
        }"""
    )

    assert page.evaluate(SELF_TEST) == {"ok": False, "why": "crypto"}


def test_d5_a_tablet_without_room_is_told_so(
    chromium: Browser, product: str, tmp_path: Path
) -> None:
    # A context of a test keeps things in memory, where no quota holds: this one has a disk.
    tablet = chromium.browser_type.launch_persistent_context(
        tmp_path,
        executable_path=os.environ.get("CHROMIUM") or browsers.find_chromium(),
        args=browsers.FLAGS,
    )
    try:
        page = tablet.new_page()
        page.goto(f"{product}/om")
        quota = {"origin": f"{product}/", "quotaSize": 100_000}
        tablet.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)

        assert page.evaluate(SELF_TEST) == {"ok": False, "why": "storage"}
    finally:
        tablet.close()


def test_storage_is_asked_for_once_only_on_an_enrolled_tablet_and_nothing_waits_for_the_answer(
    tablet: BrowserContext, line: FaultProxy, worker: User
) -> None:
    page = tablet.new_page()
    sign_in(page, line.address, worker)
    page.evaluate(
        """() => {
          window.asked = 0;
          window.promised = false;
          StorageManager.prototype.persisted = async () => window.promised;
          // As where a person is asked, who may let the question stand there all day.
          StorageManager.prototype.persist = () => {
            window.asked += 1;
            return new Promise(() => {});
          };
        }"""
    )
    ask = "import('/static/worker.js').then(({ storagePersisted }) => storagePersisted())"

    assert page.evaluate(ask) is False
    assert page.evaluate("window.asked") == 0
    page.evaluate(ENROL)
    assert page.evaluate(ask) is False
    assert page.evaluate(ask) is False
    assert page.evaluate("window.asked") == 1
    page.evaluate("window.promised = true")
    assert page.evaluate(ask) is True
