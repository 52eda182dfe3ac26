"""What happens to a contact on the tablet itself: killed browsers, full disks, tabs, clocks.

The letters are those of the failures in docs/offline-scenarios.md.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Playwright, expect

from outreach.contacts.models import ContactVersion
from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.sync.models import SyncCapture
from tests.builders import a_user
from tests.faults.proxy import FaultProxy, wait_until
from tests.journeys.at_the_server import contacts_there, operations_there
from tests.journeys.enrolled import SCREEN, Tablet, kill, persistent
from tests.sealed_tablet import a_grant, a_sealed_tablet

pytestmark = pytest.mark.journey


def test_d1_what_was_called_saved_is_there_after_the_browser_was_killed(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    playwright_started: Playwright,
    line: FaultProxy,
    tmp_path: Path,
) -> None:
    with persistent(playwright_started, tmp_path) as context:
        tablet = Tablet(context, line.address)
        tablet.begin()
        line.always = "drop_before"
        tablet.log()
        kill(tmp_path)

    line.heal()
    with persistent(playwright_started, tmp_path) as context:
        again = Tablet(context, line.address)
        again.page.goto(f"{line.address}/falt")
        again.all_sent()

    assert len(contacts_there()) == 1


# Fills whatever room the origin has, to the last few bytes, in a database of its own.
_FILL = """async () => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("filler", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("things", { autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
  });
  for (let size = 1_000_000; size >= 16; ) {
    const written = await new Promise((resolve) => {
      const writing = db.transaction("things", "readwrite", { durability: "strict" });
      const noise = crypto.getRandomValues(new Uint8Array(Math.min(size, 65536)));
      writing.objectStore("things").add(noise);
      writing.oncomplete = () => resolve(true);
      writing.onabort = () => resolve(false);
    });
    if (!written) size = Math.min(size, 65536) >> 1;
  }
  db.close();
}"""


def test_d2_d3_a_full_tablet_keeps_the_form_and_says_so(working: Tablet) -> None:
    page = working.page
    session = working.context.new_cdp_session(page)
    # The origin is only understood with its slash.
    origin = {"origin": f"{working.address}/"}
    session.send("Storage.overrideQuotaForOrigin", {**origin, "quotaSize": 3_000_000})
    page.evaluate(_FILL)
    before = len(working.kept()["items"])
    page.get_by_role("button", name="Kvinna 30–44", exact=True).tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()

    expect(page.locator("#save-fault")).to_contain_text("Plattan är full")
    assert len(working.kept()["items"]) == before

    session.send("Storage.overrideQuotaForOrigin", origin)
    page.evaluate("indexedDB.deleteDatabase('filler')")
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.locator("#saved")).to_contain_text("Sparad")
    working.all_sent()
    assert len(contacts_there()) == 1


def test_d6_a_connection_that_died_while_the_tablet_slept_is_opened_anew(working: Tablet) -> None:
    working.page.evaluate(
        """() => {
          const begin = IDBDatabase.prototype.transaction;
          let left = 1;
          IDBDatabase.prototype.transaction = function (...how) {
            if (left-- > 0) this.close();
            return begin.apply(this, how);
          };
        }"""
    )

    working.log()
    working.all_sent()

    assert len(contacts_there()) == 1


def test_d7_a_half_written_form_is_offered_again_after_a_crash(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    playwright_started: Playwright,
    line: FaultProxy,
    tmp_path: Path,
) -> None:
    with persistent(playwright_started, tmp_path) as context:
        tablet = Tablet(context, line.address)
        tablet.begin()
        page = tablet.page
        page.get_by_role("button", name="Man 18–29", exact=True).tap()
        page.get_by_role("button", name="Söka jobb").tap()
        page.get_by_text("Plan skapad", exact=True).click()
        wait_until(lambda: _drafts(tablet) == 1)
        kill(tmp_path)

    with persistent(playwright_started, tmp_path) as context:
        again = Tablet(context, line.address)
        # Whether the cookie was on the disk yet is chance; here it was not.
        context.clear_cookies()
        again.page.goto(f"{line.address}/falt")
        again.unlock("Anna Ek")
        again.page.get_by_role("button", name="Fortsätt med den").tap()
        expect(again.page.get_by_role("heading", name="Man 18–29")).to_be_visible()
        again.page.get_by_role("button", name="Spara", exact=True).tap()
        expect(again.page.locator("#saved")).to_contain_text("Sparad")
        again.all_sent()
        assert _drafts(again) == 0

    [contact] = contacts_there()
    assert (contact.gender, contact.topics, contact.result) == ("man", ["job_search"], "plan_made")


def _drafts(tablet: Tablet) -> int:
    count: int = tablet.page.evaluate(
        """() => new Promise((resolve) => {
          indexedDB.open("outreach").onsuccess = ({ target }) => {
            const counting = target.result.transaction("drafts").objectStore("drafts").count();
            counting.onsuccess = () => { target.result.close(); resolve(counting.result); };
          };
        })"""
    )
    return count


def test_d10_a_newer_version_elsewhere_gets_the_storage_and_the_worker_is_told(
    working: Tablet,
) -> None:
    other = working.context.new_page()
    other.goto(f"{working.address}/om")
    other.evaluate(
        """() => new Promise((resolve, reject) => {
          const asked = indexedDB.open("outreach", 2);
          asked.onsuccess = () => { asked.result.close(); resolve(); };
          asked.onblocked = () => reject(new Error("blocked"));
        })"""
    )

    expect(working.line()).to_contain_text("En nyare version är öppen", timeout=2_000)


def test_b8_a_correction_and_a_removal_arrive_in_the_order_in_which_they_were_made(
    working: Tablet,
) -> None:
    page = working.page
    working.go_offline()
    working.log()
    page.locator("#today-list [data-do=edit]").first.tap()
    page.get_by_role("button", name="Praktik").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.locator("#saved")).to_contain_text("Sparad")
    working.settled()
    page.get_by_role("button", name="Ångra senaste").tap()
    expect(page.locator("#saved")).to_contain_text("Ångrad")
    working.log(topic="Söka jobb")
    working.go_online()
    working.all_sent()

    assert operations_there() == [
        "shift.start", "contact.create", "contact.correct", "contact.void", "contact.create",
    ]  # fmt: skip
    gone, kept = sorted(contacts_there(), key=lambda contact: contact.voided_at is None)
    assert (gone.topics, gone.void_reason) == (["cv", "work_placement"], "mistap")
    assert (kept.topics, kept.voided_at) == (["job_search"], None)
    assert len(list(db.session.scalars(sa.select(ContactVersion)))) == 2


@pytest.mark.parametrize("year", ["2001", "2035"])
def test_c1_a_tablet_whose_clock_is_years_off_is_sent_in_order_and_marked(
    working: Tablet, year: str
) -> None:
    working.page.clock.install(time=f"{year}-06-01T12:00:00+02:00")
    working.log(topic="Söka jobb")
    working.log(topic="Praktik")
    working.again()
    wait_until(lambda: len(contacts_there()) == 2)

    assert all(
        abs((each.occurred_at - clock.now()).total_seconds()) < 300 for each in contacts_there()
    )
    marks = db.session.scalars(sa.select(SyncCapture.clock_wrong)).all()
    assert marks == [True, True]
    assert operations_there()[1:] == ["contact.create", "contact.create"]


def test_c2_a_clock_that_jumps_back_takes_nothing_from_what_waits(working: Tablet) -> None:
    page = working.page
    page.clock.install()
    working.go_offline()
    working.log(topic="Söka jobb")
    page.clock.set_system_time("2020-01-01T00:00:00Z")
    working.log(topic="Praktik")
    working.go_online()
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(lambda: len(contacts_there()) == 2)

    ids = {item["op_id"] for item in working.kept()["items"]}
    assert len(ids) == 3


def test_d8_nothing_but_its_id_can_keep_an_operation_out(working: Tablet) -> None:
    rules = working.page.evaluate(
        """() => new Promise((resolve) => {
          indexedDB.open("outreach").onsuccess = ({ target: { result: db } }) => {
            const shelves = [...db.objectStoreNames];
            const shelf = db.transaction(shelves);
            resolve(shelves.flatMap((name) => {
              const store = shelf.objectStore(name);
              return [...store.indexNames].map((index) => [name, index, store.index(index).unique]);
            }));
            db.close();
          };
        })"""
    )

    assert rules == [["outbox", "seq", False]]


# The storage as the first release made it. It is never changed here: that is what it is for.
_FIRST_RELEASE = """(given) => new Promise((resolve, reject) => {
  const asked = indexedDB.open("outreach", 1);
  asked.onerror = () => reject(asked.error);
  asked.onupgradeneeded = () => {
    const made = asked.result;
    made.createObjectStore("meta");
    made.createObjectStore("outbox", { keyPath: "op_id" }).createIndex("seq", "seq");
    for (const shelf of ["day", "people"]) made.createObjectStore(shelf, { keyPath: "id" });
    made.createObjectStore("drafts", { keyPath: "author" });
    made.createObjectStore("codes", { keyPath: "code" });
  };
  asked.onsuccess = () => {
    const writing = asked.result.transaction(["meta", "outbox"], "readwrite");
    for (const [name, value] of Object.entries(given.meta)) {
      writing.objectStore("meta").put(value, name);
    }
    for (const { sealed, ...item } of given.items) {
      writing.objectStore("outbox").put({ ...item, sealed: new Uint8Array(sealed) });
    }
    writing.oncomplete = () => { asked.result.close(); resolve(); };
  };
})"""


def test_d9_what_a_profile_of_the_first_release_holds_is_sent(
    app: Flask, chromium: Browser, line: FaultProxy
) -> None:
    before = a_sealed_tablet(app)
    grant = a_grant(a_user(), before.device)
    queued = [before.create(grant) for _ in range(3)]
    meta = {
        "device": {
            "device_id": str(before.device),
            "token": before.token,
            "name": "Hagalund-1",
            "site": "hagalund",
        },
        "epoch": str(before.epoch),
        "next_seq": 4,
        "key": {
            "id": before.key.id,
            "public": base64.urlsafe_b64encode(before.key.public).decode().rstrip("="),
        },
        "server_generation": 1,
    }
    items = [
        {
            "op_id": str(each.op_id),
            "epoch": str(before.epoch),
            "seq": each.seq,
            "key_id": each.key_id,
            "sealed": list(each.sealed),
            "sha256": each.written()["sealed_sha256"],
            "state": "queued",
            "author": "somebody",
            "at": 0,
        }
        for each in queued
    ]
    context = chromium.new_context(**SCREEN)
    tablet = Tablet(context, line.address)
    tablet.page.goto(f"{line.address}/om")
    tablet.page.evaluate(_FIRST_RELEASE, {"meta": meta, "items": items})

    # Nobody is signed in: the page as the tablet keeps it.
    tablet.page.goto(f"{line.address}/falt/skal")
    tablet.all_sent()

    assert len(contacts_there()) == 3
    context.close()


def test_d12_a_browser_that_dies_between_sending_and_receipt_sends_again(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    playwright_started: Playwright,
    line: FaultProxy,
    tmp_path: Path,
) -> None:
    with persistent(playwright_started, tmp_path) as context:
        tablet = Tablet(context, line.address)
        tablet.begin()
        line.always = "drop_after"
        tablet.log()
        wait_until(lambda: len(contacts_there()) == 1)
        kill(tmp_path)

    line.heal()
    with persistent(playwright_started, tmp_path) as context:
        again = Tablet(context, line.address)
        again.page.goto(f"{line.address}/falt")
        again.all_sent()
        [code] = [item["code"] for item in again.kept()["items"][-1:]]

    assert len(contacts_there()) == 1
    assert code == "duplicate"
