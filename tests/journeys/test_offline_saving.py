"""Saving on a tablet is one thing: all of it is kept, or none of it, and that is said."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Request, expect

from tests.faults.proxy import SYNC, FaultProxy, wait_until
from tests.journeys.at_the_server import contacts_there
from tests.journeys.enrolled import Tablet

pytestmark = pytest.mark.journey

# Lets one write fail for want of room, counted from the first that belongs to what is being saved.
_FAIL = """(nth) => {
  const OURS = ["outbox", "day", "codes", "next_seq", "handed_out"];
  let left = nth;
  window.__real ??= {};
  for (const name of ["put", "add", "delete"]) {
    const real = (window.__real[name] ??= IDBObjectStore.prototype[name]);
    IDBObjectStore.prototype[name] = function (...given) {
      const key = name === "put" ? given[1] : undefined;
      const belongs = [this.name, key].some((each) => OURS.includes(each));
      if (belongs && (left -= 1) === 0) throw new DOMException("full", "QuotaExceededError");
      return real.apply(this, given);
    };
  }
}"""
# What of a contact lies in the storage: which operations, which contacts, which codes, the count.
_LIES = """async () => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("outreach");
    asked.onsuccess = () => resolve(asked.result);
  });
  const reading = db.transaction(["outbox", "day", "codes", "meta"]);
  const asked = [
    ...["outbox", "day", "codes"].map((name) => reading.objectStore(name).getAllKeys()),
    ...["next_seq", "handed_out"].map((key) => reading.objectStore("meta").get(key)),
  ];
  await new Promise((resolve) => { reading.oncomplete = resolve; });
  db.close();
  return JSON.stringify(asked.map(({ result }) => result));
}"""


def test_d2_whichever_write_fails_nothing_of_the_contact_is_kept_and_the_form_stays(
    working: Tablet,
) -> None:
    page = working.page
    working.all_sent()
    working.go_offline()
    page.get_by_role("button", name="Kvinna 30–44", exact=True).tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    before = page.evaluate(_LIES)
    saved_or_told = page.locator("#given[open], #save-fault:not(:empty)")

    failed = 0
    for nth in range(1, 20):
        page.evaluate(_FAIL, nth)
        page.locator("#give-code").tap()
        expect(saved_or_told).to_have_count(1)
        if page.locator("#given[open]").count():
            break
        failed += 1
        expect(page.locator("#save-fault")).to_contain_text("Plattan är full")
        assert page.evaluate(_LIES) == before, f"the {nth}. write failed, others were kept"

    # Two operations with their numbers, the contact's row, and the code that left the block.
    assert failed >= 6
    page.locator("#given-done").tap()
    working.go_online()
    working.all_sent()
    [contact] = contacts_there()
    assert contact.recognition_code_id is not None


def test_d11_two_tabs_that_begin_at_once_post_each_operation_once(
    working: Tablet, line: FaultProxy
) -> None:
    second = Tablet(working.context, working.address)
    second.page = working.context.new_page()
    second.page.goto(f"{working.address}/falt")
    second.opened()
    working.go_offline()
    for _ in range(4):
        working.log()
    posted: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith(SYNC) and request.method == "POST":
            ops = json.loads(request.post_data or "{}")["ops"]
            posted.extend(op["op_id"] for op in ops)

    working.context.on("request", note)
    # So long that the other tab has begun before this one's answer is there.
    line.delay = 1.0
    working.go_online()
    for page in (working.page, second.page):
        page.evaluate("dispatchEvent(new Event('online'))")
    working.all_sent()

    assert len(posted) == len(set(posted)) == 4
    assert len(contacts_there()) == 4


# Nothing that this page sends gets through, the other pages' does.
_CUT_OFF = """() => {
  window.__fetch = window.fetch;
  window.__tries = 0;
  window.fetch = () => {
    window.__tries += 1;
    return Promise.reject(new TypeError("cut off"));
  };
}"""


def test_a_tab_without_luck_hears_from_another_that_all_was_sent(
    working: Tablet, line: FaultProxy
) -> None:
    second = Tablet(working.context, working.address)
    second.page = working.context.new_page()
    second.page.goto(f"{working.address}/falt")
    second.opened()
    working.page.evaluate(_CUT_OFF)
    line.always = "drop_before"
    working.log()
    # So often that it would not try again by itself for minutes.
    for tries in range(2, 9):
        working.again()
        wait_until(lambda tries=tries: working.page.evaluate("window.__tries") >= tries)
    expect(working.line()).to_contain_text("1 sparad på plattan")
    working.page.evaluate("window.fetch = window.__fetch")
    line.always = None
    line.delay = 1.0
    with second.page.expect_request(f"**{SYNC}"):
        second.again()
    working.again()

    second.all_sent()
    working.all_sent(within=10)
