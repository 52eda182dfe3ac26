"""What journeys without a network have in common: a tablet that keeps the shell."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from outreach.accounts.models import User
from outreach.foundation import assets
from tests.builders import PASSWORD
from tests.faults.proxy import FaultProxy

FIELD_ROUTES = ["/falt", "/falt/ny", "/falt/efterat"]
# The names of the caches, the first made first.
CACHES = "caches.keys()"
# Everything in every cache: the addresses, and all that is written there.
KEPT = """
async () => {
  const kept = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const answer = await cache.match(request);
      kept.push([request.url, JSON.stringify([...answer.headers]) + await answer.text()]);
    }
  }
  return kept;
}
"""
# What the field page does when the tablet is enrolled, as far as the worker asks for it.
ENROL = """
() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("outreach", 1);
  opening.onerror = () => reject(opening.error);
  opening.onupgradeneeded = () => {
    const made = opening.result;
    made.createObjectStore("meta");
    made.createObjectStore("outbox", { keyPath: "op_id" }).createIndex("seq", "seq");
    for (const shelf of ["day", "people"]) made.createObjectStore(shelf, { keyPath: "id" });
    made.createObjectStore("drafts", { keyPath: "author" });
    made.createObjectStore("codes", { keyPath: "code" });
  };
  opening.onsuccess = () => {
    const writing = opening.result.transaction("meta", "readwrite");
    const device = { device_id: crypto.randomUUID(), token: "od_x", name: "T", site: "hagalund" };
    writing.objectStore("meta").put(device, "device");
    writing.oncomplete = () => { opening.result.close(); resolve(true); };
  };
})
"""
# Comes back once the worker is there for the next page that is gone to.
KEEPS = """
async () => {
  const { active } = await navigator.serviceWorker.ready;
  while (active.state !== "activated") {
    await new Promise((resolve) => active.addEventListener("statechange", resolve, { once: true }));
  }
}
"""
# Comes back once the newer version is there, or is refused.
LOOK_FOR_NEWER = """
async () => {
  const registration = await navigator.serviceWorker.ready;
  try { await registration.update(); } catch { return "refused"; }
  const newer = registration.installing ?? registration.waiting;
  if (!newer) return "none";
  while (newer.state === "installing") {
    await new Promise((resolve) => newer.addEventListener("statechange", resolve, { once: true }));
  }
  return newer.state;
}
"""


def enrolled_page(tablet: BrowserContext, line: FaultProxy, worker: User) -> Page:
    """Return the field page of a tablet that has just been enrolled, and keeps the shell."""
    page = tablet.new_page()
    sign_in(page, line.address, worker)
    page.evaluate(KEEPS)
    assert page.evaluate(ENROL)
    page.goto(f"{line.address}/falt")
    return page


def sign_in(page: Page, address: str, user: User, path: str = "/falt") -> None:
    """Sign in, and go to the address."""
    page.goto(f"{address}/logga-in?next={path}")
    page.get_by_label("Användarnamn").fill(user.username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(f"{address}{path}")


def go_offline(page: Page, line: FaultProxy) -> None:
    """Take the network away, and see that the browser knows it."""
    page.context.set_offline(True)
    assert page.evaluate("navigator.onLine") is False
    line.trace.clear()


def cold(page: Page) -> Page:
    """Close the page and open another one, as after the tablet was put away."""
    context = page.context
    page.close()
    return context.new_page()


def own_on(page: Page) -> Any:
    """Return what the document says is one's own: nothing in the one that the tablet keeps."""
    return page.evaluate("JSON.parse(document.getElementById('field-data').text).own")


def topics_on(page: Page) -> list[str]:
    """Return the topics that can be chosen."""
    return page.locator("#topics button span").all_text_contents()


def is_ready(page: Page) -> None:
    """Wait until the field page's scripts have taken over."""
    expect(page.locator("body.field:not([data-view=loading])")).to_be_attached()


def take_newer(page: Page) -> None:
    """Let the page look for a newer version, and take it."""
    assert page.evaluate(LOOK_FOR_NEWER) == "installed"
    with page.expect_navigation():
        page.evaluate("document.dispatchEvent(new Event('outreach:safe'))")
    page.evaluate(KEEPS)


def built(name: str) -> str:
    """Return the address of a built file."""
    return f"/static/built/{assets.built().names[name]}"
