"""A tablet that changes hands is opened as whoever has it now, by nothing that was asked before.

The letters are those of the failures in docs/offline-scenarios.md.
"""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from outreach.accounts.models import User
from outreach.contacts.models import Contact
from outreach.foundation.database import db
from tests.builders import a_user
from tests.faults.proxy import FaultProxy, wait_until
from tests.journeys.enrolled import PLATTKOD, Tablet

pytestmark = pytest.mark.journey

# Holds whatever a fresh page digests first, until it is let go: that is whose session is open.
HOLD_DIGEST = """(() => {
  const digest = SubtleCrypto.prototype.digest;
  const held = new Promise((resolve) => { window.letGo = resolve; });
  SubtleCrypto.prototype.digest = async function (...given) {
    SubtleCrypto.prototype.digest = digest;
    window.holds = true;
    await held;
    return digest.apply(this, given);
  };
})()"""

FORGET_WORKER = """async () => {
  for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister();
}"""


def _authors() -> list[str]:
    db.session.rollback()
    wanted = sa.select(User.name).join(Contact, Contact.recorded_by == User.id)
    return sorted(db.session.scalars(wanted))


def _user(name: str) -> UUID:
    db.session.rollback()
    return db.session.scalars(sa.select(User.id).where(User.name == name)).one()


@pytest.fixture
def shared(working: Tablet) -> Tablet:
    """Anna Ek's tablet, at which Bo Ask has a plattkod as well; hers is the session."""
    working.settle_colleague(a_user(name="Bo Ask"), "271828")
    working.lock()
    with working.page.expect_response("**/api/v1/changes*"):
        working.unlock("Anna Ek")
    working.opened()
    return working


def test_e4_news_that_the_last_one_asked_for_do_not_lock_out_who_has_taken_over(
    working: Tablet, line: FaultProxy
) -> None:
    working.settle_colleague(a_user(name="Bo Ask"), "271828")
    working.lock()
    with working.page.expect_response("**/api/v1/changes*"):
        working.unlock("Anna Ek")
    working.opened()
    line.path = "/api/v1/changes"
    line.next("late")
    asked = line.asked(line.path)
    working.page.evaluate("document.dispatchEvent(new Event('outreach:settled'))")
    wait_until(lambda: line.asked(line.path) > asked)
    working.lock()
    with working.page.expect_response("**/api/v1/changes*"):
        working.unlock("Bo Ask", "271828")
    working.opened()

    with working.page.expect_response("**/api/v1/changes*"):
        line.released.set()

    working.page.wait_for_load_state("networkidle")
    expect(working.page.locator("#viewer")).to_have_text("Bo Ask")
    expect(working.page.locator("body[data-locked]")).to_have_count(0)


def test_e4_a_tablet_that_changed_hands_without_a_network_is_not_opened_as_who_had_it_before(
    working: Tablet,
) -> None:
    # Bo's session is open at the server; he puts the tablet away, and Anna takes it where there is
    # no network.
    working.settle_colleague(a_user(name="Bo Ask"), "271828")
    working.start_shift()
    working.log()
    working.all_sent()
    working.kept_offline()
    working.go_offline()
    working.page.reload()
    working.unlock("Anna Ek")
    working.opened()
    working.page.close()
    working.go_online()

    working.page = working.context.new_page()
    with working.page.expect_response("**/api/v1/changes*"):
        working.page.goto(f"{working.address}/falt")

    working.page.wait_for_load_state("networkidle")
    expect(working.page.locator("body[data-locked]")).to_have_count(1)
    assert working.rows() == []
    assert working.day() != {}


def test_a_page_that_is_locked_while_it_opens_stays_locked_when_the_server_answers(
    working: Tablet, line: FaultProxy
) -> None:
    working.kept_offline()
    line.path, line.always = "/api/v1/changes", "late"
    asked = line.asked(line.path)
    working.page.reload()
    wait_until(lambda: line.asked(line.path) > asked)

    working.lock()
    with working.page.expect_response("**/api/v1/changes*"):
        line.heal()

    expect(working.page.locator(".lock-bar")).to_be_visible()
    expect(working.page.locator("body[data-reader]")).to_have_count(0)
    assert working.rows() == []


def test_a_screen_that_was_locked_without_a_network_is_not_opened_by_loading_it_anew(
    working: Tablet, line: FaultProxy
) -> None:
    working.kept_offline()
    line.path = "/"
    working.go_offline()
    working.lock()
    line.always = "drop_before"
    working.page.close()
    working.page = working.context.new_page()
    line.heal()
    working.go_online()
    working.page.goto(f"{line.address}/falt")
    wait_until(lambda: ("GET", "/api/v1/changes", "passed") in line.trace)

    expect(working.page.locator("#lock-text")).to_contain_text("Låst")
    expect(working.page.locator("body[data-locked]")).to_have_count(1)
    working.unlock("Anna Ek")
    working.opened()


def test_e4_a_tablet_that_was_taken_and_locked_without_a_network_is_opened_by_no_session(
    working: Tablet,
) -> None:
    # Bo's session is open at the server. Anna takes the tablet where there is no network, and locks
    # it: a page that knows of no session of hers, nor of his.
    working.settle_colleague(a_user(name="Bo Ask"), "271828")
    working.start_shift()
    working.all_sent()
    working.kept_offline()
    working.go_offline()
    working.page.reload()
    working.unlock("Anna Ek")
    working.opened()
    working.lock()

    working.go_online()
    with working.page.expect_response("**/api/v1/changes*"):
        working.page.goto(f"{working.address}/falt")

    working.page.wait_for_load_state("networkidle")
    expect(working.page.locator("body[data-locked]")).to_have_count(1)
    assert UUID(working.watch()) != _user("Bo Ask")
    # His session is not left open either for whoever picks the tablet up.
    status = "fetch('/api/v1/me').then(({ status }) => status)"
    wait_until(lambda: working.page.evaluate(status) == 401)


