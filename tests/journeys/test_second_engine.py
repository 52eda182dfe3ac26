"""The field flow in another engine than Chromium's: what a tablet keeps is kept there as well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Playwright, expect

from embedded import browser as browsers
from embedded.refusal import Refusal
from outreach.contacts.models import Contact
from outreach.foundation.database import db
from outreach.sync.models import SyncInbox
from tests.faults.proxy import FaultProxy
from tests.journeys.enrolled import SCREEN, Tablet

pytestmark = pytest.mark.journey

DRIVEN = Path(__file__).with_name("firefox_as_it_comes.py")
# It speaks to nobody but the product.
SILENT: dict[str, str | float | bool] = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
}


# What is sealed to oneself opens with every pair of keys. Those with an odd y, half of all, once
# did not open here: so it is tried with one of them.
ODD = """{
  const make = SubtleCrypto.prototype.generateKey;
  SubtleCrypto.prototype.generateKey = async function (...asked) {
    for (;;) {
      const pair = await make.apply(this, asked);
      if (!pair.publicKey) return pair;
      const point = new Uint8Array(await this.exportKey("raw", pair.publicKey));
      if (point.at(-1) % 2) return pair;
    }
  };
}"""


class ClickedTablet(Tablet):
    """A tablet that is clicked: a Firefox that is driven is not touched."""

    def touch(self, thing: Locator) -> None:
        """Click it."""
        thing.click()


@pytest.fixture
def firefox() -> str:
    """The path of a Firefox; the test is skipped where none can be had."""
    # Set by ./dev, which has tried already.
    if told := os.environ.get("NO_FIREFOX"):
        pytest.skip(told)
    try:
        return browsers.find_firefox()
    except Refusal as refusal:
        pytest.skip(str(refusal))


@contextmanager
def _opened(playwright: Playwright, firefox: str, folder: Path) -> Iterator[BrowserContext]:
    """Open a Firefox whose storage outlives it."""
    context = playwright.firefox.launch_persistent_context(
        folder,
        channel="moz-firefox",
        executable_path=DRIVEN,
        firefox_user_prefs=SILENT,
        env={**os.environ, "FIREFOX": firefox},
        **SCREEN,
    )
    try:
        yield context
    finally:
        context.close()


def test_in_firefox_too_a_day_without_a_network_is_kept_listed_changed_and_sent(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    playwright_started: Playwright,
    firefox: str,
    line: FaultProxy,
    tmp_path: Path,
) -> None:
    line.path = "/"
    with _opened(playwright_started, firefox, tmp_path) as context:
        context.add_init_script(ODD)
        tablet = ClickedTablet(context, line.address)
        tablet.begin()
        tablet.log(topic="CV och ansökan")
        tablet.all_sent()
        tablet.kept_offline()
        line.always = "drop_before"
        tablet.go_offline()
        tablet.log("Man 30–44", topic="Praktik")
        tablet.log("Kvinna 18–29", topic="Söka jobb")

    with _opened(playwright_started, firefox, tmp_path) as context:
        again = ClickedTablet(context, line.address)
        again.go_offline()
        again.page.goto(f"{line.address}/falt")
        again.unlock("Anna Ek")
        again.opened()
        expect(again.page.locator("#today-list > li")).to_have_count(3)
        waiting = [row for row in again.rows() if "sparad på plattan" in row]
        assert len(waiting) == 2
        again.remove("Praktik")
        expect(again.line()).to_contain_text("3")
        line.heal()
        again.go_online()
        again.again()
        again.all_sent()
        assert len(again.rows()) == 2

    db.session.rollback()
    contacts = db.session.scalars(sa.select(Contact)).all()
    there = sorted((each.topics[0], each.voided_at is not None) for each in contacts)
    assert there == [("cv", False), ("job_search", False), ("work_placement", True)]
    received = sa.select(SyncInbox.type).order_by(SyncInbox.server_seq)
    assert list(db.session.scalars(received)) == [
        "shift.start", *["contact.create"] * 3, "contact.void",
    ]  # fmt: skip
