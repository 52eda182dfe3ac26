"""Locks, colleagues and sign-ins on a shared tablet: none of them ever touches what waits.

The letters are those of the failures in docs/offline-scenarios.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Playwright, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.contacts.models import Contact
from outreach.devices import service as devices
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.sync.models import SyncCapture, SyncKept
from tests.builders import a_code, a_participant, a_recorded_contact, a_user, an_actor
from tests.faults.proxy import FaultProxy, wait_until
from tests.journeys.enrolled import PLATTKOD, SCREEN, Tablet, kill, on_disk, persistent

pytestmark = pytest.mark.journey


def _authors() -> list[str]:
    db.session.rollback()
    wanted = sa.select(User.name).join(Contact, Contact.recorded_by == User.id)
    return sorted(db.session.scalars(wanted))


def _contacts() -> int:
    return len(_authors())


def test_the_tablet_in_one_morning(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    playwright_started: Playwright,
    line: FaultProxy,
    tmp_path: Path,
) -> None:
    """Four offline, a lock, two more under it, the battery dies, unlocked offline, sent once."""
    line.path = "/"
    with persistent(playwright_started, tmp_path) as context:
        tablet = Tablet(context, line.address)
        tablet.begin()
        tablet.kept_offline()
        tablet.go_offline()
        for topic in ("CV och ansökan", "Söka jobb", "Praktik", "Digital hjälp"):
            tablet.log(topic=topic)
        tablet.lock()
        assert tablet.page.locator("#today-list > li").count() == 0
        tablet.log("Man 18–29")
        tablet.log("Man 45–54")
        kill(tmp_path)

    line.always = "drop_before"
    with persistent(playwright_started, tmp_path) as context:
        again = Tablet(context, line.address)
        again.go_offline()
        again.page.goto(f"{line.address}/falt")
        again.unlock("Anna Ek")
        expect(again.page.get_by_role("heading", name="2 kontakter sparades")).to_be_visible()
        again.page.get_by_role("button", name="Senare").tap()
        again.opened()
        # What was put off is found again on the page.
        again.page.get_by_role("button", name="2 att bekräfta").tap()
        again.page.get_by_role("button", name="Senare").tap()
        assert len(again.rows()) == 6
        again.remove("Praktik")
        line.heal()
        again.go_online()
        again.again()
        again.all_sent()
        again.lock()
        again.unlock("Anna Ek")
        again.page.get_by_role("button", name="Ja, det stämmer").tap()
        wait_until(lambda: _confirmed() == 2)
        again.all_sent()
        expect(again.page.locator("#tend-confirm")).to_be_hidden()

    db.session.rollback()
    contacts = db.session.scalars(sa.select(Contact)).all()
    assert sorted(each.gender for each in contacts) == ["man", "man"] + ["woman"] * 4
    assert [each.topics for each in contacts if each.voided_at] == [["work_placement"]]
    locked = db.session.scalars(sa.select(SyncCapture).where(SyncCapture.captured_locked)).all()
    assert len(locked) == 2
    assert all(each.confirmed_at for each in locked)


def _confirmed() -> int:
    db.session.rollback()
    wanted = sa.select(sa.func.count()).select_from(SyncCapture)
    return db.session.scalar(wanted.where(SyncCapture.confirmed_at.is_not(None))) or 0


def test_e1_three_days_without_a_network_stop_nobody_from_writing(working: Tablet) -> None:
    working.context.clear_cookies()

    working.log()
    working.all_sent()

    assert _contacts() == 1


def test_e2_trying_to_send_without_a_network_signs_nobody_out(working: Tablet) -> None:
    working.go_offline()
    working.log()
    working.page.locator("#retry").click()

    expect(working.line()).to_contain_text("1 sparad på plattan")
    working.go_online()
    working.all_sent()
    assert working.page.evaluate("fetch('/api/v1/me').then(({status}) => status)") == 200


def test_e3_signing_out_locks_and_keeps_what_waits(working: Tablet) -> None:
    working.go_offline()
    for _ in range(4):
        working.log()
    working.page.locator("summary", has_text="Meny").click()
    working.page.get_by_role("button", name="Logga ut").tap()

    expect(working.page.locator("#lock-count")).to_contain_text("4 osända finns kvar på plattan")
    working.go_online()
    working.again()
    working.all_sent()
    assert _contacts() == 4


def test_e6_who_never_comes_back_leaves_nothing_behind_unsent(working: Tablet) -> None:
    working.go_offline()
    working.log()
    working.lock()
    working.go_online()
    working.again()

    working.all_sent()

    assert _authors() == ["Anna Ek"]


def test_e7_what_somebody_wrote_before_they_were_closed_goes_to_review(working: Tablet) -> None:
    working.go_offline()
    working.log()
    user = db.session.scalars(sa.select(User).where(User.name == "Anna Ek")).one()
    _close(user)
    working.go_online()
    working.again()
    working.all_sent()

    db.session.rollback()
    [kept] = db.session.scalars(sa.select(SyncKept)).all()
    assert (kept.kind, _contacts()) == ("needs_review", 0)


def _close(user: User) -> None:
    from outreach.staff import service as staff  # noqa: PLC0415 - only here

    staff.close_user(by=system("test"), id=user.id)


def test_e8_five_minutes_without_a_touch_lock_the_screen_without_a_network_too(
    working: Tablet,
) -> None:
    page = working.page
    page.clock.install()
    working.go_offline()
    working.log()
    page.get_by_role("button", name="Man 30–44", exact=True).tap()
    page.get_by_role("button", name="Söka jobb").tap()

    # A minute more: a page that is still moving when the clock starts has been touched by it.
    page.clock.run_for(6 * 60_000)

    expect(page.locator("body[data-locked]")).to_have_count(1)
    assert page.locator("#today-list > li").count() == 0
    working.unlock("Anna Ek")
    page.get_by_role("button", name="Fortsätt med den").tap()
    expect(page.get_by_role("heading", name="Man 30–44")).to_be_visible()


def test_e9_no_name_and_no_visitors_code_is_in_the_tablets_files(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    playwright_started: Playwright,
    line: FaultProxy,
    tmp_path: Path,
) -> None:
    user = a_user(name="Anna Ek")
    author = actor_named(user.username)
    a_participant(author, given_name="Zxqvilda", family_name="Wkårtrand")
    code = str(a_code(author)["code"])
    with persistent(playwright_started, tmp_path) as context:
        tablet = Tablet(context, line.address)
        tablet.begin(user)
        tablet.log_known("Zxqvilda")
        line.always = "drop_before"
        tablet.log_with_code(code)
        tablet.log()
        kill(tmp_path)

    assert on_disk(tmp_path, ("Zxqvilda", "Wkårtrand", code)) == set()


def test_e10_a_revoked_tablet_hands_in_and_is_then_emptied(
    working: Tablet, line: FaultProxy
) -> None:
    line.always = "drop_before"
    working.log()
    _revoke()
    line.heal()
    working.again()
    wait_until(lambda: _kept() == ["quarantine"])

    def emptied() -> bool:
        working.again()
        return working.kept()["epoch"] is None

    wait_until(emptied)

    assert working.kept()["items"] == []
    expect(working.page.locator("#lock-text")).to_contain_text("Plattan är spärrad")
    # What was saved last is not left standing on the screen of whoever has the tablet.
    expect(working.page.locator("#saved")).to_be_empty()
    assert _contacts() == 0


def test_e10_what_is_saved_while_a_revoked_tablet_is_answered_is_not_wiped_with_the_rest(
    working: Tablet, line: FaultProxy
) -> None:
    _revoke()
    # It says that nothing waits, and while that is on its way a contact is saved.
    line.delay = 3.0
    before = len(line.trace)
    working.again()
    wait_until(lambda: any(path == line.path for _, path, _ in line.trace[before:]))
    working.log()
    line.heal()

    wait_until(lambda: _kept() == ["quarantine"])
    wait_until(lambda: working.kept()["epoch"] is None)


def test_e10_a_tablet_that_was_told_that_it_is_revoked_remembers_it_without_a_network(
    working: Tablet, line: FaultProxy
) -> None:
    working.kept_offline()
    working.log()
    working.all_sent()
    assert len(working.day()) == 1
    _revoke()
    line.next(None)
    line.always = "drop_before"
    working.again()
    expect(working.page.locator("#lock-text")).to_contain_text("Plattan är spärrad")
    working.go_offline()

    working.page.reload()

    expect(working.page.locator("#lock-text")).to_contain_text("Plattan är spärrad")
    expect(working.page.get_by_role("button", name="Lås upp", exact=True)).to_have_count(0)
    assert working.page.locator("body").get_attribute("data-capture") == "closed"
    assert working.day() == {}


def _revoke() -> None:
    by = an_actor(role="administrator", sites=(), committee=None)
    [tablet] = devices.devices(by=by)
    devices.revoke_device(by=by, id=tablet["id"])


def _kept() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(SyncKept.kind)))


def test_e11_c3_what_can_be_read_is_gone_when_the_server_was_not_heard_of_for_three_days(
    working: Tablet,
) -> None:
    page = working.page
    page.clock.install()
    working.kept_offline()
    working.go_offline()
    working.log()
    page.clock.fast_forward(73 * 3_600_000)
    working.lock()
    # A clock that is set back opens nothing either.
    page.clock.set_system_time("2020-01-01T00:00:00Z")
    page.reload()
    working.unlock("Anna Ek")
    working.opened()

    assert working.rows() == []
    assert [item["state"] for item in working.kept()["items"]] == ["received", "queued"]


def test_e11_a_clock_that_is_set_back_and_a_sending_after_it_lengthen_nothing(
    working: Tablet, line: FaultProxy
) -> None:
    working.kept_offline()
    working.log()
    working.all_sent()
    working.page.clock.set_system_time("2020-01-01T00:00:00Z")
    # The tablet alone is heard, as it is by whoever took it: nobody signs in.
    line.path, line.always = "/api/v1/changes", "drop_before"
    working.lock()
    before = line.asked("/api/v1/sync")
    working.again()
    wait_until(lambda: line.asked("/api/v1/sync") > before)
    working.go_offline()

    working.unlock("Anna Ek")
    working.opened()

    assert working.rows() == []


def test_e11_news_that_were_on_their_way_hide_nothing_that_was_let_go_of_meanwhile(
    working: Tablet, line: FaultProxy
) -> None:
    page = working.page
    with page.expect_response("**/api/v1/changes*"):
        working.log()
    working.all_sent()
    line.path, line.always = "/api/v1/changes", "late"
    asked = line.asked(line.path)
    working.log("Man 45–54")
    working.all_sent()
    wait_until(lambda: line.asked("/api/v1/changes") > asked)
    # The clock is set back, so that unlocking lets go of all that can be read here.
    page.clock.set_system_time("2020-01-01T00:00:00Z")
    working.lock()
    page.get_by_role("button", name="Lås upp", exact=True).first.tap()
    expect(page.get_by_label("Plattkod för Anna Ek")).to_be_visible()
    assert working.day() == {}
    with page.expect_response("**/api/v1/changes*"):
        line.heal()
    page.clock.set_system_time(clock.now())

    page.get_by_label("Plattkod för Anna Ek").fill(PLATTKOD)
    page.locator("#unlock-go").tap()
    working.opened()

    expect(page.locator("#today-list > li")).to_have_count(2)


def test_a_tablet_that_somebody_has_never_used_tells_what_they_did_before_that_day(
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    chromium: Browser,
    line: FaultProxy,
) -> None:
    anna = a_user(name="Anna Ek")
    a_recorded_contact(actor_named(anna.username))
    with chromium.new_context(**SCREEN) as context:
        tablet = Tablet(context, line.address)

        tablet.enrol(an_actor(role="administrator", sites=(), committee=None))
        tablet.kept_offline()

        tablet.sign_in(anna)
        tablet.start_shift()

        expect(tablet.page.locator("#today-list > li")).to_have_count(1)
        expect(tablet.page.locator("#today-sum")).to_contain_text("du 1")


def test_a_screen_that_lies_idle_locks_also_when_its_clock_was_set_back(working: Tablet) -> None:
    page = working.page
    page.clock.install()
    page.reload()
    working.opened()
    page.clock.set_system_time("2020-01-01T00:00:00Z")

    page.clock.run_for(6 * 60_000)

    expect(page.locator("body[data-locked]")).to_have_count(1)


def test_e11_a_page_that_is_left_lying_lets_go_of_it_by_itself(working: Tablet) -> None:
    page = working.page
    page.clock.install()
    page.reload()
    working.opened()
    working.kept_offline()
    working.go_offline()
    working.log()
    working.lock()
    assert len(working.day()) == 1

    page.clock.fast_forward(72 * 3_600_000 + 120_000)

    wait_until(lambda: working.day() == {})
    assert [item["state"] for item in working.kept()["items"]] == ["received", "queued"]


def test_e12_no_token_of_a_session_is_in_what_waits(working: Tablet) -> None:
    working.go_offline()
    working.log()
    working.context.clear_cookies()
    working.go_online()
    working.again()
    working.all_sent()

    assert _contacts() == 1


def test_e13_ten_wrong_codes_close_what_can_be_read_and_touch_nothing_that_waits(
    working: Tablet,
) -> None:
    working.kept_offline()
    working.go_offline()
    working.log()
    working.lock()
    for _ in range(10):
        working.unlock("Anna Ek", "111222")
        expect(working.page.locator("#unlock-fault")).not_to_be_empty()
        working.page.locator("#unlock-cancel").click()
    working.unlock("Anna Ek")

    expect(working.page.locator("#unlock-fault")).to_contain_text("För många fel")
    working.page.locator("#unlock-cancel").click()
    working.go_online()
    working.again()
    working.all_sent()
    assert _contacts() == 1


def test_whatever_lies_over_the_page_goes_with_the_lock(working: Tablet) -> None:
    working.log()
    working.lock()
    working.log("Man 18–29")
    working.unlock("Anna Ek")
    expect(working.page.locator("#confirm-dialog[open]")).to_have_count(1)

    working.page.evaluate("document.dispatchEvent(new Event('outreach:idle', {cancelable: true}))")

    expect(working.page.locator("body[data-locked]")).to_have_count(1)
    expect(working.page.locator("dialog[open]")).to_have_count(0)
    assert working.page.locator("#today-list > li").count() == 0
