"""What happens to a contact between the tablet and the server, on networks as they are.

The letters are those of the failures in docs/offline-scenarios.md.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from outreach.contacts.models import Contact
from outreach.foundation.database import db
from outreach.sync.models import SyncInbox
from tests.faults.proxy import FaultProxy, wait_until
from tests.journeys.at_the_server import contacts_there, operations_there
from tests.journeys.enrolled import Tablet

pytestmark = pytest.mark.journey


def test_a1_a_contact_whose_receipt_was_lost_is_there_once(
    working: Tablet, line: FaultProxy
) -> None:
    line.next("drop_after")

    working.log()
    wait_until(lambda: line.count("drop_after") == 1)
    working.again()
    working.all_sent()

    assert len(contacts_there()) == 1
    codes = [item["code"] for item in working.kept()["items"]]
    assert set(codes) <= {"applied", "duplicate"}


def test_a2_an_answer_that_was_cut_short_settles_nothing(working: Tablet, line: FaultProxy) -> None:
    working.go_offline()
    for _ in range(5):
        working.log()
    line.next("truncate")
    working.go_online()
    wait_until(lambda: line.count("truncate") == 1)

    working.again()
    working.all_sent()

    assert len(contacts_there()) == 5
    latest = [item["code"] for item in working.kept()["items"]][-5:]
    assert latest == ["duplicate"] * 5


def test_a6_three_taps_on_save_are_one_contact(working: Tablet) -> None:
    page = working.page
    page.get_by_role("button", name="Kvinna 30–44", exact=True).tap()
    page.get_by_role("button", name="CV och ansökan").tap()

    page.locator("#save").evaluate("button => { button.click(); button.click(); button.click(); }")

    expect(page.locator("#saved")).to_contain_text("Sparad")
    working.all_sent()
    assert operations_there() == ["shift.start", "contact.create"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [("portal", "Nätet här vill att du loggar in"), ("sign_in", "sparad på plattan")],
    ids=["a7_a_network_that_wants_a_sign_in", "a8_a_redirect_to_a_sign_in_page"],
)
def test_a7_a8_what_somebody_else_answers_settles_nothing(
    working: Tablet, line: FaultProxy, fault: str, told: str
) -> None:
    line.always = fault  # type: ignore[assignment]

    working.log()
    expect(working.line()).to_contain_text(told)
    assert [item["state"] for item in working.kept()["items"]] == ["received", "queued"]

    line.heal()
    working.again()
    working.all_sent()
    assert len(contacts_there()) == 1


def test_a9_a_server_that_has_no_time_loses_nothing(working: Tablet, line: FaultProxy) -> None:
    line.next("unavailable", "busy", "unavailable")

    working.log()
    expect(working.line()).to_contain_text("Servern svarar inte som den ska")
    for _ in range(3):
        working.again()
    wait_until(lambda: not line.coming)
    working.again()
    working.all_sent()

    assert len(contacts_there()) == 1


def test_a10_fifty_failed_tries_take_nothing_from_the_tablet(
    working: Tablet, line: FaultProxy
) -> None:
    line.always = "drop_before"
    working.log()

    def again() -> bool:
        working.again()
        return line.count("drop_before") >= 50

    wait_until(again, within=60)

    expect(working.line()).to_contain_text("1 sparad på plattan")
    line.heal()
    working.again()
    working.all_sent()
    assert len(contacts_there()) == 1


def test_a12_a_batch_that_is_too_large_is_halved(working: Tablet, line: FaultProxy) -> None:
    working.go_offline()
    for _ in range(6):
        working.log()
    # Two operations pass, three do not.
    line.largest = 5_000
    working.go_online()
    working.again()
    working.all_sent()

    assert len(contacts_there()) == 6
    assert line.count("large") >= 1


def test_a12_a_network_that_takes_not_even_one_takes_nothing_from_the_tablet(
    working: Tablet, line: FaultProxy
) -> None:
    working.go_offline()
    working.log()
    line.largest = 1_000
    working.go_online()
    working.again()

    expect(working.line()).to_contain_text("1 väntar på plattan")
    assert [item["state"] for item in working.kept()["items"]] == ["received", "queued"]
    line.heal()
    working.again()
    working.all_sent()
    assert len(contacts_there()) == 1


def test_a13_a_server_that_never_answers_does_not_hold_the_line(
    working: Tablet, line: FaultProxy
) -> None:
    page = working.page
    # The tablet's own patience, made short: the clock of the page is moved, not waited for.
    page.clock.install()
    line.next("hang")
    working.log()
    wait_until(lambda: line.count("hang") == 1)
    # AbortSignal.timeout has a clock of its own; a proxy gives up by ending the connection.
    line.released.set()

    page.clock.run_for(400_000)
    working.all_sent()

    assert len(contacts_there()) == 1


def test_a14_nothing_is_called_sent_that_the_server_has_not_confirmed(
    working: Tablet, line: FaultProxy
) -> None:
    line.always = "drop_after"
    working.log()
    wait_until(lambda: line.count("drop_after") >= 1)

    # It is at the server, and nobody on the tablet can know.
    wait_until(lambda: len(contacts_there()) == 1)
    expect(working.line()).to_contain_text("1 sparad på plattan")
    expect(working.line()).not_to_contain_text("Allt skickat")


def test_a15_a_browser_that_thinks_it_is_online_is_not_believed(
    working: Tablet, line: FaultProxy
) -> None:
    line.always = "drop_before"
    assert working.page.evaluate("navigator.onLine") is True

    working.log()

    expect(working.line()).to_contain_text("1 sparad på plattan, skickas när nätet är tillbaka")


def test_what_is_written_without_a_network_arrives_in_its_order_when_it_is_back(
    working: Tablet, look: Callable[[], list[str]]
) -> None:
    working.go_offline()
    for topic in ("CV och ansökan", "Söka jobb", "Praktik"):
        working.log(topic=topic)
    expect(working.line()).to_contain_text("3 sparade på plattan")
    working.go_online()
    working.all_sent()

    assert look() == ["cv", "job_search", "work_placement"]


@pytest.fixture
def look() -> Callable[[], list[str]]:
    """A function: the topics of all contacts, in the order in which they came."""

    def topics() -> list[str]:
        db.session.rollback()
        wanted = (
            sa.select(Contact.topics)
            .join(SyncInbox, SyncInbox.entity_id == Contact.id)
            .order_by(SyncInbox.server_seq)
        )
        return [each[0] for each in db.session.scalars(wanted)]

    return topics
