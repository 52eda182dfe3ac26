"""*Koppla senare*: written without a network, sealed, and let be known by its author alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Playwright, expect

from outreach.accounts.service import actor_named
from outreach.identification import later
from tests.builders import a_user, an_actor
from tests.faults.proxy import FaultProxy
from tests.journeys.enrolled import Tablet, kill, on_disk, persistent

pytestmark = pytest.mark.journey

_DRAFT_IS_KEPT = """async () => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("outreach");
    asked.onsuccess = () => resolve(asked.result);
  });
  const count = await new Promise((resolve) => {
    const asked = db.transaction("drafts").objectStore("drafts").count();
    asked.onsuccess = () => resolve(asked.result);
  });
  db.close();
  return count > 0;
}"""
GIVEN, FAMILY = "Zxqvilda", "Wkårtrand"


def _write_later(tablet: Tablet) -> None:
    """Log a contact offline with somebody who wants to become known."""
    page = tablet.page
    page.get_by_role("button", name="Deltagare", exact=True).tap()
    page.get_by_role("button", name="Koppla senare").tap()
    expect(page.get_by_text("Personen sparas inte som deltagare än")).to_be_visible()
    page.locator("#who").get_by_text("Kvinna", exact=True).tap()
    page.locator("#who").get_by_text("30–44", exact=True).tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.locator("#error-whom")).to_contain_text("Skriv vad personen vill kallas")
    page.get_by_label("Namn, eller vad personen vill kallas").fill(GIVEN)
    page.get_by_label("Efternamn (om personen vill)").fill(FAMILY)
    # So long that what is being written is in the draft.
    page.wait_for_function(_DRAFT_IS_KEPT)
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.locator("#saved")).to_contain_text("Sparad")


def test_who_it_was_is_written_offline_and_let_be_known_by_its_author_alone(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    playwright_started: Playwright,
    line: FaultProxy,
    tmp_path: Path,
) -> None:
    anna = a_user(name="Anna Ek")
    author, boss = actor_named(anna.username), an_actor(role="supervisor")
    with persistent(playwright_started, tmp_path) as context:
        tablet = Tablet(context, line.address)
        tablet.enrol(an_actor(role="administrator", sites=(), committee=None))
        tablet.sign_in(anna)
        tablet.start_shift()
        tablet.all_sent()
        tablet.kept_offline()
        tablet.go_offline()
        _write_later(tablet)
        [row] = tablet.rows()
        assert "att koppla" in row
        assert GIVEN not in tablet.page.content()
        assert tablet.page.locator("#later-given").input_value() == ""
        assert [item["state"] for item in tablet.kept()["items"]].count("queued") == 2
        kill(tmp_path)

    assert on_disk(tmp_path, (GIVEN, FAMILY)) == set()

    with persistent(playwright_started, tmp_path) as context:
        again = Tablet(context, line.address)
        page = again.page
        page.goto(f"{line.address}/falt")
        again.unlock("Anna Ek")
        again.opened()
        again.all_sent()
        expect(page.locator("#tend-link")).to_contain_text("1")
        assert later.waiting(by=boss) == []
        page.goto(f"{line.address}/mina-deltagare")
        expect(page.get_by_role("heading", name=f"{GIVEN} {FAMILY}")).to_be_visible()
        page.get_by_role("link", name=f"Skriv in {GIVEN}").click()
        page.get_by_role("button", name="Personen har fått veta det: fortsätt").click()
        expect(page.get_by_label("Vad vill personen kallas?")).to_have_value(GIVEN)
        page.get_by_role("button", name="Fortsätt", exact=True).click()
        expect(page.locator("[name=contact_ids]:checked")).to_have_count(1)
        page.get_by_role("button", name="Fortsätt", exact=True).click()
        page.get_by_role("button", name="Skriv in", exact=True).click()
        page.wait_for_url("**/inskriven")
        page.goto(f"{line.address}/mina-deltagare")
        expect(page.get_by_role("heading", name="Att koppla")).to_have_count(0)

    assert later.listed(by=author) == []
