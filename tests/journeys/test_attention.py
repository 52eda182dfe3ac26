"""*Att rätta*: what a tablet saved and a person must look at, in the hands of whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from outreach.accounts.service import anybody
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.sites import lists
from outreach.sync import upkeep
from outreach.sync.models import SyncKept
from tests.faults.proxy import FaultProxy, wait_until
from tests.journeys.enrolled import Tablet
from tests.journeys.touches import CLOCK

pytestmark = pytest.mark.journey


@pytest.fixture
def ended() -> Iterator[Callable[[str], None]]:
    """A function: let a topic be gone from the list since yesterday."""
    changed: list[str] = []

    def end(topic: str, last: str | None = None) -> None:
        given = {"valid_to": last}
        lists.change_code(by=system("test"), list="topic", code=topic, expected=None, given=given)
        changed.append(topic)

    yield lambda topic: end(topic, (clock.today() - timedelta(days=1)).isoformat())
    for topic in changed[:]:
        end(topic)


def _contact() -> Contact:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(sa.select(Contact)).one()


def _waiting() -> int:
    db.session.rollback()
    db.session.expire_all()
    counted = sa.select(sa.func.count()).select_from(SyncKept)
    return db.session.scalar(counted.where(SyncKept.decided_at.is_(None))) or 0


def _two_have_changed(tablet: Tablet) -> None:
    """Log a contact; change what it was about without a network, and elsewhere meanwhile."""
    page = tablet.page
    tablet.log()
    tablet.all_sent()
    tablet.go_offline()
    page.locator("#today-list [data-do=edit]").tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Söka jobb").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_visible()
    row = _contact()
    author = anybody(row.recorded_by)
    given = {"topics": ["validation"]}
    contacts.correct_contact(by=author, id=row.id, expected=row.version, given=given)
    db.session.rollback()
    db.session.expire_all()
    tablet.go_online()
    tablet.again()
    page.get_by_role("button", name="1 att rätta").tap()


def _change(tablet: Tablet, before: str, after: str) -> None:
    page = tablet.page
    page.locator("#today-list > li", has_text=before).locator("[data-do=edit]").tap()
    page.get_by_role("button", name=before).tap()
    page.get_by_role("button", name=after).tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_visible()
    tablet.settled()


@pytest.mark.parametrize("hours_ahead", [None, 0, 30])
def test_news_of_before_a_change_that_come_after_it_put_nothing_back_and_start_no_quarrel(
    working: Tablet, line: FaultProxy, hours_ahead: int | None
) -> None:
    page = working.page
    if hours_ahead is not None:
        # A fresh page is opened by the server, and knows nobody's plattkod.
        page.add_init_script(CLOCK)
        page.reload()
        working.opened()
        page.evaluate(f"window.__skew = {hours_ahead} * 3_600_000")
    with page.expect_response("**/api/v1/changes*"):
        working.log()
    working.all_sent()
    row = _contact()
    given = {"result": "plan_made"}
    author = anybody(row.recorded_by)
    contacts.correct_contact(by=author, id=row.id, expected=row.version, given=given)
    # What the server says now is on its way for a while, and nothing newer is told meanwhile.
    line.path, line.always = "/api/v1/changes", "drop_before"
    line.next("late")
    asked = line.asked("/api/v1/changes")
    page.evaluate("document.dispatchEvent(new Event('outreach:settled'))")
    wait_until(lambda: line.asked("/api/v1/changes") > asked)
    _change(working, "CV och ansökan", "Praktik")
    working.all_sent()
    with page.expect_response("**/api/v1/changes*"):
        line.always = None
        line.released.set()
    line.always = "drop_before"
    expect(page.locator("#today-list")).to_contain_text("Praktik")

    _change(working, "Praktik", "Digital hjälp")
    working.all_sent()

    wait_until(lambda: _contact().topics == ["digital_help"])
    assert _waiting() == 0


@pytest.mark.parametrize("knows_the_code", [False, True])
def test_what_was_let_go_of_is_not_shown_as_it_was_before_a_change_that_waits(
    *, working: Tablet, line: FaultProxy, knows_the_code: bool
) -> None:
    page = working.page
    page.add_init_script(CLOCK)
    page.reload()
    working.opened()
    working.log()
    working.all_sent()
    line.path, line.always = "/api/v1/sync", "drop_before"
    _change(working, "CV och ansökan", "Praktik")
    # Three days later nothing can be read here any more, and the server still knows the session.
    page.evaluate("sessionStorage.setItem('skew', 100 * 3_600_000)")
    page.reload()
    working.opened()
    if knows_the_code:
        working.lock()
        working.unlock("Anna Ek")
        working.opened()
    # Told twice, so that the first news have been taken in.
    for _ in range(2):
        with page.expect_response("**/api/v1/changes*"):
            page.evaluate("document.dispatchEvent(new Event('outreach:settled'))")

    expect(page.locator("#today-list")).not_to_contain_text("CV och ansökan")
    # Whoever looks at the list by the tablet's clock looks at today.
    page.evaluate("window.__skew = 0")
    line.always = None
    working.all_sent()

    expect(page.locator("#today-list")).to_contain_text("Praktik")
    assert _contact().topics == ["work_placement"]


# Lets whatever is sealed wait until it is let go.
HOLD_SEALING = """() => {
  const sealed = SubtleCrypto.prototype.encrypt;
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  window.letGo = () => { SubtleCrypto.prototype.encrypt = sealed; release(); };
  SubtleCrypto.prototype.encrypt = async function (...given) {
    window.holds = true;
    await held;
    return sealed.apply(this, given);
  };
}"""


def test_a_receipt_that_comes_while_a_change_is_sealed_starts_no_quarrel_with_oneself(
    working: Tablet, line: FaultProxy
) -> None:
    page = working.page
    line.next("late")
    asked = line.asked(line.path)
    working.log()
    wait_until(lambda: line.asked(line.path) > asked)
    page.evaluate(HOLD_SEALING)
    page.locator("#today-list [data-do=edit]").tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Praktik").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()
    wait_until(lambda: page.evaluate("window.holds"))
    line.released.set()
    wait_until(lambda: all(item["state"] == "received" for item in working.kept()["items"]))
    page.evaluate("window.letGo()")
    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_visible()
    working.settled()
    working.all_sent()

    _change(working, "Praktik", "Digital hjälp")
    working.all_sent()

    wait_until(lambda: _contact().topics == ["digital_help"])
    assert _waiting() == 0


def test_f7_what_a_server_says_that_was_put_back_is_the_latest_though_its_version_is_lower(
    working: Tablet,
) -> None:
    working.log()
    working.all_sent()
    _change(working, "CV och ansökan", "Praktik")
    working.all_sent()
    before = sa.update(Contact).values(
        topics=["validation"], version=1, changed_xid=sa.text("pg_current_xact_id()")
    )
    with transaction():
        db.session.execute(before)
    upkeep.restored(by=system("test"))

    working.log("Man 45–54")
    working.all_sent()

    expect(working.page.locator("#today-list")).to_contain_text("Validering")


@pytest.mark.parametrize(
    ("choice", "topics"),
    [("Ta min ändring", ["job_search"]), ("Behåll det som står", ["validation"])],
)
def test_where_two_have_changed_the_same_both_are_told_and_one_is_taken(
    at_work: Tablet, choice: str, topics: list[str]
) -> None:
    _two_have_changed(at_work)
    [item] = at_work.page.locator("#attention-list > li").all()

    expect(item).to_contain_text("Kvinna 30–44")
    expect(item).to_contain_text("Två har ändrat samma sak")
    expect(item.locator("dl")).to_have_text("Ämnen Du skrev Söka jobb Nu står det Validering")
    item.get_by_role("button", name=choice).tap()

    expect(at_work.page.locator("#attention-empty")).to_be_visible()
    assert _contact().topics == topics
    assert _waiting() == 0


def test_what_was_refused_is_put_right_in_the_form_and_saved(
    at_work: Tablet, ended: Callable[[str], None]
) -> None:
    page = at_work.page
    at_work.go_offline()
    at_work.log()
    ended("cv")
    at_work.go_online()
    at_work.again()
    page.get_by_role("button", name="1 att rätta").tap()
    expect(page.locator("#attention-list > li")).to_contain_text("Kvinna 30–44, CV och ansökan")

    page.get_by_role("button", name="Rätta och spara").tap()
    page.get_by_role("button", name="CV och ansökan").tap()
    page.get_by_role("button", name="Söka jobb").tap()
    page.get_by_role("button", name="Spara", exact=True).tap()

    expect(page.locator("#saved")).to_contain_text("Sparad")
    assert _contact().topics == ["job_search"]
    assert _waiting() == 0


def test_without_a_network_it_is_read_and_decided_later(at_work: Tablet) -> None:
    page = at_work.page
    _two_have_changed(at_work)
    expect(page.get_by_role("button", name="Ta min ändring")).to_be_visible()
    page.get_by_role("button", name="Tillbaka").tap()
    at_work.go_offline()

    page.get_by_role("button", name="1 att rätta").tap()

    expect(page.locator("#attention-away")).to_be_visible()
    expect(page.locator("#attention-list > li")).to_contain_text("Nu står det Validering")
    expect(page.get_by_role("button", name="Ta min ändring")).to_be_hidden()


@pytest.fixture
def at_work(working: Tablet) -> Tablet:
    """A tablet whose pages are kept."""
    working.kept_offline()
    return working
