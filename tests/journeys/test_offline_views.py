"""What a tablet shows of one's day: what was written there, until the server has decided.

The letters are those of the failures in docs/offline-scenarios.md.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.contacts import service as contacts
from outreach.foundation.database import db
from tests.faults.proxy import FaultProxy
from tests.journeys.at_the_server import contacts_there
from tests.journeys.enrolled import Tablet
from tests.journeys.touches import CLOCK

pytestmark = pytest.mark.journey


def test_b11_what_is_changed_here_stands_over_what_the_server_still_says(
    working: Tablet, line: FaultProxy
) -> None:
    page = working.page
    working.log()
    working.all_sent()
    line.always = "drop_before"
    page.locator("#today-list [data-do=edit]").first.tap()
    page.get_by_role("button", name="Praktik").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.locator("#saved")).to_contain_text("Sparad")

    # The network is there for everything but the outbox: the server's older row is read again.
    working.lock()
    working.unlock("Anna Ek")
    working.opened()

    expect(page.locator("#today-list > li").first).to_contain_text("Praktik")
    line.heal()
    page.evaluate("dispatchEvent(new Event('online'))")
    working.all_sent()
    assert contacts_there()[0].topics == ["cv", "work_placement"]


def _changed_elsewhere(given: dict[str, object]) -> None:
    """Let the author of the only contact change it in another browser."""
    [row] = contacts_there()
    author = actor_named(db.session.get_one(User, row.recorded_by).username)
    db.session.rollback()
    contacts.correct_contact(by=author, id=row.id, expected=row.version, given=given)


def test_b11_what_lost_against_a_change_elsewhere_is_shown_as_the_server_has_it(
    working: Tablet, line: FaultProxy
) -> None:
    page = working.page
    working.log()
    working.all_sent()
    _changed_elsewhere({"topics": ["validation"]})
    line.always = "drop_before"
    page.locator("#today-list [data-do=edit]").first.tap()
    page.get_by_role("button", name="Praktik").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    # The other change is told while this one waits, and stands over it.
    working.lock()
    working.unlock("Anna Ek")
    working.opened()
    expect(page.locator("#today-list > li").first).to_contain_text("Praktik")

    line.heal()
    working.again()
    working.all_sent()

    expect(page.locator("#tend-attention")).to_contain_text("1")
    expect(page.locator("#today-list > li").first).not_to_contain_text("Praktik")
    assert contacts_there()[0].topics == ["validation"]


def test_c2_a_clock_that_was_days_off_for_a_while_takes_nothing_from_the_list(
    working: Tablet,
) -> None:
    page = working.page
    working.context.add_init_script(CLOCK)
    page.reload()
    working.opened()
    working.log()
    working.all_sent()
    page.evaluate("window.__skew = -400 * 86_400_000")
    working.lock()
    working.unlock("Anna Ek")
    working.opened()
    working.log()
    working.all_sent()

    page.evaluate("window.__skew = 0")
    working.log()
    working.all_sent()
    working.lock()
    working.unlock("Anna Ek")
    working.opened()

    expect(page.locator("#today-list > li")).to_have_count(3)
    assert len(contacts_there()) == 3


@pytest.mark.parametrize("width", [360, 820])
def test_the_first_save_without_a_network_moves_no_tile_under_the_finger(
    working: Tablet, width: int
) -> None:
    page = working.page
    page.set_viewport_size({"width": width, "height": 800})
    tile = page.get_by_role("button", name="Kvinna 30–44", exact=True)
    before = tile.bounding_box()
    working.go_offline()

    working.log()

    expect(working.line()).to_contain_text("skickas när nätet är tillbaka")
    assert tile.bounding_box() == before
    working.go_online()
    working.all_sent()
