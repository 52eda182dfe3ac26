"""An enrolled tablet in a real browser, which can lose its network, be locked, and be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Playwright, expect
from playwright.sync_api import Error as PlaywrightError

from embedded import browser as browsers
from outreach.accounts.models import User
from outreach.devices import service as devices
from outreach.foundation.actor import Actor
from tests import canaries
from tests.builders import PASSWORD, a_user, an_actor, uuid7
from tests.faults.proxy import wait_until

PLATTKOD = "493817"
SCREEN: dict[str, Any] = {
    "viewport": {"width": 820, "height": 1180},
    "locale": "sv-SE",
    "timezone_id": "Europe/Stockholm",
    "has_touch": True,
}


class Tablet:
    """What one does with a tablet in one's hands: nothing is called but the screen."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        context.set_default_timeout(15_000)
        self.page = context.pages[0] if context.pages else context.new_page()

    def enrol(self, by: Actor, *, site: str = "hagalund", name: str = "Hagalund-1") -> str:
        """Enter a tablet and enrol this browser as it; return its id."""
        given = {"id": str(uuid7()), "name": name, "site": site}
        row, _ = devices.create_device(by=by, given=given)
        self.page.goto(f"{self.address}/platta")
        self.page.get_by_label("Plattans engångskod").fill(row["code"])
        self.page.get_by_role("button", name="Lägg in plattan").click()
        expect(self.page.get_by_role("heading", name="Klart")).to_be_visible()
        return str(row["id"])

    def sign_in(self, user: User, *, plattkod: str = PLATTKOD) -> None:
        """Sign in with one's password and choose a plattkod."""
        page = self.page
        page.goto(f"{self.address}/logga-in?next=/falt")
        page.get_by_label("Användarnamn").fill(user.username)
        page.get_by_label("Lösenord").fill(PASSWORD)
        page.get_by_role("button", name="Logga in").click()
        page.get_by_label("Plattkod, minst sex siffror").fill(plattkod)
        page.get_by_label("Samma kod en gång till").fill(plattkod)
        page.get_by_role("button", name="Spara plattkoden").click()
        expect(page.locator("#code-choice-dialog")).to_be_hidden()

    def begin(self, user: User | None = None) -> str:
        """Enrol, let somebody sign in (Anna Ek) and begin a shift; return the tablet's id."""
        tablet = self.enrol(an_actor(role="administrator", sites=(), committee=None))
        self.sign_in(user or a_user(name="Anna Ek"))
        self.start_shift()
        self.all_sent()
        return tablet

    def settle_colleague(self, user: User, plattkod: str) -> None:
        """Let a colleague sign in here once, with a plattkod of their own."""
        self.context.clear_cookies()
        self.sign_in(user, plattkod=plattkod)

    def kept_offline(self) -> None:
        """Wait until the pages are kept, so that they open without a network."""
        controlled = "navigator.serviceWorker.controller !== null"
        wait_until(lambda: self.page.evaluate(controlled))

    def log_known(self, name: str) -> None:
        """Log a contact with somebody who is known, which takes the network."""
        page = self.page
        self.touch(page.get_by_role("button", name="Deltagare", exact=True))
        self.touch(page.get_by_role("button", name=name).first)
        expect(page.locator("#person-name")).to_contain_text(name)
        self._fill_in()

    def log_with_code(self, code: str) -> None:
        """Log a contact with somebody who says their code."""
        page = self.page
        self.touch(page.get_by_role("button", name="Har kod", exact=True))
        page.locator("#code-input").press_sequentially(code)
        expect(page.get_by_role("heading", name="Vem träffade du?")).to_be_visible()
        self._fill_in()

    def _fill_in(self) -> None:
        page = self.page
        self.touch(page.locator("#who").get_by_text("Kvinna", exact=True))
        self.touch(page.locator("#who").get_by_text("30–44", exact=True))
        self.touch(page.get_by_role("button", name="CV och ansökan"))
        self.touch(page.get_by_role("button", name="Spara", exact=True))
        expect(page.locator("#saved")).to_contain_text("Sparad")
        self._home()

    def touch(self, thing: Locator) -> None:
        """Touch something."""
        thing.tap()

    def start_shift(self) -> None:
        """Start a shift where the worker is."""
        self.touch(self.page.get_by_role("button", name="Starta pass nu"))
        self._home()

    def log(self, who: str = "Kvinna 30–44", topic: str = "CV och ansökan") -> None:
        """Log an anonymous contact: three touches, and it is said to be saved."""
        page = self.page
        self.touch(page.get_by_role("button", name=who, exact=True))
        self.touch(page.get_by_role("button", name=topic))
        self.touch(page.get_by_role("button", name="Spara", exact=True))
        expect(page.locator("#saved")).to_contain_text("Sparad")
        self._home()

    def remove(self, said: str) -> None:
        """Remove the contact of today's list in which this is said."""
        row = self.page.locator("#today-list > li", has_text=said)
        self.touch(row.locator("[data-do=remove]"))
        dialog = self.page.locator("#remove-dialog")
        self.touch(dialog.get_by_role("button", name="Ta bort"))
        expect(self.page.locator("#saved")).to_contain_text("Borttagen")

    def _home(self) -> None:
        expect(self.page.get_by_role("heading", name="Ny kontakt")).to_be_visible()
        self.settled()

    def settled(self) -> None:
        """Wait until touches are let through: the second of a double tap is not."""
        expect(self.page.locator("body[data-settling]")).to_have_count(0)

    def go_offline(self) -> None:
        """Lose the network."""
        self.context.set_offline(True)
        assert self.page.evaluate("navigator.onLine") is False

    def go_online(self) -> None:
        """Have it again."""
        self.context.set_offline(False)

    def again(self) -> None:
        """Let the tablet believe that the network is back, so that it tries at once."""
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def lock(self) -> None:
        """Lock the screen."""
        self.touch(self.page.get_by_role("button", name="Lås", exact=True))
        expect(self.page.locator("body[data-locked]")).to_have_count(1)

    def unlock(self, name: str, plattkod: str = PLATTKOD) -> None:
        """Open the screen as somebody."""
        page = self.page
        self.touch(page.get_by_role("button", name="Lås upp", exact=True).first)
        code = page.get_by_label(f"Plattkod för {name}")
        if not code.is_visible():
            self.touch(page.locator("#unlock-people").get_by_role("button", name=name, exact=True))
        code.fill(plattkod)
        self.touch(page.locator("#unlock-go"))

    def opened(self) -> None:
        """Wait until the screen is open."""
        expect(self.page.locator("body[data-reader]")).to_have_count(1)

    def rows(self) -> list[str]:
        """Return today's list as it is shown, without what was removed."""
        return self.page.locator("#today-list > li:not(.today__row--gone)").all_inner_texts()

    def line(self) -> Any:
        """The line that tells whether all is sent."""
        return self.page.locator("#sync")

    def all_sent(self, *, within: float = 20) -> None:
        """Wait until the tablet has nothing left to send, and says so."""
        wait_until(lambda: all(item["state"] == "received" for item in self.kept()["items"]))
        expect(self.line()).to_contain_text("Allt skickat", timeout=within * 1000)

    def day(self) -> dict[str, str]:
        """Return the ids of the contacts that the tablet keeps of the day, and their authors."""
        found: list[dict[str, str]] = self.page.evaluate(_SHELF, "day")
        return {each["id"]: each["author"] for each in found}

    def watch(self) -> str:
        """Return who had the screen open last."""
        found: list[dict[str, str]] = self.page.evaluate(_SHELF, "meta")
        return next(each["author"] for each in found if isinstance(each, dict) and "until" in each)

    def kept(self) -> dict[str, Any]:
        """Return what lies in the tablet's storage: the outbox, its count, its epoch."""
        return self.page.evaluate(_KEPT)  # type: ignore[no-any-return]