def test_a_page_that_is_locked_before_the_server_answers_opens_for_no_page_after_it(
    working: Tablet, line: FaultProxy
) -> None:
    working.kept_offline()
    line.path, line.always = "/api/v1/changes", "late"
    asked = line.asked(line.path)
    working.page.reload()
    wait_until(lambda: line.asked(line.path) > asked)
    working.page.evaluate("document.dispatchEvent(new Event('outreach:idle', {cancelable: true}))")
    line.heal()
    with working.page.expect_response("**/api/v1/changes*"):
        working.page.reload()

    working.page.wait_for_load_state("networkidle")
    expect(working.page.locator("body[data-locked]")).to_have_count(1)


def test_whoever_is_saying_who_they_are_is_not_locked_by_what_the_server_was_owed(
    working: Tablet, line: FaultProxy
) -> None:
    page = working.page
    working.go_offline()
    working.log()
    working.lock()
    page.get_by_role("button", name="Lås upp", exact=True).first.tap()
    # Until then the server may well be told: nobody has begun.
    expect(page.locator("#unlock-dialog")).to_be_visible()
    asked = line.asked("/api/v1/session/lock")
    working.go_online()
    working.again()
    wait_until(lambda: all(item["state"] == "received" for item in working.kept()["items"]))
    page.get_by_label("Plattkod för Anna Ek").fill(PLATTKOD)
    page.locator("#unlock-go").tap()
    working.opened()
    working.all_sent()

    assert line.asked("/api/v1/session/lock") == asked
    assert page.evaluate("fetch('/api/v1/me').then(({ status }) => status)") == 200


def test_e4_a_colleague_sees_no_more_than_a_count_and_brings_it_all_home(working: Tablet) -> None:
    other = a_user(name="Bo Ask")
    working.settle_colleague(other, "271828")
    working.lock()
    working.unlock("Anna Ek")
    working.opened()
    working.go_offline()
    for _ in range(4):
        working.log()
    working.lock()
    working.unlock("Bo Ask", "271828")
    working.opened()

    assert working.rows() == []
    expect(working.line()).to_contain_text("4 sparade på plattan")
    working.go_online()
    working.again()
    working.all_sent()
    assert _authors() == ["Anna Ek"] * 4


def test_a_colleague_who_unlocks_finds_nothing_of_what_was_tapped_under_lock(
    working: Tablet,
) -> None:
    working.settle_colleague(a_user(name="Bo Ask"), "271828")
    working.start_shift()
    working.lock()
    working.log("Man 18–29")
    working.unlock("Anna Ek")
    working.opened()

    expect(working.page.locator("#same-again")).to_be_hidden()
    expect(working.page.locator("#undo")).to_be_hidden()
    assert working.rows() == []


def test_e4_a_tablet_that_changed_hands_before_any_news_came_is_not_opened_as_who_had_it_before(
    shared: Tablet, line: FaultProxy
) -> None:
    # Bo takes over where the network ends just after the server has let him in.
    shared.kept_offline()
    line.path, line.always = "/api/v1/changes", "drop_before"
    shared.lock()
    shared.unlock("Bo Ask", "271828")
    shared.opened()
    shared.go_offline()
    shared.lock()
    shared.unlock("Anna Ek")
    shared.opened()
    shared.page.close()
    line.heal()
    shared.go_online()

    shared.page = shared.context.new_page()
    with shared.page.expect_response("**/api/v1/changes*"):
        shared.page.goto(f"{shared.address}/falt")

    shared.page.wait_for_load_state("networkidle")
    expect(shared.page.locator("body[data-locked]")).to_have_count(1)
    expect(shared.page.locator("#viewer")).to_be_hidden()


def test_whoever_takes_over_while_the_servers_word_is_taken_in_is_not_turned_out_by_it(
    shared: Tablet,
) -> None:
    shared.kept_offline()
    shared.page.add_init_script(HOLD_DIGEST)
    shared.page.reload()
    wait_until(lambda: shared.page.evaluate("window.holds"))
    shared.unlock("Bo Ask", "271828")
    shared.opened()

    shared.page.evaluate("window.letGo()")

    shared.start_shift()
    shared.log()
    expect(shared.page.locator("#viewer")).to_have_text("Bo Ask")
    assert set(shared.day().values()) == {shared.watch()}


# The page that the tablet keeps comes locked, and asks; one of the server's own comes open.
@pytest.mark.parametrize("from_server", ["", FORGET_WORKER])
def test_a_page_that_is_locked_while_it_is_told_whose_it_is_stays_locked(
    working: Tablet, from_server: str
) -> None:
    page = working.page
    working.kept_offline()
    if from_server:
        page.evaluate(from_server)
    page.add_init_script(HOLD_DIGEST)
    page.reload()
    wait_until(lambda: page.evaluate("window.holds"))
    page.evaluate("document.getElementById('lock-form').requestSubmit()")

    page.evaluate("window.letGo()")

    expect(page.locator(".lock-bar")).to_be_visible()
    expect(page.locator("body[data-locked]")).to_have_count(1)
    expect(page.locator("body[data-reader]")).to_have_count(0)
    assert working.rows() == []