_KEPT = """async () => {
  // Looking makes nothing: a storage that was emptied stays so.
  const there = (await indexedDB.databases()).some(({ name }) => name === "outreach");
  if (!there) return { next: null, epoch: null, items: [] };
  const db = await new Promise((resolve, reject) => {
    const asked = indexedDB.open("outreach");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const shelf = db.transaction(["outbox", "meta"]);
  const all = (request) => new Promise((resolve) => {
    request.onsuccess = () => resolve(request.result);
  });
  const items = await all(shelf.objectStore("outbox").getAll());
  const next = await all(shelf.objectStore("meta").get("next_seq"));
  const epoch = await all(shelf.objectStore("meta").get("epoch"));
  db.close();
  return { next, epoch, items: items.map(({ sealed, ...item }) => item) };
}"""


_SHELF = """(name) => new Promise((resolve, reject) => {
  const asked = indexedDB.open("outreach");
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const reading = asked.result.transaction(name).objectStore(name).getAll();
    reading.onsuccess = () => {
      asked.result.close();
      resolve(reading.result.map((each) =>
        each instanceof Object ? { ...each, sealed: undefined, attention: undefined } : each));
    };
  };
})"""


@contextmanager
def persistent(playwright: Playwright, folder: Path) -> Iterator[BrowserContext]:
    """Open a browser whose storage outlives it, as a tablet's does."""
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=os.environ.get("CHROMIUM") or browsers.find_chromium(),
        args=browsers.FLAGS,
        **SCREEN,
    )
    try:
        yield context
    finally:
        # One that was killed is closed already.
        with suppress(PlaywrightError):
            context.close()


def pids_of(folder: Path) -> list[int]:
    """Return the processes of the browser that keeps its storage in the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            said = (entry / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if str(folder).encode() in said and b"chrom" in said.lower():
            found.append(int(entry.name))
    return found


def kill(folder: Path) -> None:
    """Kill the browser, all of it, as a battery does that dies."""
    for pid in pids_of(folder):
        with suppress(ProcessLookupError):  # its parent's death was its own
            os.kill(pid, signal.SIGKILL)


def on_disk(folder: Path, words: Iterable[str]) -> set[str]:
    """Return which of the words the browser has left in its files, however it wrote them."""
    found = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"og_" in found, "the files are not where they were looked for"
    return canaries.found_in(found, words)
